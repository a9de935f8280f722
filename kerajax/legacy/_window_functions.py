"""`K.*` functions of images and sequences: convolutions, pooling, padding, resizing."""

from kerajax import ops
from kerajax.backend import standardize_data_format
from kerajax.legacy.layers._local import local_convolution
from kerajax.legacy.windows import deconv_length, normalize_tuple
from kerajax.objects import old_spellings


def bias_add(x, bias, data_format=None):
    """`x + bias`, where the bias has one entry a channel, or one for each entry of a sample."""
    if standardize_data_format(data_format) == "channels_last" or len(x.shape) < 3:
        return x + bias
    if len(bias.shape) == 1:
        return x + ops.reshape(bias, (-1, *[1] * (len(x.shape) - 2)))
    return x + ops.transpose(bias, (len(bias.shape) - 1, *range(len(bias.shape) - 1)))


@old_spellings("K.conv1d")
def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of sequences; `padding="causal"` looks back only."""
    if padding == "causal":
        x = temporal_padding(x, (dilation_rate * (kernel.shape[0] - 1), 0))
        padding = "valid"
    return _conv(x, kernel, strides, padding, data_format, dilation_rate)


@old_spellings("K.conv2d")
def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution of images."""
    return _conv(x, kernel, strides, padding, data_format, dilation_rate)


@old_spellings("K.conv3d")
def conv3d(
    x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)
):
    """Convolution of volumes."""
    return _conv(x, kernel, strides, padding, data_format, dilation_rate)


def local_conv1d(inputs, kernel, kernel_size, strides, data_format=None):
    """Convolution of sequences with a kernel for each step: `(steps, size of a patch, filters)`."""
    return _local_conv(inputs, kernel, kernel_size, strides, data_format)


def local_conv2d(inputs, kernel, kernel_size, strides, output_shape=None, data_format=None):
    """Convolution of images with a kernel for each place: `(places, size of a patch, filters)`."""
    return _local_conv(inputs, kernel, kernel_size, strides, data_format)


def _local_conv(inputs, kernel, kernel_size, strides, data_format):
    first = standardize_data_format(data_format) == "channels_first"
    sizes = inputs.shape[2:] if first else inputs.shape[1:-1]
    taps = [
        [list(range(at, at + k)) for at in range(0, n - k + 1, step)]
        for n, k, step in zip(sizes, kernel_size, strides, strict=True)
    ]
    return local_convolution(inputs, ops.convert_to_tensor(kernel), taps, first)


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
    """Transposed convolution of images to a given shape, of which unknown sizes follow."""
    return _conv_transpose(x, kernel, output_shape, strides, padding, data_format, dilation_rate)


def conv3d_transpose(x, kernel, output_shape, strides=(1, 1, 1), padding="valid", data_format=None):
    """Transposed convolution of volumes to a given shape, of which unknown sizes follow."""
    return _conv_transpose(x, kernel, output_shape, strides, padding, data_format, 1)


def _conv_transpose(x, kernel, output_shape, strides, padding, data_format, dilation_rate):
    last = standardize_data_format(data_format) == "channels_last"
    spatial = slice(1, -1) if last else slice(2, None)
    rank = len(x.shape) - 2
    beyond = []
    for size, wanted, *window in zip(
        x.shape[spatial],
        output_shape[spatial],
        *(normalize_tuple(strides, rank, "strides"), kernel.shape[:rank]),
        normalize_tuple(dilation_rate, rank, "dilation_rate"),
        strict=True,
    ):
        stride, extent, dilation = window
        given = (size, stride, extent, padding)
        if None in (size, wanted) or wanted == deconv_length(*given, None, dilation):
            beyond.append(None)
        else:
            beyond.append(wanted - deconv_length(*given, 0, dilation))
    return ops.conv_transpose(
        x,
        kernel,
        strides=strides,
        padding=padding,
        output_padding=None if None in beyond else tuple(beyond),
        data_format=data_format,
        dilation_rate=dilation_rate,
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
    """Convolution of each channel of sequences for itself, then of the channels of each step."""
    settings = (strides, padding, data_format, dilation_rate)
    return separable_conv2d(x, depthwise_kernel, pointwise_kernel, *settings)


def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes with each voxel repeated."""
    first = 1 if standardize_data_format(data_format) == "channels_last" else 2
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = ops.repeat(x, factor, axis=axis)
    return x


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


@old_spellings("K.pool2d")
def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """Largest (`pool_mode="max"`) or mean (`"avg"`) entries of windows of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


@old_spellings("K.pool3d")
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


@old_spellings("K.spatial_2d_padding")
def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around images."""
    return _spatial_padding(x, padding, data_format)


@old_spellings("K.spatial_3d_padding")
def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around volumes."""
    return _spatial_padding(x, padding, data_format)


def _spatial_padding(x, padding, data_format):
    sides = [tuple(pair) for pair in padding]
    last = standardize_data_format(data_format) == "channels_last"
    return ops.pad(x, [(0, 0), *sides, (0, 0)] if last else [(0, 0), (0, 0), *sides])


@old_spellings("K.resize_images")
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
