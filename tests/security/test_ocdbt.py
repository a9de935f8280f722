"""The database in which Orbax keeps arrays, OCDBT of TensorStore, with something bad in it."""

import gc
import json
import shutil
import struct
import sys

import numpy as np
import pytest

import kerajax
from kerajax import callbacks, layers
from kerajax.saving import load_model

from .refusal import assert_refused

tensorstore = pytest.importorskip("tensorstore")
pytest.importorskip("orbax.checkpoint")
# Threads of TensorStore answer an event loop that Orbax closed when it failed.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

_BIAS = "trainable_variables.sequential.dense.bias/"
_PLAIN = [
    {"name": "bytes", "configuration": {"endian": "little"}},
    {"name": "zstd", "configuration": {"level": 3, "checksum": False}},
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with one checkpoint."""
    path = tmp_path_factory.mktemp("ocdbt") / "c"
    saver = callbacks.OrbaxCheckpoint(path, save_on_background=False)
    _model().fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0, callbacks=[saver])
    return path


@pytest.fixture
def path(saved, tmp_path):
    """A copy of it that a test may damage."""
    return shutil.copytree(saved, tmp_path / "c")


@pytest.fixture(autouse=True)
def _answered():
    """What threads answer too late falls on the test that caused it."""
    yield
    gc.collect()


def _model():
    dense = layers.Dense(2, name="dense")
    model = kerajax.Sequential([kerajax.Input((3,)), dense], name="sequential")
    model.compile("sgd", "mse")
    return model


def _database(folder, **options):
    spec = {"driver": "ocdbt", "base": f"file://{folder}/", **options}
    return tensorstore.KvStore.open(spec).result()


def _bomb(count):
    """A chunk of so many equal numbers, compressed to a ten thousandth."""
    metadata = {
        "shape": [count],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [count]}},
        "data_type": "float32",
        "codecs": _PLAIN,
    }
    spec = {"driver": "zarr3", "kvstore": "memory://", "metadata": metadata}
    array = tensorstore.open(spec, create=True).result()
    array.write(np.broadcast_to(np.float32(1), (count,))).result()
    return array.kvstore.read("c/0").result().value


@pytest.mark.parametrize("honest", [True, False], ids=["large chunk", "small chunk"])
def test_orbax_chunks_that_inflate(path, honest, secrets):
    """A chunk larger than its array, and one that inflates to more than it says."""
    count = 1 << 27
    database = _database(path / "0" / "pytree")
    metadata = json.loads(database.read(f"{_BIAS}zarr.json").result().value)
    metadata["codecs"] = _PLAIN
    if honest:
        metadata["chunk_grid"]["configuration"]["chunk_shape"] = [count]
    database.write(f"{_BIAS}zarr.json", json.dumps(metadata)).result()
    database.write(f"{_BIAS}c/0", _bomb(count)).result()
    assert_refused(_model, path, secrets, "in chunks of" if honest else "cannot be read")


def test_orbax_manifests_do_not_lead_out_of_their_folder(path, secrets):
    """The manifest names the files of the database; `..` in such a name is not followed."""
    folder = path / "0" / "pytree"
    old = _database(folder)
    inside, outside = "aa/aa/aa/secrets/", "../../../secrets/"
    prefixes = ("value_data_prefix", "btree_node_data_prefix", "version_tree_node_data_prefix")
    new = _database(
        path / "new",
        config={"compression": None, "max_inline_value_bytes": 0},
        **dict.fromkeys(prefixes, inside),
    )
    for key in old.list().result():
        new.write(key, old.read(key).result().value).result()
    for place in (folder / "manifest.ocdbt", folder / "d", folder / "ocdbt.process_0"):
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    shutil.copytree(path / "new", folder, dirs_exist_ok=True)
    assert load_model(path).output_shape == (None, 2)
    for file in (folder / inside).iterdir():
        shutil.move(file, secrets.folder / file.name)
        secrets.expected.append(file.name)
    secrets.expected.sort()
    manifest = folder / "manifest.ocdbt"
    data = manifest.read_bytes()
    assert inside.encode() in data and struct.pack("<I", _crc32c(data[:-4])) == data[-4:]
    data = data[:-4].replace(inside.encode(), outside.encode())
    manifest.write_bytes(data + struct.pack("<I", _crc32c(data)))
    assert_refused(_model, path, secrets, "cannot be read")


@pytest.mark.parametrize("file", ["manifest.ocdbt", "_METADATA", "array_metadatas/process_0"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff" * 9], ids=repr)
def test_orbax_folders_that_are_not_whole(path, file, content, secrets):
    """Files that are gone or hold something else give one kind of error, which names the folder."""
    place = path / "0" / "pytree" / file
    place.unlink() if content is None else place.write_bytes(content)
    if file.startswith("array_metadatas") and content is None:
        assert load_model(path).output_shape == (None, 2)
    else:
        assert_refused(_model, path, secrets, "The checkpoint at .* cannot be read")


def test_orbax_arrays_of_a_false_shape(path, secrets):
    """The shape that an array claims is compared with the model before it is read."""
    database = _database(path / "0" / "pytree")
    metadata = json.loads(database.read(f"{_BIAS}zarr.json").result().value)
    for shape, match in (([1 << 40], "does not fit"), ([-1], "cannot be read"), ([], "cannot be")):
        metadata["shape"] = shape
        database.write(f"{_BIAS}zarr.json", json.dumps(metadata)).result()
        assert_refused(_model, path, secrets, match)


def _crc32c(data):
    """The checksum of Castagnoli, bit by bit."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


@pytest.mark.parametrize("fails", ["metadata", "array"])
def test_orbax_leaves_no_reads_behind(fails, path, capfd, monkeypatch):
    """A read that fails while others wait ends them all, now and not in the garbage collector."""
    folder = path / "0" / "pytree"
    if fails == "metadata":
        (folder / "array_metadatas" / "process_0").write_bytes(b"{")
    else:
        _database(folder).write(f"{_BIAS}c/0", b"no chunk").result()
    left = []
    monkeypatch.setattr(sys, "unraisablehook", left.append)
    for _ in range(3):
        with pytest.raises(ValueError, match="cannot be read"):
            load_model(path)
        gc.collect()
    assert not [what for what in left if what.object is not None]
    assert "destroyed" not in capfd.readouterr().err
