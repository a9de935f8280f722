"""Formats of bounding boxes, and what is left of boxes inside of an image."""

from kerajax import ops
from kerajax._checks import one_of

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
# The second pair is width and height, not a corner.
_WITH_EXTENT = ("wh", "hw")


def convert_format(boxes, source, target, height, width):
    """Boxes in another format, as float32."""
    source = one_of(source, "bounding_box_format", "boxes", FORMATS, ignore_case=True)
    target = one_of(target, "bounding_box_format", "boxes", FORMATS, ignore_case=True)
    boxes = ops.cast(boxes, "float32")
    if source == target:
        return boxes
    first, second = _pairs(boxes, source)
    if source.endswith(_WITH_EXTENT):
        low = first - second / 2 if "center" in source else first
        first, second = low, low + second
    size = ops.convert_to_tensor([width, height], dtype="float32")
    if source.startswith("rel_"):
        first, second = first * size, second * size
    if target.startswith("rel_"):
        first, second = first / size, second / size
    if target.endswith(_WITH_EXTENT):
        extent = second - first
        first, second = first + extent / 2 if "center" in target else first, extent
    if _has_y_first(target):
        first, second = first[..., ::-1], second[..., ::-1]
    return ops.concatenate([first, second], axis=-1)


def _pairs(boxes, box_format):
    first, second = boxes[..., :2], boxes[..., 2:]
    return (first[..., ::-1], second[..., ::-1]) if _has_y_first(box_format) else (first, second)


def _has_y_first(box_format):
    return box_format.removeprefix("rel_").removeprefix("center_").startswith("y")


def clip_to_image_size(bounding_boxes, height, width):
    """Corners cut off at the borders; labels of what has no area become -1."""
    boxes = ops.clip(bounding_boxes["boxes"], 0, ops.convert_to_tensor([width, height] * 2))
    has_area = (boxes[..., 2] > boxes[..., 0]) & (boxes[..., 3] > boxes[..., 1])
    labels = ops.where(has_area, bounding_boxes["labels"], -1)
    return {**bounding_boxes, "boxes": boxes, "labels": labels}
