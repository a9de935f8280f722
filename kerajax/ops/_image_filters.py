"""Filters of images: blur, edges, and the similarity of images that is built on a blur."""

import functools

import jax
import jax.numpy as jnp

from kerajax._checks import int_tuple
from kerajax.backend import KerasTensor, result_type
from kerajax.ops._image_axes import as_pixels, check_rank, spatial_axes
from kerajax.ops._op import op


def _blur_spec(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    check_rank(images, "gaussian_blur")
    return KerasTensor(images.shape, images.dtype)


@op(spec=_blur_spec)
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


@op
def sobel_edges(images, data_format=None):
    """Gradients of images by Sobel's filter; zeros stand outside of them.

    A gradient is the difference of the neighbours along one axis, smoothed by 1, 2, 1 along the
    other.

    Args:
        images: Tensor `(batch, height, width, channels)`, or with the channels first.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor `(*images.shape, 2)` of the gradients (dy, dx), of the dtype of `images`.

    Raises:
        ValueError: If the rank is not 4 or the dtype has no sign.

    Example:

    >>> ramp = np.arange(5.0).reshape(1, 1, 5, 1) * np.ones((1, 3, 1, 1))
    >>> kerajax.ops.image.sobel_edges(ramp)[0, 1, 2, 0].tolist()
    [0.0, 8.0]

    Reference:
        Sobel and Feldman, 1968, "An Isotropic 3x3 Image Gradient Operator",
        https://doi.org/10.13140/RG.2.1.1912.4965
    """
    images = jnp.asarray(images)
    if images.ndim != 4:
        raise ValueError(
            "sobel_edges: Invalid images rank: expected rank 4 (batch of images). Received: "
            f"images.shape={images.shape}. Add a batch axis to a single image."
        )
    if jnp.issubdtype(images.dtype, jnp.unsignedinteger):
        raise ValueError(
            f"sobel_edges: gradients have a sign, which {images.dtype.name} has not. Cast the "
            "images to float or to a signed integer first."
        )
    rows, columns = (axis % 4 for axis in spatial_axes(data_format))
    smooth, difference = jnp.asarray([[1, 2, 1], [-1, 0, 1]], images.dtype)
    dy = weighted_views(weighted_views(images, smooth, columns), difference, rows)
    dx = weighted_views(weighted_views(images, smooth, rows), difference, columns)
    return jnp.stack([dy, dx], axis=-1)


@op(data=("image1", "image2"))
def ssim(
    image1,
    image2,
    max_val=1.0,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    data_format=None,
):
    """Structural similarity (SSIM) of images: 1 for equal ones, near 0 for unrelated ones.

    It is the mean over pixels and channels of
    `(2 m1 m2 + c1) (2 s12 + c2) / ((m1**2 + m2**2 + c1) (s1 + s2 + c2))`. `m1`, `m2` are means
    under a Gaussian window around the pixel, `s1`, `s2` and `s12` the variances and the covariance,
    `c1 = (k1 * max_val)**2` and `c2 = (k2 * max_val)**2`. Only whole windows count.

    Args:
        image1: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        image2: Tensor of the same shape.
        max_val: Number. The difference of the largest and the smallest possible value.
        filter_size: Int. Extent of the window, in pixels.
        filter_sigma: Number. Deviation of the window, in pixels.
        k1: Number. Steadies the means where they are near 0.
        k2: Number. Steadies the variances where they are near 0.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor `(batch,)`, or a scalar for single images, of the dtype of `image1`.

    Raises:
        ValueError: If ranks do not fit or images are smaller than the window.

    Example:

    >>> x = np.random.default_rng(0).uniform(size=(2, 16, 16, 3))
    >>> print(kerajax.ops.image.ssim(x, x).round(3))
    [1. 1.]

    Reference:
        Wang, Bovik, Sheikh and Simoncelli, 2004, "Image Quality Assessment: From Error Visibility
        to Structural Similarity", https://doi.org/10.1109/TIP.2003.819861
    """
    image1, image2 = jnp.asarray(image1), jnp.asarray(image2)
    for name, image in (("image1", image1), ("image2", image2)):
        if image.ndim not in (3, 4):
            raise ValueError(
                f"ssim: Invalid {name} rank: expected rank 3 (single image) or rank 4 (batch of "
                f"images). Received: {name}.shape={image.shape}"
            )
    axes = spatial_axes(data_format)
    if min(image1.shape[axis] for axis in axes) < filter_size:
        raise ValueError(
            f"ssim: images must be at least as large as the window of {filter_size} pixels. "
            f"Received: image1.shape={image1.shape}. Pass a smaller `filter_size`."
        )
    # Variances are small differences of large numbers, which float16 does not hold.
    dtype = jnp.promote_types(result_type(image1.dtype, float), jnp.float32)
    x, y = image1.astype(dtype), image2.astype(dtype)

    def mean(x):
        return blur(x, (filter_size,) * 2, (filter_sigma,) * 2, axes, padding="valid")

    mean_x, mean_y = mean(x), mean(y)
    products, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    luminance = (2 * products + c1) / (squares + c1)
    covariance, variances = mean(x * y) - products, mean(x**2 + y**2) - squares
    similarity = luminance * (2 * covariance + c2) / (variances + c2)
    return jnp.mean(similarity, axis=(-3, -2, -1)).astype(image1.dtype)


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
def weighted_views(x, weights, axis, padding="same"):
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
