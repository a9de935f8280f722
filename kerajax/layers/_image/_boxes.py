"""Bounding boxes of image layers: from nested lists or arrays to tensors, and moved with pixels."""

from kerajax import ops
from kerajax._checks import described
from kerajax.ops import _boxes


def dense_boxes(bounding_boxes, owner):
    """Boxes and labels as tensors.

    Args:
        bounding_boxes: Dict of `"boxes"` `(boxes, 4)` or `(batch, boxes, 4)` and `"labels"`. In
            lists, images may have several numbers of boxes: they are filled up by boxes of zeros
            with the label -1.
        owner: Whose input it is, for messages.

    Raises:
        ValueError: If an entry is missing or ranks do not fit.

    Example:

    >>> boxes = {"boxes": [[[0, 0, 4, 4]], []], "labels": [[7], []]}
    >>> dense_boxes(boxes, "Demo")["labels"].tolist()
    [[7], [-1]]
    """
    if not isinstance(bounding_boxes, dict) or not {"boxes", "labels"} <= set(bounding_boxes):
        raise ValueError(
            f"{described(owner)}: Expected `bounding_boxes` to be a dict with keys 'boxes' and "
            f"'labels'. Received: bounding_boxes={bounding_boxes}"
        )
    boxes, labels = bounding_boxes["boxes"], bounding_boxes["labels"]
    if isinstance(boxes, list):
        boxes, labels = _filled_up(boxes, labels, owner)
    boxes, labels = ops.convert_to_tensor(boxes, dtype="float32"), ops.convert_to_tensor(labels)
    rank = len(boxes.shape)
    if rank not in (2, 3) or len(labels.shape) not in (rank - 1, rank):
        raise ValueError(
            f"{described(owner)}: Expected `bounding_boxes['boxes']` to have shape (boxes, 4) or "
            "(batch, boxes, 4), and `bounding_boxes['labels']` one number for each box. Received: "
            f"boxes of shape {tuple(boxes.shape)}, labels of shape {tuple(labels.shape)}"
        )
    return {**bounding_boxes, "boxes": boxes, "labels": labels}


def _filled_up(boxes, labels, owner):
    if not isinstance(labels, list) or len(boxes) != len(labels):
        raise ValueError(
            f"{described(owner)}: If `bounding_boxes['boxes']` is a list, then "
            "`bounding_boxes['labels']` must be a list of the same length. Received: "
            f"bounding_boxes['labels']={labels}"
        )
    if all(len(item) == 4 and not hasattr(item[0], "__len__") for item in boxes):
        return boxes, labels
    most = max(map(len, boxes))
    boxes = [[*map(list, image), *[[0] * 4] * (most - len(image))] for image in boxes]
    return boxes, [[*image, *[-1] * (most - len(image))] for image in labels]


def moved_boxes(bounding_boxes, box_format, size, new_size, move):
    """Boxes moved by a function of corners in pixels, cut off at the borders of the new images.

    Boxes of zeros, or of -1, fill up the list of an image: they come out as zeros. What has no
    area gets the label -1.

    Args:
        bounding_boxes: Dict of `"boxes"` and `"labels"`.
        box_format: Their format.
        size: Height and width of the images.
        new_size: The same after the move.
        move: Function of tensors `(..., 4)` of left, top, right and bottom.
    """
    given = bounding_boxes["boxes"]
    fills = ops.all(given == 0, axis=-1) | ops.all(given == -1, axis=-1)
    boxes = _boxes.convert_format(given, box_format, "xyxy", height=size[0], width=size[1])
    boxes = ops.where(fills[..., None], 0.0, move(boxes))
    moved = _boxes.clip_to_image_size(
        {**bounding_boxes, "boxes": boxes}, height=new_size[0], width=new_size[1]
    )
    moved["boxes"] = _boxes.convert_format(
        moved["boxes"], "xyxy", box_format, height=new_size[0], width=new_size[1]
    )
    return moved


def seen_through(boxes, transforms):
    """Where boxes are after `affine_transform`: the smallest boxes around the moved corners.

    Args:
        boxes: Tensor `(batch, boxes, 4)` of left, top, right and bottom, in pixels.
        transforms: Tensor `(batch, 8)`. They say where a pixel comes from, so that corners move by
            their inverse.
    """
    transforms = ops.cast(transforms, "float32")
    matrices = ops.concatenate([transforms, ops.ones_like(transforms[:, :1])], axis=-1)
    inverse = ops.inv(ops.reshape(matrices, (-1, 3, 3)))
    left, top, right, bottom = ops.unstack(boxes, axis=-1)
    x = ops.stack([left, right, left, right], axis=-1)
    y = ops.stack([top, top, bottom, bottom], axis=-1)
    corners = ops.stack([x, y, ops.ones_like(x)], axis=-1)
    x, y, scale = ops.unstack(ops.einsum("nij,nbcj->nbci", inverse, corners), axis=-1)
    x, y = x / scale, y / scale
    ends = [ops.min(x, -1), ops.min(y, -1), ops.max(x, -1), ops.max(y, -1)]
    return ops.stack(ends, axis=-1)
