"""Files made to reach beyond themselves, or to claim memory they do not fill, are refused."""

import io
import json
import re
import struct
import tracemalloc
import zipfile
import zlib

import h5py
import numpy as np
import pytest

from kerajax.saving import read

_CONFIG = json.dumps({"class_name": "Sequential", "config": {"layers": []}})


def _model_file(path, edit=None):
    """Write a small valid legacy model, then let `edit(file, layer_group)` spoil it."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.2.4"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = _CONFIG
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"dense"]
        layer = weights.create_group("dense")
        layer.attrs["weight_names"] = [b"dense/kernel:0"]
        if edit is None:
            layer["dense/kernel:0"] = np.ones((2, 3), "float32")
        else:
            edit(file, layer)
    return path


def _open(path, budget=None):
    """Open a file and read all its arrays, as a loader would."""
    with read.open_model_file(path, budget) as record:
        if isinstance(record, read.LegacyFile):
            return [array.read() for layer in record.layers for _, array in layer.weights]
        return record


def _zip_file(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        file.writestr("config.json", _CONFIG)
        for name, data in members:
            file.writestr(name, data)
    return path


def test_the_unspoilt_file_opens(tmp_path):
    """The refusals below come from what was spoilt, not from the way the files are made."""
    (kernel,) = _open(_model_file(tmp_path / "m.h5"))
    assert kernel.shape == (2, 3)
    assert isinstance(_open(_zip_file(tmp_path / "m.keras", [])), read.Archive)


def _external_link(file, layer):
    layer["dense/kernel:0"] = h5py.ExternalLink("/etc/hostname", "/x")


def _soft_link(file, layer):
    layer["dense/kernel:0"] = h5py.SoftLink("/model_weights")


def _link_in_an_intermediate_group(file, layer):
    layer["dense"] = h5py.ExternalLink("other.h5", "/dense")


def _link_nobody_asked_for(file, layer):
    layer["dense/kernel:0"] = np.ones((2, 3), "float32")
    file["extra"] = h5py.ExternalLink("other.h5", "/")


def _virtual_dataset(file, layer):
    layout = h5py.VirtualLayout(shape=(2, 3), dtype="float32")
    layout[:] = h5py.VirtualSource("other.h5", "kernel", shape=(2, 3))
    layer.create_virtual_dataset("dense/kernel:0", layout)


def _external_storage(file, layer):
    layer.create_dataset("dense/kernel:0", (8,), "uint8", external=[("/etc/hostname", 0, 8)])


def _cycle(file, layer):
    layer["dense/kernel:0"] = np.ones((2, 3), "float32")
    layer["again"] = file["model_weights"]


def _one_terabyte(file, layer):
    layer.create_dataset("dense/kernel:0", (1 << 38,), "float32")


def _one_terabyte_in_chunks(file, layer):
    layer.create_dataset("dense/kernel:0", (1 << 38,), "float32", chunks=(1 << 20,), compression=1)


def _one_huge_chunk(file, layer):
    space = dict(shape=(1,), maxshape=(None,), chunks=(1 << 28,), compression=1)
    layer.create_dataset("dense/kernel:0", dtype="float32", **space)


def _many_unfilled_arrays(file, layer):
    layer["dense/kernel:0"] = np.ones((2, 3), "float32")
    for index in range(40):
        layer.create_dataset(f"unfilled_{index}", (1 << 20,), "float32")


def _named_type(file, layer):
    layer["dense/kernel:0"] = np.dtype("float32")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_external_link, "external link"),
        (_soft_link, "soft link"),
        (_link_in_an_intermediate_group, "external link"),
        (_link_nobody_asked_for, "external link"),
        (_virtual_dataset, "virtual dataset"),
        (_external_storage, "another file"),
        (_cycle, "linked from two places"),
        (_one_terabyte, "max_bytes"),
        (_one_terabyte_in_chunks, "max_bytes"),
        (_one_huge_chunk, "decompression bomb"),
        (_many_unfilled_arrays, "decompression bomb"),
        (_named_type, "neither a group nor an array"),
    ],
)
def test_hdf5_that_reaches_out_is_refused(tmp_path, edit, message):
    """The refusal names the file and comes before any large allocation."""
    path = _model_file(tmp_path / "m.h5", edit)
    tracemalloc.start()
    with pytest.raises(read.UnsafeFileError, match=message) as caught:
        _open(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(path) in str(caught.value)
    assert peak < 8 << 20


def test_linked_file_is_not_opened(tmp_path):
    """An external link to a file that exists and fits gives nothing of that file."""
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["kernel"] = np.ones((2, 3), "float32")

    def link(file, layer):
        layer["dense/kernel:0"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/kernel")

    with pytest.raises(read.UnsafeFileError):
        _open(_model_file(tmp_path / "m.h5", link))


def test_chunk_that_inflates_beyond_its_size_is_refused(tmp_path):
    """HDF5 alone would inflate all of it before it compares sizes."""
    bomb = zlib.compress(bytes(64 << 20), 9)

    def spoil(file, layer):
        space = dict(shape=(1 << 15,), chunks=(1 << 15,), compression=9)
        dataset = layer.create_dataset("dense/kernel:0", dtype="float32", **space)
        dataset.id.write_direct_chunk((0,), bomb)

    with pytest.raises(read.UnsafeFileError, match="inflates to more"):
        _open(_model_file(tmp_path / "m.h5", spoil))


def test_compressed_arrays_are_read(tmp_path):
    """Files repacked with the usual filters load, checksums included."""
    values = np.arange(4096, dtype="float32").reshape(64, 64)

    def compress(file, layer):
        layer.create_dataset(
            "dense/kernel:0", data=values, compression=4, shuffle=True, fletcher32=True
        )

    (kernel,) = _open(_model_file(tmp_path / "m.h5", compress))
    np.testing.assert_array_equal(kernel, values)


def test_other_filters_are_not_loaded(tmp_path):
    """A filter outside HDF5 itself would be looked up among shared libraries."""

    def compress(file, layer):
        layer.create_dataset("dense/kernel:0", data=np.zeros(4096, "float32"), compression="lzf")

    with pytest.raises(read.UnsafeFileError, match="plugin"):
        _open(_model_file(tmp_path / "m.h5", compress))


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn"])
def test_opaque_floats_keep_their_dtype(tmp_path, dtype):
    """HDF5 has no such types; a `dtype` attribute names them."""
    import ml_dtypes

    values = np.arange(4).astype(getattr(ml_dtypes, dtype))
    with h5py.File(tmp_path / "m.weights.h5", "w") as file:
        dataset = file.create_dataset("layers/dense/vars/0", data=values)
        dataset.attrs["dtype"] = dtype
    with read.open_model_file(tmp_path / "m.weights.h5") as record:
        array = record.groups["layers/dense"].vars[0]
        assert array.dtype == dtype
        np.testing.assert_array_equal(array.read(), values)


def test_text_beside_the_weights_is_not_read(tmp_path):
    """Users keep class names in model files: they open, and only asking for such an array fails."""

    def add_text(file, layer):
        layer["dense/kernel:0"] = np.ones((2, 3), "float32")
        file["classes"] = ["cat", "dog"]
        file.attrs["note"] = np.void(b"anything")

    assert len(_open(_model_file(tmp_path / "m.h5", add_text))) == 1

    def text_as_weight(file, layer):
        layer["dense/kernel:0"] = ["cat", "dog"]

    with pytest.raises(read.BrokenFileError, match="array of numbers"):
        _open(_model_file(tmp_path / "t.h5", text_as_weight))


def test_groups_are_nested_within_the_budget(tmp_path):
    """A chain of groups ends at `max_depth`, a crowd of them at `max_objects`."""

    def nest(file, layer):
        file.create_group("/".join("g" * 100))

    with pytest.raises(read.UnsafeFileError, match="max_depth"):
        _open(_model_file(tmp_path / "deep.h5", nest))

    def crowd(file, layer):
        for index in range(50):
            file.create_group(f"g{index}")

    with pytest.raises(read.UnsafeFileError, match="max_objects"):
        _open(_model_file(tmp_path / "wide.h5", crowd), read.Budget(max_objects=40))


def test_heap_that_stalls_hdf5_is_refused(tmp_path):
    """Free space of no size makes HDF5 step on the spot, with no way to stop it."""
    path = _model_file(tmp_path / "m.h5")
    data = bytearray(path.read_bytes())
    start = data.index(b"GCOL") + 16
    data[start : start + 16] = bytes(16)
    path.write_bytes(data)
    with pytest.raises(read.UnsafeFileError, match="stall"):
        _open(path)


def test_texts_that_share_one_long_text_are_refused(tmp_path):
    """Many references to one long string multiply its size; many short strings beside it do not."""

    def share(file, layer):
        file.attrs["long"] = "x" * 70_001
        file.attrs["names"] = ["a short text"] * 1000
        layer["dense/kernel:0"] = np.ones((2, 3), "float32")

    def references(length):
        # The heaps have lengths of eight bytes; here the address of a heap follows.
        pattern = re.escape(struct.pack("<I", length)) + rb"(?!\0{4}).{12}"
        return list(re.finditer(pattern, bytes(data), re.DOTALL))

    path, budget = tmp_path / "m.h5", read.Budget(max_text_bytes=1 << 22)
    _open(_model_file(path, share), budget)
    data = bytearray(path.read_bytes())
    (long,), short = references(70_001), references(len("a short text"))
    assert len(short) == 1000
    for reference in short:
        data[reference.start() : reference.end()] = long.group()
    path.write_bytes(data)
    with pytest.raises(read.UnsafeFileError, match="max_text_bytes"):
        _open(path, budget)


@pytest.mark.parametrize("edit", ["missing layer", "missing weight", "not names", "not json"])
def test_damaged_lists_are_reported(tmp_path, edit):
    """Names that lead nowhere are an error of the file, not a KeyError."""

    def spoil(file, layer):
        layer["dense/kernel:0"] = np.ones((2, 3), "float32")
        if edit == "missing layer":
            file["model_weights"].attrs["layer_names"] = [b"dense", b"lost"]
        elif edit == "missing weight":
            layer.attrs["weight_names"] = [b"../dense/kernel:0"]
        elif edit == "not names":
            layer.attrs["weight_names"] = [1.0, 2.0]
        else:
            file.attrs["model_config"] = "{"

    with pytest.raises(read.BrokenFileError, match=r"m\.h5"):
        _open(_model_file(tmp_path / "m.h5", spoil))


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil", "assets/../../evil", "a\\b", "C:/evil", "assets//x"]
)
def test_member_names_stay_inside(tmp_path, name):
    """Every name is checked, whether the member is used or not."""
    with pytest.raises(read.UnsafeFileError, match="has a name that"):
        _open(_zip_file(tmp_path / "m.keras", [(name, b"x")]))


def test_zip_bomb_is_refused(tmp_path):
    """A hundredfold expansion is the limit."""
    path = _zip_file(tmp_path / "m.keras", [("assets/x", bytes(64 << 20))], zipfile.ZIP_DEFLATED)
    with pytest.raises(read.UnsafeFileError, match="decompression bomb"):
        _open(path)


def test_deflated_archives_are_read(tmp_path):
    """Keras stores members; zips repacked by hand are compressed."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["layers/dense/vars/0"] = np.arange(6.0)
    members = [("model.weights.h5", stream.getvalue()), ("assets/layers/text/words.txt", b"a\nb")]
    path = _zip_file(tmp_path / "m.keras", members, zipfile.ZIP_DEFLATED)
    with read.open_model_file(path) as record:
        assert record.weights.groups["layers/dense"].vars[0].read().sum() == 15
        assert record.assets["layers/text/words.txt"].read() == b"a\nb"


def test_members_are_files_and_unique(tmp_path):
    """No links, no second member of the same name."""
    link = zipfile.ZipInfo("assets/link")
    link.external_attr = 0o120777 << 16
    with pytest.raises(read.UnsafeFileError, match="link or a device"):
        _open(_zip_file(tmp_path / "link.keras", [(link, "/etc/passwd")]))
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = _zip_file(tmp_path / "twice.keras", [("config.json", "{}")])
    with pytest.raises(read.UnsafeFileError, match="twice"):
        _open(path)


def test_weights_in_an_archive_are_checked_too(tmp_path):
    """The HDF5 file inside gets the same treatment as one on disk."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/hostname", "/x")
    path = _zip_file(tmp_path / "m.keras", [("model.weights.h5", stream.getvalue())])
    with pytest.raises(read.UnsafeFileError, match="external link"):
        _open(path)


def test_damaged_member_is_reported(tmp_path):
    """A flipped bit is found by the member's checksum."""
    path = _zip_file(tmp_path / "m.keras", [])
    data = bytearray(path.read_bytes())
    data[data.index(b"Sequential")] ^= 1
    path.write_bytes(data)
    with pytest.raises(read.BrokenFileError, match="CRC"):
        _open(path)


@pytest.mark.parametrize(
    "shard", ["../x.weights.h5", "/x.weights.h5", "x.h5", 3, ["/etc/passwd"], [["x"]]]
)
def test_shards_lie_beside_their_index(tmp_path, shard):
    """An index names files of its own folder only."""
    path = tmp_path / "m.weights.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": {"/layers/dense/vars": shard}}))
    with pytest.raises(read.UnsafeFileError, match="not opened"):
        _open(path)
