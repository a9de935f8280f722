"""Orbax checkpoints: what is kept, what is read back, what is refused."""

import importlib
import os

import numpy as np
import pytest

import kerajax
from kerajax import callbacks, layers
from kerajax.saving import _orbax

pytest.importorskip("orbax.checkpoint")
X, Y = np.ones((8, 3), "float32"), np.ones((8, 2), "float32")


def make_model(units=4):
    model = kerajax.Sequential(
        [
            kerajax.Input((3,)),
            layers.Dense(units, name="hidden"),
            layers.Dropout(0.5, seed=1, name="dropout"),
            layers.Dense(2, name="out"),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def fit(model, checkpoint, **options):
    model.fit(X, Y, batch_size=2, verbose=0, callbacks=[checkpoint], **options)
    return model


@pytest.mark.parametrize("background", [True, False])
def test_whole_models_come_back_bit_for_bit(tmp_path, background):
    checkpoint = callbacks.OrbaxCheckpoint(
        tmp_path / "c", max_to_keep=2, save_on_background=background
    )
    model = fit(make_model(), checkpoint, epochs=3)
    assert sorted(os.listdir(tmp_path / "c")) == ["1", "2"]
    loaded = kerajax.saving.load_model(tmp_path / "c")
    pairs = [(model.get_weights(), loaded.get_weights())]
    pairs.append([v.numpy() for v in m.optimizer.variables] for m in (model, loaded))
    for ours, theirs in pairs:
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)
    # A folder of one checkpoint is read, too; and training goes on with the next step.
    other = make_model()
    other.load_weights(tmp_path / "c" / "1")
    assert int(other.optimizer.iterations) == 8
    fit(loaded, callbacks.OrbaxCheckpoint(tmp_path / "d", save_freq=2, max_to_keep=None))
    assert sorted(os.listdir(tmp_path / "d")) == ["14", "16"]


def test_weights_alone_are_no_model(tmp_path):
    checkpoint = callbacks.OrbaxCheckpoint(tmp_path, save_weights_only=True)
    model = fit(make_model(), checkpoint)
    with pytest.raises(ValueError, match="save_weights_only"):
        kerajax.saving.load_model(tmp_path)
    other = make_model()
    other.load_weights(tmp_path)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    wider = make_model(5)
    before = wider.get_weights()[0].copy()
    with pytest.raises(ValueError, match=r"hidden/\w+ has the shape \(.*\) there, and \(.*\) in"):
        wider.load_weights(tmp_path)
    np.testing.assert_array_equal(wider.get_weights()[0], before)
    renamed = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2, name="other")])
    with pytest.raises(ValueError, match="paired by name"):
        renamed.load_weights(tmp_path)
    with pytest.raises(ValueError, match="objects_to_skip"):
        other.load_weights(tmp_path, objects_to_skip=[other.layers[0]])


def test_files_of_layers_are_in_checkpoints(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("cat\ndog\n")
    lookup = layers.StringLookup(vocabulary=str(words), name="lookup")
    inputs = kerajax.Input((1,), dtype="string")
    model = kerajax.Model(inputs, layers.Embedding(4, 2)(lookup(inputs)))
    checkpoint = callbacks.OrbaxCheckpoint(tmp_path / "c")
    checkpoint.set_model(model)
    checkpoint._save_checkpoint(0)
    checkpoint.on_train_end()
    words.unlink()
    loaded = kerajax.saving.load_model(tmp_path / "c")
    assert loaded.get_layer("lookup").get_vocabulary() == lookup.get_vocabulary()


def test_only_the_best_is_saved(tmp_path):
    checkpoint = callbacks.OrbaxCheckpoint(
        tmp_path, monitor="loss", mode="max", save_best_only=True, initial_value_threshold=1e9
    )
    fit(make_model(), checkpoint)
    assert os.listdir(tmp_path) == []
    checkpoint = callbacks.OrbaxCheckpoint(tmp_path, save_best_only=True, mode="min")
    with pytest.warns(UserWarning, match="val_loss"):
        fit(make_model(), checkpoint)
    assert os.listdir(tmp_path) == []


def test_missing_package_names_the_extra(tmp_path, monkeypatch):
    real = importlib.import_module

    def without(name, *args):
        if name.startswith("orbax"):
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ImportError, match=r"kerajax\[orbax\]"):
        callbacks.OrbaxCheckpoint(tmp_path)
    with pytest.raises(ValueError, match="save_freq"):
        callbacks.OrbaxCheckpoint(tmp_path, save_freq="batch")


def test_the_files_of_a_checkpoint_are_measured_once(tmp_path, monkeypatch):
    """However many groups of arrays have something that the model has no place for."""
    fit(make_model(), callbacks.OrbaxCheckpoint(tmp_path))
    measured = []
    original = _orbax._on_disk
    monkeypatch.setattr(_orbax, "_on_disk", lambda *args: measured.append(args) or original(*args))
    model = kerajax.Sequential([kerajax.Input((3,)), *make_model().layers])
    model.load_weights(tmp_path)
    assert len(measured) == 1
