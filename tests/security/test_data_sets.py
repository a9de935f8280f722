"""Files of data sets: no code in them runs, and no size is believed."""

import pickle
import zipfile

import numpy as np
import pytest

from kerajax import datasets
from kerajax.datasets import _files


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
