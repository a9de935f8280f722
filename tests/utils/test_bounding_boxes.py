"""Bounding boxes against the Keras wheel: formats, moves, overlap, deltas."""

import keras
import numpy as np
import pytest

from kerajax.ops._boxes import FORMATS
from kerajax.utils import bounding_boxes

WHEEL = keras.utils.bounding_boxes
_RNG = np.random.default_rng(0)
_LOW, _EXTENT = _RNG.uniform(0, 50, size=(2, 2, 5, 2)).astype("float32")
BOXES = np.concatenate([_LOW, _LOW + _EXTENT], axis=-1)
HEIGHT, WIDTH = 100, 120
SHAPE = (HEIGHT, WIDTH, 3)


def _in(box_format):
    return np.asarray(WHEEL.convert_format(BOXES, "xyxy", box_format, HEIGHT, WIDTH))


def _agree(name, *args, **kwargs):
    ours = getattr(bounding_boxes, name)(*args, **kwargs)
    theirs = getattr(WHEEL, name)(*args, **kwargs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_formats(source, target):
    _agree("convert_format", _in(source), source, target, HEIGHT, WIDTH)


def test_a_dict_keeps_its_other_entries():
    given = {"boxes": BOXES, "labels": np.arange(5)}
    converted = bounding_boxes.convert_format(given, "XYXY", "xyWH", dtype="float16")
    assert converted["boxes"].dtype == "float16"
    assert converted["labels"] is given["labels"]
    assert given["boxes"] is BOXES


@pytest.mark.parametrize("box_format", ["xyxy", "rel_xyxy"])
def test_clip(box_format):
    boxes = BOXES - 20 if box_format == "xyxy" else BOXES / 40 - 0.5
    given = {"boxes": boxes, "labels": np.arange(10).reshape(2, 5)}
    ours = bounding_boxes.clip_to_image_size(given, 40, 45, box_format)
    theirs = WHEEL.clip_to_image_size(dict(given), 40, 45, box_format)
    assert (np.asarray(ours["labels"]) == -1).any()
    for key in given:
        np.testing.assert_allclose(ours[key], theirs[key])


@pytest.mark.parametrize("center", [{}, {"center_x": 0.2, "center_y": 0.7}], ids=str)
def test_affine(center):
    low = [-40, -0.3, -0.3, 0.5, -20, -20]
    high = [40, 0.3, 0.3, 2, 20, 20]
    settings = [_RNG.uniform(a, b, 2).astype("float32") for a, b in zip(low, high, strict=True)]
    _agree("affine_transform", BOXES, *settings, HEIGHT, WIDTH, **center)


def test_crop_and_pad():
    _agree("crop", BOXES, 5, 7, 30, 31)
    _agree("pad", BOXES, 5, 7)


@pytest.mark.parametrize("box_format", ["xyxy", "center_yxhw", "rel_xywh"])
@pytest.mark.parametrize("batched", ["both", "neither", "first", "second"])
def test_iou(box_format, batched):
    boxes = _in(box_format)
    boxes1 = boxes if batched in ("both", "first") else boxes[0]
    boxes2 = boxes[:, ::-1] if batched in ("both", "second") else boxes[1, :3]
    _agree("compute_iou", boxes1, boxes2, box_format, image_shape=SHAPE)


def test_iou_masks_fills():
    boxes = BOXES.copy()
    boxes[:, 0] = -1
    _agree("compute_iou", boxes, boxes, "xyxy", use_masking=True, mask_val=-2)


def test_ciou():
    for box_format in ("xyxy", "center_yxhw"):
        _agree("compute_ciou", _in(box_format), _in(box_format)[:, ::-1], box_format)
    pixels = bounding_boxes.compute_ciou(BOXES[0], BOXES[1], "xyxy")
    parts = _in("rel_xyxy")
    relative = bounding_boxes.compute_ciou(parts[0], parts[1], "rel_xyxy", SHAPE)
    np.testing.assert_allclose(relative, pixels, rtol=1e-4)


@pytest.mark.parametrize("encoding", ["center_xywh", "center_yxhw"])
@pytest.mark.parametrize("variance", [None, (0.1, 0.1, 0.2, 0.2)])
@pytest.mark.parametrize("box_format", ["xyxy", "rel_yxyx"])
def test_deltas(encoding, variance, box_format):
    boxes = _in(box_format)
    settings = (box_format, box_format, encoding, variance, SHAPE)
    _agree("encode_box_to_deltas", boxes[0], boxes, *settings)
    deltas = bounding_boxes.encode_box_to_deltas(boxes[0], boxes, *settings)
    _agree("decode_deltas_to_boxes", boxes[0], np.asarray(deltas), *settings)
    levels = {"p3": boxes[0]}, {"p3": deltas}
    back = bounding_boxes.decode_deltas_to_boxes(*levels, *settings)
    np.testing.assert_allclose(back["p3"], boxes, rtol=1e-4)


@pytest.mark.parametrize(
    "error, call, message",
    [
        (ValueError, lambda b: b.convert_format(BOXES, "xyxz", "xywh"), "Did you mean 'yxyx'"),
        (ValueError, lambda b: b.convert_format(BOXES, "xyxy", "rel_xyxy"), "must receive"),
        (ValueError, lambda b: b.convert_format(BOXES[..., :3], "xyxy", "xywh"), "dimension of 4"),
        (ValueError, lambda b: b.clip_to_image_size({"boxes": BOXES}), "`height` and `width`"),
        (NotImplementedError, lambda b: b.crop(BOXES, 0, 0, 1, 1, "xywh"), "convert_format"),
        (NotImplementedError, lambda b: b.pad(BOXES, 0, 0, 1, 1, "xywh"), "convert_format"),
        (ValueError, lambda b: b.compute_iou(BOXES[0, 0], BOXES, "xyxy"), "boxes1"),
        (ValueError, lambda b: b.compute_ciou(BOXES, BOXES, "rel_xyxy"), "image_shape"),
        (ValueError, lambda b: b.encode_box_to_deltas(BOXES, BOXES, *["xyxy"] * 3), "one of"),
        (
            ValueError,
            lambda b: b.decode_deltas_to_boxes(BOXES, BOXES, "xyxy", "xyxy", variance=[1, 2]),
            "length 4",
        ),
    ],
)
def test_bad_arguments(error, call, message):
    with pytest.raises(error, match=message):
        call(bounding_boxes)
