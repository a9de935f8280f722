"""Quantizers: from floats to integers and a scale, by the largest absolute value."""

import numpy as np

from kerajax import ops
from kerajax.backend import convert_to_numpy, convert_to_tensor, standardize_dtype
from kerajax.objects import Configurable, publish

_EPSILON = 1e-7


@publish("keras.Quantizer", "keras.quantizers.Quantizer")
class Quantizer(Configurable):
    """Base of quantizers: override `__call__`.

    Args:
        output_dtype: Dtype name of the integers.

    Example:

    >>> class Halves(kerajax.Quantizer):
    ...     def __call__(self, x):
    ...         return kerajax.ops.cast(2 * x, self.output_dtype), 2.0
    >>> Halves()(np.array([0.5, 3.0]))[0].tolist()
    [1, 6]
    """

    def __init__(self, output_dtype="int8"):
        self.output_dtype = output_dtype

    def __call__(self, x):
        """The integers of `x`, and what belongs to them; the base returns `x`."""
        return x


@publish("keras.quantizers.AbsMaxQuantizer")
class AbsMaxQuantizer(Quantizer):
    """Integers `round(x * scale)`; the scale takes the largest `|x|` to the top of a range.

    Args:
        axis: Int or tuple of ints: the axes that share a scale. Calls may name others; -1 if
            neither does.
        value_range: Pair of ints: smallest and largest result.
        epsilon: Float, added to the largest `|x|` against division by zero.
        output_dtype: Dtype name of the integers.

    Raises:
        ValueError: If the range does not fit into int8.

    Example:

    >>> integers, scale = kerajax.quantizers.AbsMaxQuantizer(axis=0)(np.array([[1.0], [-2.0]]))
    >>> integers.tolist(), round(float(scale[0, 0]), 3)
    ([[64], [-127]], 63.5)
    """

    _config_if_set = frozenset(("axis",))

    def __init__(self, axis=None, value_range=(-127, 127), epsilon=_EPSILON, output_dtype="int8"):
        super().__init__(output_dtype=output_dtype)
        self.axis = (axis,) if isinstance(axis, int) else None if axis is None else tuple(axis)
        self.value_range = value_range
        self.epsilon = epsilon
        if output_dtype == "int8" and (value_range[0] < -128 or value_range[1] > 127):
            raise ValueError(
                "Quantizer with output_dtype='int8' requires value_range to be within the interval "
                f"[-128, 127]. Received: value_range={value_range}"
            )

    def __call__(self, x, axis=None, to_numpy=False):
        """Quantizes a tensor.

        Args:
            x: Float tensor.
            axis: Int or tuple of ints instead of the constructor's.
            to_numpy: Bool. Whether to compute on the host, which saves memory of the device.

        Returns:
            Integers of the shape of `x`, and the scale, whose quantized axes have size 1.
        """
        axis = self.axis if axis is None else axis
        return abs_max_quantize(
            x,
            -1 if axis is None else axis,
            self.value_range,
            self.output_dtype,
            self.epsilon,
            to_numpy,
        )


def abs_max_quantize(
    inputs, axis, value_range=(-127, 127), dtype="int8", epsilon=_EPSILON, to_numpy=False
):
    """Integers `round(inputs * scale)` with `scale = value_range[1] / (max |inputs| + epsilon)`.

    Args:
        inputs: Float tensor.
        axis: Int or sequence of ints: the axes that share a scale.
        value_range: Pair of ints: smallest and largest result.
        dtype: Dtype name of the integers.
        epsilon: Float against division by zero.
        to_numpy: Bool. Whether to compute on the host, which saves memory of the device.

    Returns:
        Integers of the shape of `inputs`, and the scale in the dtype of `inputs`, whose quantized
        axes have size 1.

    Example:

    >>> integers, scale = kerajax.quantizers.abs_max_quantize(np.array([[0.5, -1.0]]), axis=-1)
    >>> integers.tolist(), scale.shape
    ([[63, -127]], (1, 1))
    """
    xp, inputs = arrays_of(inputs, to_numpy)
    axis = tuple(axis) if isinstance(axis, (tuple, list)) else axis
    largest = xp.max(xp.abs(inputs), axis=axis, keepdims=True)
    scale = xp.divide(value_range[1], xp.add(largest, epsilon))
    # Without a cast, numbers of the host would raise bfloat16 to float32.
    scale = scale.astype(inputs.dtype)
    integers = xp.clip(xp.round(xp.multiply(inputs, scale)), value_range[0], value_range[1])
    return convert_to_tensor(integers.astype(dtype)), convert_to_tensor(scale)


def arrays_of(inputs, to_numpy):
    """The module of array functions to compute with, numpy or `ops`, and `inputs` for it."""
    if to_numpy:
        return np, convert_to_numpy(inputs)
    inputs = convert_to_tensor(inputs)
    if not standardize_dtype(inputs.dtype).startswith(("float", "bfloat")):
        inputs = ops.cast(inputs, "float32")
    return ops, inputs
