"""Boxes and masks drawn into the pixels of images."""

import numpy as np

from kerajax import ops
from kerajax._checks import unit_interval
from kerajax.backend import is_int_dtype, standardize_data_format
from kerajax.ops._boxes import convert_format
from kerajax.utils._optional import require_pillow

# Height of a capital letter in parts of a font's size, and in pixels at a `font_scale` of 1.
_CAPITAL, _CAPITAL_PIXELS = 0.72, 22


def draw_bounding_boxes(
    images,
    bounding_boxes,
    bounding_box_format,
    class_mapping=None,
    color=(128, 128, 128),
    line_thickness=2,
    text_thickness=1,
    font_scale=1.0,
    data_format=None,
):
    """Images with rectangles around bounding boxes, and the names of their classes above.

    Args:
        images: Tensor `(batch, height, width, channels)` of 1, 3 or 4 channels, or with the
            channels first. Values lie in [0, 255], or, for floats, in [0, 1].
        bounding_boxes: Dict of `"boxes"` `(batch, boxes, 4)`, `"labels"` `(batch, boxes)`, and
            optionally `"confidences"` `(batch, boxes)`. A box with the label -1 is not drawn.
        bounding_box_format: String, as in `kerajax.utils.bounding_boxes.convert_format`.
        class_mapping: Dict from labels to names. Other boxes get no text.
        color: Three ints in [0, 255]: red, green and blue.
        line_thickness: Int, in pixels.
        text_thickness: Int, in pixels; `line_thickness` if None.
        font_scale: Number. At 1, capital letters are 22 pixels high.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        numpy array of the shape of `images`, uint8.

    Raises:
        TypeError: If `bounding_boxes` is no dict.
        ValueError: If an entry is missing or a shape does not fit.
        ImportError: If the package `pillow` is not installed.

    Example:

    >>> boxes = {"boxes": np.array([[[2, 2, 6, 6]]]), "labels": np.array([[0]])}
    >>> images = kerajax.visualization.draw_bounding_boxes(
    ...     np.zeros((1, 9, 9, 3)), boxes, "xyxy", color=(255, 0, 0), line_thickness=1
    ... )
    >>> (images[0, :, :, 0] > 0).astype("int32")[2].tolist()
    [0, 0, 1, 1, 1, 1, 1, 0, 0]
    """
    require_pillow()
    images, is_first = _channels_last(images, data_format)
    _check_boxes(bounding_boxes)
    if images.shape[-1] not in (1, 3, 4):
        raise ValueError(
            "draw_bounding_boxes needs images of 1, 3 or 4 channels. Received: "
            f"images.shape={images.shape} (channels last)"
        )
    boxes = convert_format(
        bounding_boxes["boxes"], bounding_box_format, "xyxy", images.shape[1], images.shape[2]
    )
    boxes = np.asarray(boxes).astype("int32")
    labels = ops.convert_to_numpy(bounding_boxes["labels"]).astype("int32")
    confidences = bounding_boxes.get("confidences")
    texts = _texts(labels, class_mapping or {}, confidences)
    style = (_ink(color, images.shape[-1]), line_thickness, text_thickness, font_scale)
    drawn = [
        _with_boxes(image, boxes[i], labels[i], texts[i], *style)
        for i, image in enumerate(_as_bytes(images))
    ]
    drawn = np.stack(drawn) if drawn else _as_bytes(images)
    return drawn.transpose(0, 3, 1, 2) if is_first else drawn


def _check_boxes(bounding_boxes):
    if not isinstance(bounding_boxes, dict):
        raise TypeError(
            f"`bounding_boxes` should be a dict. Received: bounding_boxes={bounding_boxes} of type "
            f"{type(bounding_boxes)}"
        )
    if not {"boxes", "labels"} <= set(bounding_boxes):
        raise ValueError(
            "`bounding_boxes` should be a dict containing 'boxes' and 'labels' keys. Received: "
            f"bounding_boxes={bounding_boxes}"
        )


def _channels_last(images, data_format):
    """The images as numpy, channels last, and whether these came first."""
    images = ops.convert_to_numpy(images)
    if images.ndim != 4:
        raise ValueError(
            f"`images` must be batched 4D tensor. Received: images.shape={images.shape}"
        )
    is_first = standardize_data_format(data_format) == "channels_first"
    return images.transpose(0, 2, 3, 1) if is_first else images, is_first


def _as_bytes(images):
    if images.dtype.kind == "f" and images.size:
        images = np.clip(images, 0, 1) * 255 if images.max() <= 1 else np.clip(images, 0, 255)
    return images.astype("uint8")


def _ink(color, channels):
    """The color in an image of so many channels: gray, RGB or RGBA."""
    if channels == 1:
        gray = ops.image.rgb_to_grayscale(
            np.asarray(color, "float32").reshape(1, 1, 3), data_format="channels_last"
        )
        return int(gray[0, 0, 0])
    return (*map(int, color), 255)[:channels]


def _texts(labels, class_mapping, confidences):
    """A text, or None, for each box of each image."""
    texts = [[class_mapping.get(label) for label in row] for row in labels.tolist()]
    if confidences is None:
        return texts
    confidences = ops.convert_to_numpy(confidences)
    return [
        [
            text if text is None else f"{text} | {share:.2f}"
            for text, share in zip(*row, strict=True)
        ]
        for row in zip(texts, confidences, strict=True)
    ]


def _with_boxes(image, boxes, labels, texts, ink, line_thickness, text_thickness, font_scale):
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=_CAPITAL_PIXELS / _CAPITAL * font_scale)
    stroke = (text_thickness or line_thickness) // 2
    outside = line_thickness // 2
    for box, label, text in zip(boxes.tolist(), labels, texts, strict=True):
        if label == -1:
            continue
        left, right = sorted(box[0::2])
        top, bottom = sorted(box[1::2])
        # The middle of the line is on the box.
        corners = (left - outside, top - outside, right + outside, bottom + outside)
        draw.rectangle(corners, outline=ink, width=line_thickness)
        if text is not None:
            place = _place_of_text(left, top, font_scale, text_thickness or line_thickness)
            draw.text(place, str(text), fill=ink, font=font, anchor="ls", stroke_width=stroke)
    return np.asarray(picture).reshape(image.shape)


def _place_of_text(left, top, font_scale, thickness):
    """Left end of the base line: above the box, or in it where there is no room above."""
    height = 2 * int(12 * font_scale)
    if top - 8 - height > 0:
        return left, top - 8
    return left + 3, top + height + thickness + 3


def draw_segmentation_masks(
    images,
    segmentation_masks,
    num_classes=None,
    color_mapping=None,
    alpha=0.8,
    blend=True,
    ignore_index=-1,
    data_format=None,
):
    """Images with the classes of their pixels in colors.

    Args:
        images: Tensor `(batch, height, width, 3)`, or with the channels first, with values in
            [0, 255].
        segmentation_masks: Int tensor `(batch, height, width)` or `(batch, height, width, 1)`, or
            with the channels first: the class of each pixel. 0 stands for the background, whose
            color is black unless `color_mapping` says otherwise.
        num_classes: Int. Pixels of classes above are not colored; the largest class in the masks
            if None.
        color_mapping: Dict from classes to colors (red, green, blue); pixels of other classes are
            not colored. Colors are chosen if None.
        alpha: Number in [0, 1]: how much of the color there is in a colored pixel.
        blend: Bool. If False, colors stand in place of the pixels.
        ignore_index: Int. A class that is not colored.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        numpy array `(batch, height, width, 3)`, uint8.

    Raises:
        TypeError: If the masks are not of an integer dtype.
        ValueError: If a shape does not fit or `alpha` is out of range.

    Example:

    >>> images, masks = np.full((1, 1, 2, 3), 100), np.array([[[0, 1]]])
    >>> kerajax.visualization.draw_segmentation_masks(
    ...     images, masks, color_mapping={1: (200, 0, 0)}, alpha=0.5
    ... )[0, 0].tolist()
    [[100, 100, 100], [150, 50, 50]]
    """
    images, is_first = _channels_last(images, data_format)
    images = images.astype("float32")
    masks = ops.convert_to_numpy(segmentation_masks)
    if not is_int_dtype(masks.dtype):
        raise TypeError(
            "`segmentation_masks` must be in integer dtype. Received: "
            f"segmentation_masks.dtype={masks.dtype.name}"
        )
    if masks.ndim == 4:
        masks = masks[:, 0] if is_first else masks[..., 0]
    if masks.shape != images.shape[:3]:
        raise ValueError(
            "`segmentation_masks` must have the batch, height and width of the images. Received: "
            f"segmentation_masks.shape={np.shape(segmentation_masks)}, images.shape={images.shape} "
            "(channels last)"
        )
    alpha = unit_interval(alpha, "alpha", "draw_segmentation_masks") if blend else 1.0
    if num_classes is None:
        num_classes = int(masks.max(initial=0))
    colored = images.copy()
    for label in range(num_classes + 1):
        color = _color_of(label) if color_mapping is None else color_mapping.get(label)
        if color is not None and label != ignore_index:
            colored[masks == label] = color
    is_colored = np.any(colored != images, axis=-1, keepdims=True)
    outputs = np.where(is_colored, images * (1 - alpha) + colored * alpha, images)
    return outputs.astype("uint8")


def _color_of(label):
    """A color for each class, far from those of its neighbours."""
    return [label * step % 255 for step in (2**25 - 1, 2**15 - 1, 2**21 - 1)]
