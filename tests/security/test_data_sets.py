"""Files of data sets: no code in them runs, and no size is believed."""

import gzip
import pickle
import zipfile

import numpy as np
import pytest

from kerajax import datasets
from kerajax.datasets import _files

from . import containment


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder that is the cache."""
    monkeypatch.setattr(_files, "get_file", lambda name, **_: str(tmp_path / name))
    return tmp_path


class _Command:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


def test_pickles_in_data_sets_run_nothing(files):
    """Neither in an `.npz` nor in a batch of CIFAR."""
    marker = files / "ran"
    evil = np.empty(1, object)
    evil[0] = _Command(marker)
    np.savez(files / "imdb.npz", x_train=evil)
    with pytest.raises(pickle.UnpicklingError, match="open"):
        datasets.imdb.load_data()
    (files / "batch").write_bytes(pickle.dumps({b"data": _Command(marker)}))
    with pytest.raises(pickle.UnpicklingError, match="open"):
        datasets.cifar.load_batch(files / "batch")
    huge = pickle.dumps(np.empty(0)).replace(b"K\x00\x85", b"J\xff\xff\xff\x7f\x85", 1)
    (files / "huge").write_bytes(huge)
    with pytest.raises(pickle.UnpicklingError, match="from nothing"):
        datasets.cifar.load_batch(files / "huge")
    assert not marker.exists()


def test_data_sets_that_claim_more_than_they_have(files):
    """Sizes are compared with what is there before memory is taken."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}\n"
    npy = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(files / "mnist.npz", "w") as archive:
        archive.writestr("x_train.npy", npy)
    with pytest.raises(ValueError, match="has 0 bytes"):
        datasets.mnist.load_data()
    with zipfile.ZipFile(files / "mnist.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", bytes(1 << 28))
    with pytest.raises(ValueError, match="Do not use it"):
        datasets.mnist.load_data()


def test_pickles_of_a_few_bytes_take_no_table(files):
    """The number under which a value is kept may be any; C's table would be of that length."""
    (files / "batch").write_bytes(b"\x80\x02}r\xff\xff\xff\x0f.")
    before = containment._reset_peak()
    with pytest.raises(ValueError, match="KeyError"):
        datasets.cifar.load_batch(files / "batch")
    assert containment._peak() - before < 64 << 20


def test_images_that_unpack_to_more_than_a_file_may(files):
    """A gzip stream stores zeros in a thousandth of their size."""
    name = "train-labels-idx1-ubyte.gz"
    (files / name).write_bytes(gzip.compress(bytes(1 << 27)))
    before = containment._reset_peak()
    with pytest.raises(ValueError, match="Do not use it"):
        datasets.fashion_mnist.load_data()
    assert containment._peak() - before < 96 << 20


@pytest.mark.parametrize("content", [b"\0", b"PK\x03\x04", b"\x1f\x8b\x08", b"{"])
def test_damaged_data_sets_are_said_to_be_damaged(content, files):
    """One family of errors for what zip, gzip, JSON and pickle raise; scripts catch either base."""
    for name in ("mnist.npz", "train-labels-idx1-ubyte.gz", "imdb_word_index.json", "batch"):
        (files / name).write_bytes(content)
    for load in (
        datasets.mnist.load_data,
        datasets.fashion_mnist.load_data,
        datasets.imdb.get_word_index,
        lambda: datasets.cifar.load_batch(files / "batch"),
    ):
        with pytest.raises(ValueError, match="delete it") as caught:
            load()
        assert isinstance(caught.value, OSError)
