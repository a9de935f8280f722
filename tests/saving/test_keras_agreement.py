"""Files of kerajax and of the Keras wheel, each read by the other."""

import h5py
import keras
import numpy as np
import pytest

import kerajax
from tests.saving.samples import MODELS, inputs_for, outputs_of, stir

# Without compilation, convolutions and recurrent layers take Keras seconds.
_SLOW = ("convolutional", "recurrent", "embedding")
pytestmark = pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[pytest.mark.slow] * (k in _SLOW)) for k in MODELS]
)
_PACKAGES = {"kerajax": kerajax, "keras": keras}


@pytest.fixture(autouse=True)
def fresh_names():
    """Both packages count their names from the start."""
    keras.utils.clear_session()
    kerajax.backend.clear_session(free_memory=False)


def _made(package, kind, rng):
    k = _PACKAGES[package]
    model = MODELS[kind](k)
    model.compile(k.optimizers.Adam(0.01), "mean_squared_error")
    return stir(model, rng)


def _load(package, path):
    return _PACKAGES[package].saving.load_model(path)


def _assert_same(a, b, rng):
    inputs = inputs_for(a, rng)
    for x, y in zip(outputs_of(a, inputs), outputs_of(b, inputs), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-5, rtol=1e-5)


def _optimizer_state(model):
    return [np.asarray(v) for v in model.optimizer.variables]


def _content(path):
    """Names and shapes of all arrays, and the names of groups of variables, empty ones too."""
    found = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset):
            found[name] = node.shape
        elif name.endswith("vars"):
            found[name] = str(node.attrs.get("name")).rstrip("_0123456789")

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


@pytest.mark.parametrize(
    ("writer", "reader"), [("kerajax", "keras"), ("keras", "kerajax")], ids=["to", "from"]
)
def test_keras_archive(kind, writer, reader, rng, tmp_path):
    """A `.keras` file carries outputs, optimizer state and settings over."""
    model = _made(writer, kind, rng)
    model.save(tmp_path / "m.keras")
    loaded = _load(reader, tmp_path / "m.keras")
    _assert_same(model, loaded, rng)
    for a, b in zip(_optimizer_state(model), _optimizer_state(loaded), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    assert loaded.loss == "mean_squared_error"


@pytest.mark.parametrize(
    ("writer", "reader"), [("kerajax", "keras"), ("keras", "kerajax")], ids=["to", "from"]
)
def test_legacy_file(kind, writer, reader, rng, tmp_path):
    """A whole model in `.h5`; Keras 3 itself does not read optimizer state from there."""
    model = _made(writer, kind, rng)
    model.save(tmp_path / "m.h5")
    loaded = _load(reader, tmp_path / "m.h5")
    _assert_same(model, loaded, rng)
    if reader == "kerajax":
        for a, b in zip(_optimizer_state(model), _optimizer_state(loaded), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)


def test_weights_lie_where_keras_has_them(kind, rng, tmp_path):
    """`.weights.h5` of both packages have equal paths and shapes, and one reads the other's."""
    ours, theirs = _made("kerajax", kind, rng), _made("keras", kind, rng)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    assert _content(tmp_path / "ours.weights.h5") == _content(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    _assert_same(theirs, ours, rng)
