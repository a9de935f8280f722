"""RandomHeight and RandomWidth: images of a batch resized to a height or width that is drawn."""

from kerajax import ops, random
from kerajax.backend import is_traced
from kerajax.layers import Layer
from kerajax.objects import publish


class _RandomSize(Layer):
    """The arithmetic of both, along one axis of images in the format `channels_last`."""

    _axis = 0
    _instead = ""

    def __init__(self, factor, interpolation="bilinear", seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        lower, upper = factor if isinstance(factor, (tuple, list)) else (-factor, factor)
        if not -1 < lower <= upper:
            raise ValueError(
                f"{type(self).__name__} takes a `factor` that is a number in [0, 1), or a pair of "
                f"numbers above -1 in order, but received: factor={factor!r}."
            )
        self._range = (1.0 + lower, 1.0 + upper)
        self.interpolation = interpolation
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs, training=True):
        if not training:
            return inputs
        if is_traced(inputs):
            raise NotImplementedError(
                f"{type(self).__name__} '{self.name}' draws the size of its output, and a compiled "
                f"step has tensors of fixed sizes. Use `{self._instead}`, which distorts as much, "
                "or call the layer on batches before they are passed to `fit`."
            )
        size = list(inputs.shape[-3:-1])
        share = random.uniform((), *self._range, seed=self.seed_generator)
        size[self._axis] = max(1, int(float(share) * size[self._axis]))
        return ops.image.resize(
            inputs, size, interpolation=self.interpolation, data_format="channels_last"
        )

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        shape[self._axis - 3] = None
        return tuple(shape)


@publish("keras.layers.RandomHeight", "keras.layers.experimental.preprocessing.RandomHeight")
class RandomHeight(_RandomSize):
    """Resizes images, all of a batch alike, to a height that is drawn; the width stays.

    Outside of training, images stay as they are. Within `fit` the layer raises, since a compiled
    step has tensors of fixed sizes.

    Args:
        factor: Float f, for heights of `1 - f` to `1 + f` times the own, or a pair of floats that
            are added to 1.
        interpolation: String, a method of `ops.image.resize`.
        seed: Optional int.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or without the batch.
    Output shape: the same, with another height.

    Raises:
        NotImplementedError: In a step that JAX compiles.

    Example:

    >>> kerajax.legacy.layers.RandomHeight((0.5, 0.5))(np.zeros((2, 4, 4, 1))).shape
    (2, 6, 4, 1)
    """

    _axis = 0
    _instead = "RandomZoom(height_factor, width_factor=(0, 0))"


@publish("keras.layers.RandomWidth", "keras.layers.experimental.preprocessing.RandomWidth")
class RandomWidth(_RandomSize):
    """Resizes images, all of a batch alike, to a width that is drawn; the height stays.

    Outside of training, images stay as they are. Within `fit` the layer raises, since a compiled
    step has tensors of fixed sizes.

    Args:
        factor: Float f, for widths of `1 - f` to `1 + f` times the own, or a pair of floats that
            are added to 1.
        interpolation: String, a method of `ops.image.resize`.
        seed: Optional int.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or without the batch.
    Output shape: the same, with another width.

    Raises:
        NotImplementedError: In a step that JAX compiles.

    Example:

    >>> kerajax.legacy.layers.RandomWidth((-0.5, -0.5))(np.zeros((4, 4, 1))).shape
    (4, 2, 1)
    """

    _axis = 1
    _instead = "RandomZoom(height_factor=(0, 0), width_factor=...)"
