"""BatchedDataset: numpy batches of samples that are known by number."""

import copy
import sys

import numpy as np

from kerajax import tree
from kerajax._checks import positive_int


class BatchedDataset:
    """A data set that can be read again and again: each pass yields batches of numpy arrays.

    `fit`, `evaluate` and `predict` take it as it is. It is what functions such as
    `kerajax.utils.image_dataset_from_directory` return. Programs that import TensorFlow get a
    `tf.data.Dataset` of the same batches from them, as with Keras.

    Args:
        size: Int. Number of samples.
        take: Function of an int array of sample numbers that returns their batch: an array, or a
            tuple or dict of arrays, with the samples along the first axis.
        batch_size: Int, or None to yield single samples.
        shuffle: Bool. Whether each pass takes the samples in a new order.
        seed: Int. Of the orders.

    Attributes:
        class_names: List of strings, or None: names of the classes, where labels are classes.
        file_paths: List of strings, or None: the files of the samples, in order.

    Example:

    >>> squares = BatchedDataset(5, lambda i: (i, i**2), batch_size=2)
    >>> len(squares), [y.tolist() for x, y in squares]
    (3, [[0, 1], [4, 9], [16]])
    >>> [y.tolist() for y in squares.map(lambda x, y: -y).take(1)]
    [[0, -1]]
    """

    def __init__(self, size, take, batch_size=32, shuffle=False, seed=None):
        self.size = size
        self.batch_size = batch_size
        if batch_size is not None:
            self.batch_size = positive_int(batch_size, "batch_size", self)
        self.class_names = None
        self.file_paths = None
        self._take = take
        self._random = np.random.RandomState(seed) if shuffle else None
        self._functions = ()
        self._limit = None

    def __len__(self):
        whole = self.size if self.batch_size is None else -(-self.size // self.batch_size)
        return whole if self._limit is None else min(whole, self._limit)

    def __iter__(self):
        order = np.arange(self.size)
        if self._random is not None:
            self._random.shuffle(order)
        for i in range(len(self)):
            if self.batch_size is None:
                batch = tree.map_structure(lambda a: a[0], self._take(order[i : i + 1]))
            else:
                batch = self._take(order[i * self.batch_size : (i + 1) * self.batch_size])
            for function in self._functions:
                batch = function(*batch) if isinstance(batch, tuple) else function(batch)
            yield batch

    def map(self, function, num_parallel_calls=None):
        """The data set with a function applied to each batch; tuples are its arguments.

        Args:
            function: Function.
            num_parallel_calls: Kept for scripts written for `tf.data`.
        """
        return self._with(_functions=(*self._functions, function))

    def batch(self, batch_size):
        """The same samples in batches of another size.

        Raises:
            ValueError: If a function was mapped before, which has seen the old batches.
        """
        if self._functions or self._limit is not None:
            raise ValueError(
                "`batch` must come before `map` and `take`, which work on batches. Call "
                "`dataset.batch(batch_size).map(function)`."
            )
        return self._with(batch_size=positive_int(batch_size, "batch_size", self))

    def take(self, count):
        """The data set of the first batches."""
        limit = count if self._limit is None else min(count, self._limit)
        return self._with(_limit=limit)

    def cardinality(self) -> int:
        """Number of batches in a pass."""
        return len(self)

    def as_numpy_iterator(self):
        """An iterator over the batches of one pass."""
        return iter(self)

    def prefetch(self, buffer_size=None):
        """The data set itself: `fit` reads ahead anyway."""
        return self

    def cache(self):
        """The data set itself; files that were read lately are in memory anyway."""
        return self

    def __getattr__(self, name):
        hint = (
            ""
            if name.startswith("_")
            else " In programs that import TensorFlow, where it is installed, the function that "
            "made it gives a `tf.data.Dataset`."
        )
        raise AttributeError(f"BatchedDataset has no attribute {name!r}.{hint}")

    def _with(self, **changes):
        changed = copy.copy(self)
        changed.__dict__.update(changes)
        return changed


def for_program(dataset):
    """A `BatchedDataset` as the program expects it: of TensorFlow, where it works with that.

    Args:
        dataset: `BatchedDataset` without functions.

    Returns:
        A `tf.data.Dataset` with the same batches if the program has imported an installed
        TensorFlow, else `dataset`.
    """
    tf = sys.modules.get("tensorflow")
    if getattr(tf, "data", None) is None:
        return dataset
    batched = dataset.batch_size is not None

    def spec(array):
        dtype = tf.string if array.dtype.kind == "U" else array.dtype
        return tf.TensorSpec((*((None,) if batched else ()), *array.shape[1:]), dtype)

    signature = tree.map_structure(spec, dataset._take(np.arange(1)))
    made = tf.data.Dataset.from_generator(lambda: iter(dataset), output_signature=signature)
    made = made.apply(tf.data.experimental.assert_cardinality(len(dataset)))
    if batched:
        made._batch_size = dataset.batch_size
    return made


def stacked(samples):
    """Samples as one batch: arrays stacked, strings as an array of strings.

    Example:

    >>> stacked([("a", np.zeros(2)), ("b", np.ones(2))])[1].shape
    (2, 2)
    """
    return tree.map_structure(lambda *parts: np.stack([np.asarray(p) for p in parts]), *samples)
