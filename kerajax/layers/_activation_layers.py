"""Activations with settings or weights of their own, as layers."""

from kerajax import _checks, activations, constraints, initializers, ops, regularizers
from kerajax._checks import non_negative_float
from kerajax.backend import standardize_dtype
from kerajax.layers._base import InputSpec, Layer
from kerajax.objects import publish


@publish("keras.layers.ReLU")
class ReLU(Layer):
    """`min(x, max_value)` above the threshold, `negative_slope * (x - threshold)` below it.

    Args:
        max_value: Optional float >= 0: the largest output.
        negative_slope: Float >= 0. Slope below the threshold.
        threshold: Float >= 0.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.ReLU(max_value=2.0)(np.array([-1.0, 1.0, 3.0])).tolist()
    [0.0, 1.0, 2.0]
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0:
            raise ValueError(
                f"max_value of a ReLU layer cannot be a negative value. Received: {max_value}"
            )
        for argument, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None or value < 0:
                raise ValueError(
                    f"{argument} of a ReLU layer cannot be None or a negative value. Received: "
                    f"{value}"
                )
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def call(self, inputs):
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )


@publish("keras.layers.LeakyReLU")
class LeakyReLU(Layer):
    """`x` where it is positive, `negative_slope * x` elsewhere.

    Args:
        negative_slope: Float >= 0.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.LeakyReLU(0.5)(np.array([-2.0, 2.0])).tolist()
    [-1.0, 2.0]
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, negative_slope=0.3, **kwargs):
        super().__init__(**kwargs)
        self.negative_slope = non_negative_float(negative_slope, "negative_slope", self)

    def call(self, inputs):
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)


@publish("keras.layers.PReLU")
class PReLU(Layer):
    """`x` where it is positive, `alpha * x` elsewhere, with a learned slope for each feature.

    Args:
        alpha_initializer: Initializer of `alpha`, which has the shape of a sample.
        alpha_regularizer: Regularizer of `alpha`.
        alpha_constraint: Constraint on `alpha`.
        shared_axes: Optional int or list of ints, counted with the batch axis: axes along which
            one slope is shared. `[1, 2]` gives images one slope for each channel.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, ...)`, with known sizes on all axes that are not shared.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.PReLU("ones")(np.array([[-2.0, 2.0]])).tolist()
    [[-2.0, 2.0]]

    Reference:
        He et al., 2015, "Delving Deep into Rectifiers", https://arxiv.org/abs/1502.01852
    """

    supports_masking = True
    _told_by_attributes = True

    def __init__(
        self,
        alpha_initializer="Zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None:
            shared_axes = [shared_axes] if isinstance(shared_axes, int) else list(shared_axes)
        self.shared_axes = shared_axes

    def build(self, input_shape):
        rank = len(input_shape)
        shared = _checks.axes(self.shared_axes or (), "shared_axes", self, rank)
        own = [axis for axis in range(1, len(input_shape)) if axis not in shared]
        sizes = {axis: self._known_size(input_shape, axis) for axis in own}
        shape = [sizes.get(axis, 1) for axis in range(1, len(input_shape))]
        self.alpha = self._weight("alpha", shape)
        self.input_spec = InputSpec(ndim=len(input_shape), axes=sizes if shared else {})

    def call(self, inputs):
        return activations.relu(inputs) - self.alpha * activations.relu(-inputs)


@publish("keras.layers.ELU")
class ELU(Layer):
    """`x` where it is positive, `alpha * (exp(x) - 1)` elsewhere.

    Args:
        alpha: Float. What large negative inputs approach, with the other sign.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.ELU()(np.array([-1.0, 2.0], "float32")).round(2).tolist()
    [-0.6299999952316284, 2.0]

    Reference:
        Clevert et al., 2015, "Fast and Accurate Deep Network Learning by Exponential Linear
        Units", https://arxiv.org/abs/1511.07289
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs):
        return activations.elu(inputs, alpha=self.alpha)


@publish("keras.layers.Softmax")
class Softmax(Layer):
    """`exp(x) / sum(exp(x))` along an axis; masked places get 0.

    Args:
        axis: Int, or list of ints for a sum over several axes.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any. The optional `mask` of the call is a bool tensor (or numbers, of which those
    above 0.5 are True) that broadcasts to the inputs.
    Output shape: that of the input.

    Example:

    >>> layer = kerajax.layers.Softmax()
    >>> layer(np.zeros((1, 2)), mask=np.array([[True, False]])).tolist()
    [[1.0, 0.0]]
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs, mask=None):
        if mask is None:
            return self._softmax(inputs)
        self._check_broadcastable(inputs, mask)
        if standardize_dtype(mask.dtype) != "bool":
            mask = ops.greater(mask, 0.5)
        # Large enough that `exp` underflows to 0, and representable in float16.
        low = -3e4 if standardize_dtype(inputs.dtype) == "float16" else -1e9
        outputs = self._softmax(ops.where(mask, inputs, ops.full_like(inputs, low)))
        # Where all is masked the softmax is even; that too becomes 0.
        return ops.where(mask, outputs, ops.zeros_like(outputs))

    def _softmax(self, x):
        if not isinstance(self.axis, (list, tuple)):
            return activations.softmax(x, axis=self.axis)
        if len(self.axis) == 1:
            return activations.softmax(x, axis=self.axis[0])
        return ops.exp(x - ops.logsumexp(x, axis=tuple(self.axis), keepdims=True))

    def _check_broadcastable(self, inputs, mask):
        pairs = zip(reversed(mask.shape), reversed(inputs.shape), strict=False)
        fits = all(m in (1, size) for m, size in pairs)
        if len(mask.shape) > len(inputs.shape):
            raise ValueError(
                f"Softmax layer '{self.name}': the `mask` must not have more dimensions than the "
                f"inputs. Received: inputs.shape={tuple(inputs.shape)}, "
                f"mask.shape={tuple(mask.shape)}"
            )
        if not fits:
            raise ValueError(
                f"Softmax layer '{self.name}': the `mask` must be broadcastable to `inputs`: each "
                "of its sizes must be 1 or that of the inputs. Received: "
                f"inputs.shape={tuple(inputs.shape)}, mask.shape={tuple(mask.shape)}"
            )
