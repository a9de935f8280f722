"""Weights from files: those of the wheel, and the layout that the official files have."""

import h5py
import keras
import numpy as np
import pytest

import kerajax
from kerajax import applications
from tests.applications.tf_keras import randomize

SMALL = {
    "VGG16": {"input_shape": (32, 32, 3)},
    "ResNet50": {"input_shape": (32, 32, 3)},
    "ResNet50V2": {"input_shape": (32, 32, 3)},
    "DenseNet121": {"input_shape": (32, 32, 3)},
    "InceptionV3": {"input_shape": (75, 75, 3)},
    "InceptionResNetV2": {"input_shape": (75, 75, 3)},
    "Xception": {"input_shape": (71, 71, 3)},
    "MobileNet": {"alpha": 0.25, "input_shape": (32, 32, 3)},
    "MobileNetV2": {"alpha": 0.35, "input_shape": (33, 32, 3)},
    "MobileNetV3Small": {"alpha": 0.75, "input_shape": (32, 47, 3)},
    "EfficientNetB0": {"input_shape": (32, 33, 3)},
    "EfficientNetV2B0": {"input_shape": (32, 32, 3)},
    "NASNetMobile": {"input_shape": (32, 32, 3)},
    "ConvNeXtTiny": {"input_shape": (32, 32, 3)},
}


@pytest.mark.slow
@pytest.mark.parametrize("top", [False, True], ids=["body", "whole"])
@pytest.mark.parametrize("name", SMALL)
def test_outputs_are_those_of_keras(name, top, rng, tmp_path):
    """A file of weights that the wheel wrote gives the same outputs here."""
    arguments = {"include_top": top, **SMALL[name]}
    if top:
        arguments |= {"classes": 5, "classifier_activation": None}
    theirs = getattr(keras.applications, name)(weights=None, **arguments)
    randomize(theirs, rng)
    path = tmp_path / "wheel.weights.h5"
    theirs.save_weights(path)
    ours = getattr(applications, name)(weights=str(path), **arguments)
    x = rng.uniform(0, 255, size=(2, *arguments["input_shape"])).astype("float32")
    expected = theirs.predict(x, verbose=0)
    near = 1e-4 * np.max(np.abs(expected))
    np.testing.assert_allclose(ours.predict(x, verbose=0), expected, rtol=1e-3, atol=near)


def write_official(path, model, suffix=":0"):
    """The weights of `model` as files of Keras 2 hold them: a group for each layer, in order."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.4.0"
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = []
            for number, weight in enumerate(layer.weights):
                names.append(f"{layer.name}/{weight.name}_{number}{suffix}".encode())
                group.create_dataset(names[-1].decode(), data=np.asarray(weight))
            group.attrs["weight_names"] = names


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("MobileNet", {"alpha": 0.25}),
        ("MobileNetV3Small", {"alpha": 0.75, "minimalistic": True}),
        ("EfficientNetB0", {}),
        pytest.param("ConvNeXtTiny", {}, marks=pytest.mark.slow),
        pytest.param("NASNetMobile", {}, marks=pytest.mark.slow),
        pytest.param("ResNet50", {}, marks=pytest.mark.slow),
        pytest.param("Xception", {"input_shape": (71, 71, 3)}, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("by_name", [False, True])
def test_official_files_fit(name, arguments, by_name, rng, tmp_path):
    """In order, as `weights=path` loads them, and by name."""
    arguments = {"include_top": False, "input_shape": (32, 32, 3), **arguments}
    kerajax.utils.clear_session()
    first = getattr(applications, name)(weights=None, **arguments)
    randomize(first, rng)
    path = tmp_path / "official.h5"
    write_official(path, first)
    kerajax.utils.clear_session()
    if by_name:
        model = getattr(applications, name)(weights=None, **arguments)
        model.load_weights(path, by_name=True)
    else:
        model = getattr(applications, name)(weights=path, **arguments)
    for a, b in zip(model.weights, first.weights, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)


def test_a_file_of_another_network_does_not_fit(tmp_path):
    """The number of layers differs, and the message says so."""
    small = applications.MobileNet(
        weights=None, alpha=0.25, include_top=False, input_shape=(32, 32, 3)
    )
    write_official(tmp_path / "small.h5", small)
    with pytest.raises(ValueError, match="Layer count mismatch"):
        applications.MobileNetV3Small(weights=tmp_path / "small.h5", include_top=False)


def test_models_survive_a_file_without_the_module(tmp_path):
    """Layers that only an architecture has are known to whole-model files."""
    layer = kerajax.applications._added.CustomScaleLayer(0.5, name="scaled")
    x = kerajax.Input((2,))
    model = kerajax.Model(x, kerajax.applications._added.LayerScale(0.1, 2)(layer([x, x])))
    model.save(tmp_path / "model.keras")
    for package in (kerajax, keras):
        read = package.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_allclose(
            read.predict(np.ones((1, 2), "float32"), verbose=0), [[0.15, 0.15]], rtol=1e-6
        )
