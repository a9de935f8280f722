"""Layers that put the same elements into another shape or order."""

import math

from kerajax import ops
from kerajax.backend import KerasTensor, standardize_data_format
from kerajax.layers._base import InputSpec, Layer
from kerajax.objects import publish


@publish("keras.layers.Flatten")
class Flatten(Layer):
    """Joins all axes but the batch axis into one.

    Args:
        data_format: `"channels_last"`, `"channels_first"` (the channels are moved to the end
            before) or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, ...)`.
    Output shape: `(batch, size)`; size 1 for inputs of shape `(batch,)`.

    Example:

    >>> kerajax.layers.Flatten()(np.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs):
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 1:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        # Not -1, which an empty batch would leave undetermined.
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))


@publish("keras.layers.Reshape")
class Reshape(Layer):
    """Gives each sample another shape.

    Args:
        target_shape: Tuple of ints, without the batch axis; one of them may be -1, which takes
            what is left.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, ...)`.
    Output shape: `(batch, *target_shape)`.

    Raises:
        ValueError: If `target_shape` has several -1, or its size is not that of a sample.

    Example:

    >>> kerajax.layers.Reshape((-1, 2))(np.ones((3, 8))).shape
    (3, 4, 2)
    """

    _built_at_once = True

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        sizes = [size for size in self.target_shape if isinstance(size, int)]
        if sizes.count(-1) > 1 or any(size < -1 for size in sizes):
            raise ValueError(
                f"Reshape layer '{self.name}': each size must be a non-negative integer, or -1 for "
                f"at most one unknown dimension. Received: target_shape={target_shape}"
            )

    def call(self, inputs):
        return ops.reshape(inputs, (inputs.shape[0], *self._resolved(inputs.shape[1:])))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self._resolved(input_shape[1:]))

    def compute_output_spec(self, inputs):
        # Unknown sizes may have any value that fits, so that tracing with made-up ones may not.
        shape = self.compute_output_shape(inputs.shape)
        return KerasTensor(shape, dtype=inputs.dtype, sparse=inputs.sparse)

    def _resolved(self, sample_shape):
        """`target_shape` with the size that -1 stands for, or None where that is unknown."""
        target = self.target_shape
        if None in sample_shape:
            return tuple(None if size == -1 else size for size in target)
        size = math.prod(sample_shape)
        known = math.prod(n for n in target if n != -1)
        if (known != size) if -1 not in target else (known == 0 or size % known):
            raise ValueError(
                f"Reshape layer '{self.name}': the size of a sample must stay the same, but "
                f"samples of shape {tuple(sample_shape)} have {size} elements, which do not fit "
                f"target_shape={target}."
            )
        return tuple(size // known if n == -1 else n for n in target)


@publish("keras.layers.Permute")
class Permute(Layer):
    """Reorders the axes of each sample.

    Args:
        dims: Tuple of ints. Axis `i` of the output is axis `dims[i - 1]` of the input, counted
            from 1; the batch axis stays first.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, ...)`, with as many axes as `dims` names.
    Output shape: the input's, reordered.

    Raises:
        ValueError: If `dims` is no reordering of 1, 2, ...

    Example:

    >>> kerajax.layers.Permute((2, 1))(np.ones((5, 2, 3))).shape
    (5, 3, 2)
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute layer '{self.name}': Invalid permutation argument `dims`; it names each "
                f"axis once, counted from 1, such as (2, 1). Received: dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs):
        return ops.transpose(inputs, (0, *self.dims))


@publish("keras.layers.RepeatVector")
class RepeatVector(Layer):
    """Repeats each vector `n` times along a new time axis.

    Args:
        n: Int > 0. Number of steps.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, features)`.
    Output shape: `(batch, n, features)`.

    Raises:
        TypeError: If `n` is no int.
        ValueError: If it is not positive.

    Example:

    >>> kerajax.layers.RepeatVector(3)(np.ones((2, 4))).shape
    (2, 3, 4)
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(
                f"RepeatVector layer '{self.name}' needs an integer `n`, but received {n!r} (of "
                f"type {type(n)})."
            )
        if n <= 0:
            raise ValueError(
                f"RepeatVector layer '{self.name}' needs a positive integer `n`, but received {n}."
            )
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs):
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)
