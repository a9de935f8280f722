"""The arithmetic of float8 products: scales that follow the largest values of recent steps."""

import ml_dtypes

from kerajax import ops


def compute_float8_scale(amax, scale, dtype_max, margin=0):
    """The scale by which values are divided so that the largest becomes `dtype_max / 2**margin`.

    Args:
        amax: Float tensor: the largest absolute value of recent steps.
        scale: The scale before; it stays where `amax` is 0 or not finite.
        dtype_max: Largest number of the float8 dtype.
        margin: Int. Powers of two to stay below it.

    Example:

    >>> scale = kerajax.quantizers.compute_float8_scale(np.float32(8.0), np.float32(1.0), 448.0)
    >>> round(float(scale), 4)
    0.0179

    Reference:
        Micikevicius et al., 2022, "FP8 Formats for Deep Learning",
        https://arxiv.org/abs/2209.05433
    """
    inverse = ops.divide(ops.divide(dtype_max, amax), 2**margin)
    usable = ops.logical_and(ops.greater(amax, 0.0), ops.isfinite(amax))
    return ops.reciprocal(ops.where(usable, inverse, ops.reciprocal(scale)))


def compute_float8_amax_history(x, amax_history):
    """The history of largest absolute values, moved by one step, with that of `x` at the front.

    Args:
        x: Tensor.
        amax_history: Float vector.

    Example:

    >>> history = np.array([3.0, 2.0, 1.0], "float32")
    >>> kerajax.quantizers.compute_float8_amax_history(np.array([-5.0, 4.0]), history).tolist()
    [5.0, 1.0, 3.0]
    """
    newest = ops.cast(ops.max(ops.abs(x)), amax_history.dtype)
    moved = ops.roll(amax_history, shift=-1)
    return ops.concatenate([ops.reshape(newest, (1,)), moved[1:]], axis=0)


def quantize_and_dequantize(inputs, scale, quantized_dtype, compute_dtype):
    """`inputs` with the precision of a float8 dtype: divided by `scale`, rounded, multiplied back.

    Args:
        inputs: Float tensor in `compute_dtype`.
        scale: Scalar.
        quantized_dtype: `"float8_e4m3fn"` or `"float8_e5m2"`.
        compute_dtype: Dtype name of the result.

    Example:

    >>> quantize = kerajax.quantizers.quantize_and_dequantize
    >>> quantize(np.array([0.3], "float32"), np.float32(1.0), "float8_e5m2", "float32").tolist()
    [0.3125]
    """
    scale = ops.cast(scale, compute_dtype)
    largest = ops.cast(float8_max(quantized_dtype), compute_dtype)
    x = ops.clip(ops.divide(inputs, scale), -largest, largest)
    return ops.multiply(ops.cast(ops.cast(x, quantized_dtype), compute_dtype), scale)


def float8_max(dtype) -> float:
    """The largest finite number of a float8 dtype.

    Example:

    >>> float8_max("float8_e4m3fn")
    448.0
    """
    return float(ml_dtypes.finfo(dtype).max)
