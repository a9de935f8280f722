"""Files written by real Keras versions read as plain h5py, json and zipfile read them.

The small fixtures run everywhere; the whole collection where it lies beside the repository.
"""

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerajax.saving import read

_ROOT = Path(__file__).parents[3]
_FIXTURES = _ROOT / "tests" / "fixtures"
_COLLECTION = _ROOT.parent / "shared" / "saved_models"

_ERAS = {
    "keras-1.0": "1",
    "keras-1.2": "1",
    "keras-2.0": "2.2",
    "keras-2.1": "2.2",
    "keras-2.2": "2.2",
    "keras-2.3": "2.3",
    "keras-3": "3",
    "tfkeras": "tf2",
}


def _real_files():
    paths = sorted(p for p in _FIXTURES.glob("*") if p.suffix in (".h5", ".keras"))
    manifest = _COLLECTION / "manifest.json"
    if manifest.exists():
        for entry in json.loads(manifest.read_text())["entries"]:
            names = [entry["file"], entry.get("architecture"), *(entry.get("extra_files") or [])]
            paths += [_COLLECTION / name for name in names if name]
    return paths


def _decoded(values):
    return [v.decode() if isinstance(v, bytes) else v for v in values]


def _listed(group, name):
    """The list attribute as Keras reads it, split or whole."""
    if name in group.attrs:
        return _decoded(group.attrs[name])
    parts = [group.attrs[f"{name}{i}"] for i in range(100) if f"{name}{i}" in group.attrs]
    return _decoded(np.concatenate(parts)) if parts else []


def _datasets(file):
    found = {}
    file.visititems(lambda n, o: found.update({n: o[()]}) if isinstance(o, h5py.Dataset) else None)
    return found


def _assert_same_arrays(arrays, stored):
    """Every dataset of the file is in the record once, with its values."""
    assert sorted(a.name for a in arrays) == sorted(stored)
    for array in arrays:
        expected = stored[array.name]
        assert array.shape == expected.shape
        assert array.dtype == expected.dtype.name
        assert array.nbytes == expected.nbytes
        np.testing.assert_array_equal(array.read(), expected)


def _check_legacy(record, file):
    group = file.get("model_weights", file)
    names = _listed(group, "layer_names")
    assert [layer.name for layer in record.layers] == names
    for layer in record.layers:
        listed = _listed(group[layer.name], "weight_names")
        assert [name for name, _ in layer.weights] == listed
        for name, array in layer.weights:
            np.testing.assert_array_equal(array.read(), group[layer.name][name][()])
    assert (record.model_config is None) == ("model_config" not in file.attrs)
    assert (record.training_config is None) == ("training_config" not in file.attrs)
    if "optimizer_weights" in file:
        listed = _listed(file["optimizer_weights"], "weight_names")
        assert [name for name, _ in record.optimizer_weights] == listed
    else:
        assert record.optimizer_weights is None
    arrays = [array for layer in record.layers for _, array in layer.weights]
    arrays += [array for _, array in record.top_level_model_weights]
    arrays += [array for _, array in record.optimizer_weights or ()]
    _assert_same_arrays(arrays, _datasets(file))


def _check_weights(record, file):
    arrays = [array for group in record.groups.values() for array in group.vars]
    _assert_same_arrays(arrays, _datasets(file))
    for group in record.groups.values():
        keys = list(group.arrays)
        assert keys == [str(i) for i in range(len(keys))]


@pytest.mark.parametrize("path", _real_files(), ids=lambda path: path.name)
def test_record_holds_what_the_file_holds(path):
    """Names, order, shapes, dtypes and values of every array; no array is lost or doubled."""
    with read.open_model_file(path) as record:
        if isinstance(record, read.Archive):
            with zipfile.ZipFile(path) as archive:
                assert record.config == json.loads(archive.read("config.json"))
                assert record.metadata == json.loads(archive.read("metadata.json"))
                with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
                    _check_weights(record.weights, file)
        elif isinstance(record, read.LegacyFile):
            with h5py.File(path) as file:
                _check_legacy(record, file)
        elif isinstance(record, read.Architecture):
            assert record.config == json.loads(path.read_text())
        elif path.suffix == ".json":
            index = json.loads(path.read_text())["weight_map"]
            assert sum(map(bool, (g.arrays for g in record.groups.values()))) == len(index)
        else:
            with h5py.File(path) as file:
                _check_weights(record, file)


@pytest.mark.parametrize("path", _real_files(), ids=lambda path: path.name)
def test_era_is_the_one_of_the_writer(path):
    """The environment in the file's name is what the content alone tells the reader."""
    environment = path.name.split("__")[0]
    with read.open_model_file(path) as record:
        writer = record.writer
    # Weights on their own say nothing of their version in some versions.
    if writer.era is None:
        assert isinstance(record, read.WeightsFile)
        return
    assert writer.era == next(era for stem, era in _ERAS.items() if environment.startswith(stem))
    if writer.backend is not None and not environment.startswith("tfkeras"):
        short = {"tensorflow": "tf", "theano": "th", "cntk": "cntk"}.get(writer.backend)
        assert environment.split("-")[2] in (short, writer.backend)


def test_arrays_cannot_be_read_after_the_file_is_closed():
    """A lazy array says so, rather than crash in HDF5."""
    path = _FIXTURES / "keras-2.2.4-tf__cnn2d.h5"
    with read.open_model_file(path) as record:
        array = next(layer for layer in record.layers if layer.weights).weights[0][1]
    with pytest.raises(read.BrokenFileError, match="after the file was closed"):
        array.read()


def test_weights_are_in_numeric_order():
    """HDF5 lists `10` before `2`; the record does not."""
    with read.open_model_file(_FIXTURES / "keras-3.15.1-tensorflow__opt_15.keras") as record:
        keys = list(record.weights.groups["optimizer"].arrays)
    assert len(keys) > 10
    assert keys == sorted(keys, key=int)


def test_checkpoint_layout_reads_as_layers():
    """TensorFlow 2.13's name for the list of layers does not reach the record's paths."""
    with read.open_model_file(_FIXTURES / "tfkeras-2.13__weights_only_mlp.weights.h5") as record:
        assert record.layout == "_layer_checkpoint_dependencies"
        assert record.writer.era == "tf2"
        assert record.below("layers") == ["activation", "batch_normalization", "dense", "dense_2"]
        assert [a.shape for a in record.groups["layers/dense"].vars] == [(5, 6), (6,)]
