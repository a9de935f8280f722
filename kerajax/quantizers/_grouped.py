"""Quantization with a zero point: each group of rows has a scale and the integer that means 0."""

import math

import numpy as np

from kerajax import ops
from kerajax.backend import convert_to_tensor, standardize_dtype
from kerajax.quantizers._quantizer import arrays_of


def abs_max_quantize_grouped_with_zero_point(
    inputs, block_size, value_range=(-8, 7), dtype="int8", epsilon=1e-7, to_numpy=False
):
    """Integers `round(inputs / scale) + zero_point`, with one scale for `block_size` rows.

    Scale and zero point of a group and column map its smallest and largest value to the ends of
    the range. That suits columns whose values lie to one side of zero.

    Args:
        inputs: Float matrix `(rows, columns)`.
        block_size: Int > 0. Rows of a group.
        value_range: Pair of ints: smallest and largest result.
        dtype: Dtype name of the integers.
        epsilon: Float, added to the span of a group against division by zero.
        to_numpy: Bool. Whether to compute on the host, which saves memory of the device. A last,
            shorter group is then always filled up with zeros; otherwise a single one is not.

    Returns:
        Integers `(rows, columns)`; scale `(groups, columns)` in the dtype of `inputs`; zero point
        `(groups, columns)`, int8.

    Example:

    >>> kernel = np.arange(8.0, dtype="float32").reshape((4, 2))
    >>> quantize = kerajax.quantizers.abs_max_quantize_grouped_with_zero_point
    >>> integers, scale, zero_point = quantize(kernel, block_size=2)
    >>> integers.shape, scale.shape, zero_point.dtype
    ((4, 2), (2, 2), dtype('int8'))
    """
    xp, inputs = arrays_of(inputs, to_numpy)
    dtype_in = standardize_dtype(inputs.dtype)
    rows, columns = inputs.shape
    groups = math.ceil(rows / block_size)
    smallest, largest = value_range
    padded = xp.pad(inputs, ((0, groups * block_size - rows), (0, 0)))
    blocks = xp.reshape(padded, (groups, block_size, columns))
    seen = blocks if to_numpy or groups > 1 else inputs[None]
    low, high = xp.min(seen, axis=1, keepdims=True), xp.max(seen, axis=1, keepdims=True)
    # A group of equal values has no span: it gets one around it.
    flat = low == high
    low, high = xp.where(flat, low - 1, low), xp.where(flat, high + 1, high)
    scale = xp.divide(high - low + epsilon, largest - smallest)
    zero = xp.clip(xp.round(xp.divide(-low, scale)) + smallest, smallest, largest)
    integers = xp.clip(xp.round(xp.divide(blocks, scale)) + zero, smallest, largest)
    integers = xp.reshape(integers, (groups * block_size, columns))[:rows]
    return (
        convert_to_tensor(integers.astype(dtype)),
        convert_to_tensor(scale[:, 0].astype(dtype_in)),
        convert_to_tensor(zero[:, 0].astype("int8")),
    )


def group_indices(rows, group_size):
    """The group of each row, as files hold it: float32 `(rows,)`; one group if `group_size` is -1.

    Example:

    >>> group_indices(4, 2).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    return np.arange(rows, dtype="float32") // (rows if group_size == -1 else group_size)


def dequantized(integers, scale, zero, groups, axis):
    """`(integers - zero) * scale`, with the scale and zero point of each one's group.

    Args:
        integers: Integers, in any shape.
        scale: Float tensor with the groups along `axis`.
        zero: Tensor of the shape of `scale`.
        groups: Tensor with the group of each place along `axis`.
        axis: Int.

    Returns:
        Tensor of the shape of `integers` and the dtype of `scale`.
    """
    groups = ops.cast(groups, "int32")
    scale = ops.take(scale, groups, axis=axis)
    zero = ops.cast(ops.take(zero, groups, axis=axis), scale.dtype)
    return ops.multiply(ops.subtract(ops.cast(integers, scale.dtype), zero), scale)


def affine_parameters(matrix, bits, symmetric=False, per_row=True):
    """Scale and zero point for integers `round(x / scale) + zero` from 0 to `2**bits - 1`.

    Args:
        matrix: Float numpy matrix `(rows, n)`.
        bits: Int.
        symmetric: Bool. Whether the zero point is the middle of the range.
        per_row: Bool. Whether each row has its own; otherwise all share them.

    Returns:
        Two float numpy arrays `(rows, 1)`.

    Example:

    >>> scale, zero = affine_parameters(np.array([[-1.0, 2.0]]), bits=2)
    >>> scale.tolist(), zero.tolist()
    ([[1.0]], [[1.0]])
    """
    rows, top = len(matrix), 2**bits - 1
    values = matrix if per_row else matrix.reshape((1, -1))
    # Zero lies in the range, so that its integer exists.
    low = np.minimum(values.min(axis=1, keepdims=True), 0)
    high = np.maximum(values.max(axis=1, keepdims=True), 0)
    if symmetric:
        high = np.maximum(-low, high)
        low = np.where(low < 0, -high, low)
    flat = low == high
    low, high = np.where(flat, -1.0, low), np.where(flat, 1.0, high)
    scale = (high - low) / top
    zero = np.full_like(scale, (top + 1) / 2) if symmetric else np.round(-low / scale)
    return np.broadcast_to(scale, (rows, 1)), np.broadcast_to(zero, (rows, 1))


def affine_quantized(matrix, scale, zero, bits):
    """The integers of a numpy matrix, as floats from 0 to `2**bits - 1`."""
    return np.clip(np.round(matrix / scale + zero), 0, 2**bits - 1)
