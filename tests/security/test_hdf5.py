"""Texts in HDF5 files that claim more than they store, in the layouts of old and new HDF5."""

import json
import struct
import zlib

import h5py
import numpy as np
import pytest

import kerajax
from kerajax.saving import load_model, read

from . import hostile
from .containment import contained


def _file(path, libver, extra=0):
    config = json.dumps({"class_name": "Sequential", "config": {"layers": []}})
    with h5py.File(path, "w", libver=libver) as file:
        file.attrs["model_config"] = config
        file.attrs["keras_version"] = "3.15.1"
        for number in range(extra):
            file.attrs[f"note{number}"] = "text"
        file.create_group("model_weights").attrs["layer_names"] = np.array([], "S1")
    return path, config


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_lengths_of_texts_are_checked_before_hdf5_allocates(libver, secrets, tmp_path):
    """A reference that claims 4 GiB, in headers of both versions; the unspoilt file opens."""
    path, config = _file(tmp_path / "m.h5", libver)
    with read.open_model_file(path) as record:
        assert record.model_config == json.loads(config)
    data = bytearray(path.read_bytes())
    heap = data.index(b"GCOL")
    reference = struct.pack("<IQ", len(config), heap)
    at = data.index(reference)
    data[at : at + 4] = b"\xff\xff\xff\xff"
    if libver == "latest":
        # Headers of the new kind have a checksum, which an attacker sets right.
        start = data.rindex(b"OHDR", 0, at)
        width = 1 << (data[start + 5] & 3)
        begin = start + 6 + (16 if data[start + 5] & 0x20 else 0)
        length = int.from_bytes(data[begin : begin + width], "little")
        end = begin + width + length
        assert _lookup3(bytes(path.read_bytes()[start:end])) == int.from_bytes(
            path.read_bytes()[end : end + 4], "little"
        )
        data[end : end + 4] = _lookup3(bytes(data[start:end])).to_bytes(4, "little")
    path.write_bytes(data)
    with contained(secrets), pytest.raises(ValueError, match=r"claims a text of 4\.0 GiB"):
        load_model(path)


def test_references_of_another_size_are_refused(secrets, tmp_path):
    """HDF5 would take what lies between two references for lengths and addresses."""
    path, _ = _file(tmp_path / "m.h5", "earliest")
    data = bytearray(path.read_bytes())
    at = data.index(b"model_config") + 16
    assert data[at] == 0x19 and data[at + 4] == 16
    data[at + 4] = 8
    path.write_bytes(data)
    with contained(secrets), pytest.raises(ValueError, match="h5repack"):
        load_model(path)


def test_texts_that_cannot_be_checked_are_refused(tmp_path):
    """Many attributes in the new layout lie in structures that are not read here."""
    path, _ = _file(tmp_path / "m.h5", "latest", extra=20)
    with pytest.raises(ValueError, match="h5repack"):
        load_model(path)


def test_trees_that_lead_in_a_circle_are_refused(tmp_path):
    """A node of a group's tree that follows itself, at which HDF5 would not stop."""
    path, _ = _file(tmp_path / "m.h5", "earliest")
    data = bytearray(path.read_bytes())
    for at in [at for at in range(len(data)) if data.startswith(b"TREE", at)]:
        data[at + 16 : at + 24] = struct.pack("<Q", at)
    path.write_bytes(data)
    with pytest.raises(ValueError, match="circle"):
        load_model(path)


def test_free_space_that_leads_in_a_circle_is_refused(secrets, tmp_path):
    """A piece of unused space among names that follows itself: HDF5 takes memory without end."""
    path, _ = _file(tmp_path / "m.h5", "earliest")
    data = bytearray(path.read_bytes())
    heap = data.index(b"HEAP")
    _, piece, content = struct.unpack_from("<QQQ", data, heap + 8)
    data[content + piece : content + piece + 8] = struct.pack("<Q", piece)
    path.write_bytes(data)
    with contained(secrets), pytest.raises(ValueError, match="circle"):
        load_model(path)


@pytest.mark.parametrize("kind", ["tree", "names", "texts"])
def test_structures_inside_an_array_are_seen(kind, secrets, tmp_path):
    """Pointers that lead into the numbers of an array, to what would stall HDF5 there."""
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([], "S1")
        file.attrs["text"] = "a text of variable length"
        file.create_group("group")["inner"] = 1.0
        file["numbers"] = np.arange(4000.0)
        at = file["numbers"].id.get_offset()
        assert file["numbers"].id.get_storage_size() == 32_000
    data = bytearray(path.read_bytes())
    if kind == "texts":
        old = data.index(b"GCOL")
        evil = b"GCOL\x01\0\0\0" + struct.pack("<Q", 4096) + bytes(16)
    elif kind == "names":
        old = data.index(b"HEAP")
        piece = struct.pack("<QQ", 0, 16)
        evil = b"HEAP\0\0\0\0" + struct.pack("<QQQ", 256, 0, at + 32) + piece
    else:
        old = data.index(b"TREE")
        evil = data[old : old + 16] + struct.pack("<QQ", at, at) + data[old + 32 : old + 1000]
    data[at : at + len(evil)] = evil
    pointer = struct.pack("<Q", old)
    start, count = 0, 0
    while (start := data.find(pointer, start)) >= 0:
        data[start : start + 8] = struct.pack("<Q", at)
        count += 1
    assert count
    path.write_bytes(data)
    with contained(secrets), pytest.raises(ValueError):
        with read.open_model_file(path):
            pass


def test_hdf5_filters_of_plugins_are_not_loaded(secrets, tmp_path, monkeypatch):
    """A filter that HDF5 does not have would make it load a library."""
    monkeypatch.setenv("HDF5_PLUGIN_PATH", str(secrets.folder))
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.ones((3, 1), "f4"), compression="gzip")
        file["layers/dense/vars/1"] = np.ones(1, "f4")
    data = bytearray(path.read_bytes())
    model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(1)])
    model.load_weights(path)
    before = model.get_weights()
    # The message about filters: its version, their number, then the number of the first.
    at = data.index(b"deflate\0") - 8
    assert data[at : at + 2] == b"\x01\0"
    data[at : at + 2] = struct.pack("<H", 32015)
    path.write_bytes(data)
    with contained(secrets), pytest.raises(ValueError, match="plugin|filter|read"):
        model.load_weights(path)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_hdf5_chunks_that_inflate_to_more_are_refused(secrets, tmp_path):
    """A chunk of a few bytes, which zlib would make a gigabyte of."""
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        kernel = file.create_dataset(
            "layers/dense/vars/0", (300, 1), "f4", chunks=(300, 1), compression="gzip"
        )
        kernel.id.write_direct_chunk((0, 0), zlib.compress(bytes(1 << 29)))
        file["layers/dense/vars/1"] = np.ones(1, "f4")
    model = kerajax.Sequential([kerajax.Input((300,)), kerajax.layers.Dense(1)])
    with contained(secrets), pytest.raises(ValueError, match="bomb|declares|overlap"):
        model.load_weights(path)


def test_addresses_count_from_the_start(tmp_path):
    """A base address would make the checks look at other bytes than HDF5 does."""
    path, _ = _file(tmp_path / "m.h5", "earliest")
    data = bytearray(path.read_bytes())
    data[24:32] = struct.pack("<Q", 512)
    path.write_bytes(data)
    with pytest.raises(ValueError, match="count from its start"):
        load_model(path)


def test_a_function_of_the_users_replaces_bytecode(secrets, tmp_path):
    """Under the name of the layer, in files of Keras 2 and 3; the bytecode is not touched."""
    for kind in ("2", "3"):
        evil = hostile.lambdas(secrets.canary)[kind]
        path = hostile.archive(tmp_path / "m.keras", hostile.sequential(evil))
        with contained(secrets):
            model = load_model(path, custom_objects={"evil": lambda x: 4 * x})
        np.testing.assert_array_equal(model(np.ones((1, 3))), [[4, 4, 4]])


def _lookup3(data):
    """Bob Jenkins' hash, "lookup3.c" of 2006, in which HDF5 computes checksums."""
    mask = 0xFFFFFFFF
    a = b = c = (0xDEADBEEF + len(data)) & mask

    def turn(x, k):
        return ((x << k) | (x >> (32 - k))) & mask

    words = np.frombuffer(data + bytes(-len(data) % 12), "<u4").astype(object)
    for at in range(0, len(words), 3):
        a, b, c = (a + words[at]) & mask, (b + words[at + 1]) & mask, (c + words[at + 2]) & mask
        if at + 3 < len(words):
            for k, who in ((4, "a"), (6, "b"), (8, "c"), (16, "a"), (19, "b"), (4, "c")):
                if who == "a":
                    a = ((a - c) & mask) ^ turn(c, k)
                    c = (c + b) & mask
                elif who == "b":
                    b = ((b - a) & mask) ^ turn(a, k)
                    a = (a + c) & mask
                else:
                    c = ((c - b) & mask) ^ turn(b, k)
                    b = (b + a) & mask
    for x, k in (("c", 14), ("a", 11), ("b", 25), ("c", 16), ("a", 4), ("b", 14), ("c", 24)):
        if x == "c":
            c = ((c ^ b) - turn(b, k)) & mask
        elif x == "a":
            a = ((a ^ c) - turn(c, k)) & mask
        else:
            b = ((b ^ a) - turn(a, k)) & mask
    return c
