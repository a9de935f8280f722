"""Changes of single images by numpy and scipy, as `keras.preprocessing.image` had them.

Images are arrays of three axes. As in Keras 2, the axes of these functions are those of
`channels_first` unless they are given. The random ones draw from numpy's global generator.
"""

import numpy as np
import scipy.ndimage

from kerajax.utils._images import array_to_img, img_to_array
from kerajax.utils._optional import require_pillow


def transform_matrix_offset_center(matrix, x, y):
    """A 3 x 3 matrix of coordinates that turns about the middle of an image of `x` by `y`."""
    row, column = x / 2 - 0.5, y / 2 - 0.5
    there = np.array([[1, 0, row], [0, 1, column], [0, 0, 1]])
    back = np.array([[1, 0, -row], [0, 1, -column], [0, 0, 1]])
    return there @ matrix @ back


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """An image turned, moved, sheared and zoomed.

    Args:
        x: Array of three axes.
        theta: Float. Angle, in degrees.
        tx: Float. Shift along the rows' axis, in pixels.
        ty: Float. Shift along the columns' axis, in pixels.
        shear: Float. Angle, in degrees.
        zx: Float. Zoom along the rows' axis; above 1 the image becomes smaller.
        zy: Float. Zoom along the columns' axis.
        row_axis: Int.
        col_axis: Int.
        channel_axis: Int.
        fill_mode: `"nearest"`, `"constant"`, `"reflect"` or `"wrap"`: what lies outside.
        cval: Float. The value outside for `"constant"`.
        order: Int. Order of the spline between pixels.

    Returns:
        numpy array of the shape of `x`.

    Example:

    >>> x = np.arange(4.0).reshape(1, 2, 2)
    >>> apply_affine_transform(x, tx=1)[0].tolist()
    [[2.0, 3.0], [2.0, 3.0]]
    """
    turn, slant = np.deg2rad(theta), np.deg2rad(shear)
    matrix = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    matrix = matrix @ np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    matrix = matrix @ np.array([[1, -np.sin(slant), 0], [0, np.cos(slant), 0], [0, 0, 1]])
    matrix = matrix @ np.diag([zx, zy, 1])
    if np.array_equal(matrix, np.eye(3)):
        return x
    matrix = transform_matrix_offset_center(matrix, x.shape[row_axis], x.shape[col_axis])
    planes = np.moveaxis(x, (channel_axis, row_axis, col_axis), (0, 1, 2))
    moved = [
        scipy.ndimage.affine_transform(
            plane, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval
        )
        for plane in planes
    ]
    return np.moveaxis(np.stack(moved), (0, 1, 2), (channel_axis, row_axis, col_axis))


def random_rotation(
    x,
    rg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """An image turned by up to `rg` degrees."""
    axes = (row_axis, col_axis, channel_axis)
    theta = np.random.uniform(-rg, rg)
    return _moved(x, axes, fill_mode, cval, interpolation_order, theta=theta)


def random_shift(
    x,
    wrg,
    hrg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """An image moved by up to the fractions `wrg` of its width and `hrg` of its height."""
    axes = (row_axis, col_axis, channel_axis)
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return _moved(x, axes, fill_mode, cval, interpolation_order, tx=tx, ty=ty)


def random_shear(
    x,
    intensity,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """An image sheared by up to `intensity` degrees."""
    axes = (row_axis, col_axis, channel_axis)
    shear = np.random.uniform(-intensity, intensity)
    return _moved(x, axes, fill_mode, cval, interpolation_order, shear=shear)


def random_zoom(
    x,
    zoom_range,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """An image zoomed along either axis by factors between the two of `zoom_range`."""
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Got {zoom_range}.")
    axes = (row_axis, col_axis, channel_axis)
    zx, zy = random_zooms(zoom_range)
    return _moved(x, axes, fill_mode, cval, interpolation_order, zx=zx, zy=zy)


def random_zooms(zoom_range) -> tuple:
    """A factor for each axis, drawn between the two of `zoom_range`."""
    if zoom_range[0] == 1 and zoom_range[1] == 1:
        return 1, 1
    return tuple(np.random.uniform(zoom_range[0], zoom_range[1], 2))


def _moved(x, axes, fill_mode, cval, order, **how):
    row_axis, col_axis, channel_axis = axes
    where = {"row_axis": row_axis, "col_axis": col_axis, "channel_axis": channel_axis}
    return apply_affine_transform(x, **how, **where, fill_mode=fill_mode, cval=cval, order=order)


def apply_channel_shift(x, intensity, channel_axis=0):
    """An image with `intensity` added, within the range of its own values."""
    return np.clip(x + intensity, np.min(x), np.max(x))


def random_channel_shift(x, intensity_range, channel_axis=0):
    """An image with a number of up to `intensity_range` added, within the range of its values."""
    intensity = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def apply_brightness_shift(x, brightness, scale=True):
    """An image whose brightness is multiplied.

    Args:
        x: Array of three axes.
        brightness: Float >= 0; 0 is black, 1 changes nothing.
        scale: Bool. Whether values are scaled to [0, 255] first. Values outside of it always are,
            and back again where `scale` is False.

    Raises:
        ImportError: If the package `pillow` is not installed.
    """
    require_pillow()
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    outside = low < 0 or high > 255
    image = array_to_img(x, scale=outside or scale)
    bright = img_to_array(ImageEnhance.Brightness(image).enhance(brightness))
    return bright / 255 * (high - low) + low if outside and not scale else bright


def random_brightness(x, brightness_range, scale=True):
    """An image whose brightness is multiplied by a number between the two of the range."""
    if len(brightness_range) != 2:
        raise ValueError(
            f"`brightness_range` should be tuple or list of two floats. Received: "
            f"{brightness_range}"
        )
    return apply_brightness_shift(x, np.random.uniform(*brightness_range), scale)


def flip_axis(x, axis):
    """An array with one axis reversed."""
    return np.flip(np.asarray(x), axis)
