"""Attributes and arrays of HDF5 whose type, shape or size no Keras ever wrote."""

import struct

import h5py
import numpy as np
import pytest

import kerajax

from .containment import contained
from .refusal import assert_refused

# Sizes that stand nowhere else in the files below.
_ROWS, _NAMES, _WIDTH = 1237, 1249, 1259
_SIZES = (1 << 31, (1 << 32) - 1, 1 << 61, (1 << 61) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def _model():
    return kerajax.Sequential([kerajax.Input((_ROWS,)), kerajax.layers.Dense(1, name="d")])


def _file(path, edit=lambda file: None, **options):
    """Weights of `_model` in a file by layer."""
    with h5py.File(path, "w", **options) as file:
        file.attrs["layer_names"] = np.array([b"d"])
        group = file.create_group("d")
        group.attrs["weight_names"] = np.array([b"kernel", b"bias"])
        group["kernel"], group["bias"] = np.ones((_ROWS, 1), "f4"), np.zeros(1, "f4")
        edit(file)
    return path


@pytest.mark.parametrize("kind", ["object", "region"])
@pytest.mark.parametrize("place", ["weight", "weight_names", "layer_names", "beside"])
def test_hdf5_references_are_not_followed(kind, place, secrets, tmp_path):
    """References to objects and to regions are neither numbers nor names."""

    def edit(file):
        kernel = file["d/kernel"]
        reference = kernel.ref if kind == "object" else kernel.regionref[:2]
        dtype = h5py.ref_dtype if kind == "object" else h5py.regionref_dtype
        if place == "weight":
            del file["d/bias"]
            file["d"].create_dataset("bias", data=np.array([reference], dtype))
        elif place == "beside":
            file.attrs.create("keras_version", reference, dtype=dtype)
        else:
            owner = file if place == "layer_names" else file["d"]
            owner.attrs.create(place, np.array([reference], dtype), dtype=dtype)

    path = _file(tmp_path / "m.h5", edit)
    if place != "beside":
        assert_refused(_model, path, secrets)
        return
    model = _model()
    with contained(secrets):
        model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], np.ones((_ROWS, 1)))


@pytest.mark.parametrize("length", _SIZES)
@pytest.mark.parametrize("chunks", [None, (5, 1)], ids=["in a row", "in chunks"])
def test_hdf5_lengths_of_arrays_that_overflow(length, chunks, secrets, tmp_path):
    """Lengths whose product with the size of a number is past 64 bits, or negative if signed."""

    def edit(file):
        del file["d/kernel"]
        file["d"].create_dataset("kernel", data=np.ones((_ROWS, 1), "f4"), chunks=chunks)

    path = _file(tmp_path / "m.h5", edit)
    _patched(path, struct.pack("<Q", _ROWS), struct.pack("<Q", length))
    assert_refused(_model, path, secrets)


@pytest.mark.parametrize("length", _SIZES)
def test_hdf5_lengths_of_lists_that_overflow(length, secrets, tmp_path):
    """A list of names that claims more names than memory has."""

    def edit(file):
        file.attrs["layer_names"] = np.array([b"d"] * _NAMES)

    path = _file(tmp_path / "m.h5", edit)
    _patched(path, struct.pack("<Q", _NAMES), struct.pack("<Q", length))
    assert_refused(_model, path, secrets)


@pytest.mark.parametrize("length", [1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 0])
def test_hdf5_sizes_of_texts_that_overflow(length, secrets, tmp_path):
    """A text of fixed length that claims to be longer than the file."""

    def edit(file):
        file.attrs["layer_names"] = np.array([b"d"], f"S{_WIDTH}")

    path = _file(tmp_path / "m.h5", edit)
    _patched(path, struct.pack("<I", _WIDTH), struct.pack("<I", length))
    assert_refused(_model, path, secrets)


@pytest.mark.parametrize("what", ["numbers", "names"])
def test_hdf5_attributes_of_many_megabytes(what, secrets, tmp_path):
    """New layouts hold attributes of any size; what is past the budget is not read."""

    def edit(file):
        values = np.zeros(1 << 22) if what == "numbers" else np.full(1 << 20, b"d" * 40)
        file.attrs["layer_names"] = values

    assert_refused(_model, _file(tmp_path / "m.h5", edit, libver="latest"), secrets)


def _patched(path, old, new):
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
