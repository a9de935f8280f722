"""`keras.utils.conv_utils`: arithmetic of windows, which layers of users import."""

import numpy as np

from kerajax import _checks
from kerajax.backend import image_data_format


def normalize_tuple(value, n, name):
    """An int, or a sequence of `n` of them, as a tuple of `n` ints.

    Example:

    >>> normalize_tuple(3, 2, "kernel_size")
    (3, 3)
    """
    return _checks.int_tuple(value, name, "normalize_tuple", n)


def normalize_padding(value):
    """A padding in small letters.

    Example:

    >>> normalize_padding("SAME")
    'same'
    """
    choices = ("valid", "same", "causal")
    return _checks.padding(value, "padding", "normalize_padding", choices)


def normalize_data_format(value):
    """An axis order of images; None is the one that is set for all.

    Example:

    >>> normalize_data_format(None)
    'channels_last'
    """
    return _checks.data_format(value, "data_format", "normalize_data_format", image_data_format())


def convert_kernel(kernel):
    """The kernel of a convolution flipped along its spatial axes, as Theano had them.

    Example:

    >>> convert_kernel(np.arange(3.0).reshape(3, 1, 1)).ravel().tolist()
    [2.0, 1.0, 0.0]
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(
            "convert_kernel needs a kernel of 1 to 3 spatial axes and those of channels and "
            f"filters, but received shape {kernel.shape}."
        )
    return np.flip(kernel, tuple(range(kernel.ndim - 2))).copy()


def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """Size of an axis after a convolution; None if it is not known before.

    Args:
        input_length: Int or None.
        filter_size: Int, entries of the window.
        padding: `"valid"`, `"same"`, `"causal"` or `"full"`.
        stride: Int.
        dilation: Int, distance of the entries.

    Example:

    >>> conv_output_length(10, 3, "valid", 2)
    4
    """
    if input_length is None:
        return None
    extent = _extent(filter_size, dilation)
    length = input_length + {"valid": 1 - extent, "full": extent - 1}.get(_named(padding), 0)
    return (length + stride - 1) // stride


def conv_input_length(output_length, filter_size, padding, stride):
    """The smallest size of an axis that a convolution makes `output_length`; None if unknown.

    Example:

    >>> conv_input_length(4, 3, "valid", 2)
    9
    """
    if output_length is None:
        return None
    border = {"valid": 0, "full": filter_size - 1}.get(_named(padding), filter_size // 2)
    return (output_length - 1) * stride - 2 * border + filter_size


def deconv_length(dim_size, stride_size, kernel_size, padding, output_padding=None, dilation=1):
    """Size of an axis after a transposed convolution; None if it is not known before.

    Args:
        dim_size: Int or None.
        stride_size: Int.
        kernel_size: Int.
        padding: `"valid"`, `"same"` or `"full"`.
        output_padding: Optional int, entries to add at the end.
        dilation: Int.

    Example:

    >>> deconv_length(4, 2, 3, "valid", None)
    9
    """
    if dim_size is None:
        return None
    extent, padding = _extent(kernel_size, dilation), _named(padding)
    if output_padding is None:
        beyond = {"valid": max(extent - stride_size, 0), "full": 2 - stride_size - extent}
        return dim_size * stride_size + beyond.get(padding, 0)
    border = {"same": extent // 2, "full": extent - 1}.get(padding, 0)
    return (dim_size - 1) * stride_size + extent - 2 * border + output_padding


def _extent(filter_size, dilation):
    return (filter_size - 1) * dilation + 1


def _named(padding):
    return _checks.one_of(padding, "padding", "conv_utils", ("valid", "same", "causal", "full"))
