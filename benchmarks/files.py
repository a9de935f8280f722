"""What saving and loading weights costs: a model of a package, or the same arrays through h5py."""

import atexit
import importlib
import os
import shutil
import tempfile

import h5py
import numpy as np

# 25 square kernels of 4 MiB and their biases: 100 MiB.
LAYERS, UNITS = 25, 1024


def square_model(keras, layers=LAYERS, units=UNITS):
    """A model of `layers` square kernels with biases, made by a package with Keras' interface."""
    parts = [keras.layers.Dense(units) for _ in range(layers)]
    return keras.Sequential([keras.Input((units,)), *parts])


def write_arrays(path, arrays):
    """Writes arrays by number into an HDF5 file, as h5py does it without being told more."""
    with h5py.File(path, "w") as file:
        for i, array in enumerate(arrays):
            file.create_dataset(str(i), data=array)


class FilesTrial:
    """Writes weights into one file and reads them back.

    Args:
        candidate: "h5py", or the name of a module with Keras' interface.
    """

    def __init__(self, candidate):
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.path = os.path.join(folder, "model.weights.h5")
        if candidate == "h5py":
            rng = np.random.default_rng(0)
            shapes = [(UNITS, UNITS), (UNITS,)] * LAYERS
            self.arrays = [rng.random(shape, dtype="float32") for shape in shapes]
            self.save = lambda: write_arrays(self.path, self.arrays)
            self.load = self._read
            return
        self.model = square_model(importlib.import_module(candidate))
        self.save = lambda: self.model.save_weights(self.path)
        self.load = lambda: self.model.load_weights(self.path)

    def files(self, calls):
        """Saves and loads, `calls` times."""
        for _ in range(calls):
            self.save()
            self.load()
        return []

    def _read(self):
        with h5py.File(self.path) as file:
            for i in range(len(self.arrays)):
                file[str(i)][()]
