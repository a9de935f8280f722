"""Boxes as differences from anchors, which detectors predict."""

from kerajax import ops
from kerajax.backend import epsilon
from kerajax.ops._boxes import convert_format

_ENCODINGS = ("center_xywh", "center_yxhw")


def encode_box_to_deltas(
    anchors,
    boxes,
    anchor_format,
    box_format,
    encoding_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """Differences of boxes from anchors: `(center - anchor) / extent` and `log(size / extent)`.

    Args:
        anchors: Tensor `(n, 4)`.
        boxes: Tensor `(n, 4)` or `(batch, n, 4)`.
        anchor_format: String, the format of the anchors, as in `convert_format`.
        box_format: String, the format of the boxes.
        encoding_format: `"center_yxhw"` or `"center_xywh"`: the order of the differences.
        variance: Optional four numbers that the differences are divided by.
        image_shape: Tuple (height, width, channels), needed for relative formats.

    Returns:
        Tensor of the shape of `boxes`, float32.

    Raises:
        ValueError: If `variance` or `encoding_format` is none of these.

    Example:

    >>> anchor, box = np.array([[0.0, 0, 4, 4]]), np.array([[1.0, 0, 5, 4]])
    >>> encode = kerajax.utils.bounding_boxes.encode_box_to_deltas
    >>> encode(anchor, box, "xyxy", "xyxy", "center_xywh").tolist()
    [[0.25, 0.0, 0.0, 0.0]]

    Reference:
        Girshick, Donahue, Darrell and Malik, 2014, "Rich Feature Hierarchies for Accurate Object
        Detection and Semantic Segmentation", https://arxiv.org/abs/1311.2524
    """
    variance = _checked(variance, "encoding_format", encoding_format)
    height, width = _size(image_shape)
    anchors = convert_format(anchors, anchor_format, encoding_format, height, width)
    boxes = convert_format(boxes, box_format, encoding_format, height, width)
    extents = ops.maximum(anchors[..., 2:], epsilon())
    moves = (boxes[..., :2] - anchors[..., :2]) / extents
    growths = ops.log(ops.maximum(boxes[..., 2:], epsilon()) / extents)
    deltas = ops.concatenate([moves, growths], axis=-1)
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors,
    boxes_delta,
    anchor_format,
    box_format,
    encoded_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """Boxes from their differences from anchors: the inverse of `encode_box_to_deltas`.

    Args:
        anchors: Tensor `(n, 4)`, or a dict of them, one for each level of a pyramid.
        boxes_delta: Tensor `(n, 4)` or `(batch, n, 4)`, or a dict with the same keys.
        anchor_format: String, the format of the anchors, as in `convert_format`.
        box_format: String, the format of the result.
        encoded_format: `"center_yxhw"` or `"center_xywh"`: the order of the differences.
        variance: Optional four numbers that the differences were divided by.
        image_shape: Tuple (height, width, channels), needed for relative formats.

    Returns:
        Tensor of the shape of `boxes_delta`, float32, or a dict of them.

    Raises:
        ValueError: If `variance` or `encoded_format` is none of these.

    Example:

    >>> anchor, delta = np.array([[0.0, 0, 4, 4]]), np.array([[0.25, 0, 0, 0]])
    >>> decode = kerajax.utils.bounding_boxes.decode_deltas_to_boxes
    >>> decode(anchor, delta, "xyxy", "xyxy", "center_xywh").tolist()
    [[1.0, 0.0, 5.0, 4.0]]
    """
    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        settings = (anchor_format, box_format, encoded_format, variance, image_shape)
        return {
            level: decode_deltas_to_boxes(anchor, boxes_delta[level], *settings)
            for level, anchor in anchors.items()
        }
    variance = _checked(variance, "encoded_format", encoded_format)
    height, width = _size(image_shape)
    anchors = convert_format(anchors, anchor_format, encoded_format, height, width)
    deltas = ops.convert_to_tensor(boxes_delta)
    if variance is not None:
        deltas = deltas * variance
    centers = deltas[..., :2] * anchors[..., 2:] + anchors[..., :2]
    extents = ops.exp(deltas[..., 2:]) * anchors[..., 2:]
    boxes = ops.concatenate([centers, extents], axis=-1)
    return convert_format(boxes, encoded_format, box_format, height, width)


def _checked(variance, name, encoding):
    if encoding not in _ENCODINGS:
        raise ValueError(
            f"`{name}` should be one of 'center_xywh' or 'center_yxhw', got {encoding!r}"
        )
    if variance is None:
        return None
    variance = ops.convert_to_tensor(variance, dtype="float32")
    if not variance.shape or variance.shape[-1] != 4:
        raise ValueError(f"`variance` must be length 4, got {variance}")
    return variance


def _size(image_shape):
    return (None, None) if image_shape is None else image_shape[:2]
