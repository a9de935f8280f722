"""Convolutions over one, two or three spatial axes, as cross-correlations (kernels not flipped).

Kernels are `(*spatial, in_channels / groups, out_channels)` whatever the data format; the number of
groups is read from the channels.
"""

import jax
import jax.numpy as jnp

from kerajax._checks import int_tuple
from kerajax._checks import padding as check_padding
from kerajax.backend import KerasTensor, as_array, infer
from kerajax.ops._conv_forms import convolution
from kerajax.ops._op import op
from kerajax.ops._windows import (
    channel_axis,
    standardize_data_format,
    standardize_rank,
)

_SPATIAL = "XYZ"


@op
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution: `outputs[i, o] = sum over k, c of inputs[i * strides + k, c] * kernel[k, c, o]`.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        kernel: Tensor `(*kernel_size, channels / groups, filters)`. If its channels are fewer than
            those of the inputs, the convolution runs in groups.
        strides: Int or one for each spatial axis.
        padding: `"valid"` (none) or `"same"` (outputs of size `ceil(size / strides)`).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or one for each spatial axis: distance of the kernel's taps.

    Returns:
        Tensor `(batch, *new_spatial, filters)`, or with the channels first.

    Raises:
        ValueError: If the channels of the inputs are no multiple of those of the kernel.

    Example:

    >>> kerajax.ops.conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 4))).shape
    (1, 3, 3, 4)
    """
    return _conv(inputs, kernel, strides, padding, data_format, dilation_rate, "conv")


def _conv(inputs, kernel, strides, padding, data_format, dilation_rate, owner, groups=None):
    inputs, kernel = as_array(inputs), as_array(kernel)
    data_format = standardize_data_format(data_format)
    rank = standardize_rank(inputs, owner)
    _check_kernel_rank(inputs, kernel, rank, owner)
    channels = inputs.shape[channel_axis(data_format)]
    if groups is None:
        if channels % kernel.shape[-2] or kernel.shape[-1] % (channels // kernel.shape[-2]):
            raise ValueError(
                f"{owner}: the {channels} channels of the inputs must be a multiple of the "
                f"{kernel.shape[-2]} channels of the kernel, and its {kernel.shape[-1]} filters a "
                f"multiple of the groups. Received: inputs.shape={inputs.shape}, "
                f"kernel.shape={kernel.shape}, data_format={data_format!r}"
            )
        groups = channels // kernel.shape[-2]
    dtype = jnp.promote_types(inputs.dtype, kernel.dtype)
    return convolution(
        inputs.astype(dtype),
        kernel.astype(dtype),
        int_tuple(strides, "strides", owner, rank),
        check_padding(padding, "padding", owner).upper(),
        int_tuple(dilation_rate, "dilation_rate", owner, rank),
        _dimension_numbers(rank, data_format),
        groups,
    )


@op
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of each channel on its own, with `depth_multiplier` filters for each.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        kernel: Tensor `(*kernel_size, channels, depth_multiplier)`.
        strides: Int or one for each spatial axis.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or one for each spatial axis.

    Returns:
        Tensor `(batch, *new_spatial, channels * depth_multiplier)`, or with the channels first.

    Example:

    >>> kerajax.ops.depthwise_conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 2))).shape
    (1, 3, 3, 6)
    """
    owner = "depthwise_conv"
    return _depthwise(inputs, kernel, strides, padding, data_format, dilation_rate, owner)


def _depthwise(inputs, kernel, strides, padding, data_format, dilation_rate, owner):
    inputs, kernel = as_array(inputs), as_array(kernel)
    channels = inputs.shape[channel_axis(standardize_data_format(data_format))]
    _check_kernel_rank(inputs, kernel, standardize_rank(inputs, owner), owner)
    if kernel.shape[-2] != channels:
        raise ValueError(
            f"{owner}: the kernel must have as many channels as the inputs. Received: "
            f"inputs.shape={inputs.shape}, kernel.shape={kernel.shape}, data_format={data_format!r}"
        )
    kernel = kernel.reshape(*kernel.shape[:-2], 1, channels * kernel.shape[-1])
    return _conv(inputs, kernel, strides, padding, data_format, dilation_rate, owner, channels)


@op(data=("inputs", "depthwise_kernel", "pointwise_kernel"))
def separable_conv(
    inputs,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """Depthwise convolution, then a convolution of size 1 that mixes the channels.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        depthwise_kernel: Tensor `(*kernel_size, channels, depth_multiplier)`.
        pointwise_kernel: Tensor `(1, ..., channels * depth_multiplier, filters)`.
        strides: Int or one for each spatial axis.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or one for each spatial axis.

    Example:

    >>> x = np.ones((1, 5, 5, 3))
    >>> kerajax.ops.separable_conv(x, np.ones((3, 3, 3, 2)), np.ones((1, 1, 6, 4))).shape
    (1, 3, 3, 4)
    """
    owner = "separable_conv"
    x = _depthwise(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate, owner)
    return _conv(x, pointwise_kernel, 1, "valid", data_format, 1, owner)


def _conv_transpose_spec(inputs, kernel, *, data_format=None, **settings):
    axis = channel_axis(standardize_data_format(data_format))
    if None not in kernel.shape[-1:] and inputs.shape[axis] is None:
        shape = list(inputs.shape)
        shape[axis] = kernel.shape[-1]
        inputs = KerasTensor(shape, inputs.dtype)
    fn = conv_transpose.operation._fn
    return infer(fn, inputs, kernel, data_format=data_format, **settings)


@op(spec=_conv_transpose_spec)
def conv_transpose(
    inputs,
    kernel,
    strides=1,
    padding="valid",
    output_padding=None,
    data_format=None,
    dilation_rate=1,
):
    """The gradient of `conv` with respect to its inputs, as an operation: upsampling by `strides`.

    The output size of an axis is `size * strides` for `"same"` and
    `size * strides + max(span - strides, 0)` for `"valid"`, with the kernel's span
    `dilation_rate * (kernel_size - 1) + 1`. If `output_padding` is given, it is
    `(size - 1) * strides + output_padding`, plus `span` for `"valid"` and `span % 2` for `"same"`.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        kernel: Tensor `(*kernel_size, filters, channels)`.
        strides: Int or one for each spatial axis.
        padding: `"valid"` or `"same"`.
        output_padding: Int, one for each spatial axis, or None: how much longer the outputs are.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or one for each spatial axis.

    Example:

    >>> kerajax.ops.conv_transpose(np.ones((1, 4, 4, 3)), np.ones((3, 3, 2, 3)), 2, "same").shape
    (1, 8, 8, 2)
    """
    owner = "conv_transpose"
    inputs, kernel = as_array(inputs), as_array(kernel)
    data_format = standardize_data_format(data_format)
    rank = standardize_rank(inputs, owner)
    _check_kernel_rank(inputs, kernel, rank, owner)
    if kernel.shape[-1] != inputs.shape[channel_axis(data_format)]:
        raise ValueError(
            f"{owner}: input channels must match the kernel, whose last axis counts them. "
            f"Received: inputs.shape={inputs.shape}, kernel.shape={kernel.shape}, "
            f"data_format={data_format!r}"
        )
    strides = int_tuple(strides, "strides", owner, rank)
    dilation_rate = int_tuple(dilation_rate, "dilation_rate", owner, rank)
    if output_padding is None:
        output_padding = (None,) * rank
    else:
        output_padding = int_tuple(output_padding, "output_padding", owner, rank, allow_zero=True)
    padding = check_padding(padding, "padding", owner)
    pads = [
        _transposed_padding(*sizes, padding)
        for sizes in zip(kernel.shape[:rank], strides, dilation_rate, output_padding, strict=True)
    ]
    dtype = jnp.promote_types(inputs.dtype, kernel.dtype)
    return jax.lax.conv_transpose(
        inputs.astype(dtype),
        kernel.astype(dtype),
        strides,
        pads,
        rhs_dilation=dilation_rate,
        dimension_numbers=_dimension_numbers(rank, data_format),
        transpose_kernel=True,
    )


def _transposed_padding(size, stride, dilation, output_padding, padding):
    """`(before, after)`: what pads the dilated inputs of a transposed convolution on one axis."""
    span = dilation * (size - 1) + 1
    if padding == "valid":
        extra = max(stride - span, 0) if output_padding is None else output_padding
        return span - 1, span - 1 + extra
    if output_padding is None:
        total = span + stride - 2
    else:
        total = span + span % 2 - 2 + output_padding
    before = min((total + 1) // 2, span - 1)
    return before, total - before


def _dimension_numbers(rank, data_format):
    axes = _SPATIAL[:rank] if rank <= 3 else "".join(chr(ord("d") + i) for i in range(rank))
    side = f"N{axes}C" if data_format == "channels_last" else f"NC{axes}"
    return side, f"{axes}IO", side


def _check_kernel_rank(inputs, kernel, rank, owner):
    if kernel.ndim != rank + 2:
        raise ValueError(
            f"{owner}: inputs of {rank + 2} axes need a kernel of {rank + 2} axes, "
            f"(*kernel_size, in, out). Received: inputs.shape={inputs.shape}, "
            f"kernel.shape={kernel.shape}"
        )
