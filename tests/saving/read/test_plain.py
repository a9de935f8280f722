"""Files of the layout that Keras writes, read without HDF5 and ahead of time."""

import io
import itertools
import threading
import zlib
from pathlib import Path

import h5py
import ml_dtypes
import numpy as np
import pytest

from kerajax.saving import read
from kerajax.saving.read import _content, _hdf5, _member, _sums
from tests.security import mutate

# Bytes of whole turns of the ring of a sum.
_LONG = 6 * _sums.FAR
FILES = sorted((Path(__file__).parents[2] / "fixtures").glob("*.h5"))


def _written():
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["empty"] = np.asarray([])
        file.attrs["text"] = "Grüße"
        file.attrs["bytes"] = b"jax"
        file.attrs["texts"] = np.array(["a", "", "ccc"], h5py.string_dtype())
        file.attrs["fixed"] = np.array([b"ab", b"c"])
        file.attrs["numbers"] = np.arange(3)
        file.attrs["half"] = np.float64(0.5)
        file.attrs["flag"] = True
        for code in ("f2", "f4", "f8", "i1", "u8", "?", "V2"):
            file[f"group/{code}"] = np.ones((2, 3), code)
        file["group/V2"].attrs["dtype"] = "bfloat16"
        file["scalar"], file["none"] = np.float32(3), np.zeros((0, 3), "f4")
        for number in range(200):  # in trees of two levels
            file.create_group(f"layers/{number}").attrs["name"] = f"layer_{number}"
    return stream


def _everything(source, nbytes):
    """Attributes, arrays and what they count for."""
    meter = read.Meter("m.h5", nbytes, read.Budget())
    found = {}

    def visit(group):
        found[group.path] = dict(group.attributes), list(group.children)
        for child in group.children.values():
            if isinstance(child, read.Group):
                visit(child)
            else:
                values = child.read()
                found[child.name] = child.shape, child.dtype, child.nbytes, values.tobytes()

    with _hdf5.hdf5_tree(source, meter) as (root, content):
        with content.ahead():
            visit(root)
    return found, meter._claimed_bytes, meter._declared_bytes, meter.budget


def _without_hdf5(monkeypatch):
    def opened(*arguments):
        raise AssertionError("HDF5 was asked")

    monkeypatch.setattr(_hdf5.h5py, "File", opened)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_of_keras_are_read_as_hdf5_reads_them(path, monkeypatch):
    nbytes = path.stat().st_size
    with monkeypatch.context() as patch:
        patch.setattr(_hdf5, "plain_tree", lambda *arguments: None)
        expected = _everything(path, nbytes)
    _without_hdf5(monkeypatch)
    assert _everything(path, nbytes) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_damage_that_hdf5_finds_is_found(path, monkeypatch):
    """What is read of damaged files is what HDF5 reads of them, and it refuses none of these."""
    plain_tree, plain = _hdf5.plain_tree, 0
    for number in range(40):
        data = mutate.damaged(path.read_bytes(), number)
        meter = read.Meter("m.h5", len(data), read.Budget())
        with _content.content_of(io.BytesIO(data), meter) as content:
            if plain_tree(data, meter, content) is None:
                continue
        found = _everything(io.BytesIO(data), len(data))
        with monkeypatch.context() as patch:
            patch.setattr(_hdf5, "plain_tree", lambda *arguments: None)
            assert _everything(io.BytesIO(data), len(data)) == found
        plain += 1
    assert 0 < plain < 40


def test_all_kinds_of_values_are_read_as_hdf5_reads_them(monkeypatch):
    stream = _written()
    nbytes = len(stream.getvalue())
    with monkeypatch.context() as patch:
        patch.setattr(_hdf5, "plain_tree", lambda *arguments: None)
        expected = _everything(stream, nbytes)
    _without_hdf5(monkeypatch)
    found = _everything(stream, nbytes)
    assert found == expected
    assert found[0]["group/V2"][1] == "bfloat16" and len(found[0]["layers"][1]) == 200


def test_other_layouts_are_read_by_hdf5():
    """New headers, chunks, big-endian numbers: what plain files do not have."""
    for options in ({"libver": "latest"}, {}):
        stream = io.BytesIO()
        with h5py.File(stream, "w", **options) as file:
            file.attrs["text"] = "new"
            file["big"] = np.arange(3, dtype=">f4")
            file.create_dataset("chunks", data=np.ones(9, "f4"), chunks=(3,), compression="gzip")
        found = _everything(stream, 1 << 20)[0]
        assert found[""][0] == {"text": "new"}
        assert np.frombuffer(found["big"][3], "f4").tolist() == [0, 1, 2]
        assert np.frombuffer(found["chunks"][3], "f4").tolist() == [1] * 9


def test_texts_may_not_claim_more_than_there_is():
    """Many references to one text would take more memory than the file has bytes."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["texts"] = np.array(["x" * 3000, *"abcdefgh"], h5py.string_dtype())
    data = bytearray(stream.getvalue())
    heap = data.index(b"GCOL")
    at = data.index((3000).to_bytes(4, "little") + heap.to_bytes(8, "little"))
    for number in range(1, 9):
        data[at + 16 * number : at + 16 * number + 16] = data[at : at + 16]
    meter = read.Meter("m.h5", len(data), read.Budget())
    with _content.content_of(io.BytesIO(data), meter) as content:
        assert _hdf5.plain_tree(bytes(data), meter, content) is None
        assert _hdf5.plain_tree(stream.getvalue(), meter, content) is not None


@pytest.fixture
def numbers(tmp_path):
    """A file with arrays of 4 MB, 1 MB, and a few bytes."""
    rng = np.random.default_rng(0)
    arrays = {
        "a": rng.random((1024, 1024), "f4"),
        "b": rng.random(3, "f4"),
        "c": rng.random(1 << 18, "f4"),
    }
    with h5py.File(tmp_path / "m.h5", "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return tmp_path / "m.h5", arrays


def _crc(path):
    return zlib.crc32(path.read_bytes())


@pytest.mark.parametrize("most", [0, 5 << 20, 1 << 30])
def test_arrays_are_read_ahead_and_summed_up(most, numbers, monkeypatch):
    """Of any part of the file: none of it, the first array, all of it."""
    monkeypatch.setattr(_content, "_MOST", most)
    path, arrays = numbers
    meter = read.Meter("m.h5", 1 << 30, read.Budget())
    with _hdf5.hdf5_tree(path, meter) as (root, content):
        for _ in range(2):
            with content.ahead(_crc(path)):
                values = {name: array.read() for name, array in root.children.items()}
                again = root.children["a"].read()
                assert not np.shares_memory(again, values["a"])
            for name, array in arrays.items():
                np.testing.assert_array_equal(values[name], array)
        with content.ahead(_crc(path)):
            pass
        with pytest.raises(read.BrokenFileError, match="CRC"), content.ahead(_crc(path) ^ 1):
            root.children["c"].read()
    with pytest.raises(read.BrokenFileError, match="closed"):
        root.children["a"].read()


def test_no_array_is_given_out_of_a_file_with_another_sum(numbers):
    """However often somebody asks, and whether or not the error is caught."""
    path, arrays = numbers
    meter = read.Meter("m.h5", 1 << 30, read.Budget())
    with _hdf5.hdf5_tree(path, meter) as (root, content):
        with pytest.raises(read.BrokenFileError, match="CRC"), content.ahead(_crc(path) ^ 1):
            for name in [*arrays] * 2:
                with pytest.raises(read.BrokenFileError, match="CRC"):
                    root.children[name].read()


@pytest.mark.parametrize("most", [0, 1 << 30])
@pytest.mark.parametrize("known", [False, True])
def test_a_file_that_is_cut_off_while_it_is_read_is_refused(most, known, numbers, monkeypatch):
    monkeypatch.setattr(_content, "_MOST", most)
    path, arrays = numbers
    crc, nbytes = _crc(path), path.stat().st_size
    meter = read.Meter("m.h5", 1 << 30, read.Budget())
    with _hdf5.hdf5_tree(path, meter) as (root, content):
        with open(path, "r+b") as file:
            file.truncate(nbytes - 8)
        with pytest.raises(read.BrokenFileError, match="ends within"):
            with content.ahead(crc if known else None):
                for name in arrays:
                    root.children[name].read()


def test_threads_read_before_they_are_asked(numbers, monkeypatch):
    path, arrays = numbers
    done, read_at, main = threading.Event(), _member.Member.read_at, threading.get_ident()
    by = []

    def noted(self, at, buffers):
        read_at(self, at, buffers)
        by.append((sum(map(len, buffers)), threading.get_ident() != main))
        done.set()

    monkeypatch.setattr(_member.Member, "read_at", noted)
    meter = read.Meter("m.h5", 1 << 30, read.Budget())
    for busy in (False, True):
        done.clear()
        with _hdf5.hdf5_tree(path, meter) as (root, content), content.ahead(busy=busy):
            assert done.wait(60)
            for name, array in arrays.items():
                np.testing.assert_array_equal(root.children[name].read(), array)
    nbytes = sum(array.nbytes for array in arrays.values())
    assert len(by) == 2 and all(n >= nbytes and in_thread for n, in_thread in by)


def test_a_file_that_shrinks_is_reported(numbers):
    """By the array that is not there any more, and by the sum."""
    path, _ = numbers
    meter, crc = read.Meter("m.h5", 1 << 30, read.Budget()), _crc(path)
    with _hdf5.hdf5_tree(path, meter) as (root, content):
        with open(path, "r+b") as file:
            file.truncate(1 << 20)
        with pytest.raises(read.BrokenFileError, match="truncated"), content.ahead():
            root.children["a"].read()
        with pytest.raises(read.BrokenFileError, match="truncated"), content.ahead(crc):
            pass


@pytest.mark.parametrize("nbytes", [0, 3, 1 << 22, _LONG, _LONG + _sums.NEAR, _LONG + 700_001])
def test_sums_are_those_of_zlib(nbytes):
    """However the bytes are cut, and wherever they end in the turns of the long way."""
    rng = np.random.default_rng(0)
    data = rng.bytes(nbytes)
    cuts = [0, *sorted(rng.integers(0, nbytes + 1, 30).tolist()), nbytes]
    pieces = [data[a:b] for a, b in itertools.pairwise(cuts)]
    assert _sums.crc32_of(pieces, nbytes) == zlib.crc32(data)


def test_a_sum_tells_every_bit():
    data = bytearray(np.random.default_rng(0).bytes(_LONG))
    for at in (0, 2_000_000, _LONG - 1):
        data[at] ^= 1
        assert _sums.crc32_of([data], len(data)) == zlib.crc32(data)


def test_the_bytes_that_a_byte_is_added_to_stand_for_it():
    near, far = (_sums.power_of_x(8 * n) for n in (_sums.FAR - _sums.NEAR, _sums.FAR))
    one = _sums.power_of_x(0)
    assert far == near ^ one and _sums.power_of_x(2**32 - 1) == one


def test_numbers_of_keras_have_their_names():
    """Eight bits, which HDF5 does not have."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["x"] = np.ones(2, ml_dtypes.float8_e4m3fn).view("V1")
        file["x"].attrs["dtype"] = "float8_e4m3fn"
    found = _everything(stream, 1 << 20)[0]
    assert found["x"][:3] == ((2,), "float8_e4m3fn", 2)
