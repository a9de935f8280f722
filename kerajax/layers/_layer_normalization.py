"""LayerNormalization: inputs normalized by the statistics of each sample."""

import warnings

from kerajax import ops
from kerajax.layers._normalization import ScaledNormalization, axes_argument, sizes_along
from kerajax.objects import publish


@publish("keras.layers.LayerNormalization")
class LayerNormalization(ScaledNormalization):
    """Normalizes each sample: `gamma * (x - mean) / sqrt(variance + epsilon) + beta`.

    Mean and variance are taken over `axis`, in training and inference alike.

    Args:
        axis: Int or list of ints. The axes to normalize along, usually that of the features.
        epsilon: Float, added to the variance.
        center: Bool. Whether `beta` is added.
        scale: Bool. Whether `gamma` is multiplied by.
        beta_initializer: Initializer of `beta`, of the sizes of `axis`.
        gamma_initializer: Initializer of `gamma`, of the sizes of `axis`.
        beta_regularizer: Regularizer of `beta`.
        gamma_regularizer: Regularizer of `gamma`.
        beta_constraint: Constraint on `beta`.
        gamma_constraint: Constraint on `gamma`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`. And `rms_scaling=True`, an
            older form: no mean and no `beta`; `RMSNormalization` is the newer one.

    Input shape: any with the axes `axis`, of known sizes.
    Output shape: the same.

    Raises:
        ValueError: If an axis does not exist or its size is not known.
        TypeError: If `axis` is no int and no list of them.

    Example:

    >>> layer = kerajax.layers.LayerNormalization(epsilon=0.0)
    >>> layer(np.array([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]

    Reference:
        Ba et al., 2016, "Layer Normalization", https://arxiv.org/abs/1607.06450
    """

    _told_by_attributes = True
    _extra_arguments = frozenset(("rms_scaling",))

    def __init__(
        self,
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
        rms_scaling = kwargs.pop("rms_scaling", False)
        if rms_scaling:
            warnings.warn(
                "`LayerNormalization(rms_scaling=True)` divides by the standard deviation, not "
                "by the root mean square. Use `kerajax.layers.RMSNormalization`.",
                stacklevel=2,
            )
        super().__init__(
            axes_argument(axis, self),
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
        self.rms_scaling = rms_scaling
        # The op computes in float32 at least, from inputs of any precision.
        self.autocast = False

    def build(self, input_shape):
        self.axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        shape = sizes_along(self, self.axis, input_shape)
        if self.rms_scaling:
            self.gamma = self._weight("gamma", shape, autocast=False)
        else:
            self._build_scale(shape)

    def call(self, inputs):
        outputs = ops.layer_normalization(
            inputs,
            self.gamma,
            self.beta,
            self.axis,
            self.epsilon,
            rms_scaling=self.rms_scaling,
        )
        return ops.cast(outputs, self.compute_dtype)

    def _base_config(self):
        return {**super()._base_config(), "rms_scaling": self.rms_scaling}
