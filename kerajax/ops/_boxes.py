"""Bounding boxes: their formats, and what becomes of them when images are cut, padded or warped.

`kerajax.utils.bounding_boxes` is the public home of these functions; layers use them from here.
A box is four numbers in the last axis. `xyxy` are left, top, right and bottom, in pixels.
"""

import math

import jax.numpy as jnp

from kerajax._checks import suggestion
from kerajax.backend import canonical_dtype

FORMATS = (
    "xyxy",
    "yxyx",
    "xywh",
    "center_xywh",
    "center_yxhw",
    "rel_xyxy",
    "rel_yxyx",
    "rel_xywh",
    "rel_center_xywh",
)


def convert_format(boxes, source, target, height=None, width=None, dtype="float32"):
    """Bounding boxes in another format.

    The formats are `"xyxy"` (left, top, right, bottom), `"yxyx"` (top, left, bottom, right),
    `"xywh"` (left, top, width, height), `"center_xywh"` and `"center_yxhw"` (center and extent), in
    pixels, and `"rel_xyxy"`, `"rel_yxyx"`, `"rel_xywh"` and `"rel_center_xywh"`, in parts of the
    image. Capital letters count as small ones.

    Args:
        boxes: Tensor `(..., 4)`, or a dict that has one as `"boxes"`.
        source: String. The format of `boxes`.
        target: String. The format of the result.
        height: Number. Height of the image in pixels, needed if a format is relative.
        width: Number. Width of the image, in pixels.
        dtype: String. The dtype of the result.

    Returns:
        Tensor `(..., 4)`, or the dict with such boxes.

    Raises:
        ValueError: If a format is unknown, sizes are missing or there are not four numbers.

    Example:

    >>> boxes = np.array([[10.0, 20.0, 30.0, 60.0]])
    >>> kerajax.utils.bounding_boxes.convert_format(boxes, "xyxy", "center_xywh").tolist()
    [[20.0, 40.0, 20.0, 40.0]]
    """
    if isinstance(boxes, dict):
        moved = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": moved}
    source, target = _known(source, "source"), _known(target, "target")
    boxes = jnp.asarray(boxes)
    if boxes.ndim == 0 or boxes.shape[-1] != 4:
        raise ValueError(
            "`boxes` must be a tensor with the last dimension of 4. Received: "
            f"boxes.shape={boxes.shape}"
        )
    is_relative = source.startswith("rel_"), target.startswith("rel_")
    if any(is_relative) and (height is None or width is None):
        raise ValueError(
            "convert_format() must receive `height` and `width`, the size of the image, for "
            f"relative formats. Received: source={source!r}, target={target!r}, height={height}, "
            f"width={width}"
        )
    boxes = boxes.astype(canonical_dtype(dtype))
    if source == target:
        return boxes
    first, second = _x_first(boxes[..., :2], boxes[..., 2:], source)
    if _has_extent(source):
        low = first - second / 2 if "center" in source else first
        first, second = low, low + second
    if is_relative == (True, False):
        first, second = (corner * _size(width, height, boxes.dtype) for corner in (first, second))
    elif is_relative == (False, True):
        first, second = (corner / _size(width, height, boxes.dtype) for corner in (first, second))
    if _has_extent(target):
        extent = second - first
        first, second = first + extent / 2 if "center" in target else first, extent
    return jnp.concatenate(_x_first(first, second, target), axis=-1)


def clip_to_image_size(bounding_boxes, height=None, width=None, bounding_box_format="xyxy"):
    """Bounding boxes cut off at the borders of the image; those without area get the label -1.

    Args:
        bounding_boxes: Dict of `"boxes"` `(..., 4)` and, optionally, `"labels"` `(...)`.
        height: Number. Height of the image in pixels, for `"xyxy"`.
        width: Number. Width of the image in pixels, for `"xyxy"`.
        bounding_box_format: `"xyxy"` or `"rel_xyxy"`.

    Returns:
        A dict with the same keys.

    Raises:
        NotImplementedError: If the format is another one.
        ValueError: If sizes are missing.

    Example:

    >>> boxes = {"boxes": np.array([[-5.0, 2, 8, 30], [50, 2, 60, 4]]), "labels": np.array([1, 2])}
    >>> clipped = kerajax.utils.bounding_boxes.clip_to_image_size(boxes, height=20, width=40)
    >>> clipped["boxes"].tolist(), clipped["labels"].tolist()
    ([[0.0, 2.0, 8.0, 20.0], [40.0, 2.0, 40.0, 4.0]], [1, -1])
    """
    _check_format(bounding_box_format, "clip_to_image_size", ("xyxy", "rel_xyxy"))
    boxes = jnp.asarray(bounding_boxes["boxes"])
    if bounding_box_format == "rel_xyxy":
        height = width = 1
    elif height is None or width is None:
        raise ValueError("`height` and `width` must be set if `format='xyxy'`.")
    boxes = _within(boxes, height, width)
    clipped = {**bounding_boxes, "boxes": boxes}
    if bounding_boxes.get("labels") is not None:
        extent = boxes[..., 2:] - boxes[..., :2]
        has_area = extent[..., 0] * extent[..., 1] > 0
        clipped["labels"] = jnp.where(has_area, jnp.asarray(bounding_boxes["labels"]), -1)
    return clipped


def affine_transform(
    boxes,
    angle,
    translate_x,
    translate_y,
    scale,
    shear_x,
    shear_y,
    height,
    width,
    center_x=None,
    center_y=None,
    bounding_box_format="xyxy",
):
    """The boxes around bounding boxes that are moved, sheared, turned and enlarged.

    A corner `p` goes to `scale * M (p - center + translation) + center`, where `M` is the inverse
    of the rotation and shears; the new box is the smallest one around the four corners.

    Args:
        boxes: Tensor `(batch, boxes, 4)`.
        angle: Tensor `(batch,)`, in degrees.
        translate_x: Tensor `(batch,)`, in parts of `width - 1`.
        translate_y: Tensor `(batch,)`, in parts of `height - 1`.
        scale: Tensor `(batch,)`.
        shear_x: Tensor `(batch,)`, in degrees.
        shear_y: Tensor `(batch,)`, in degrees.
        height: Number. Height of the image, in pixels.
        width: Number. Width of the image, in pixels.
        center_x: Number or tensor `(batch,)`: the center, in parts of `width - 1`; 0.5 if None.
        center_y: Number or tensor `(batch,)`: the center, in parts of `height - 1`; 0.5 if None.
        bounding_box_format: Only `"xyxy"`.

    Returns:
        Tensor `(batch, boxes, 4)` of the dtype of `angle`.

    Raises:
        NotImplementedError: If the format is another one.

    Example:

    >>> boxes, zero = np.array([[[1.0, 1.0, 3.0, 2.0]]]), np.zeros(1)
    >>> quarter = kerajax.utils.bounding_boxes.affine_transform(
    ...     boxes, zero + 90, zero, zero, zero + 1, zero, zero, height=5, width=5
    ... )
    >>> print(np.asarray(quarter).round(3).tolist())
    [[[1.0, 1.0, 2.0, 3.0]]]
    """
    _check_format(bounding_box_format, "affine_transform", ("xyxy",))
    angle = jnp.asarray(angle)
    dtype = angle.dtype if jnp.issubdtype(angle.dtype, jnp.floating) else jnp.dtype("float32")
    boxes, angle, scale, shear_x, shear_y, move_x, move_y, center_x, center_y = (
        jnp.asarray(x, dtype)
        for x in (boxes, angle, scale, shear_x, shear_y, translate_x, translate_y)
        + (0.5 if center_x is None else center_x, 0.5 if center_y is None else center_y)
    )
    turn, shear_x, shear_y = (-x * (math.pi / 180) for x in (angle, shear_x, shear_y))
    # The matrix [[a, b], [c, d]] of rotation and shears has determinant 1.
    a = jnp.cos(turn - shear_y) / jnp.cos(shear_y)
    c = -jnp.sin(turn - shear_y) / jnp.cos(shear_y)
    b = a * jnp.tan(shear_x) + jnp.sin(turn)
    d = jnp.cos(turn) - c * jnp.tan(shear_x)
    left, top, right, bottom = jnp.moveaxis(boxes, -1, 0)
    center_x, center_y = center_x[..., None] * (width - 1), center_y[..., None] * (height - 1)
    x, y = (
        jnp.stack(ends, axis=-1) - (center - move[..., None] * (size - 1))[..., None]
        for ends, center, move, size in (
            ((left, right, right, left), center_x, move_x, width),
            ((top, top, bottom, bottom), center_y, move_y, height),
        )
    )
    a, b, c, d = (scale[..., None, None] * number[..., None, None] for number in (a, b, c, d))
    x, y = d * x - b * y + center_x[..., None], a * y - c * x + center_y[..., None]
    return jnp.stack([x.min(-1), y.min(-1), x.max(-1), y.max(-1)], axis=-1)


def crop(boxes, top, left, height, width, bounding_box_format="xyxy"):
    """Bounding boxes in a part of the image, cut off at its borders.

    Args:
        boxes: Tensor `(..., 4)`.
        top: Number. Rows cut off above.
        left: Number. Columns cut off at the left.
        height: Number. Height of the part, in pixels.
        width: Number. Width of the part, in pixels.
        bounding_box_format: Only `"xyxy"`.

    Returns:
        Tensor `(..., 4)`.

    Raises:
        NotImplementedError: If the format is another one.

    Example:

    >>> boxes = np.array([[2.0, 3.0, 9.0, 9.0]])
    >>> kerajax.utils.bounding_boxes.crop(boxes, top=1, left=4, height=5, width=5).tolist()
    [[0.0, 2.0, 5.0, 5.0]]
    """
    _check_format(bounding_box_format, "crop", ("xyxy",))
    return _within(_shifted(boxes, -top, -left), height, width)


def pad(boxes, top, left, height=None, width=None, bounding_box_format="xyxy"):
    """Bounding boxes in an image that got rows above and columns at the left.

    Args:
        boxes: Tensor `(..., 4)`.
        top: Number. Rows added above.
        left: Number. Columns added at the left.
        height: Not used; boxes do not depend on what is added below.
        width: Not used.
        bounding_box_format: Only `"xyxy"`.

    Returns:
        Tensor `(..., 4)`.

    Raises:
        NotImplementedError: If the format is another one.

    Example:

    >>> kerajax.utils.bounding_boxes.pad(np.array([[0.0, 1, 2, 3]]), top=10, left=20).tolist()
    [[20.0, 11.0, 22.0, 13.0]]
    """
    _check_format(bounding_box_format, "pad", ("xyxy",))
    return _shifted(boxes, top, left)


def _known(name, argument):
    folded = str(name).lower()
    if folded not in FORMATS:
        raise ValueError(
            f"convert_format: Invalid {argument} format {name!r}. {suggestion(folded, FORMATS)} "
            f"Supported formats: {', '.join(FORMATS)}"
        )
    return folded


def _check_format(box_format, owner, known):
    if box_format not in known:
        raise NotImplementedError(
            f"{owner} takes boxes of the format {' or '.join(map(repr, known))}. Received: "
            f"bounding_box_format={box_format!r}. Call `convert_format` first."
        )


def _has_extent(box_format):
    """Whether the second pair is width and height, not a corner."""
    return box_format.endswith(("wh", "hw"))


def _x_first(first, second, box_format):
    """Both pairs turned round where the format has y before x."""
    if box_format.removeprefix("rel_").removeprefix("center_").startswith("y"):
        return first[..., ::-1], second[..., ::-1]
    return first, second


def _size(width, height, dtype):
    return jnp.stack([jnp.asarray(width, dtype), jnp.asarray(height, dtype)])


def _within(boxes, height, width):
    ends = _size(width, height, boxes.dtype)
    return jnp.clip(boxes, 0, jnp.concatenate([ends, ends]))


def _shifted(boxes, down, right):
    boxes = jnp.asarray(boxes)
    return boxes + jnp.stack([jnp.asarray(x) for x in (right, down)] * 2).astype(boxes.dtype)
