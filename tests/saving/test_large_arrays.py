"""Large arrays in archives: written and read in place, not copied, checked by their sum."""

import contextlib
import io
import struct
import zipfile
import zlib

import h5py
import keras
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.saving import _own_state, read
from kerajax.saving.read import _sums


@pytest.fixture(scope="module")
def model():
    """A model with arrays above and below the size from which on they are streamed."""
    return kerajax.Sequential(
        [
            kerajax.Input((150,)),
            layers.Dense(200),
            layers.Dense(300, dtype="bfloat16"),
            layers.Dense(150, dtype="float16"),
            layers.BatchNormalization(dtype="float32"),
        ]
    )


@pytest.fixture(scope="module")
def archive(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "m.keras"
    model.save(path)
    return path


def _assert_same(variables, others):
    for a, b in zip(variables, others, strict=True):
        np.testing.assert_array_equal(np.asarray(a, "float32"), np.asarray(b, "float32"))


def test_archives_hold_what_hdf5_would_write(model, archive, tmp_path):
    """The member has the same arrays as a file of weights, and Keras reads it."""
    model.save_weights(tmp_path / "m.weights.h5")
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None
        file.extract("model.weights.h5", tmp_path)

    def arrays(path):
        found = {}
        with h5py.File(path) as file:
            file.visititems(
                lambda name, x: (
                    isinstance(x, h5py.Dataset)
                    and found.update({name: (x[()].tobytes(), x.dtype, dict(x.attrs))})
                )
            )
        return found

    assert arrays(tmp_path / "model.weights.h5") == arrays(tmp_path / "m.weights.h5")
    _assert_same(keras.saving.load_model(archive).weights, model.weights)
    _assert_same(kerajax.saving.load_model(archive).weights, model.weights)


def test_headers_of_the_weights_say_what_the_directory_says(model, monkeypatch):
    """The first is written before the weights, and corrected; the sum is that of long files."""
    monkeypatch.setattr(_sums, "_FEW", 0)
    stream = io.BytesIO(b"before")
    stream.seek(0, io.SEEK_END)
    model.save(stream)
    with zipfile.ZipFile(stream) as file:
        info = file.getinfo("model.weights.h5")
        content = file.read(info)
    assert (info.file_size, info.CRC) == (len(content), zlib.crc32(content))
    header = stream.getvalue()[info.header_offset :]
    (crc,) = struct.unpack_from("<I", header, 14)
    # The sizes are behind the name, among the extra fields, and after the kind and length of one.
    sizes = struct.unpack_from("<QQ", header, 30 + len(info.filename) + 4)
    assert (crc, *sizes) == (info.CRC, len(content), len(content))


def test_files_that_cannot_be_sought_in_get_archives(model):
    class Written(io.RawIOBase):
        def __init__(self):
            self.content = b""

        def write(self, data):
            self.content += bytes(data)
            return len(data)

    file = Written()
    model.save(file)
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.testzip() is None
        assert "model.weights.h5" in archive.namelist()


def test_nothing_is_left_beside_the_archive(archive):
    assert [file.name for file in archive.parent.iterdir()] == ["m.keras"]


def test_damaged_weights_are_found(model, archive, tmp_path):
    """By their sum, at the end of reading; the model has not changed then."""
    data = bytearray(archive.read_bytes())
    at = data.index(model.layers[0].kernel.numpy().tobytes())
    data[at + 7] ^= 1
    path = tmp_path / "m.keras"
    path.write_bytes(data)
    with pytest.raises(read.BrokenFileError, match="CRC"):
        kerajax.saving.load_model(path)
    other = kerajax.models.clone_model(model)
    before = other.get_weights()
    with pytest.raises(read.BrokenFileError, match="CRC"):
        other.load_weights(path)
    _assert_same(other.weights, before)
    with pytest.raises(read.BrokenFileError, match="CRC"):
        kerajax.saving.KerasFileEditor(path)


def test_damage_at_the_end_is_found_before_anything_is_assigned(
    model, archive, tmp_path, monkeypatch
):
    """Also where a layer of the user's catches the error."""
    data = bytearray(archive.read_bytes())
    gamma = model.layers[-1].gamma.numpy().tobytes()
    data[data.rindex(gamma) + len(gamma) - 1] ^= 1
    path = tmp_path / "m.keras"
    path.write_bytes(data)

    class Dense(layers.Dense):  # of the same name, by which files call it
        def load_own_variables(self, store):
            with contextlib.suppress(read.BrokenFileError):
                self.kernel.assign(store["0"])

    accept, accepted = kerajax.Variable._accept, []
    monkeypatch.setattr(
        kerajax.Variable, "_accept", lambda v, x: accepted.append(id(x)) or accept(v, x)
    )
    for dense in (layers.Dense, Dense):
        other = kerajax.Sequential([kerajax.Input((150,)), dense(200), *model.layers[1:]])
        before = [variable.value for variable in other.variables]
        with pytest.raises(read.BrokenFileError, match="CRC"):
            other.load_weights(path)
        assert all(v.value is value for v, value in zip(other.variables, before, strict=True))
        # The values before are given back, and nothing else is ever assigned.
        assert accepted and {*accepted} <= {id(value) for value in before}
        accepted.clear()


def test_layers_that_load_themselves_see_what_was_loaded_before(model, archive):
    first, seen = layers.Dense(200), []

    class Dense(layers.Dense):  # of the same name, by which files call it
        def load_own_variables(self, store):
            super().load_own_variables(store)
            seen.append(first.kernel.numpy())

    other = kerajax.Sequential(
        [kerajax.Input((150,)), first, Dense(300, dtype="bfloat16"), *model.layers[2:]]
    )
    other.load_weights(archive)
    np.testing.assert_array_equal(seen[0], model.layers[0].kernel)
    _assert_same(other.weights, model.weights)


def test_archives_that_are_cut_or_shifted_are_refused(archive, tmp_path):
    """Where the member begins is read from the file itself, and compared with the directory."""
    data = archive.read_bytes()
    with zipfile.ZipFile(archive) as file:
        start = file.getinfo("model.weights.h5").header_offset
    path = tmp_path / "m.keras"
    for place, value in ((start, b"XX"), (start + 28, b"\xff\xff"), (start + 30, b"X")):
        path.write_bytes(data[:place] + value + data[place + len(value) :])
        with pytest.raises(ValueError, match=r"m\.keras"):
            kerajax.saving.load_model(path)


def test_compressed_archives_are_read_as_before(model, archive, tmp_path):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    _assert_same(kerajax.saving.load_model(path).weights, model.weights)
    with open(archive, "rb") as stream:
        _assert_same(kerajax.saving.load_model(stream).weights, model.weights)


def test_variables_are_written_from_where_they_are(model):
    """On a CPU; what a class writes itself is its own matter."""
    kernel = model.layers[0].kernel
    state = _own_state.own_state(model.layers[0])
    assert np.shares_memory(state["0"], np.asarray(kernel.value))

    class Own(layers.Dense):
        def save_own_variables(self, store):
            store["only"] = self.kernel.numpy() + 1

        def load_own_variables(self, store):
            self.kernel.assign(store["only"][()] - 1)

    own = Own(2)
    own.build((None, 3))
    assert list(_own_state.own_state(own)) == ["only"]
