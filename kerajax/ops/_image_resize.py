"""Images in another size: resampling, with or without keeping the aspect ratio."""

import jax
import jax.numpy as jnp

from kerajax._checks import one_of, positive_int
from kerajax.backend import KerasTensor
from kerajax.ops._broadcast import as_float
from kerajax.ops._image_axes import as_pixels, check_rank, spatial_axes
from kerajax.ops._op import op

_INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")
_METHODS = (
    "linear bilinear trilinear cubic bicubic tricubic lanczos3 lanczos5".split()
)  # One kernel has a name for each number of axes.


@op
def resize(
    images,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    """Images resampled to `size`.

    Pixels are squares with their value in the middle, so that edges of images fall on each other.
    Integer images are computed in floats, rounded, and kept in the range of their dtype.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        size: Pair of ints, the new (height, width).
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"` (Keys' kernel, a = -0.5),
            `"lanczos3"` or `"lanczos5"`.
        antialias: Bool. Whether the kernel widens when the image shrinks.
        crop_to_aspect_ratio: Bool. Whether the largest middle part with the aspect ratio of `size`
            is taken instead of the whole image.
        pad_to_aspect_ratio: Bool. Whether borders are added to both sides of the image, so that it
            has the aspect ratio of `size`.
        fill_mode: Only `"constant"`.
        fill_value: Number. Value of the borders that are added.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor of the dtype of `images`.

    Raises:
        ValueError: If the size, the rank or a mode is none of these, or crop and pad are both
            asked for.

    Example:

    >>> kerajax.ops.image.resize(np.ones((2, 4, 6, 3)), (8, 8)).shape
    (2, 8, 8, 3)

    Reference:
        Keys, 1981, "Cubic Convolution Interpolation for Digital Image Processing",
        https://doi.org/10.1109/TASSP.1981.1163711
    """
    images = jnp.asarray(images)
    size = _checked_size(size)
    check_rank(images, "resize")
    one_of(interpolation, "interpolation", "resize", _INTERPOLATIONS)
    one_of(fill_mode, "fill_mode", "resize", ("constant",))
    if pad_to_aspect_ratio and crop_to_aspect_ratio:
        raise ValueError(
            "resize: Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`."
        )
    dtype, axes = images.dtype, spatial_axes(data_format)
    if crop_to_aspect_ratio:
        images = _cropped_to_ratio(images, size, axes)
    elif pad_to_aspect_ratio:
        images = _padded_to_ratio(images, size, axes, fill_value)
    shape = list(images.shape)
    for axis, n in zip(axes, size, strict=True):
        shape[axis] = n
    resized = jax.image.resize(images, shape, method=interpolation, antialias=antialias)
    return as_pixels(resized, dtype)


def _checked_size(size):
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers. Received: size={size}")
    if any(n <= 0 for n in size):
        raise ValueError(f"`size` must have positive height and width. Received: size={size}")
    return tuple(positive_int(n, "size", "resize") for n in size)


def _sizes_of_ratio(images, size, axes):
    """Height for the width of the images, and width for their height, in the ratio of `size`."""
    height, width = (images.shape[axis] for axis in axes)
    return int(width * size[0] / size[1]), int(height * size[1] / size[0])


def _cropped_to_ratio(images, size, axes):
    window = [slice(None)] * images.ndim
    for axis, wanted in zip(axes, _sizes_of_ratio(images, size, axes), strict=True):
        n = images.shape[axis]
        kept = max(min(n, wanted), 1)
        start = (n - kept) // 2
        window[axis] = slice(start, start + kept)
    return images[tuple(window)]


def _padded_to_ratio(images, size, axes, fill_value):
    borders = [(0, 0)] * images.ndim
    for axis, wanted in zip(axes, _sizes_of_ratio(images, size, axes), strict=True):
        border = (max(images.shape[axis], wanted) - images.shape[axis]) // 2
        borders[axis] = (border, border)
    if not any(map(any, borders)):
        return images
    # An integer image may be given a border of a fraction.
    return jnp.pad(as_float(images), borders, constant_values=fill_value)


def _scale_and_translate_spec(
    images, output_shape, scale, translation, spatial_dims, method, antialias=True
):
    _check_method(method)
    return KerasTensor(tuple(output_shape), images.dtype)


@op(
    data=("images", "output_shape", "scale", "translation"),
    lists=("output_shape",),
    spec=_scale_and_translate_spec,
)
def scale_and_translate(
    images, output_shape, scale, translation, spatial_dims, method, antialias=True
):
    """Images stretched and moved: the point `p` of an axis goes to `p * scale + translation`.

    Pixel `i` covers the points from `i` to `i + 1`. What comes from outside the image is 0.

    Args:
        images: Float tensor of any rank.
        output_shape: Tuple of ints, the shape of the result, of the rank of `images`.
        scale: Tensor with a number for each of `spatial_dims`.
        translation: Tensor with a number for each of `spatial_dims`, in pixels of the result.
        spatial_dims: Tuple of ints: the axes that are stretched.
        method: `"linear"`, `"cubic"`, `"lanczos3"` or `"lanczos5"`; `"bilinear"`, `"trilinear"`,
            `"bicubic"` and `"tricubic"` are other names of the first two.
        antialias: Bool. Whether the kernel widens when the image shrinks.

    Returns:
        Tensor of `output_shape` and, for float images, their dtype.

    Raises:
        ValueError: If `method` is none of these.

    Example:

    >>> image = np.arange(4.0).reshape(1, 4)
    >>> move = kerajax.ops.image.scale_and_translate
    >>> move(image, (1, 4), np.ones(1), np.ones(1), (1,), "linear").tolist()
    [[0.0, 0.0, 1.0, 2.0]]
    """
    _check_method(method)
    return jax.image.scale_and_translate(
        jnp.asarray(images),
        tuple(output_shape),
        tuple(spatial_dims),
        jnp.asarray(scale),
        jnp.asarray(translation),
        method,
        antialias,
    )


def _check_method(method):
    one_of(method, "method", "scale_and_translate", _METHODS)
