"""A container is known by its first bytes; what is no container is named."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from kerajax.saving import read

_MODEL = Path(__file__).parents[3] / "tests" / "fixtures" / "keras-2.2.4-tf__cnn2d.h5"


def test_suffix_does_not_matter(tmp_path):
    """HDF5 in a file called `.keras`, as TensorFlow up to 2.12 wrote it."""
    path = shutil.copy(_MODEL, tmp_path / "model.keras")
    assert read.identify(path) == "hdf5"
    with read.open_model_file(path) as record:
        assert record.writer == read.Writer("2.2", "2.2.4", "tensorflow")


def test_missing_file_is_a_value_error_and_a_file_not_found_error(tmp_path):
    """Keras raises the one or the other, depending on the suffix; scripts catch either."""
    with pytest.raises(FileNotFoundError, match="File not found"):
        read.identify(tmp_path / "none.keras")
    with pytest.raises(ValueError, match="none.h5"):
        read.identify(tmp_path / "none.h5")


@pytest.mark.parametrize(
    ("marker", "hint"),
    [(None, "Pass the path"), ("saved_model.pb", "SavedModel"), ("config.json", "unpacked")],
)
def test_folders_are_named(tmp_path, marker, hint):
    """The message says what the folder is."""
    if marker:
        (tmp_path / marker).touch()
    with pytest.raises(read.BrokenFileError, match=hint):
        read.identify(tmp_path)


def test_pipes_are_not_read(tmp_path):
    """Opening a pipe would wait for a writer for ever."""
    os.mkfifo(tmp_path / "pipe.h5")
    with pytest.raises(read.UnsafeFileError, match="pipe"):
        read.identify(tmp_path / "pipe.h5")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06" + bytes(18), bytes(100)])
def test_other_files_are_named(tmp_path, content):
    """Neither HDF5, zip nor JSON."""
    path = tmp_path / "m.h5"
    path.write_bytes(content)
    with pytest.raises(read.BrokenFileError, match=r"m\.h5.*but it (is empty|starts with)"):
        read.identify(path)


def test_truncated_files_are_broken(tmp_path):
    """Cut anywhere, a file gives BrokenFileError and nothing else."""
    whole = _MODEL.read_bytes()
    path = tmp_path / "m.h5"
    for length in [0, 7, 8, 100, 2048, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(read.BrokenFileError, match=r"m\.h5"), read.open_model_file(path):
            pass


def test_damaged_bytes_give_reader_errors_or_a_record(tmp_path):
    """Random damage never escapes as an error of h5py or as a crash."""
    rng = np.random.default_rng(0)
    whole = np.frombuffer(_MODEL.read_bytes(), np.uint8)
    path = tmp_path / "m.h5"
    for _ in range(150):
        damaged = whole.copy()
        places = rng.integers(0, len(whole), 8)
        damaged[places] = rng.integers(0, 256, 8)
        path.write_bytes(damaged.tobytes())
        try:
            with read.open_model_file(path) as record:
                if isinstance(record, read.LegacyFile):
                    for layer in record.layers:
                        for _, array in layer.weights:
                            array.read()
        except read.UnreadableFileError:
            pass
