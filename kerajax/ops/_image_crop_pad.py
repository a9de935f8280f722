"""Borders of zeros around images, and parts cut out of them.

Along each axis two of three numbers are given (before, after, resulting size); the third follows.
"""

import jax.numpy as jnp

from kerajax.backend import KerasTensor
from kerajax.ops._image_axes import check_rank, spatial_axes
from kerajax.ops._op import op


def _pad_spec(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    check_rank(images, "pad_images")
    rows = ("height", top_padding, bottom_padding, target_height)
    columns = ("width", left_padding, right_padding, target_width)
    shape = list(images.shape)
    for axis, numbers in zip(spatial_axes(data_format), (rows, columns), strict=True):
        shape[axis] = _padded(shape[axis], *numbers)[2]
    return KerasTensor(tuple(shape), images.dtype)


@op(spec=_pad_spec)
def pad_images(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Adds rows and columns of zeros around images.

    Of `top_padding`, `bottom_padding` and `target_height` exactly two are given, and of
    `left_padding`, `right_padding` and `target_width` as well.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        top_padding: Int. Rows above.
        left_padding: Int. Columns at the left.
        bottom_padding: Int. Rows below.
        right_padding: Int. Columns at the right.
        target_height: Int. Rows of the result.
        target_width: Int. Columns of the result.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Raises:
        ValueError: If not exactly two numbers are given for an axis, or one is negative or comes
            out negative.

    Example:

    >>> images = np.ones((2, 15, 25, 3))
    >>> kerajax.ops.image.pad_images(images, 2, 3, target_height=20, target_width=30).shape
    (2, 20, 30, 3)
    """
    images = jnp.asarray(images)
    check_rank(images, "pad_images")
    rows = ("height", top_padding, bottom_padding, target_height)
    columns = ("width", left_padding, right_padding, target_width)
    widths = [(0, 0)] * images.ndim
    for axis, numbers in zip(spatial_axes(data_format), (rows, columns), strict=True):
        widths[axis] = _padded(images.shape[axis], *numbers)[:2]
    return jnp.pad(images, widths)


def _crop_spec(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    check_rank(images, "crop_images")
    rows = ("height", top_cropping, bottom_cropping, target_height)
    columns = ("width", left_cropping, right_cropping, target_width)
    shape = list(images.shape)
    for axis, numbers in zip(spatial_axes(data_format), (rows, columns), strict=True):
        shape[axis] = _cropped(shape[axis], *numbers)[1]
    return KerasTensor(tuple(shape), images.dtype)


@op(spec=_crop_spec)
def crop_images(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Cuts rows and columns off images.

    Of `top_cropping`, `bottom_cropping` and `target_height` exactly two are given, and of
    `left_cropping`, `right_cropping` and `target_width` as well.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        top_cropping: Int. Rows cut off above.
        left_cropping: Int. Columns cut off at the left.
        bottom_cropping: Int. Rows cut off below.
        right_cropping: Int. Columns cut off at the right.
        target_height: Int. Rows of the result.
        target_width: Int. Columns of the result.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Raises:
        ValueError: If not exactly two numbers are given for an axis, or one is negative or comes
            out negative.

    Example:

    >>> images = np.arange(8).reshape(2, 4, 1)
    >>> kerajax.ops.image.crop_images(images, 0, 1, 0, 1)[..., 0].tolist()
    [[1, 2], [5, 6]]
    """
    images = jnp.asarray(images)
    check_rank(images, "crop_images")
    rows = ("height", top_cropping, bottom_cropping, target_height)
    columns = ("width", left_cropping, right_cropping, target_width)
    window = [slice(None)] * images.ndim
    for axis, numbers in zip(spatial_axes(data_format), (rows, columns), strict=True):
        start, size = _cropped(images.shape[axis], *numbers)
        window[axis] = slice(start, start + size)
    return images[tuple(window)]


def _padded(size, which, before, after, target):
    """(before, after, target) of one axis; where its size is unknown, what was not given is too."""
    names = _names(which, "padding")
    _check_two_of_three(names, (before, after, target))
    if size is None:
        return before, after, target
    if target is None:
        return before, after, before + size + after
    before = target - size - after if before is None else before
    after = target - size - before if after is None else after
    _check_not_negative(names, (before, after, target))
    return before, after, target


def _cropped(size, which, before, after, target):
    """(start, target) of one axis."""
    names = _names(which, "cropping")
    _check_two_of_three(names, (before, after, target))
    if size is None:
        if target is None:
            raise ValueError(
                f"crop_images: When the {which} of the images is unknown, `target_{which}` must "
                f"be specified. Received: {names[0]}={before}, {names[1]}={after}"
            )
        return before, target
    target = size - before - after if target is None else target
    before = size - target - after if before is None else before
    after = size - target - before if after is None else after
    _check_not_negative(names, (before, after, target))
    return before, target


def _names(which, what):
    ends = ("top", "bottom") if which == "height" else ("left", "right")
    return (*(f"{end}_{what}" for end in ends), f"target_{which}")


def _check_two_of_three(names, numbers):
    if numbers.count(None) != 1:
        received = ", ".join(f"{n}={v}" for n, v in zip(names, numbers, strict=True))
        raise ValueError(
            f"Must specify exactly two of {', '.join(names)}; the third follows from the size of "
            f"the images. Received: {received}"
        )
    _check_not_negative(names, numbers)


def _check_not_negative(names, numbers):
    for name, number in zip(names, numbers, strict=True):
        if number is not None and number < 0:
            raise ValueError(f"{name} must be >= 0. Received: {name}={number}")
