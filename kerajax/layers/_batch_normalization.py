"""BatchNormalization: inputs normalized by the statistics of the batch."""

from kerajax import initializers, ops
from kerajax.backend import epsilon as default_epsilon
from kerajax.backend import result_type
from kerajax.eras import older
from kerajax.layers._base import InputSpec
from kerajax.layers._normalization import ScaledNormalization, sizes_along
from kerajax.objects import current_era, publish


@publish("keras.layers.BatchNormalization")
class BatchNormalization(ScaledNormalization):
    """Normalizes each channel: `gamma * (x - mean) / sqrt(variance + epsilon) + beta`.

    In training (`training=True`) mean and variance are those of the batch, and the moving ones go
    towards them: `moving = momentum * moving + (1 - momentum) * batch`. In inference, and in
    training too once `layer.trainable = False`, they are the moving ones; in scripts of Keras 1 to
    2.3 a frozen layer uses those of the batch and leaves the moving ones alone.

    Args:
        axis: Int. The axis that is normalized on its own, usually that of the channels.
        momentum: Float. Share of the moving statistics that each batch leaves.
        epsilon: Float, added to the variance.
        center: Bool. Whether `beta` is added.
        scale: Bool. Whether `gamma` is multiplied by.
        beta_initializer: Initializer of `beta`, `(channels,)`.
        gamma_initializer: Initializer of `gamma`, `(channels,)`.
        moving_mean_initializer: Initializer of `moving_mean`, `(channels,)`.
        moving_variance_initializer: Initializer of `moving_variance`, `(channels,)`.
        beta_regularizer: Regularizer of `beta`.
        gamma_regularizer: Regularizer of `gamma`.
        beta_constraint: Constraint on `beta`.
        gamma_constraint: Constraint on `gamma`.
        renorm: Bool. Whether to correct the batch statistics towards the moving ones in training
            (batch renormalization), for small batches.
        renorm_clipping: Optional dict with `"rmin"`, `"rmax"`, `"dmax"`: bounds of the correction.
        renorm_momentum: Float. Momentum of the statistics that the correction aims at.
        synchronized: Only False: in a program sharded over devices the statistics are those of
            the global batch anyway.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        inputs: Tensor.
        training: Bool. Whether to normalize by the batch.
        mask: Optional bool tensor of the inputs' shape without the last axis; positions that are
            False do not count in the statistics.

    Input shape: any with at least the axis `axis`.
    Output shape: the same.

    Raises:
        ValueError: If `synchronized`, if a bound of `renorm_clipping` is unknown or contrary, or
            if the mask does not fit.

    Example:

    >>> layer = kerajax.layers.BatchNormalization(momentum=0.5)
    >>> x = np.array([[1.0], [3.0]])
    >>> print(layer(x, training=True).round(2).ravel())
    [-1.  1.]
    >>> layer.moving_mean.numpy().tolist()
    [1.0]

    Reference:
        Ioffe and Szegedy, 2015, "Batch Normalization", https://arxiv.org/abs/1502.03167; Ioffe,
        2017, "Batch Renormalization", https://arxiv.org/abs/1702.03275
    """

    _told_by_attributes = True

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(
            int(axis),
            float(epsilon),
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **kwargs,
        )
        if synchronized:
            raise ValueError(
                f"BatchNormalization layer '{self.name}' takes no `synchronized=True`. In a "
                "program that is sharded by `kerajax.distribution` the statistics are those of "
                "the global batch already; leave the argument out."
            )
        self.synchronized = synchronized
        self.momentum = float(momentum)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = renorm
        self.renorm_clipping = self._checked_bounds(renorm_clipping) if renorm else renorm_clipping
        self.renorm_momentum = renorm_momentum

    def _checked_bounds(self, bounds):
        bounds = bounds or {}
        unknown = set(bounds) - {"rmin", "rmax", "dmax"}
        rmin, rmax, dmax = (bounds.get(name) for name in ("rmin", "rmax", "dmax"))
        if unknown:
            raise ValueError(
                f"BatchNormalization layer '{self.name}': `renorm_clipping` may hold 'rmin', "
                f"'rmax' and 'dmax'. Received invalid keys: {sorted(unknown)}"
            )
        wrong = None
        if None not in (rmin, rmax) and rmax < rmin:
            wrong = "rmax should be at least rmin"
        elif dmax is not None and dmax < 0:
            wrong = "dmax should be non-negative"
        if wrong:
            raise ValueError(
                f"BatchNormalization layer '{self.name}': in `renorm_clipping`, {wrong}. "
                f"Received: renorm_clipping={bounds}"
            )
        return bounds

    def build(self, input_shape):
        shape = sizes_along(self, self.axis, input_shape)
        self._build_scale(shape)
        self.moving_mean = self._statistic("moving_mean", shape, self.moving_mean_initializer)
        self.moving_variance = self._statistic(
            "moving_variance", shape, self.moving_variance_initializer
        )
        if self.renorm:
            self.moving_stddev = self._statistic("moving_stddev", shape, self._first_stddev)
            self.renorm_mean = self._statistic("renorm_mean", shape, self.moving_mean_initializer)
            self.renorm_stddev = self._statistic("renorm_stddev", shape, self._first_stddev)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: shape[0]})

    def _statistic(self, name, shape, initializer):
        return self._weight(name, shape, initializer=initializer, trainable=False, autocast=False)

    def _first_stddev(self, shape, dtype=None):
        return ops.sqrt(self.moving_variance_initializer(shape, dtype=dtype))

    def call(self, inputs, training=None, mask=None):
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                f"BatchNormalization layer '{self.name}' needs a mask of the inputs' shape "
                f"without the last axis, but received mask shape {tuple(mask.shape)} for inputs "
                f"of shape {tuple(inputs.shape)}."
            )
        # Squares of float16 overflow above 255.
        x = ops.cast(inputs, result_type(inputs.dtype, "float32"))
        gamma, beta = self.gamma, self.beta
        mean, variance = self.moving_mean.value, self.moving_variance.value
        # Before TensorFlow 2 a frozen layer used the statistics of the batch in training, too.
        if training and (self.trainable or older(current_era(), "tf2")):
            mean, variance = self._moments(x, mask)
            if self.trainable:
                gamma, beta = self._move_statistics(mean, variance)
        outputs = ops.batch_normalization(
            x, mean, variance, self.axis, offset=beta, scale=gamma, epsilon=self.epsilon
        )
        return ops.cast(outputs, self.compute_dtype)

    def _move_statistics(self, mean, variance):
        """Moves the statistics towards those of a batch; `gamma` and `beta` as they go with it."""
        if self.renorm:
            return self._renormalize(mean, variance)
        move(self.moving_mean, mean, self.momentum)
        move(self.moving_variance, variance, self.momentum)
        return self.gamma, self.beta

    def _moments(self, x, mask):
        axes = [i for i in range(x.ndim) if i != self.axis % x.ndim]
        if mask is None:
            return _moments_in_one_sweep(x, axes)
        keep = ops.cast(ops.expand_dims(mask, -1), "bool")
        count = ops.sum(ops.cast(ops.broadcast_to(keep, x.shape), x.dtype), axes, keepdims=True)
        count = count + default_epsilon()
        mean = ops.sum(ops.where(keep, x, 0), axes, keepdims=True) / count
        squares = ops.where(keep, ops.square(x - mean), 0)
        variance = ops.sum(squares, axes, keepdims=True) / count
        return ops.squeeze(mean, axes), ops.squeeze(variance, axes)

    def _renormalize(self, mean, variance):
        """The corrected `gamma` and `beta`; moves the statistics.

        With the correction `r, d` the output is `gamma * (r * normalized + d) + beta`.
        """
        stddev = ops.sqrt(variance + self.epsilon)
        # Statistics that start at zero would divide by it.
        aim = ops.maximum(self.renorm_stddev.value, self.epsilon**0.5)
        r = stddev / aim
        d = (mean - self.renorm_mean.value) / aim
        rmin, rmax, dmax = (self.renorm_clipping.get(name) for name in ("rmin", "rmax", "dmax"))
        r = r if rmin is None else ops.maximum(r, rmin)
        r = r if rmax is None else ops.minimum(r, rmax)
        d = d if dmax is None else ops.clip(d, -dmax, dmax)
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        move(self.renorm_mean, mean, self.renorm_momentum)
        move(self.renorm_stddev, stddev, self.renorm_momentum)
        move(self.moving_mean, mean, self.momentum)
        moved = move(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.assign(ops.relu(moved * moved - self.epsilon))
        gamma, beta = (r, d) if self.gamma is None else (r * self.gamma, d * self.gamma)
        return gamma, beta if self.beta is None else beta + self.beta


def _moments_in_one_sweep(x, axes):
    """Mean and variance over `axes`, from the sums of `x - shift` and of its squares.

    That is 1.3 times as fast as a mean and then the squares around it, in the training step of a
    convnet. With a sample as the shift, the difference of the two has the digits that it would
    lose where the mean is large against the deviation.
    """
    first = tuple(slice(0, 1) if i in axes else slice(None) for i in range(x.ndim))
    shift = ops.stop_gradient(x[first])
    centered = x - shift
    mean = _mean(centered, axes)
    variance = _mean(ops.square(centered), axes) - ops.square(mean)
    return mean + ops.squeeze(shift, axes), ops.maximum(variance, 0)


def _mean(x, axes):
    """Mean over `axes`, in rows of width and channels where the channels are last."""
    if x.ndim < 4 or axes[-1] == x.ndim - 1 or None in x.shape:
        return ops.mean(x, axes)
    width, channels = x.shape[-2:]
    rows = ops.mean(ops.reshape(x, (-1, width * channels)), 0)
    return ops.mean(ops.reshape(rows, (width, channels)), 0)


def move(variable, value, momentum):
    """Moves a moving average towards `value`, and returns it."""
    return variable.assign(variable.value * momentum + value * (1.0 - momentum))
