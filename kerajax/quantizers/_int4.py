"""Two 4-bit integers in one byte."""

import numpy as np

from kerajax import ops
from kerajax.backend import convert_to_numpy, convert_to_tensor, standardize_dtype

_DTYPES = ("int8", "uint8")


def pack_int4(arr, axis=0, dtype="int8"):
    """Packs integers of 4 bits in pairs along an axis: the first into the low half of a byte.

    Packing is part of quantization, which happens once, and runs on the host.

    Args:
        arr: int8 tensor of values from -8 to 7, or uint8 from 0 to 15.
        axis: Int. An odd size is filled up with one zero.
        dtype: `"int8"` or `"uint8"`: the dtype of `arr` and of the result.

    Returns:
        The packed tensor, its shape, and the size of the axis before.

    Raises:
        ValueError: If `dtype` is another one.
        TypeError: If `arr` does not have it.

    Example:

    >>> packed, shape, size = kerajax.quantizers.pack_int4(np.array([1, 2, 3], "int8"))
    >>> packed.tolist(), shape, size
    ([33, 3], (2,), 3)
    """
    _check_dtype(dtype)
    if standardize_dtype(arr.dtype) != dtype:
        raise TypeError(
            f"Expected {dtype} tensor for packing, got {standardize_dtype(arr.dtype)}. Cast it, or "
            "pass its `dtype`."
        )
    halves = np.moveaxis(convert_to_numpy(arr).view("uint8") & 0x0F, axis, 0)
    size = len(halves)
    halves = np.pad(halves, [(0, size % 2)] + [(0, 0)] * (halves.ndim - 1))
    packed = np.moveaxis(halves[::2] | halves[1::2] << 4, 0, axis).view(dtype)
    return convert_to_tensor(packed), packed.shape, size


def unpack_int4(packed, orig_len, axis=0, dtype="int8"):
    """The integers that `pack_int4` packed.

    Args:
        packed: int8 or uint8 tensor.
        orig_len: Int. Size of the axis before packing.
        axis: Int. The axis along which it was packed.
        dtype: `"int8"` for values from -8 to 7, `"uint8"` from 0 to 15.

    Raises:
        ValueError: If `dtype` is another one.
        TypeError: If `packed` is no tensor of bytes.

    Example:

    >>> kerajax.quantizers.unpack_int4(np.array([33, 3], "int8"), 3).tolist()
    [1, 2, 3]
    """
    _check_dtype(dtype)
    packed = convert_to_tensor(packed)
    if standardize_dtype(packed.dtype) not in _DTYPES:
        raise TypeError(
            f"Expected int8 or uint8 tensor for unpacking, got {packed.dtype}. `pack_int4` makes "
            "such a tensor."
        )
    axis %= len(packed.shape)
    low = ops.bitwise_and(packed, 0x0F)
    high = ops.bitwise_and(ops.right_shift(packed, 4), 0x0F)
    if dtype == "int8":
        # The fourth bit is the sign: 8 to 15 stand for -8 to -1.
        low, high = ((ops.cast(half, "int8") ^ 8) - 8 for half in (low, high))
    shape = list(packed.shape)
    shape[axis] *= 2
    pairs = ops.stack([ops.cast(low, dtype), ops.cast(high, dtype)], axis=axis + 1)
    unpacked = ops.reshape(pairs, shape)
    return unpacked[(*(slice(None),) * axis, slice(orig_len))]


def _check_dtype(dtype):
    if dtype not in _DTYPES:
        raise ValueError(f"Expected dtype to be 'int8' or 'uint8', but got '{dtype}'.")
