"""Activations with thresholds or weights that Keras 3 no longer has."""

from kerajax import initializers, ops
from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.layers.ThresholdedReLU")
class ThresholdedReLU(Layer):
    """`x` where it is above `theta`, 0 elsewhere.

    Args:
        theta: Float >= 0.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.legacy.layers.ThresholdedReLU(1.0)(np.array([0.5, 2.0])).tolist()
    [0.0, 2.0]
    """

    supports_masking = True

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.theta = float(theta)

    def call(self, inputs):
        return ops.where(inputs > self.theta, inputs, ops.zeros_like(inputs))


@publish("keras.layers.ParametricSoftplus")
class ParametricSoftplus(Layer):
    """`alpha * log(1 + exp(beta * x))`, with an alpha and a beta for each input.

    Args:
        alpha_init: Float. First value of alpha.
        beta_init: Float. First value of beta.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> layer = kerajax.legacy.layers.ParametricSoftplus(alpha_init=0.5)
    >>> np.round(layer(np.zeros((1, 2))), 3).tolist()
    [[0.347..., 0.347...]]
    """

    supports_masking = True

    def __init__(self, alpha_init=0.2, beta_init=5.0, **kwargs):
        kwargs.pop("weights", None)
        super().__init__(**kwargs)
        self.alpha_init = _number(alpha_init)
        self.beta_init = _number(beta_init)

    def build(self, input_shape):
        shape = input_shape[1:]
        constant = initializers.Constant
        self.alphas = self.add_weight(
            name="alphas", shape=shape, initializer=constant(self.alpha_init)
        )
        self.betas = self.add_weight(
            name="betas", shape=shape, initializer=constant(self.beta_init)
        )

    def call(self, inputs):
        return ops.softplus(self.betas * inputs) * self.alphas


@publish("keras.layers.SReLU")
class SReLU(Layer):
    """Three straight pieces, bent at `t_left` and at `t_left + |t_right|`, with slopes at the ends.

    Args:
        t_left_init: Initializer of the left threshold.
        a_left_init: Initializer of the slope left of it.
        t_right_init: Initializer of the distance to the right threshold.
        a_right_init: Initializer of the slope right of that.
        shared_axes: Optional list of axes along which the weights are shared.
        bounded_left: Bool. Whether the left piece, whose slope may be negative, is held below the
            right threshold, as on Theano; TensorFlow did not.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.legacy.layers.SReLU()(kerajax.ops.ones((2, 3))).shape
    (2, 3)

    Reference:
        Jin et al., 2015, "Deep Learning with S-shaped Rectified Linear Activation Units",
        https://arxiv.org/abs/1512.07030
    """

    supports_masking = True

    def __init__(
        self,
        t_left_init="zero",
        a_left_init="glorot_uniform",
        t_right_init="glorot_uniform",
        a_right_init="one",
        shared_axes=None,
        bounded_left=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.t_left_init = initializers.get(t_left_init)
        self.a_left_init = initializers.get(a_left_init)
        self.t_right_init = initializers.get(t_right_init)
        self.a_right_init = initializers.get(a_right_init)
        self.shared_axes = shared_axes
        self.bounded_left = bounded_left

    def build(self, input_shape):
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        for name in ("t_left", "a_left", "t_right", "a_right"):
            initializer = getattr(self, f"{name}_init")
            weight = self.add_weight(name=name, shape=tuple(shape), initializer=initializer)
            setattr(self, name, weight)

    def call(self, inputs):
        right = self.t_left + ops.abs(self.t_right)
        left = self.t_left + self.a_left * (inputs - self.t_left)
        if self.bounded_left:
            left = ops.minimum(left, right)
        middle = ops.where(inputs >= right, right + self.a_right * (inputs - right), inputs)
        return ops.where(inputs < self.t_left, left, middle)


def _number(value):
    """The number in a list of lists that is the same everywhere, as files hold it."""
    while isinstance(value, (list, tuple)):
        value = value[0]
    return float(value)
