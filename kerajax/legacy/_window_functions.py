"""`K.*` functions of images and sequences: convolutions, pooling, padding, resizing."""

from kerajax import ops
from kerajax.backend import standardize_data_format
from kerajax.legacy.conv_utils import deconv_length


def bias_add(x, bias, data_format=None):
    """`x + bias`, where the bias has one entry a channel, or one for each entry of a sample."""
    if standardize_data_format(data_format) == "channels_last" or len(x.shape) < 3:
        return x + bias
    if len(bias.shape) == 1:
        return x + ops.reshape(bias, (-1, *[1] * (len(x.shape) - 2)))
    return x + ops.transpose(bias, (len(bias.shape) - 1, *range(len(bias.shape) - 1)))


def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of sequences; `padding="causal"` looks back only."""
    if padding == "causal":
        x = temporal_padding(x, (dilation_rate * (kernel.shape[0] - 1), 0))
        padding = "valid"
    return _conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution of images."""
    return _conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv3d(
    x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)
):
    """Convolution of volumes."""
    return _conv(x, kernel, strides, padding, data_format, dilation_rate)


def _conv(x, kernel, strides, padding, data_format, dilation_rate):
    return ops.conv(
        x,
        kernel,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilation_rate=dilation_rate,
    )


def conv2d_transpose(
    x,
    kernel,
    output_shape,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """The gradient of a convolution of images, with outputs of the shape `output_shape`."""
    return _conv_transpose(x, kernel, output_shape, strides, padding, data_format, dilation_rate)


def conv3d_transpose(
    x,
    kernel,
    output_shape,
    strides=(1, 1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1, 1),
):
    """The gradient of a convolution of volumes, with outputs of the shape `output_shape`."""
    return _conv_transpose(x, kernel, output_shape, strides, padding, data_format, dilation_rate)


def _conv_transpose(x, kernel, output_shape, strides, padding, data_format, dilation_rate):
    rank = len(x.shape) - 2
    first = 1 if standardize_data_format(data_format) == "channels_last" else 2
    strides = (strides,) * rank if isinstance(strides, int) else tuple(strides)
    dilation = (dilation_rate,) * rank if isinstance(dilation_rate, int) else tuple(dilation_rate)
    wanted = tuple(output_shape)[first : first + rank]
    # What the sizes are without any padding of the output; the difference is that padding.
    least = [
        deconv_length(size, stride, width, padding, 0, rate)
        for size, stride, width, rate in zip(
            x.shape[first : first + rank], strides, kernel.shape, dilation, strict=False
        )
    ]
    known = all(isinstance(size, int) and size > 0 for size in wanted) and None not in least
    return ops.conv_transpose(
        x,
        kernel,
        strides=strides,
        padding=padding,
        output_padding=tuple(a - b for a, b in zip(wanted, least, strict=True)) if known else None,
        data_format=data_format,
        dilation_rate=dilation,
    )


def separable_conv1d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """Convolution of each channel of sequences for itself, then across channels."""
    return separable_conv2d(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


def depthwise_conv2d(
    x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """Convolution of each channel for itself."""
    return ops.depthwise_conv(
        x,
        depthwise_kernel,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilation_rate=dilation_rate,
    )


def separable_conv2d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """Convolution of each channel for itself, then across channels."""
    return ops.separable_conv(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilation_rate=dilation_rate,
    )


def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """Largest (`pool_mode="max"`) or mean (`"avg"`) entries of windows of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """Largest (`pool_mode="max"`) or mean (`"avg"`) entries of windows of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


def _pool(x, pool_size, strides, padding, data_format, pool_mode):
    pools = {"max": ops.max_pool, "avg": ops.average_pool}
    if pool_mode not in pools:
        raise ValueError(f"Invalid pooling mode: {pool_mode!r}. Pass 'max' or 'avg'.")
    return pools[pool_mode](x, pool_size, strides=strides, padding=padding, data_format=data_format)


def temporal_padding(x, padding=(1, 1)):
    """Zeros before and after the time axis of `(batch, time, features)`."""
    return ops.pad(x, [(0, 0), tuple(padding), (0, 0)])


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around images."""
    return _spatial_padding(x, padding, data_format)


def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around volumes."""
    return _spatial_padding(x, padding, data_format)


def _spatial_padding(x, padding, data_format):
    sides = [tuple(pair) for pair in padding]
    last = standardize_data_format(data_format) == "channels_last"
    return ops.pad(x, [(0, 0), *sides, (0, 0)] if last else [(0, 0), (0, 0), *sides])


def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Images made larger by whole factors, each pixel repeated.

    Raises:
        ValueError: If `interpolation` is not `"nearest"`: use `keras.layers.UpSampling2D`.
    """
    if interpolation != "nearest":
        raise ValueError(
            f"K.resize_images repeats pixels, but received: interpolation={interpolation!r}. Use "
            f"`keras.layers.UpSampling2D(interpolation={interpolation!r})`."
        )
    rows = 1 if standardize_data_format(data_format) == "channels_last" else 2
    x = ops.repeat(x, height_factor, axis=rows)
    return ops.repeat(x, width_factor, axis=rows + 1)


def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes made larger by whole factors, each voxel repeated."""
    first = 1 if standardize_data_format(data_format) == "channels_last" else 2
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = ops.repeat(x, factor, axis=axis)
    return x
