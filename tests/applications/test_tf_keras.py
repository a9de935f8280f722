"""The families that tf.keras had and Keras 3 has not, beside what TensorFlow 2.15 recorded."""

import inspect
import json

import numpy as np
import pytest

import kerajax
from kerajax import applications
from tests.applications import tf_keras
from tests.applications.structure import kerajax_without_values
from tests.applications.test_arguments import asked
from tests.applications.test_weights import write_official

RECORD = json.loads(tf_keras.RECORD.read_text())


def _params(rows):
    return [
        pytest.param(row, id=row.id, marks=[] if row.fast else [pytest.mark.slow]) for row in rows
    ]


@pytest.mark.parametrize("row", _params(tf_keras.ROWS))
def test_is_what_tf_keras_builds(row):
    """As many parameters, the same weights in the same order, the same settings of every layer."""
    with kerajax_without_values(kerajax):
        found = tf_keras.summary(row.build(kerajax))
    assert found == RECORD["structure"][row.id], "compare the lines of `weights` and `graph`"


@pytest.mark.parametrize("row", _params(tf_keras.OUTPUTS))
def test_outputs_are_those_of_tf_keras(row, tmp_path):
    """Weights of known values, through a file as tf.keras writes them."""
    with kerajax_without_values(kerajax):
        model = row.build(kerajax)
    tf_keras.fill(model)
    write_official(tmp_path / "weights.h5", model)
    arguments = {**row.arguments, "weights": tmp_path / "weights.h5"}
    model = getattr(applications, row.architecture)(**arguments)
    found, expected = tf_keras.outputs(model), RECORD["outputs"][row.id]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.max(np.abs(expected)))


@pytest.mark.parametrize("name", tf_keras.NAMES)
def test_files_are_those_of_tf_keras(name):
    """With and without the classifier."""
    for include_top, (origin, file_hash) in zip((True, False), RECORD["files"][name], strict=True):
        (cached, url), options = asked(kerajax, name, include_top=include_top)
        assert (url, options) == (origin, {"cache_subdir": "models", "file_hash": file_hash})
        assert cached == url.rpartition("/")[2]


def test_weights_of_other_sizes_of_images():
    """ResNet-RS was trained on several, the largest being the default; each fits any image."""
    (cached, _), _ = asked(kerajax, "ResNetRS152")
    assert cached == "resnet-rs-152-i256.h5"
    small = {"weights": "imagenet-i192", "input_shape": (64, 96, 3)}
    (cached, _), options = asked(kerajax, "ResNetRS152", **small)
    assert cached == "resnet-rs-152-i192.h5"
    assert options["file_hash"] == "8d72a301ed8a6f11a47c4ced4396e338"
    (cached, _), _ = asked(kerajax, "ResNetRS152", **small, include_top=False)
    assert cached == "resnet-rs-152-i192_notop.h5"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("ResNetRS152", {"weights": "imagenet-i160"}, "`imagenet-i192`, `imagenet-i224`"),
        ("ResNetRS50", {"weights": "imagenet-i160", "classes": 10}, "`classes` should be 1000"),
        ("ResNetRS50", {"classifier_activation": "relu"}, "`softmax` activations"),
        ("ResNetRS50", {"weights": None, "input_shape": (None, None, 3)}, "static `input_shape`"),
        ("RegNetY002", {"weights": "imagenet-i160"}, "should be either"),
        ("RegNetY002", {"input_shape": (64, 64, 3)}, "should be .224, 224, 3"),
        ("RegNetY002", {"weights": None, "input_shape": (31, 64, 3)}, "at least 32x32"),
        ("RegNetY002", {"classifier_activation": "relu"}, "`softmax` activations"),
    ],
)
def test_bad_arguments(name, arguments, message):
    """What tf.keras refuses."""
    with pytest.raises(ValueError, match=message):
        getattr(applications, name)(**arguments)


@pytest.mark.parametrize(
    ("module", "first"),
    [
        (
            applications.regnet,
            "model_name='regnetx002', include_top=True, include_preprocessing=True, "
            "weights='imagenet', input_tensor=None, input_shape=None, pooling=None, classes=1000, "
            "classifier_activation='softmax'",
        ),
        (
            applications.resnet_rs,
            "include_top=True, weights='imagenet', classes=1000, input_shape=None, "
            "input_tensor=None, pooling=None, classifier_activation='softmax', "
            "include_preprocessing=True",
        ),
    ],
    ids=["regnet", "resnet_rs"],
)
def test_module_is_that_of_tf_keras(module, first):
    """Its names, the order of arguments, pixels that stay as they are."""
    names = [name for name in tf_keras.NAMES if hasattr(module, name)]
    for name in names:
        signature = str(inspect.signature(getattr(module, name)))
        default = name.lower() if "RegNet" in name else ""
        assert signature.partition(" ->")[0] == f"({first.replace('regnetx002', default)})"
        assert getattr(module, name) is getattr(applications, name)
    public = {name for name in dir(module) if inspect.isfunction(getattr(module, name))}
    public = {name for name in public if not name.startswith("_")}
    assert public == {*names, "preprocess_input", "decode_predictions"}
    x = np.full((1, 2, 2, 3), 255.0)
    assert module.preprocess_input(x) is x
    with pytest.raises(ValueError, match="2D array"):
        module.decode_predictions(x)


def test_regnet_starts_at_the_tensor_that_it_is_given():
    """Layers before `input_tensor` are part of the model."""
    image = kerajax.Input((64, 64, 4))
    with kerajax_without_values(kerajax):
        x = kerajax.layers.Conv2D(3, 1, name="mixed")(image)
        model = applications.RegNetX002(weights=None, include_top=False, input_tensor=x)
    assert model.inputs[0].shape == (None, 64, 64, 4)
    assert model.layers[1].name == "mixed"
