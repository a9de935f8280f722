"""The image layers beside those of the Keras wheel, where its own cannot be compiled; and boxes.

The table of layers, `tests/layers/table_images.py`, compares the others.
"""

import keras
import numpy as np
import pytest

import kerajax

# The wheel's MixUp asks for int64.
pytestmark = pytest.mark.filterwarnings("ignore:.*int64 requested:UserWarning")

IMAGES = np.random.default_rng(0).uniform(0, 255, (3, 24, 20, 3)).astype("float32")
ROWS = [
    ("RandomCrop", {"height": 7, "width": 9}),
    ("RandomCrop", {"height": 7, "width": 30}),
    ("RandomElasticTransform", {"factor": (0.9, 1.0)}),
    ("RandomErasing", {"factor": (0.9, 1.0)}),
    ("RandomColorJitter", {"saturation_factor": 0.4, "hue_factor": 0.3}),
    ("RandomGrayscale", {"factor": 0.5}),
    # It compiles all its layers, in both packages.
    pytest.param("RandAugment", {"num_ops": 2}, marks=pytest.mark.slow),
    pytest.param("RandAugment", {"num_ops": 3, "factor": (0.2, 0.9)}, marks=pytest.mark.slow),
    ("CutMix", {"factor": 0.8}),
    ("MixUp", {"alpha": 0.7}),
]
MOVERS = [
    ("Resizing", {"height": 30, "width": 31, "pad_to_aspect_ratio": True}),
    ("Resizing", {"height": 30, "width": 31, "crop_to_aspect_ratio": True}),
    ("CenterCrop", {"height": 12, "width": 13}),
    ("CenterCrop", {"height": 30, "width": 13}),
    ("RandomFlip", {"seed": 4}),
    ("RandomRotation", {"factor": 0.3, "seed": 4}),
    ("RandomTranslation", {"height_factor": 0.4, "width_factor": 0.3, "seed": 4}),
    ("RandomZoom", {"height_factor": 0.4, "width_factor": 0.3, "seed": 4}),
    ("RandomPerspective", {"factor": (1.0, 1.0), "scale": 0.4, "seed": 4}),
    ("MaxNumBoundingBoxes", {"max_number": 2}),
    ("MaxNumBoundingBoxes", {"max_number": 5, "fill_value": 7}),
]


@pytest.mark.parametrize(("name", "arguments"), ROWS, ids=lambda x: x if isinstance(x, str) else "")
def test_drawn_numbers_and_images_agree(name, arguments):
    """The same seed gives the same images, and leaves the generator at the same place."""
    ours, theirs = (
        getattr(package.layers, name)(**arguments, seed=6) for package in (kerajax, keras)
    )
    for _ in range(2):
        # The sums of the field that RandomElasticTransform blurs, in another order.
        here, there = (np.asarray(layer(IMAGES, training=True)) for layer in (ours, theirs))
        np.testing.assert_allclose(here, there, rtol=1e-4, atol=2e-2)
    here, there = (np.asarray(layer.generator.state.value) for layer in (ours, theirs))
    np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_labels_agree(name):
    """Labels are blended by the same weights."""
    outputs = [
        getattr(package.layers, name)(seed=6)(
            {"images": IMAGES, "labels": np.eye(3, dtype="float32")}, training=True
        )
        for package in (kerajax, keras)
    ]
    here, there = (np.asarray(x["labels"]) for x in outputs)
    np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "arguments"), MOVERS, ids=lambda x: x if isinstance(x, str) else ""
)
def test_boxes_agree(name, arguments):
    """Boxes and labels, with one box that leaves the image."""
    boxes = [[[1, 2, 9, 8], [4, 6, 18, 21], [0, 0, 2, 3]]] * 3
    outputs = []
    for package in (kerajax, keras):
        layer = getattr(package.layers, name)(**arguments, bounding_box_format="xyxy")
        given = {"boxes": np.array(boxes, "float32"), "labels": np.array([[1, 2, 3]] * 3)}
        outputs.append(layer({"images": IMAGES, "bounding_boxes": given}, training=True))
    here, there = (x["bounding_boxes"] for x in outputs)
    np.testing.assert_allclose(here["boxes"], there["boxes"], rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(here["labels"], there["labels"])


def test_configs_that_hold_more():
    """Seeds and fill values that Keras leaves out are written, and Keras reads them."""
    gray = kerajax.layers.RandomGrayscale(0.3, seed=5)
    assert keras.layers.RandomGrayscale.from_config(gray.get_config()).seed == 5
    config = kerajax.layers.MaxNumBoundingBoxes(4, fill_value=0).get_config()
    assert keras.layers.MaxNumBoundingBoxes.from_config(config).fill_value == 0
    shear = keras.layers.RandomShear(0.3).get_config()
    assert kerajax.layers.RandomShear.from_config(shear).x_factor == (-0.3, 0.3)


@pytest.mark.parametrize("name", ["AugMix", "RandAugment", "RandomShear", "MixUp", "CutMix"])
def test_configs_agree(name):
    """Layers outside of the table write what Keras writes."""
    ours, theirs = (getattr(package.layers, name)(name="x", seed=1) for package in (kerajax, keras))
    theirs = theirs.get_config()
    assert {**ours.get_config(), "dtype": None} == {**theirs, "dtype": None}
