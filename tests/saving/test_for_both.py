"""Whole models in `.h5`: in words of Keras 2, and in those of Keras 3 where these are wanting."""

import json
import sys

import h5py
import numpy as np
import pytest

import kerajax
from kerajax import layers, optimizers
from kerajax.saving import _legacy_h5, load_model
from tests.saving.for_both import (
    ONLY_KERAS3,
    expected,
    keras2_python,
    read_all,
    table,
    write_all,
)
from tests.saving.samples import MODELS, inputs_for, outputs_of

# What a config of Keras 3 has, and none of Keras 2.
_NEW_WORDS = ("__keras_tensor__", '"batch_shape"', "DTypePolicy", "quantization_config")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of the table, and the names of its models."""
    folder = tmp_path_factory.mktemp("both")
    return folder, write_all(folder)


@pytest.mark.slow
def test_keras2_reads_whole_models(written):
    """Equal outputs, and the same next training step, in TensorFlow 2.15."""
    if keras2_python() is None:
        pytest.skip("no Python with TensorFlow 2.15; KERAS2_PYTHON names one")
    wrong = read_all(*written, keras2_python())
    assert {name: error for name, error in wrong.items() if expected(name)} == {}
    read = [name for name in written[1] if not expected(name) and name not in wrong]
    assert read == [], "no longer for Keras 3 only"


@pytest.mark.slow
def test_keras3_reads_the_same_files(written):
    """Equal outputs and the number of steps; Keras 3 does not train what it loads from `.h5`."""
    assert read_all(*written, sys.executable) == {}


def test_every_reason_has_a_row():
    """No name among the exceptions is without a model."""
    names = [name for name, _ in table()]
    for beginning in ONLY_KERAS3:
        assert any(name.startswith(beginning) for name in names), beginning


def _config(path):
    with h5py.File(path) as file:
        return file.attrs["model_config"]


@pytest.mark.parametrize("kind", ["sequential", "branches", "nested", "dicts", "frozen"])
def test_no_new_words(kind, tmp_path):
    """What Keras 2 can say is said in its words."""
    MODELS[kind](kerajax).save(tmp_path / "m.h5")
    text = _config(tmp_path / "m.h5")
    assert not [word for word in _NEW_WORDS if word in text]


def _new_setting():
    x = kerajax.Input((3, 4))
    return kerajax.Model(x, layers.ZeroPadding1D(1, data_format="channels_first")(x))


@pytest.mark.parametrize("make", [lambda: MODELS["operations"](kerajax), _new_setting])
def test_what_keras2_cannot_say(make, tmp_path):
    """Operations and new settings leave the file as Keras 3 writes it."""
    make().save(tmp_path / "m.h5")
    text = _config(tmp_path / "m.h5")
    assert "__keras_tensor__" in text
    assert '"batch_shape"' in text


def test_calls_of_nested_models_are_two_for_either_way_of_counting(tmp_path):
    """Read from 0 and from 1, a reference means the same call."""
    MODELS["nested"](kerajax).save(tmp_path / "m.h5")
    config = json.loads(_config(tmp_path / "m.h5"))["config"]
    calls = {entry["name"]: entry["inbound_nodes"] for entry in config["layers"]}
    assert calls["enc"] == [
        [["a", 0, 0, {}]],
        [["a", 0, 0, {}]],
        [["b", 0, 0, {}]],
        [["b", 0, 0, {}]],
        [["a", 0, 0, {}]],
        [["a", 0, 0, {}]],
    ]
    both = next(e for e in config["layers"] if e["class_name"] == "Concatenate")
    assert [call[:2] for call in both["inbound_nodes"][0]] == [["enc", 1], ["enc", 3]]
    assert config["output_layers"] == [["head", 1, 0], ["enc", 5, 0]]


@pytest.fixture
def as_keras3(monkeypatch):
    """Files are written as Keras 3 writes them, and kerajax once did."""
    monkeypatch.setattr(_legacy_h5, "for_both", lambda config: config)
    monkeypatch.setattr(_legacy_h5, "optimizer_for_both", lambda config: None)


@pytest.mark.parametrize("kind", ["branches", "nested", "frozen"])
@pytest.mark.usefixtures("as_keras3")
def test_files_in_the_words_of_keras3_are_read(kind, rng, tmp_path):
    """Equal outputs, state of the optimizer included."""
    model = MODELS[kind](kerajax)
    model.compile(optimizers.Adam(0.01), "mse")
    x = inputs_for(model, rng)
    y = [rng.normal(size=a.shape) for a in outputs_of(model, x)]
    model.train_on_batch(x, y if len(y) > 1 else y[0])
    model.save(tmp_path / "m.h5")
    assert "__keras_tensor__" in _config(tmp_path / "m.h5")
    loaded = load_model(tmp_path / "m.h5")
    for a, b in zip(outputs_of(model, x), outputs_of(loaded, x), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (optimizers.Adam, ["momentum", "momentum", "velocity", "velocity"]),
        (optimizers.Ftrl, ["accumulator", "linear"] * 2),
        (optimizers.SGD, []),
    ],
)
def test_state_lies_in_the_order_of_keras2(optimizer, expected, rng, tmp_path):
    """The number of steps, then the slots; the rate is in the config."""
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3)])
    model.compile(optimizer(0.25), "mse")
    data = rng.normal(size=(8, 4)), rng.normal(size=(8, 3))
    model.train_on_batch(*data)
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        names = list(file["optimizer_weights"].attrs["weight_names"])
    assert names[0] == f"{model.optimizer.name}/iter"
    assert [name.split("/")[-1] for name in names[1:]] == expected
    loaded = load_model(tmp_path / "m.h5")
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)


def test_state_before_the_first_step(tmp_path):
    """An optimizer that has not made its slots is read as new."""
    model = kerajax.Sequential([layers.Dense(3)])
    model.compile("adam", "mse")
    model.build((None, 4))
    model.save(tmp_path / "m.h5")
    loaded = load_model(tmp_path / "m.h5")
    assert int(loaded.optimizer.iterations) == 0
    loaded.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
