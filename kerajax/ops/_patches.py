"""Blocks of images against channels, sliding windows, distances and other small network ops."""

import jax
import jax.numpy as jnp

from kerajax._checks import int_tuple
from kerajax.backend import KerasTensor, as_array
from kerajax.ops._op import op


@op
def depth_to_space(x, block_size, data_format="channels_last"):
    """Spreads channels over blocks of pixels: `(h, w, c)` becomes `(h * b, w * b, c / b**2)`.

    Args:
        x: Tensor `(batch, height, width, channels)` or `(batch, channels, height, width)`.
        block_size: Int > 1. Edge of a block, in pixels.
        data_format: `"channels_last"` or `"channels_first"`.

    Example:

    >>> kerajax.ops.depth_to_space(np.ones((1, 2, 2, 8)), 2).shape
    (1, 4, 4, 2)
    """
    x, b = as_array(x), block_size
    channels = x.shape[-1 if data_format == "channels_last" else 1]
    _check_block(x, b, (channels,), b * b, "channels")
    if data_format == "channels_first":
        n, c, h, w = x.shape
        x = x.reshape(n, c // b**2, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
        return x.reshape(n, c // b**2, h * b, w * b)
    n, h, w, c = x.shape
    x = x.reshape(n, h, w, b, b, c // b**2).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, h * b, w * b, c // b**2)


@op
def space_to_depth(x, block_size, data_format="channels_last"):
    """Gathers blocks of pixels in channels: `(h, w, c)` becomes `(h / b, w / b, c * b**2)`.

    Args:
        x: Tensor `(batch, height, width, channels)` or `(batch, channels, height, width)`.
        block_size: Int > 1. Edge of a block, in pixels.
        data_format: `"channels_last"` or `"channels_first"`.

    Example:

    >>> kerajax.ops.space_to_depth(np.ones((1, 4, 4, 2)), 2).shape
    (1, 2, 2, 8)
    """
    x, b = as_array(x), block_size
    first = 1 if data_format == "channels_last" else 2
    _check_block(x, b, x.shape[first : first + 2], b, "height and width")
    if data_format == "channels_first":
        n, c, h, w = x.shape
        x = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 1, 3, 5, 2, 4)
        return x.reshape(n, c * b**2, h // b, w // b)
    n, h, w, c = x.shape
    x = x.reshape(n, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, h // b, w // b, c * b**2)


def _check_block(x, block_size, sizes, divisor, what):
    if block_size < 2:
        raise ValueError(f"`block_size` must be at least 2. Received: block_size={block_size}")
    if any(size % divisor for size in sizes):
        raise ValueError(
            f"A block size of {block_size} does not fit the {what} of a tensor of shape {x.shape}."
        )


@op
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """Sliding windows of images as columns.

    Args:
        x: Tensor `(batch, channels, height, width)`.
        kernel_size: Int or pair: the window, in pixels.
        dilation: Int or pair: distance of the pixels in a window.
        padding: Int or pair: zeros added at each border.
        stride: Int or pair: distance of the windows.

    Returns:
        Tensor `(batch, channels * window_pixels, windows)`.

    Example:

    >>> kerajax.ops.unfold(np.ones((1, 3, 4, 4)), 2).shape
    (1, 12, 9)
    """
    if jnp.ndim(x) != 4:
        raise ValueError(
            "unfold needs images `(batch, channels, height, width)`, a 4D tensor. Received: "
            f"x.shape={jnp.shape(x)}"
        )
    pads = int_tuple(padding, "padding", "unfold", 2, allow_zero=True)
    patches = jax.lax.conv_general_dilated_patches(
        as_array(x),
        int_tuple(kernel_size, "kernel_size", "unfold", 2),
        int_tuple(stride, "stride", "unfold", 2),
        [(p, p) for p in pads],
        rhs_dilation=int_tuple(dilation, "dilation", "unfold", 2),
    )
    return patches.reshape(*patches.shape[:2], -1)


@op
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Images from columns of windows, overlaps added: the transpose of `unfold`.

    Args:
        x: Tensor `(batch, channels * window_pixels, windows)`.
        output_size: Int or pair: height and width of the result.
        kernel_size: Int or pair, as given to `unfold`.
        dilation: Int or pair, as given to `unfold`.
        padding: Int or pair, as given to `unfold`.
        stride: Int or pair, as given to `unfold`.

    Returns:
        Tensor `(batch, channels, height, width)`.

    Example:

    >>> kerajax.ops.fold(np.ones((1, 12, 9)), 4, 2).shape
    (1, 3, 4, 4)
    """
    x = as_array(x)
    if x.ndim != 3:
        raise ValueError(
            f"fold needs a 3D tensor (batch, channels * window_pixels, windows). Received: "
            f"x.shape={x.shape}"
        )
    size = int_tuple(output_size, "output_size", "fold", 2)
    window = int_tuple(kernel_size, "kernel_size", "fold", 2)
    image = jax.ShapeDtypeStruct(
        (x.shape[0], x.shape[1] // (window[0] * window[1]), *size), x.dtype
    )

    def columns(images):
        return unfold(images, window, dilation, padding, stride)

    (images,) = jax.linear_transpose(columns, image)(x)
    return images


@op
def cdist(x, y):
    """Euclidean distances of all pairs of points.

    Args:
        x: Tensor `(..., n, features)`.
        y: Tensor `(..., m, features)`.

    Returns:
        Tensor `(..., n, m)`.

    Example:

    >>> kerajax.ops.cdist([[0.0, 0.0]], [[3.0, 4.0]]).tolist()
    [[5.0]]
    """
    x, y = as_array(x), as_array(y)
    if x.ndim < 2 or y.ndim < 2 or x.shape[-1] != y.shape[-1]:
        raise ValueError(
            "cdist needs tensors (..., points, features) with equally many features. Received: "
            f"x.shape={x.shape}, y.shape={y.shape}"
        )
    return jnp.sqrt(jnp.sum(jnp.square(x[..., :, None, :] - y[..., None, :, :]), axis=-1))


def _scalar_of(x1, x2, max_val):
    return KerasTensor((), dtype=x1.dtype)


@op(spec=_scalar_of)
def psnr(x1, x2, max_val):
    """Peak signal-to-noise ratio in decibels: `20 log10(max_val) - 10 log10(mean((x1 - x2)**2))`.

    Args:
        x1: Tensor.
        x2: Tensor of the same shape.
        max_val: Number. The largest possible value of a signal.

    Example:

    >>> print(kerajax.ops.psnr([0.0, 1.0], [0.1, 0.9], 1.0).round(3))
    20.0
    """
    x1, x2 = as_array(x1), as_array(x2)
    if x1.shape != x2.shape:
        raise ValueError(
            f"psnr needs tensors of one shape. Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    error = jnp.mean(jnp.square(x1 - x2))
    return 20 * jnp.log10(jnp.asarray(max_val, x2.dtype)) - 10 * jnp.log10(error)
