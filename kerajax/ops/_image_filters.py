"""Filters of images: blur, edges, and the similarity of images that is built on a blur."""

import functools

import jax
import jax.numpy as jnp

from kerajax._checks import int_tuple
from kerajax.ops._image_axes import as_pixels, check_rank, spatial_axes
from kerajax.ops._op import op


@op
def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Images blurred by a Gaussian; zeros stand outside of them.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        kernel_size: Pair of ints, the extent of the kernel along x (width) and y (height).
        sigma: Pair of numbers, the deviations along x and y, in pixels.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor of the shape and dtype of `images`; integers are rounded.

    Raises:
        ValueError: If the rank is not 3 or 4.

    Example:

    >>> dot = np.zeros((3, 3, 1), "float32")
    >>> dot[1, 1] = 1
    >>> print(np.asarray(kerajax.ops.image.gaussian_blur(dot))[1, :, 0].round(3))
    [0.124 0.204 0.124]
    """
    images = jnp.asarray(images)
    check_rank(images, "gaussian_blur")
    kernel_size = int_tuple(kernel_size, "kernel_size", "gaussian_blur", 2)
    # In float32: in float16 the sum of many small weights is off.
    wide = images.astype(jnp.promote_types(images.dtype, jnp.float32))
    blurred = blur(wide, kernel_size[::-1], (sigma[1], sigma[0]), spatial_axes(data_format))
    return as_pixels(blurred, images.dtype)


def blur(x, sizes, sigmas, axes, padding="same"):
    """A Gaussian along each of `axes`; with `padding="valid"`, where the kernel fits."""
    for size, sigma, axis in zip(sizes, sigmas, axes, strict=True):
        x = weighted_views(x, _gaussian(size, sigma, x.dtype), axis % x.ndim, padding)
    return x


def _gaussian(size, sigma, dtype):
    x = jnp.arange(size, dtype=dtype) - (size - 1) / 2
    weights = jnp.exp(-0.5 * (x / jnp.asarray(sigma, dtype)) ** 2)
    return weights / jnp.sum(weights)


@functools.partial(jax.jit, static_argnums=(2, 3), inline=True)
def weighted_views(x, weights, axis, padding):
    """Correlation along one axis, as a sum of shifted views, which XLA makes one loop.

    A Gaussian is a product of one function for each axis, so a kernel of n x n takes 2 n products.
    """
    if padding == "same":
        before = (len(weights) - 1) // 2
        borders = [(0, 0)] * x.ndim
        borders[axis] = (before, len(weights) - 1 - before)
        x = jnp.pad(x, borders)
    n = x.shape[axis] - len(weights) + 1
    views = (jax.lax.slice_in_dim(x, i, i + n, axis=axis) for i in range(len(weights)))
    return sum(weights[i] * view for i, view in enumerate(views))
