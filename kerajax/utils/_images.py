"""Image files, PIL images and arrays, each from the others."""

import io
import pathlib
import warnings

import numpy as np

from kerajax import ops
from kerajax._checks import noting, one_of
from kerajax.backend import floatx, is_int_dtype, standardize_data_format
from kerajax.objects import old_spellings
from kerajax.utils._optional import require_pillow

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
# Color mode -> the mode of PIL that an image is brought to, and those that may stay.
_MODES = {
    "grayscale": ("L", ("L", "I;16", "I")),
    "rgb": ("RGB", ("RGB",)),
    "rgba": ("RGBA", ("RGBA",)),
}


@old_spellings("load_img")
def load_img(
    path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False
):
    """An image file as a PIL image.

    Args:
        path: String, bytes, `pathlib.Path`, or `io.BytesIO` with what a file holds.
        color_mode: `"grayscale"` (of 8, 16 or 32 bits), `"rgb"` or `"rgba"`.
        target_size: Optional pair (height, width) that the image is resized to, in pixels.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos"`, `"box"` or `"hamming"`.
        keep_aspect_ratio: Bool. Whether the middle part with the new aspect ratio is taken instead
            of the whole image.

    Returns:
        A PIL image.

    Raises:
        TypeError: If `path` is none of these.
        ValueError: If a mode is none of these.
        ImportError: If the package `pillow` is not installed.

    Example:

    ```python
    image = kerajax.utils.load_img("cat.jpg", target_size=(224, 224))
    batch = kerajax.utils.img_to_array(image)[None]
    ```
    """
    pillow = require_pillow()
    if isinstance(path, (str, bytes, pathlib.Path)):
        # Read at once, so that the file is closed when the image is still in use.
        with open(path, "rb") as file:
            path = io.BytesIO(file.read())
    elif not isinstance(path, io.BytesIO):
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    one_of(color_mode, "color_mode", "load_img", tuple(_MODES))
    image = pillow.open(path)
    mode, may_stay = _MODES[color_mode]
    if image.mode not in may_stay:
        image = image.convert(mode)
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    one_of(interpolation, "interpolation", "load_img", _INTERPOLATIONS)
    return image.resize(
        (target_size[1], target_size[0]),
        pillow.Resampling[interpolation.upper()],
        box=_middle(image.size, target_size) if keep_aspect_ratio else None,
    )


def _middle(size, target_size):
    """Left, top, right and bottom of the largest part with the aspect ratio of the target."""
    (width, height), (target_height, target_width) = size, target_size
    part_height = min(height, width * target_height // target_width)
    part_width = min(width, height * target_width // target_height)
    left, top = (width - part_width) // 2, (height - part_height) // 2
    return left, top, left + part_width, top + part_height


@old_spellings("img_to_array")
def img_to_array(img, data_format=None, dtype=None):
    """A PIL image as an array.

    Args:
        img: PIL image, or an array `(height, width)` or `(height, width, channels)`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dtype: String; the default float if None.

    Returns:
        numpy array `(height, width, channels)`, or with the channels first.

    Raises:
        ValueError: If the image has another rank.

    Example:

    >>> kerajax.utils.img_to_array(np.zeros((4, 6))).shape
    (4, 6, 1)
    """
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {x.shape}. An image has two or three axes.")
    x = x[..., None] if x.ndim == 2 else x
    return x.transpose(2, 0, 1) if standardize_data_format(data_format) == "channels_first" else x


@old_spellings("array_to_img")
def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array as a PIL image.

    Args:
        x: Array `(height, width, channels)` of 1, 3 or 4 channels, or with the channels first.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        scale: Bool. Whether the smallest value becomes 0 and the largest 255. Otherwise values
            must lie in [0, 255], except in one channel, whose values above make an image of 32
            bits.
        dtype: String. What the arithmetic is done in; the default float if None.

    Returns:
        A PIL image.

    Raises:
        ValueError: If the rank is not 3 or the number of channels is none of these.
        ImportError: If the package `pillow` is not installed.

    Example:

    >>> kerajax.utils.array_to_img(np.zeros((4, 6, 3))).size
    (6, 4)
    """
    pillow = require_pillow()
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}"
        )
    if standardize_data_format(data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if x.shape[2] not in (1, 3, 4):
        raise ValueError(
            f"Unsupported channel number: {x.shape[2]}. Expected 1 (gray), 3 (RGB) or 4 (RGBA). "
            "Does `data_format` name where the channels are?"
        )
    if scale:
        x = x - np.min(x)
        x = x / (np.max(x) or 1) * 255
    if x.shape[2] > 1:
        return pillow.fromarray(x.astype("uint8"))
    return pillow.fromarray(x[:, :, 0].astype("int32" if np.max(x) > 255 else "uint8"))


@noting
def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Writes an array as an image file.

    Args:
        path: String, `pathlib.Path` or a file object.
        x: Array, as for `array_to_img`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        file_format: String such as `"png"`; from the suffix of `path` if None. A file object needs
            one.
        scale: Bool, as for `array_to_img`.
        **kwargs: Passed to `PIL.Image.Image.save`.

    Raises:
        ImportError: If the package `pillow` is not installed.

    Example:

    >>> file = io.BytesIO()
    >>> kerajax.utils.save_img(file, np.zeros((4, 6, 3)), file_format="png")
    >>> kerajax.utils.load_img(file).size
    (6, 4)
    """
    if file_format is None and isinstance(path, (str, pathlib.Path)):
        file_format = pathlib.Path(path).suffix[1:]
    if file_format:
        # The name that pillow has for both.
        file_format = file_format.lower().replace("jpg", "jpeg")
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format == "jpeg":
        warnings.warn(
            "The JPEG format does not support RGBA images, converting to RGB.", stacklevel=2
        )
        image = image.convert("RGB")
    image.save(path, format=file_format or None, **kwargs)


def smart_resize(x, size, interpolation="bilinear", data_format="channels_last", **kwargs):
    """Images resized without distortion: the middle part with the aspect ratio of `size`.

    Args:
        x: Array or tensor `(height, width, channels)` or `(batch, height, width, channels)`, or
            with the channels first.
        size: Pair of ints, the new (height, width).
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Only `backend_module`, kept for Keras' signature, is accepted, and ignored.

    Returns:
        Float tensor, or of the dtype of `x` for `"nearest"`; a numpy array if `x` is one.

    Raises:
        TypeError: If another argument is given.
        ValueError: If the size, the rank or a mode is none of these.

    Example:

    >>> kerajax.preprocessing.image.smart_resize(np.ones((340, 500, 3)), (200, 200)).shape
    (200, 200, 3)
    """
    kwargs.pop("backend_module", None)
    if kwargs:
        raise TypeError(f"smart_resize() got unexpected keyword arguments: {list(kwargs)}")
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, but got: {size}.")
    images = ops.convert_to_tensor(x)
    if len(images.shape) not in (3, 4):
        raise ValueError(
            "Expected an image array with shape `(height, width, channels)`, or `(batch_size, "
            "height, width, channels)`, but got input with incorrect rank, of shape "
            f"{images.shape}."
        )
    if is_int_dtype(images.dtype) and interpolation != "nearest":
        images = ops.cast(images, "float32")
    images = ops.image.resize(
        images, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format
    )
    return np.array(images) if isinstance(x, np.ndarray) else images
