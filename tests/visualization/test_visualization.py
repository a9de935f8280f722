"""Boxes and masks in the pixels of images, and galleries written as PNG files."""

import io

import keras
import matplotlib
import numpy as np
import pytest

from kerajax import utils, visualization

BOXES = {
    "boxes": np.array([[[4, 6, 20, 24], [10, 10, 14, 14]]]),
    "labels": np.array([[1, -1]]),
}
BLACK = np.zeros((1, 32, 40, 3), "uint8")
_RNG = np.random.default_rng(0)
IMAGES = _RNG.integers(0, 256, (2, 6, 7, 3)).astype("uint8")
MASKS = _RNG.integers(-1, 4, (2, 6, 7, 1)).astype("int32")


@pytest.fixture(autouse=True)
def _no_screen():
    matplotlib.use("Agg")


def _drawn(images=BLACK, boxes=BOXES, **kwargs):
    return visualization.draw_bounding_boxes(images, boxes, "xyxy", **kwargs)


def test_box_is_a_frame():
    """Of one pixel on the four sides; the box with the label -1 is not there."""
    drawn = _drawn(color=(9, 8, 7), line_thickness=1)
    expected = BLACK.copy()
    expected[0, 6:25, 4:21] = (9, 8, 7)
    expected[0, 7:24, 5:20] = 0
    np.testing.assert_array_equal(drawn, expected)
    assert not BLACK.any()


def test_formats_of_boxes_and_of_data_agree():
    expected = _drawn()
    relative = {**BOXES, "boxes": BOXES["boxes"] / [40, 32, 40, 32]}
    drawn = visualization.draw_bounding_boxes(BLACK, relative, "rel_xyxy")
    np.testing.assert_array_equal(drawn, expected)
    first = _drawn(BLACK.transpose(0, 3, 1, 2), data_format="channels_first")
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), expected)


@pytest.mark.parametrize("channels", [1, 4])
def test_other_channels(channels):
    drawn = _drawn(BLACK[..., :1].repeat(channels, -1), color=(100, 100, 100))
    frame = drawn[0, 6, 10].tolist()
    assert frame == ([99] if channels == 1 else [100, 100, 100, 255])


def test_floats_are_scaled():
    """Up to 1, values are parts of white."""
    assert _drawn(np.full((1, 32, 40, 3), 0.5))[0, 0, 0].tolist() == [127] * 3
    assert _drawn(np.full((1, 32, 40, 3), 300.0))[0, 0, 0].tolist() == [255] * 3


def test_text_is_written_above_or_in_the_box():
    plain = _drawn()
    named = _drawn(class_mapping={1: "cat"}, font_scale=0.4)
    new = (named != plain).any(axis=(0, 3))
    assert new[6:24].any() and not new[:5].any()
    low = {**BOXES, "boxes": BOXES["boxes"] + [0, 60, 0, 60]}
    high = np.zeros((1, 100, 40, 3), "uint8")
    new = (_drawn(high, low, class_mapping={1: "cat"}, font_scale=0.4) != _drawn(high, low)).any(-1)
    assert new[0, :60].any() and not new[0, 66:].any()
    with_share = {**BOXES, "confidences": np.array([[0.9, 0.1]])}
    assert (_drawn(boxes=with_share, class_mapping={1: "cat"}, font_scale=0.4) != named).any()


@pytest.mark.parametrize("alpha", [0.8, 0.3])
@pytest.mark.parametrize("ignore_index", [-1, 2])
def test_masks_are_those_of_keras(alpha, ignore_index):
    settings = {"num_classes": 4, "alpha": alpha, "ignore_index": ignore_index}
    ours = visualization.draw_segmentation_masks(IMAGES, MASKS, **settings)
    theirs = keras.visualization.draw_segmentation_masks(IMAGES, MASKS, **settings)
    assert ours.dtype == theirs.dtype
    inside = (MASKS >= 0) & (MASKS != ignore_index)
    np.testing.assert_array_equal(ours[inside[..., 0]], theirs[inside[..., 0]])
    np.testing.assert_array_equal(ours[~inside[..., 0]], IMAGES[~inside[..., 0]])


def test_masks_of_every_form_agree():
    expected = visualization.draw_segmentation_masks(IMAGES, MASKS, blend=False)
    largest = expected[MASKS[..., 0] == 3]
    assert len(np.unique(largest, axis=0)) == 1
    drawn = visualization.draw_segmentation_masks(IMAGES, MASKS[..., 0], blend=False)
    np.testing.assert_array_equal(drawn, expected)
    first = IMAGES.transpose(0, 3, 1, 2), MASKS.transpose(0, 3, 1, 2)
    drawn = visualization.draw_segmentation_masks(*first, blend=False, data_format="channels_first")
    np.testing.assert_array_equal(drawn, expected)


def _written(plot, *args, **kwargs):
    file = io.BytesIO()
    plot(*args, path=file, transparent=False, **kwargs)
    return np.asarray(utils.load_img(file))


def test_image_gallery_shows_every_image():
    """Five colors, of which each is somewhere in the picture, with parts of white as values."""
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255]])
    images = np.ones((5, 4, 4, 3)) * colors[:, None, None] / 255
    picture = _written(visualization.plot_image_gallery, images, value_range=(0, 1))
    for color in colors:
        assert (picture == color).all(-1).mean() > 0.05
    first = images.transpose(0, 3, 1, 2)
    again = _written(
        visualization.plot_image_gallery, first, value_range=(0, 1), data_format="channels_first"
    )
    np.testing.assert_array_equal(again, picture)


def test_image_gallery_writes_labels():
    labels = {"y_true": np.array([0, 1]), "y_pred": [1, 5], "label_map": {0: "cat", 1: "dog"}}
    plain = _written(visualization.plot_image_gallery, IMAGES)
    named = _written(visualization.plot_image_gallery, IMAGES, **labels)
    assert named.shape != plain.shape or (named != plain).any()


def test_bounding_box_gallery_has_both_colors():
    """Also for images with values up to 1."""
    moved = {**BOXES, "boxes": BOXES["boxes"] + 6}
    picture = _written(
        visualization.plot_bounding_box_gallery,
        BLACK / 255 + 0.5,
        "xyxy",
        y_true=BOXES,
        y_pred=moved,
        value_range=(0, 1),
        true_color=(255, 0, 0),
        pred_color=(0, 0, 255),
        legend=True,
        scale=4,
    )
    for color in ((255, 0, 0), (0, 0, 255), (127, 127, 127)):
        assert (picture == color).all(-1).any()


def test_segmentation_gallery_is_a_row_for_each_image():
    plain, colored = (
        _written(
            visualization.plot_segmentation_mask_gallery,
            np.full((2, 6, 6, 3), 255),
            1,
            y_true=masks,
            y_pred=masks,
            color_mapping={1: (255, 0, 0)},
            blend=False,
        )
        for masks in (np.zeros((2, 6, 6), "int32"), np.ones((2, 6, 6), "int32"))
    )
    assert (plain == 255).all()
    height, width = colored.shape[:2]
    assert 1.2 < width / height < 1.8
    red = (colored == (255, 0, 0)).all(-1)
    assert red[:, width // 2 :].mean() > 0.8
    assert not red[:, : width // 4].any()


@pytest.mark.parametrize(
    "error, call, message",
    [
        (ValueError, lambda: _drawn(BLACK[0]), "4D"),
        (ValueError, lambda: _drawn(BLACK[..., :2]), "1, 3 or 4 channels"),
        (TypeError, lambda: _drawn(boxes=[[1, 2, 3, 4]]), "dict"),
        (ValueError, lambda: _drawn(boxes={"boxes": BOXES["boxes"]}), "'labels'"),
        (
            TypeError,
            lambda: visualization.draw_segmentation_masks(IMAGES, MASKS * 1.0),
            "integer dtype",
        ),
        (
            ValueError,
            lambda: visualization.draw_segmentation_masks(IMAGES, MASKS[:1]),
            "height and width",
        ),
        (
            ValueError,
            lambda: visualization.plot_image_gallery(IMAGES, path="x.png", show=True),
            "either `path`",
        ),
        (ValueError, lambda: visualization.plot_image_gallery(IMAGES, [0, 1]), "label_map"),
        (
            ValueError,
            lambda: visualization.plot_bounding_box_gallery(
                BLACK, "xyxy", legend=True, legend_handles=[1]
            ),
            "OR",
        ),
    ],
)
def test_bad_arguments(error, call, message):
    with pytest.raises(error, match=message):
        call()
