"""Saving and loading a model of 100 MiB: by a package with Keras' interface, or the same by h5py.

The row `save_load` of `python -m benchmarks` and the table of `python -m benchmarks.save_load` are
both made of these. A package writes a file whole or not at all, which takes a flush to the disk, so
h5py's side flushes, too.
"""

import atexit
import importlib
import os
import shutil
import tempfile

import h5py
import numpy as np

# 25 square kernels of 4 MiB and their biases: 100 MiB.
LAYERS, UNITS = 25, 1024


class BareFile:
    """Arrays in an HDF5 file, written and read as h5py does it without being told more.

    Args:
        folder: Path of a folder.
        arrays: Function that gives the arrays to write.
    """

    def __init__(self, folder, arrays):
        self._path, self._arrays = os.path.join(folder, "h5py.h5"), arrays

    def save(self):
        """Writes the arrays by number, down to the disk."""
        with h5py.File(self._path, "w") as file:
            for i, array in enumerate(self._arrays()):
                file.create_dataset(str(i), data=array)
        descriptor = os.open(self._path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    def load(self, put=lambda array: array):
        """Reads the arrays, and puts each where it is to be."""
        with h5py.File(self._path) as file:
            return [put(file[str(i)][()]) for i in range(len(file))]


class ModelFiles:
    """A model of square kernels with biases, and the files it goes through.

    Args:
        package: Name of a module with Keras' interface.
        folder: Path of a folder.
        layers: Int. Number of layers.
        units: Int. Their width.
    """

    def __init__(self, package, folder, layers=LAYERS, units=UNITS):
        self._keras, self._folder = importlib.import_module(package), folder
        parts = [self._keras.layers.Dense(units) for _ in range(layers)]
        self.model = self._keras.Sequential([self._keras.Input((units,)), *parts])

    def save(self, suffix):
        """Writes the weights, or all of the model where the suffix is that of models."""
        weights = suffix == ".weights.h5"
        (self.model.save_weights if weights else self.model.save)(self._path(suffix))

    def load_weights(self, suffix):
        """Reads the weights into the model."""
        self.model.load_weights(self._path(suffix))

    def load_model(self, suffix):
        """Reads another model."""
        return self._keras.models.load_model(self._path(suffix))

    def _path(self, suffix):
        return os.path.join(self._folder, f"model{suffix}")


class FilesTrial:
    """Writes weights into one file and reads them back.

    Args:
        candidate: "h5py", or the name of a module with Keras' interface.
    """

    def __init__(self, candidate):
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        if candidate == "h5py":
            rng = np.random.default_rng(0)
            shapes = [(UNITS, UNITS), (UNITS,)] * LAYERS
            arrays = [rng.random(shape, dtype="float32") for shape in shapes]
            bare = BareFile(folder, lambda: arrays)
            self._steps = (bare.save, bare.load)
            return
        files = ModelFiles(candidate, folder)
        self._steps = (lambda: files.save(".weights.h5"), lambda: files.load_weights(".weights.h5"))

    def files(self, calls):
        """Saves and loads, `calls` times."""
        for _ in range(calls):
            for step in self._steps:
                step()
        return []
