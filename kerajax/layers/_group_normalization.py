"""GroupNormalization: inputs normalized by the statistics of groups of channels."""

from kerajax import ops
from kerajax.backend import result_type
from kerajax.layers._base import InputSpec
from kerajax.layers._normalization import ScaledNormalization, sizes_along
from kerajax.objects import publish


@publish("keras.layers.GroupNormalization")
class GroupNormalization(ScaledNormalization):
    """Normalizes each sample in groups of channels, then scales and shifts each channel.

    Args:
        groups: Int > 0 that divides the number of channels, or -1 for one channel a group
            (instance normalization).
        axis: Int. The axis of the channels.
        epsilon: Float, added to the variance.
        center: Bool. Whether `beta` is added.
        scale: Bool. Whether `gamma` is multiplied by.
        beta_initializer: Initializer of `beta`, `(channels,)`.
        gamma_initializer: Initializer of `gamma`, `(channels,)`.
        beta_regularizer: Regularizer of `beta`.
        gamma_regularizer: Regularizer of `gamma`.
        beta_constraint: Constraint on `beta`.
        gamma_constraint: Constraint on `gamma`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, ..., channels)`, or with the channels at `axis`.
    Output shape: the same.

    Raises:
        ValueError: If `groups` does not divide the number of channels.

    Example:

    >>> layer = kerajax.layers.GroupNormalization(groups=2, epsilon=0.0)
    >>> layer(np.array([[1.0, 3.0, 10.0, 20.0]])).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]

    Reference:
        Wu and He, 2018, "Group Normalization", https://arxiv.org/abs/1803.08494
    """

    _told_by_attributes = True

    def __init__(
        self,
        groups=32,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(
            axis,
            epsilon,
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
        if not isinstance(groups, int) or isinstance(groups, bool) or (groups < 1 and groups != -1):
            raise ValueError(
                f"GroupNormalization layer '{self.name}': the argument `groups` must be an int "
                f"above 0, or -1 for one channel a group. Received: groups={groups!r}."
            )
        self.groups = groups
        self.autocast = False

    def build(self, input_shape):
        (channels,) = shape = sizes_along(self, self.axis, input_shape)
        if self.groups == -1:
            self.groups = channels
        if channels < self.groups:
            raise ValueError(
                f"GroupNormalization layer '{self.name}': the number of groups, {self.groups}, "
                f"cannot be more than the number of channels, {channels}."
            )
        if channels % self.groups:
            raise ValueError(
                f"GroupNormalization layer '{self.name}' needs `groups` to divide the number of "
                f"channels, but received groups={self.groups} for {channels} channels."
            )
        self._build_scale(shape)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs):
        axis = self.axis % inputs.ndim
        x = ops.cast(inputs, result_type(inputs.dtype, "float32"))
        channels = (self.groups, x.shape[axis] // self.groups)
        x = ops.reshape(x, (*x.shape[:axis], *channels, *x.shape[axis + 1 :]))
        # All axes but those of batch and groups.
        axes = [i for i in range(1, x.ndim) if i != axis]
        mean, variance = ops.moments(x, axes, keepdims=True)
        shape = [1] * x.ndim
        shape[axis : axis + 2] = channels
        factor = ops.rsqrt(variance + self.epsilon)
        if self.gamma is not None:
            factor = factor * ops.reshape(self.gamma, shape)
        shift = -mean * factor
        if self.beta is not None:
            shift = shift + ops.reshape(self.beta, shape)
        outputs = ops.reshape(x * factor + shift, inputs.shape)
        return ops.cast(outputs, self.compute_dtype)
