"""`HDF5Matrix`, samples of a file in place of an array."""

import h5py
import numpy as np
import pytest

import kerajax
from kerajax.utils._hdf5_matrix import HDF5Matrix


@pytest.fixture
def path(tmp_path, rng):
    """A file with 40 samples."""
    path = str(tmp_path / "data.h5")
    with h5py.File(path, "w") as file:
        file["x"] = rng.normal(size=(40, 3)).astype("float32")
        file["y"] = np.arange(40.0, dtype="float32")
    return path


def test_reads_as_an_array_of_the_samples_reads(path):
    """Ints, slices, lists, repeated and falling numbers and masks, within start and end."""
    with h5py.File(path) as file:
        wanted = file["x"][4:34] * 2
    x = HDF5Matrix(path, "x", 4, 34, normalizer=lambda a: a * 2)
    assert (len(x), x.shape, x.ndim, x.size, x.dtype) == (30, (30, 3), 2, 90, np.float32)
    mask = np.arange(30) % 3 == 0
    for key in (0, -1, slice(2, 9), slice(None), slice(9, 2, -3), slice(5, 5), [7, 3, 3], mask):
        np.testing.assert_array_equal(x[key], wanted[key])
    np.testing.assert_array_equal(np.asarray(x), wanted)
    with pytest.raises(IndexError, match="has the samples 0 to 29"):
        x[30]


def test_trains_as_the_array_would(path):
    """`fit` with batches in a new order, `evaluate` and `predict` take it."""
    with h5py.File(path) as file:
        arrays = file["x"][:32], file["y"][:32]
    losses = []
    for x, y in (arrays, (HDF5Matrix(path, "x", 0, 32), HDF5Matrix(path, "y", 0, 32))):
        kerajax.utils.set_random_seed(3)
        model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(x, y, epochs=2, shuffle="batch", batch_size=8, verbose=0)
        outputs = model.predict(x, verbose=0)
        losses.append((*history.history["loss"], model.evaluate(x, y, verbose=0), outputs.sum()))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
