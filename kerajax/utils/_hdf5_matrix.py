"""HDF5Matrix: a data set of an HDF5 file in place of an array, as Keras had it until 2.3."""

import h5py
import numpy as np


class HDF5Matrix:
    """Samples `start` to `end` of a data set in an HDF5 file, for `fit`, `evaluate` and `predict`.

    They are read when they are asked for.

    Args:
        datapath: Path of the file.
        dataset: Name of the data set.
        start: Int, the first sample.
        end: Optional int, the sample after the last.
        normalizer: Optional function of an array, applied to what is read.

    Attributes:
        shape: Tuple, of the normalized samples.
        dtype: dtype of the normalized samples.

    Raises:
        KeyError: If the file has no such data set.
        IndexError: When indexed beyond the last sample.

    Example:

    ```python
    x = HDF5Matrix("data.h5", "images", end=1000, normalizer=lambda x: x / 255)
    model.fit(x, HDF5Matrix("data.h5", "labels", end=1000))
    ```
    """

    def __init__(self, datapath, dataset, start=0, end=None, normalizer=None):
        self.data = h5py.File(datapath, "r")[dataset]
        self.start = start
        self.end = self.data.shape[0] if end is None else end
        self.normalizer = normalizer
        first = self._normalized(self.data[0:1])
        self._sample_shape, self.dtype = first.shape[1:], first.dtype

    def __len__(self):
        return self.end - self.start

    def __getitem__(self, key):
        if isinstance(key, slice):
            first, last, step = key.indices(len(self))
            if step > 0:
                return self._normalized(
                    self.data[self.start + first : self.start + max(first, last) : step]
                )
            return self[np.arange(first, last, step)]
        numbers = np.asarray(key)
        if numbers.dtype == bool:
            numbers = np.flatnonzero(numbers)
        if numbers.size and (numbers.max() >= len(self) or numbers.min() < -len(self)):
            raise IndexError(
                f"HDF5Matrix has the samples 0 to {len(self) - 1}, but was asked for {key!r:.80}."
            )
        # HDF5 reads rising numbers only, each once.
        rows, places = np.unique(numbers % max(len(self), 1), return_inverse=True)
        read = self._normalized(self.data[self.start + rows]) if rows.size else self[0:0]
        return read[places.reshape(numbers.shape)]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)

    @property
    def shape(self) -> tuple:
        """Number of samples, and the shape of one."""
        return (len(self), *self._sample_shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape))

    def _normalized(self, read):
        return read if self.normalizer is None else self.normalizer(read)
