"""Patches of images and volumes: the windows of a sliding kernel, flattened into channels."""

import jax
import jax.numpy as jnp

from kerajax._checks import int_tuple
from kerajax._checks import padding as check_padding
from kerajax.backend import standardize_data_format
from kerajax.ops._op import op


@op
def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """Windows of images, each as one vector of `size` pixels times channels, pixels first.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, for a
            `size` of three numbers with an axis of depth before the height; or with the channels
            first.
        size: Int or pair (height, width): the window, in pixels. Three ints (depth, height, width)
            take windows of volumes.
        strides: Int or one for each spatial axis: distance of the windows; `size` if None.
        dilation_rate: Int or one for each spatial axis: distance of the pixels in a window.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` windows, with
            zeros outside).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor `(batch, rows, columns, patch)`, or as the images were.

    Raises:
        TypeError: If `size` is neither an int nor a tuple.
        ValueError: If it has not two or three numbers, or the rank does not fit.

    Example:

    >>> kerajax.ops.image.extract_patches(np.ones((2, 20, 20, 3)), 5).shape
    (2, 4, 4, 75)
    """
    if not isinstance(size, (int, tuple, list)):
        raise TypeError(
            "extract_patches: Invalid `size` argument. Expected an int or a tuple. Received: "
            f"size={size!r} of type {type(size).__name__}"
        )
    rank = 2 if isinstance(size, int) else len(size)
    if rank not in (2, 3):
        raise ValueError(
            "extract_patches: Invalid `size` argument. Expected a tuple of length 2 or 3. "
            f"Received: size={size}"
        )
    images = jnp.asarray(images)
    if images.ndim not in (rank + 1, rank + 2):
        raise ValueError(
            f"extract_patches: Invalid images rank: a size of {rank} numbers needs rank {rank + 1} "
            f"(single) or {rank + 2} (batch). Received: images.shape={images.shape}, size={size}"
        )
    channels = -1 if standardize_data_format(data_format) == "channels_last" else -1 - rank
    patches = jnp.moveaxis(images, channels, -1)
    for axis, window in enumerate(
        _windows(patches, rank, size, strides, dilation_rate, padding), images.ndim - 1 - rank
    ):
        # Each axis becomes two: the windows, and behind all windows the place in them.
        patches = jnp.moveaxis(_split(patches, axis, *window), axis + 1, -2)
    patches = patches.reshape(*patches.shape[: -1 - rank], -1)
    return jnp.moveaxis(patches, -1, channels)


def extract_patches_3d(
    volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None
):
    """Windows of volumes: `extract_patches` with a `size` of three numbers.

    Args:
        volumes: Tensor `(depth, height, width, channels)` or
            `(batch, depth, height, width, channels)`, or with the channels first.
        size: Int or three ints (depth, height, width).
        strides: Int or three: distance of the windows; `size` if None.
        dilation_rate: Int or three: distance of the points in a window.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor `(batch, planes, rows, columns, patch)`, or as the volumes were.

    Raises:
        TypeError: If `size` is not an int or three of them.
        ValueError: If other arguments do not fit.

    Example:

    >>> kerajax.ops.image.extract_patches_3d(np.ones((10, 10, 10, 3)), 3).shape
    (3, 3, 3, 81)
    """
    size = (size,) * 3 if isinstance(size, int) else size
    if not isinstance(size, (tuple, list)) or len(size) != 3:
        raise TypeError(
            "extract_patches_3d: Invalid `size` argument. Expected an int or a tuple of length 3. "
            f"Received: size={size!r}"
        )
    return extract_patches(volumes, size, strides, dilation_rate, padding, data_format)


def _windows(x, rank, size, strides, dilation_rate, padding):
    """For each spatial axis: size, stride and dilation of the windows, zeros before and after."""
    owner = "extract_patches"
    size = int_tuple(size, "size", owner, rank)
    strides = size if strides is None else int_tuple(strides, "strides", owner, rank)
    dilation = int_tuple(dilation_rate, "dilation_rate", owner, rank)
    reach = [(n - 1) * d + 1 for n, d in zip(size, dilation, strict=True)]
    padding = check_padding(padding, "padding", owner).upper()
    pads = jax.lax.padtype_to_pads(x.shape[-1 - rank : -1], reach, strides, padding)
    return zip(size, strides, dilation, pads, strict=True)


def _split(x, axis, size, stride, dilation, pads):
    """Axis `n` becomes `(windows, size)`."""
    if any(pads):
        x = jnp.pad(x, [(0, 0)] * axis + [pads] + [(0, 0)] * (x.ndim - axis - 1))
    count = (x.shape[axis] - (size - 1) * dilation - 1) // stride + 1
    if stride == size and dilation == 1:
        # Windows side by side are a reshape, whose gradient is one too.
        x = jax.lax.slice_in_dim(x, 0, count * size, axis=axis)
        return x.reshape(*x.shape[:axis], count, size, *x.shape[axis + 1 :])
    places = jnp.arange(count)[:, None] * stride + jnp.arange(size) * dilation
    return jnp.take(x, places, axis=axis)
