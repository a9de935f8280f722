"""How much bounding boxes overlap: intersection over union, and its complete form."""

import math

import jax.numpy as jnp

from kerajax.backend import epsilon
from kerajax.ops._boxes import convert_format


def compute_iou(
    boxes1, boxes2, bounding_box_format, use_masking=False, mask_val=-1, image_shape=None
):
    """Intersection over union of each box of one list with each box of another.

    Args:
        boxes1: Tensor `(n, 4)` or `(batch, n, 4)`.
        boxes2: Tensor `(m, 4)` or `(batch, m, 4)`.
        bounding_box_format: String, one of the formats of `convert_format`.
        use_masking: Bool. Whether pairs with a box whose corners are all negative get `mask_val`.
        mask_val: Number.
        image_shape: Tuple (height, width, channels), needed for relative formats.

    Returns:
        Tensor `(n, m)`, or `(batch, n, m)` if one of the lists is a batch; float32.

    Raises:
        ValueError: If ranks do not fit, or `image_shape` is missing.

    Example:

    >>> a, b = np.array([[0.0, 0, 2, 2]]), np.array([[0.0, 1, 2, 3], [5, 5, 6, 6]])
    >>> print(kerajax.utils.bounding_boxes.compute_iou(a, b, "xyxy").round(3))
    [[0.333 0.   ]]
    """
    boxes1, boxes2 = jnp.asarray(boxes1), jnp.asarray(boxes2)
    for name, boxes in (("boxes1", boxes1), ("boxes2", boxes2)):
        if boxes.ndim not in (2, 3):
            raise ValueError(
                f"compute_iou() expects {name} to be batched, or to be unbatched: "
                f"len({name}.shape) of 3 or 2. Received: boxes1.shape={boxes1.shape}, "
                f"boxes2.shape={boxes2.shape}"
            )
    boxes1 = _corners(boxes1, bounding_box_format, image_shape)[..., :, None, :]
    boxes2 = _corners(boxes2, bounding_box_format, image_shape)[..., None, :, :]
    shared, area1, area2 = _areas(boxes1, boxes2)
    ratio = shared / (area1 + area2 - shared + epsilon())
    if not use_masking:
        return ratio
    is_fill = (jnp.max(boxes1, axis=-1) < 0) | (jnp.max(boxes2, axis=-1) < 0)
    return jnp.where(is_fill, jnp.asarray(mask_val, ratio.dtype), ratio)


def compute_ciou(boxes1, boxes2, bounding_box_format, image_shape=None):
    """Complete intersection over union of pairs of boxes: `iou - d**2 / c**2 - a v`.

    `d` is the distance of the centers, `c` the diagonal of the smallest box around both, and
    `v = 4 / pi**2 (atan(w2 / h2) - atan(w1 / h1))**2` tells how the shapes differ, weighted by
    `a = v / (1 - iou + v)`.

    Args:
        boxes1: Tensor `(..., 4)`.
        boxes2: Tensor that broadcasts with `boxes1`.
        bounding_box_format: String, one of the formats of `convert_format`.
        image_shape: Tuple (height, width, channels), needed for relative formats.

    Returns:
        Tensor `(...)`, float32: 1 for equal boxes, negative for distant ones.

    Raises:
        ValueError: If `image_shape` is missing.

    Example:

    >>> a, b = np.array([0.0, 0, 2, 2]), np.array([0.0, 1, 2, 3])
    >>> print(kerajax.utils.bounding_boxes.compute_ciou(a, b, "xyxy").round(3))
    0.256

    Reference:
        Zheng et al., 2020, "Distance-IoU Loss: Faster and Better Learning for Bounding Box
        Regression", https://arxiv.org/abs/1911.08287
    """
    boxes1 = _corners(boxes1, bounding_box_format, image_shape)
    boxes2 = _corners(boxes2, bounding_box_format, image_shape)
    tiny = epsilon()
    # Heights above zero, for the ratios.
    boxes1, boxes2 = (box.at[..., 3].add(tiny) for box in (boxes1, boxes2))
    shared, area1, area2 = _areas(boxes1, boxes2)
    iou = shared / (area1 + area2 - shared + 2 * tiny)
    around = jnp.maximum(boxes1[..., 2:], boxes2[..., 2:]) - jnp.minimum(
        boxes1[..., :2], boxes2[..., :2]
    )
    diagonal = jnp.sum(around**2, axis=-1) + tiny
    centers = [(box[..., :2] + box[..., 2:]) / 2 for box in (boxes1, boxes2)]
    distance = jnp.sum((centers[0] - centers[1]) ** 2, axis=-1)
    slopes = [jnp.arctan(jnp.divide(*_extent(box))) for box in (boxes1, boxes2)]
    shape = 4 / math.pi**2 * (slopes[1] - slopes[0]) ** 2
    return iou - distance / diagonal - shape * shape / (shape - iou + (1 + tiny))


def _corners(boxes, box_format, image_shape):
    if "rel" in box_format and image_shape is None:
        raise ValueError(
            "When using relative bounding box formats (e.g. `rel_yxyx`) the `image_shape` argument "
            f"must be provided. Received: bounding_box_format={box_format!r}, image_shape=None"
        )
    height, width = (None, None) if image_shape is None else image_shape[:2]
    return convert_format(boxes, box_format, "xyxy", height, width)


def _extent(boxes):
    """Width and height."""
    return boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]


def _areas(boxes1, boxes2):
    """Areas of the intersections, of the first boxes and of the second ones."""
    low = jnp.maximum(boxes1[..., :2], boxes2[..., :2])
    high = jnp.minimum(boxes1[..., 2:], boxes2[..., 2:])
    return (
        jnp.prod(jnp.maximum(high - low, 0), axis=-1),
        jnp.multiply(*_extent(boxes1)),
        jnp.multiply(*_extent(boxes2)),
    )
