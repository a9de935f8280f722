"""Folders that hold a model: unpacked `.keras` archives and Orbax checkpoints."""

import json
import os

import numpy as np
import pytest

import kerajax
from kerajax import callbacks, layers
from kerajax.saving import _orbax, load_model

from .containment import contained


def _model():
    model = kerajax.Sequential(
        [kerajax.Input((1,), dtype="string"), layers.StringLookup(vocabulary=["a"], name="words")]
    )
    return model


def _folder(path):
    kerajax.saving.save_model(_model(), path, zipped=False)
    return path


@pytest.mark.parametrize("kind", ["file", "folder", "config", "weights", "hidden"])
def test_cve_2026_1669_links_in_a_folder_are_not_followed(kind, secrets, tmp_path):
    """A link in the folder of a model leads nowhere, whatever part of the model it stands for."""
    path = _folder(tmp_path / "model")
    assert load_model(path).layers[-1].get_vocabulary()
    place, target = {
        "file": (path / "assets" / "vocabulary.txt", secrets.file),
        "folder": (path / "assets" / "more", secrets.folder),
        "config": (path / "config.json", secrets.file),
        "weights": (path / "model.weights.h5", secrets.file),
        "hidden": (path / ".x", secrets.folder),
    }[kind]
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(target)
    with contained(secrets), pytest.raises(ValueError, match="link") as caught:
        load_model(path)
    assert secrets.TEXT not in str(caught.value)


def test_resources_of_a_pipe_in_a_folder(secrets, tmp_path):
    """A pipe would make the reader wait for ever."""
    path = _folder(tmp_path / "model")
    (path / "config.json").unlink()
    os.mkfifo(path / "config.json")
    with contained(secrets), pytest.raises(ValueError, match="link or a device"):
        load_model(path)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A checkpoint as the callback writes it."""
    pytest.importorskip("orbax.checkpoint")
    path = tmp_path_factory.mktemp("orbax") / "c"
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    model.compile("adam", "mse")
    saver = callbacks.OrbaxCheckpoint(path, save_on_background=False)
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0, callbacks=[saver])
    return next(place for place in path.iterdir() if place.name.isdecimal())


def _copy(checkpoint, path):
    import shutil

    shutil.copytree(checkpoint, path / "0")
    return path


@pytest.mark.parametrize("part", ["pytree", "model_config"])
def test_orbax_links_are_not_followed(checkpoint, part, secrets, tmp_path):
    """A link among the files of a checkpoint is no way to other files."""
    path = _copy(checkpoint, tmp_path / "c")
    assert load_model(path).output_shape == (None, 2)
    (path / "0" / part / "x").symlink_to(secrets.file)
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    for load in (load_model, model.load_weights):
        with contained(secrets), pytest.raises(ValueError, match="link"):
            load(path)


class _Entry:
    """What Orbax says of an array before it reads it."""

    def __init__(self, shape, dtype="uint8"):
        self.shape, self.dtype = shape, np.dtype(dtype)


@pytest.mark.parametrize("at", ["..", "a/../../x", "/etc/x", "", "a\\b", "a\0b"])
def test_orbax_assets_do_not_leave_their_folder(at, secrets, tmp_path):
    """Names of assets are checked before any of them is read."""
    with contained(secrets), pytest.raises(ValueError, match="name like"):
        _orbax._load_assets(None, _model(), tmp_path, {"words": {at: _Entry((1,))}})


def test_orbax_bombs(checkpoint, secrets, tmp_path):
    """Arrays and files that a checkpoint only claims are not allocated."""
    with contained(secrets), pytest.raises(ValueError, match="stores"):
        _orbax._load_assets(None, _model(), tmp_path, {"words": {"x": _Entry((10**12,))}})
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    held = {"pytree": {"optimizer_variables": {"x": _Entry((10**12,), "float32")}}}
    with contained(secrets), pytest.raises(ValueError, match="stores"):
        _orbax._load_state(None, model, tmp_path, held)


def test_orbax_configs_are_bounded(checkpoint, secrets, tmp_path):
    """The text of a model is looked at by its size first."""
    path = _copy(checkpoint, tmp_path / "c")
    with open(path / "0" / "model_config" / "more", "wb") as file:
        file.truncate(1 << 30)
    with contained(secrets), pytest.raises(ValueError, match="config of"):
        load_model(path)


def test_orbax_configs_are_not_trusted(checkpoint, secrets, tmp_path, monkeypatch):
    """The config in a checkpoint is read as that of any file."""
    from . import hostile

    evil = json.dumps(hostile.sequential(hostile.lambdas(secrets.canary)["3"]))
    monkeypatch.setattr(_orbax, "model_json", lambda model: evil)
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    model.compile("adam", "mse")
    saver = callbacks.OrbaxCheckpoint(tmp_path / "c", save_on_background=False)
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0, callbacks=[saver])
    with contained(secrets), pytest.raises(ValueError, match="safe_mode"):
        load_model(tmp_path / "c")
