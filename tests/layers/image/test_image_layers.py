"""What all image layers share: inputs of every kind, inference, seeds, compiled code, pipelines."""

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers

# One way to make every layer, with a strong effect.
LAYERS = {
    "Resizing": {"height": 5, "width": 9},
    "CenterCrop": {"height": 5, "width": 4},
    "RandomCrop": {"height": 5, "width": 4},
    "RandomFlip": {"mode": "horizontal"},
    "RandomRotation": {"factor": (0.1, 0.2)},
    "RandomTranslation": {"height_factor": (0.2, 0.3), "width_factor": (0.2, 0.3)},
    "RandomZoom": {"height_factor": (0.2, 0.4)},
    "RandomShear": {"x_factor": (0.3, 0.5)},
    "RandomPerspective": {"factor": (1.0, 1.0), "scale": 0.5},
    "RandomElasticTransform": {"factor": (1.0, 1.0), "scale": (1.0, 1.0)},
    "RandomErasing": {"factor": (1.0, 1.0)},
    "RandomBrightness": {"factor": (0.2, 0.4)},
    "RandomContrast": {"factor": (0.0, 0.4)},
    "RandomColorDegeneration": {"factor": (0.4, 0.6)},
    "RandomColorJitter": {"brightness_factor": 0.3, "hue_factor": 0.3},
    "RandomGaussianBlur": {"factor": (1.0, 1.0), "sigma": (0.8, 1.0)},
    "RandomGrayscale": {"factor": 1.0},
    "RandomHue": {"factor": (0.4, 0.6)},
    "RandomInvert": {"factor": (1.0, 1.0)},
    "RandomPosterization": {"factor": 3},
    "RandomSaturation": {"factor": (0.1, 0.2)},
    "RandomSharpness": {"factor": (0.0, 0.2)},
    "AutoContrast": {},
    "Equalization": {},
    "Solarization": {"threshold_factor": 0.5},
    "ContrastLimitedAdaptiveHistogramEqualization": {"tile_grid_size": (2, 2)},
    "AugMix": {"num_chains": 2, "chain_depth": 2},
    "RandAugment": {},
    "CutMix": {},
    "MixUp": {"alpha": 1.0},
    "MaxNumBoundingBoxes": {"max_number": 3},
}
# They work without chance, in inference as well.
ALWAYS = (
    "Resizing",
    "CenterCrop",
    "AutoContrast",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "MaxNumBoundingBoxes",
)
BY_CHANCE = [name for name in LAYERS if name not in (*ALWAYS, "Equalization")]
# Their arithmetic names axes. RandomErasing does too, but its noise is drawn in another shape.
BY_AXES = [
    "Resizing",
    "CenterCrop",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RandomPerspective",
    "RandomElasticTransform",
    "RandomContrast",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomGaussianBlur",
    "RandomSaturation",
    "RandomSharpness",
    "AutoContrast",
    "Equalization",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "RandAugment",
    "CutMix",
]
every_layer = pytest.mark.parametrize("name", LAYERS)


def slow(names, heavy):
    """The names as parameters; those that compile for long are left to the slow tests."""
    return [pytest.param(n, marks=pytest.mark.slow) if n in heavy else n for n in names]


def make(name, **options):
    """A layer; those that draw have a seed."""
    if name in BY_CHANCE:
        options = {"seed": 3, **options}
    return getattr(layers, name)(**LAYERS[name], **options)


def pictures(rng, shape=(2, 8, 10, 3)):
    """Images with values in [20, 200]."""
    return rng.uniform(20, 200, shape).astype("float32")


@every_layer
def test_inference_leaves_images_alone(name, rng):
    """Without training only layers without chance do something; no layer changes its input."""
    images = pictures(rng)
    before = images.copy()
    outputs = make(name)(images, training=False)
    np.testing.assert_array_equal(images, before)
    if name not in ALWAYS:
        np.testing.assert_array_equal(outputs, images)


@pytest.mark.parametrize("name", slow(LAYERS, ("AugMix", "RandomElasticTransform")))
def test_a_dict_is_transformed_as_a_whole(name, rng):
    """All parts come back changed, the images as in a call with images alone; the dict stays."""
    images = pictures(rng)
    data = {"images": images, "labels": np.eye(2, dtype="float32"), "other": 1}
    data["segmentation_masks"] = (images[..., :1] > 100).astype("float32")
    if name != "CutMix":
        boxes = np.array([[[1, 2, 5, 6], [2, 3, 9, 7]]] * 2, "float32")
        data["bounding_boxes"] = {"boxes": boxes, "labels": np.array([[1, 2], [3, 4]])}
    kept = dict(data)
    outputs = make(name, bounding_box_format="xyxy")(data, training=True)
    assert all(data[part] is kept[part] for part in kept)
    assert outputs.keys() == data.keys() and outputs["other"] == 1
    np.testing.assert_allclose(outputs["images"], make(name)(images, training=True), rtol=1e-6)
    assert np.isfinite(outputs["images"]).all()
    if name != "MaxNumBoundingBoxes":
        assert outputs["images"].shape != images.shape or (outputs["images"] != images).any()
    assert outputs["segmentation_masks"].shape[:3] == outputs["images"].shape[:3]
    if name not in ("MixUp", "CutMix", "AugMix"):
        assert set(np.unique(outputs["segmentation_masks"])) <= {0.0, 1.0}


@every_layer
def test_one_image_is_a_batch_of_one(name, rng):
    """The numbers drawn for a single image are those of the first of a batch."""
    images = pictures(rng, (1, 8, 10, 3))
    batch = make(name)(images, training=True)
    np.testing.assert_allclose(make(name)(images[0], training=True), batch[0], rtol=1e-6)


@pytest.mark.parametrize("name", BY_AXES)
def test_channels_first(name, rng):
    """The same pictures with the channels first give the same pictures."""
    images = pictures(rng)
    last = make(name)(images, training=True)
    first = make(name, data_format="channels_first")(images.transpose(0, 3, 1, 2), training=True)
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), last, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("name", slow(BY_CHANCE, ("AugMix",)))
def test_seeds(name, rng):
    """A seed repeats its numbers; the next call draws others."""
    images = pictures(rng, (4, 8, 10, 3))
    layer, twin = make(name), make(name)
    first = np.asarray(layer(images, training=True))
    np.testing.assert_array_equal(first, twin(images, training=True))
    later = [np.asarray(layer(images, training=True)) for _ in range(3)]
    if name not in ("RandomGrayscale", "RandomInvert"):
        assert any((x != first).any() for x in later)


@pytest.mark.parametrize(
    "name",
    slow(["RandAugment", "AugMix", "RandomElasticTransform", "RandomCrop"], ("AugMix",)),
)
def test_compiled_equals_eager(name, rng):
    """What depends on drawn numbers in its structure compiles, and gives the same."""
    options = {"all_ops": False} if name == "AugMix" else {}
    images, layer = pictures(rng), make(name, **options)
    layer.build(images.shape)
    state = [v.value for v in layer.non_trainable_variables]
    outputs, after = jax.jit(lambda s, x: layer.stateless_call([], s, x, training=True))(
        state, images
    )
    np.testing.assert_allclose(layer(images, training=True), outputs, rtol=1e-4, atol=1e-3)
    for new, variable in zip(after, layer.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(new, variable.value)


def test_a_model_augments_in_fit_only(rng):
    """Draws move on with the steps of `fit`; `predict` sees the images as they are."""
    inputs = kerajax.Input((8, 8, 3))
    x = layers.RandomFlip(seed=1)(inputs)
    x = layers.RandomBrightness((0.2, 0.3), seed=2)(x)
    x = layers.GlobalAveragePooling2D()(x)
    model = kerajax.Model(inputs, layers.Dense(3, kernel_initializer="identity")(x))
    images = pictures(rng, (4, 8, 8, 3))
    model.compile(kerajax.optimizers.SGD(0.0), loss="mse")
    loss = model.fit(images, images.mean((1, 2)), batch_size=2, verbose=0).history["loss"][0]
    assert loss > 100
    assert np.asarray(model.layers[1].generator.state.value)[1] == 2
    outputs = model.predict(images, verbose=0)
    np.testing.assert_allclose(outputs, images.mean((1, 2)), rtol=1e-5)


def test_a_model_with_image_layers_survives_its_file(rng, tmp_path):
    """The default of `training` is no part of the graph: inference stays inference."""
    inputs = kerajax.Input((8, 8, 3))
    model = kerajax.Model(inputs, layers.RandomInvert((1.0, 1.0))(inputs))
    model.save(tmp_path / "model.keras")
    images = pictures(rng, (2, 8, 8, 3))
    again = kerajax.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(images, verbose=0), images)


def test_integers_come_out_in_the_compute_dtype(rng):
    """Except from `Resizing`, which keeps them."""
    images = rng.integers(0, 256, (2, 8, 8, 3), dtype="uint8")
    for training in (False, True):
        outputs = layers.RandomBrightness(0.1)(images, training=training)
        assert outputs.dtype == "float32"
    assert layers.Resizing(4, 4)(images).dtype == "uint8"


def test_users_write_layers_on_the_same_base(rng):
    """The public methods are hooks: draw once, apply to every part."""

    class Shift(layers.RandomBrightness):
        def get_random_transformation(self, data, training=True, seed=None):
            return {"rgb_delta": np.float32(5)} if training else None

        def transform_labels(self, labels, transformation=None, training=True):
            return labels + transformation["rgb_delta"]

    data = {"images": np.ones((2, 4, 4, 3)), "labels": np.zeros(2)}
    outputs = Shift(0.5)(data, training=True)
    assert (np.asarray(outputs["images"]) == 6).all()
    assert np.asarray(outputs["labels"]).tolist() == [5, 5]


def test_bad_arguments():
    """Who, what came, what to do; in Keras' exception types."""
    for name, arguments in {
        "RandomBrightness": {"factor": 1.5},
        "RandomContrast": {"factor": (1.5, 2.0)},
        "RandomTranslation": {"height_factor": (-1.5, 0.2), "width_factor": 0.1},
        "RandomZoom": {"height_factor": -1.0},
        "RandomShear": {"x_factor": -0.1},
        "RandomGrayscale": {"factor": 1.1},
        "RandomGaussianBlur": {"kernel_size": 4},
        "RandomFlip": {"mode": "diagonal"},
        "RandomErasing": {"fill_value": (1, 2)},
        "Solarization": {"threshold_factor": 2},
        "Resizing": {"height": 0, "width": 3},
        "AutoContrast": {"value_range": 255},
        "RandomCrop": {"height": 2, "width": 2, "factor": 0.5},
    }.items():
        with pytest.raises(ValueError, match=name):
            getattr(layers, name)(**arguments)
    for name, arguments in {
        "RandomRotation": {"factor": 0.1, "fill_mode": "zeros"},
        "RandomPerspective": {"interpolation": "cubic"},
    }.items():
        with pytest.raises(NotImplementedError, match=name):
            getattr(layers, name)(**arguments)


def test_bad_inputs():
    """Ranks, and boxes without a format."""
    with pytest.raises(ValueError, match="rank 3 or 4"):
        layers.RandomFlip()(np.ones((4, 4)), training=True)
    boxes = {"boxes": np.zeros((2, 1, 4)), "labels": np.zeros((2, 1))}
    with pytest.raises(ValueError, match="bounding_box_format"):
        layers.RandomFlip()({"images": np.ones((2, 4, 4, 3)), "bounding_boxes": boxes})
    with pytest.raises(NotImplementedError, match="MixUp"):
        layers.CutMix(bounding_box_format="xyxy")(
            {"images": np.ones((2, 4, 4, 3)), "bounding_boxes": boxes}
        )
