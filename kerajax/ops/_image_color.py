"""Color spaces: RGB, HSV and gray."""

import jax.numpy as jnp

from kerajax.backend import is_float_dtype, result_type
from kerajax.ops._image_axes import channel_axis, check_rank
from kerajax.ops._op import op

# Luma of ITU-R BT.601.
_LUMA = (0.2989, 0.5870, 0.1140)


@op
def rgb_to_grayscale(images, data_format=None):
    """Brightness of RGB images: `0.2989 red + 0.5870 green + 0.1140 blue`.

    Args:
        images: Tensor `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels
            first. Images of one channel come back as they are.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor with one channel, of the dtype of `images`; integers lose the fraction.

    Raises:
        ValueError: If there are neither three channels nor one.

    Example:

    >>> kerajax.ops.image.rgb_to_grayscale(np.ones((2, 4, 5, 3))).shape
    (2, 4, 5, 1)

    Reference:
        ITU-R, 2011, Recommendation BT.601-7, https://www.itu.int/rec/R-REC-BT.601
    """
    images = jnp.asarray(images)
    check_rank(images, "rgb_to_grayscale")
    axis = channel_axis(data_format)
    if images.shape[axis] not in (1, 3):
        raise ValueError(
            "rgb_to_grayscale: Invalid channel size: expected 3 (RGB) or 1 (Grayscale). Received: "
            f"images.shape={images.shape}. Does `data_format` name where the channels are?"
        )
    if images.shape[axis] == 1:
        return images
    dtype = result_type(images.dtype, float)
    gray = jnp.tensordot(images.astype(dtype), jnp.asarray(_LUMA, dtype), axes=(axis, 0))
    return jnp.expand_dims(gray, axis).astype(images.dtype)


@op
def rgb_to_hsv(images, data_format=None):
    """Hue, saturation and value of RGB images.

    With `v` the largest and `m` the smallest of the three colors, the value is `v`, the saturation
    `(v - m) / v`, and the hue the place on the color circle: 0 is red, 1/3 green, 2/3 blue.

    Args:
        images: Float tensor `(height, width, 3)` or `(batch, height, width, 3)`, or with the
            channels first, with values in [0, 1].
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor of the same shape and dtype, with values in [0, 1].

    Raises:
        ValueError: If the dtype is not float or there are not three channels.

    Example:

    >>> green = np.array([[[0.0, 1.0, 0.0]]], "float32")
    >>> print(kerajax.ops.image.rgb_to_hsv(green).ravel().round(3))
    [0.333 1.    1.   ]
    """
    images, axis = _three_channels(images, data_format, "rgb_to_hsv")
    images = jnp.where(jnp.abs(images) < jnp.finfo(images.dtype).eps, 0, images)
    red, green, blue = jnp.moveaxis(images, axis, 0)
    value = jnp.maximum(jnp.maximum(red, green), blue)
    spread = value - jnp.minimum(jnp.minimum(red, green), blue)
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1), 0)
    # A sixth of the circle for each pair of neighbouring colors; gray has no hue.
    sixth = 1 / (6 * jnp.where(spread > 0, spread, 1))
    after_green = jnp.where(
        value == green, (blue - red) * sixth + 2 / 6, (red - green) * sixth + 4 / 6
    )
    hue = jnp.where(value == red, (green - blue) * sixth, after_green)
    hue = jnp.where(spread > 0, hue, 0)
    hue = jnp.where(hue < 0, hue + 1, hue)
    return jnp.stack([hue, saturation, value], axis=axis)


@op
def hsv_to_rgb(images, data_format=None):
    """RGB images from hue, saturation and value: the inverse of `rgb_to_hsv`.

    Args:
        images: Float tensor `(height, width, 3)` or `(batch, height, width, 3)`, or with the
            channels first, with values in [0, 1]; a hue beyond them turns round the circle.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor of the same shape and dtype.

    Raises:
        ValueError: If the dtype is not float or there are not three channels.

    Example:

    >>> blue = np.array([[[2 / 3, 1.0, 1.0]]], "float32")
    >>> print(kerajax.ops.image.hsv_to_rgb(blue).ravel().round(3))
    [0. 0. 1.]
    """
    images, axis = _three_channels(images, data_format, "hsv_to_rgb")
    hue, saturation, value = jnp.moveaxis(images, axis, 0)
    place = jnp.mod(hue, 1) * 6
    shares = (jnp.abs(place - 3) - 1, 2 - jnp.abs(place - 2), 2 - jnp.abs(place - 4))
    colors = [value * (1 - saturation + saturation * jnp.clip(s, 0, 1)) for s in shares]
    return jnp.stack(colors, axis=axis)


def _three_channels(images, data_format, owner):
    images = jnp.asarray(images)
    check_rank(images, owner)
    if not is_float_dtype(images.dtype):
        raise ValueError(
            f"{owner}: Invalid images dtype: expected float dtype. Received: "
            f"images.dtype={images.dtype.name}. Scale the images to [0, 1] first."
        )
    axis = channel_axis(data_format)
    if images.shape[axis] != 3:
        raise ValueError(
            f"{owner}: Input images must have 3 channels, but received images with "
            f"{images.shape[axis]} channels. Received: images.shape={images.shape}. Does "
            "`data_format` name where the channels are?"
        )
    return images, axis
