"""Dropout of single elements and of whole feature maps."""

from kerajax import random
from kerajax._checks import unit_interval
from kerajax.backend import standardize_data_format
from kerajax.layers._base import InputSpec, Layer
from kerajax.objects import publish


@publish("keras.layers.Dropout")
class Dropout(Layer):
    """In training, zeroes a random part of the inputs and scales the rest by `1 / (1 - rate)`.

    At inference the inputs pass unchanged. The scale keeps the expected sum as it is.

    Args:
        rate: Float in [0, 1]. The part that becomes zero.
        noise_shape: Optional tuple of ints and None that broadcasts to the inputs' shape: along an
            axis of size 1 all is dropped or kept together; None is the input's own size.
        seed: Optional int, for the same numbers in every run.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Raises:
        ValueError: If `rate` is not in [0, 1], or a size in `noise_shape` is not positive.

    Example:

    >>> layer = kerajax.layers.Dropout(0.5, seed=1)
    >>> layer(np.ones((1, 3))).tolist()
    [[1.0, 1.0, 1.0]]
    >>> sorted(set(layer(np.ones((4, 4)), training=True).ravel().tolist()))
    [0.0, 2.0]

    Reference:
        Srivastava et al., 2014, "Dropout: A Simple Way to Prevent Neural Networks from
        Overfitting", https://jmlr.org/papers/v15/srivastava14a.html
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = unit_interval(rate, "rate", self)
        self.seed = seed
        self.noise_shape = _noise_shape(noise_shape, self)
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        noise_shape = self._noise_shape_for(inputs)
        return random.dropout(inputs, self.rate, noise_shape, seed=self.seed_generator)

    def _noise_shape_for(self, inputs):
        return self.noise_shape


class _SpatialDropout(Dropout):
    """Drops whole feature maps: one draw for each sample and channel."""

    rank = 1
    _config_skip = frozenset(("noise_shape",))

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _noise_shape_for(self, inputs):
        ones = (1,) * self.rank
        return (None, *ones, None) if self.data_format == "channels_last" else (None, None, *ones)

    def _base_config(self):
        config = super()._base_config()
        policy = self.dtype_policy
        # Keras writes the bare name of the dtype here; a mixed policy would be lost that way.
        dtype = policy.name if policy.name == policy.variable_dtype else config["dtype"]
        return {"name": self.name, "dtype": dtype}


@publish("keras.layers.SpatialDropout1D")
class SpatialDropout1D(_SpatialDropout):
    """Dropout of whole feature maps of sequences: a channel is dropped at all steps together.

    Neighbouring steps resemble each other, so that dropping single elements would hide little.

    Args:
        rate: Float in [0, 1]. The part of the channels that becomes zero.
        seed: Optional int, for the same numbers in every run.
        name: String.
        dtype: Dtype name or policy.

    Input shape: `(batch, time, channels)`.
    Output shape: that of the input.

    Example:

    >>> y = kerajax.layers.SpatialDropout1D(0.5, seed=1)(np.ones((1, 3, 8)), training=True)
    >>> bool((y[:, 0] == y[:, 1]).all())
    True

    Reference:
        Tompson et al., 2014, "Efficient Object Localization Using Convolutional Networks",
        https://arxiv.org/abs/1411.4280
    """

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, "channels_last", seed, name, dtype)


@publish("keras.layers.SpatialDropout2D")
class SpatialDropout2D(_SpatialDropout):
    """Dropout of whole feature maps of images: a channel is dropped at all pixels together.

    Args:
        rate: Float in [0, 1]. The part of the channels that becomes zero.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        name: String.
        dtype: Dtype name or policy.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.SpatialDropout2D(0.5)(np.ones((1, 2, 2, 3))).shape
    (1, 2, 2, 3)

    Reference:
        Tompson et al., 2014, "Efficient Object Localization Using Convolutional Networks",
        https://arxiv.org/abs/1411.4280
    """

    rank = 2


@publish("keras.layers.SpatialDropout3D")
class SpatialDropout3D(_SpatialDropout):
    """Dropout of whole feature maps of volumes: a channel is dropped at all voxels together.

    Args:
        rate: Float in [0, 1]. The part of the channels that becomes zero.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        name: String.
        dtype: Dtype name or policy.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.SpatialDropout3D(0.5)(np.ones((1, 2, 2, 2, 3))).shape
    (1, 2, 2, 2, 3)

    Reference:
        Tompson et al., 2014, "Efficient Object Localization Using Convolutional Networks",
        https://arxiv.org/abs/1411.4280
    """

    rank = 3


def _noise_shape(value, owner):
    """`noise_shape` as a tuple of positive ints and None."""
    if value is None:
        return None
    sizes = None if isinstance(value, str) or not hasattr(value, "__iter__") else tuple(value)
    if sizes is None or any(
        size is not None and (not isinstance(size, int) or size <= 0) for size in sizes
    ):
        raise ValueError(
            f"{type(owner).__name__} '{owner.name}' needs `noise_shape` to be a tuple of positive "
            f"integers and None, but received {value!r}. Pass one size for each axis of the "
            "inputs, such as (None, 1, None)."
        )
    return sizes
