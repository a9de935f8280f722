"""`keras.utils.conv_utils` of Keras 2: sizes of convolutions, for layers that users wrote."""

import numpy as np

from kerajax._checks import int_tuple
from kerajax.backend import standardize_data_format as normalize_data_format  # noqa: F401

_PADDINGS = ("valid", "same", "full", "causal")


def normalize_tuple(value, n, name):
    """An int or a tuple of `n` ints as a tuple of `n` ints.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> normalize_tuple(3, 2, "kernel_size")
    (3, 3)
    """
    return int_tuple(value, name, "normalize_tuple", n)


def normalize_padding(value):
    """The name of a padding in small letters.

    Raises:
        ValueError: If it is none.

    Example:

    >>> normalize_padding("SAME")
    'same'
    """
    padding = value.lower()
    if padding not in _PADDINGS:
        raise ValueError(f"`padding` must be one of {_PADDINGS}, but received: {value!r}.")
    return padding


def convert_kernel(kernel):
    """A kernel of Theano as one of TensorFlow, or the other way: all but the last two axes turned.

    Example:

    >>> convert_kernel(np.arange(3.0).reshape(3, 1, 1)).ravel().tolist()
    [2.0, 1.0, 0.0]
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(f"A kernel has 3 to 5 axes, but received shape {kernel.shape}.")
    return np.flip(kernel, tuple(range(kernel.ndim - 2))).copy()


def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """Size of an axis after a convolution; None for None.

    Example:

    >>> [conv_output_length(9, 3, padding, 2) for padding in ("valid", "same", "full")]
    [4, 5, 6]
    """
    if input_length is None:
        return None
    span = dilation * (filter_size - 1) + 1
    lost = {"same": 0, "causal": 0, "valid": span - 1, "full": 1 - span}[normalize_padding(padding)]
    return -(-(input_length - lost) // stride)


def conv_input_length(output_length, filter_size, padding, stride):
    """Size of an axis before a convolution without dilation; None for None.

    Example:

    >>> conv_input_length(4, 3, "valid", 2)
    9
    """
    if output_length is None:
        return None
    padding = normalize_padding(padding)
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_length(dim_size, stride_size, kernel_size, padding, output_padding=None, dilation=1):
    """Size of an axis after a transposed convolution; None for None.

    Example:

    >>> [deconv_length(4, 2, 3, padding) for padding in ("valid", "same")]
    [9, 8]
    """
    if dim_size is None:
        return None
    span = dilation * (kernel_size - 1) + 1
    padding = normalize_padding(padding)
    if output_padding is None:
        extra = {"same": 0, "valid": max(span - stride_size, 0), "full": 2 - stride_size - span}
        return dim_size * stride_size + extra[padding]
    pad = {"same": span // 2, "valid": 0, "full": span - 1}[padding]
    return (dim_size - 1) * stride_size + span - 2 * pad + output_padding
