"""Bounding boxes follow the pixels: in what a box surrounds, and in every format."""

import numpy as np
import pytest

from kerajax import layers
from tests.layers.image.test_image_layers import LAYERS

SIZE = (32, 40)
# Two filled rectangles; left, top, right, bottom.
BOXES = np.array([[[8, 6, 18, 14], [22, 16, 30, 26]]], "float32")
MOVERS = [
    "Resizing",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RandomShear",
    "RandomPerspective",
]


def scene(boxes=BOXES):
    """An image for each box, white inside and black outside."""
    images = np.zeros((boxes.shape[1], *SIZE, 1), "float32")
    for image, (left, top, right, bottom) in zip(images, boxes[0].astype(int), strict=True):
        image[top:bottom, left:right] = 255
    return images


def surrounding(image):
    """The box around what is brighter than gray."""
    rows, columns = np.nonzero(np.asarray(image)[..., 0] > 127)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@pytest.mark.parametrize("name", MOVERS)
def test_boxes_surround_what_they_surrounded(name):
    """The box around the moved pixels is the moved box, but for the width of a pixel."""
    options = {**LAYERS[name], "bounding_box_format": "xyxy"}
    if name == "Resizing":
        options.update(height=48, width=30)
    else:
        options["seed"] = 5
    if "Rotation" in name or name in ("RandomTranslation", "RandomZoom", "RandomShear"):
        options["fill_mode"] = "constant"
    boxes = {"boxes": BOXES[0][:, None], "labels": np.array([[1], [2]])}
    layer = getattr(layers, name)(**options)
    outputs = layer({"images": scene(), "bounding_boxes": boxes}, training=True)
    seen = [surrounding(image) for image in outputs["images"]]
    moved = np.asarray(outputs["bounding_boxes"]["boxes"])[:, 0]
    np.testing.assert_allclose(moved, seen, atol=1.5)
    assert np.asarray(outputs["bounding_boxes"]["labels"]).tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("layer", "pad"),
    [("CenterCrop", False), ("RandomCrop", False), ("Resizing", True), ("Resizing", False)],
)
def test_crops_and_aspect_ratios(layer, pad):
    """What is cut away is cut from the box; scales are those of the pixels."""
    options = {"height": 24, "width": 24, "bounding_box_format": "xyxy"}
    if layer == "Resizing":
        options["pad_to_aspect_ratio" if pad else "crop_to_aspect_ratio"] = True
    if layer == "RandomCrop":
        options["seed"] = 2
    boxes = {"boxes": BOXES[0][:, None], "labels": np.array([[1], [2]])}
    outputs = getattr(layers, layer)(**options)(
        {"images": scene(), "bounding_boxes": boxes}, training=True
    )
    seen = [surrounding(image) for image in outputs["images"]]
    moved = np.asarray(outputs["bounding_boxes"]["boxes"])[:, 0]
    np.testing.assert_allclose(moved, seen, atol=1.5)


FORMATS = {
    "xyxy": lambda a, b, c, d, h, w: (a, b, c, d),
    "yxyx": lambda a, b, c, d, h, w: (b, a, d, c),
    "xywh": lambda a, b, c, d, h, w: (a, b, c - a, d - b),
    "center_xywh": lambda a, b, c, d, h, w: ((a + c) / 2, (b + d) / 2, c - a, d - b),
    "center_yxhw": lambda a, b, c, d, h, w: ((b + d) / 2, (a + c) / 2, d - b, c - a),
    "rel_xyxy": lambda a, b, c, d, h, w: (a / w, b / h, c / w, d / h),
    "rel_yxyx": lambda a, b, c, d, h, w: (b / h, a / w, d / h, c / w),
    "rel_xywh": lambda a, b, c, d, h, w: (a / w, b / h, (c - a) / w, (d - b) / h),
    "rel_center_xywh": lambda a, b, c, d, h, w: (
        (a + c) / 2 / w,
        (b + d) / 2 / h,
        (c - a) / w,
        (d - b) / h,
    ),
}


@pytest.mark.parametrize("name", ["RandomFlip", "Resizing", "RandomRotation", "RandomPerspective"])
@pytest.mark.parametrize("box_format", FORMATS)
def test_every_format(name, box_format):
    """The format only says how boxes are written, before and after."""
    options = LAYERS[name] if name == "Resizing" else {**LAYERS[name], "seed": 5}

    def moved(box_format, boxes):
        layer = getattr(layers, name)(**options, bounding_box_format=box_format)
        data = {"images": scene()[:1], "bounding_boxes": {"boxes": boxes, "labels": [[1, 2]]}}
        outputs = layer(data, training=True)
        return np.asarray(outputs["bounding_boxes"]["boxes"])[0], outputs["images"].shape[1:3]

    write = FORMATS[box_format]
    given = np.array([[write(*box, *SIZE) for box in BOXES[0]]], "float32")
    expected, (height, width) = moved("xyxy", BOXES)
    expected = [write(*box, height, width) for box in expected]
    np.testing.assert_allclose(moved(box_format, given)[0], expected, rtol=1e-4, atol=1e-4)


def test_boxes_outside_lose_their_label():
    """What has no area left inside of the image gets the label -1."""
    layer = layers.CenterCrop(8, 8, bounding_box_format="xyxy")
    boxes = {"boxes": np.array([[[0, 0, 4, 4], [14, 10, 30, 18]]]), "labels": np.array([[1, 2]])}
    outputs = layer({"images": np.ones((1, *SIZE, 3)), "bounding_boxes": boxes})
    assert np.asarray(outputs["bounding_boxes"]["labels"]).tolist() == [[-1, 2]]
    assert np.asarray(outputs["bounding_boxes"]["boxes"])[0, 1].tolist() == [0, 0, 8, 6]


def test_lists_are_filled_up():
    """Images may have several numbers of boxes; those added are zeros, and stay so."""
    layer = layers.Resizing(64, 80, bounding_box_format="xywh", pad_to_aspect_ratio=True)
    boxes = {"boxes": [[[1, 2, 3, 4]], []], "labels": [[5], []]}
    outputs = layer({"images": np.ones((2, *SIZE, 3)), "bounding_boxes": boxes})["bounding_boxes"]
    assert np.asarray(outputs["boxes"]).tolist() == [[[2, 4, 6, 8]], [[0, 0, 0, 0]]]
    assert np.asarray(outputs["labels"]).tolist() == [[5], [-1]]


def test_number_of_boxes_is_fixed():
    """Too many are cut off, too few filled up; a fill value survives the config."""
    layer = layers.MaxNumBoundingBoxes(2, fill_value=-7, bounding_box_format="xyxy")
    layer = layers.MaxNumBoundingBoxes.from_config(layer.get_config())
    for n, labels in ((1, [[0, -7]]), (3, [[0, 1]])):
        boxes = {"boxes": np.ones((1, n, 4)), "labels": np.arange(n)[None]}
        outputs = layer({"images": np.ones((1, 4, 4, 3)), "bounding_boxes": boxes})
        assert outputs["bounding_boxes"]["boxes"].shape == (1, 2, 4)
        assert np.asarray(outputs["bounding_boxes"]["labels"]).tolist() == labels


def test_mix_up_keeps_the_boxes_of_both_images():
    """The partner's boxes follow."""
    boxes = {"boxes": np.arange(16.0).reshape(2, 2, 4), "labels": np.array([[1, 2], [3, 4]])}
    drawn = {"mix_weight": np.array([0.5, 0.5]), "permutation_order": np.array([1, 0])}
    outputs = layers.MixUp().transform_bounding_boxes(boxes, drawn)
    assert np.asarray(outputs["labels"]).tolist() == [[1, 2, 3, 4], [3, 4, 1, 2]]
    assert outputs["boxes"].shape == (2, 4, 4)
