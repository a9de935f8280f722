"""`split_dataset`."""

import random

import numpy as np

from kerajax import tree
from kerajax.utils._batched_dataset import BatchedDataset, for_program, stacked


def split_dataset(
    dataset, left_size=None, right_size=None, shuffle=False, seed=None, preferred_backend=None
):
    """Splits a data set into two, for instance for training and for validation.

    Args:
        dataset: Array, list or tuple of arrays of one length; or a data set: one of this package,
            of TensorFlow, torch, or an iterable of samples. A data set of batches is split by
            samples.
        left_size: Int, the number of samples of the first part, or float, its fraction. The rest
            if None.
        right_size: The same for the second part.
        shuffle: Bool. Whether samples are shuffled first.
        seed: Optional int.
        preferred_backend: Only None, `"jax"` or `"numpy"`.

    Returns:
        Pair of `BatchedDataset`. They yield single samples, unless `dataset` yields batches of a
        known size; `.batch(32)` makes batches of them.

    Raises:
        TypeError: If `dataset` cannot be split, or a size is no number.
        ValueError: If sizes are missing, or do not fit the data.

    Example:

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> len(left), [int(x) for x in right]
    (8, [8, 9])
    """
    if preferred_backend not in (None, "jax", "numpy"):
        raise ValueError(
            "split_dataset makes data sets of numpy arrays, which every backend reads, but "
            f"received preferred_backend={preferred_backend!r}. Leave it out."
        )
    size, take, batch_size = _samples_of(dataset)
    if left_size is None and right_size is None:
        raise ValueError(
            "At least one of the `left_size` or `right_size` must be specified. Received: "
            "left_size=None and right_size=None"
        )
    left, right = _sizes(left_size, right_size, size)
    order = list(range(size))
    if shuffle:
        random.Random(seed).shuffle(order)
    parts = order[:left], order[size - right :]
    return tuple(_part(take, np.array(part), batch_size) for part in parts)


def _part(take, order, batch_size):
    return for_program(BatchedDataset(len(order), lambda index: take(order[index]), batch_size))


def _samples_of(dataset):
    """Number of samples, function of their numbers that returns a batch, and the batch size."""
    if isinstance(dataset, (list, tuple)):
        _check_arrays(dataset)
        arrays = tuple(dataset)
        return len(arrays[0]), lambda index: tuple(a[index] for a in arrays), None
    if isinstance(dataset, np.ndarray):
        return len(dataset), lambda index: dataset[index], None
    batch_size = None
    if isinstance(dataset, BatchedDataset):
        batch_size = dataset.batch_size
        samples = [sample for batch in dataset for sample in _unstacked(batch, batch_size)]
    elif hasattr(dataset, "unbatch") and hasattr(dataset, "_batch_size"):
        batch_size = int(dataset._batch_size)
        samples = list(dataset.unbatch())
    elif hasattr(dataset, "__iter__"):
        samples = list(dataset)
    elif hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__"):
        samples = [dataset[i] for i in range(len(dataset))]
    else:
        raise TypeError(
            "The `dataset` argument must be an array, a list/tuple of arrays, or a data set. "
            f"Received: dataset={dataset} of type {type(dataset)}"
        )
    return len(samples), lambda index: stacked([samples[i] for i in index]), batch_size


def _check_arrays(arrays):
    kind = type(arrays).__name__
    if not arrays:
        raise ValueError(f"Received an empty {kind} dataset. Please provide arrays.")
    for i, array in enumerate(arrays):
        if not isinstance(array, np.ndarray):
            raise ValueError(
                f"Expected a {kind} of `numpy.ndarray` objects, Received: {type(array)} at index "
                f"{i}."
            )
        if len(array) != len(arrays[0]):
            raise ValueError(
                f"Received a {kind} of NumPy arrays with different lengths. Mismatch found at "
                f"index {i}, Expected shape={arrays[0].shape} Received shape={array.shape}."
            )


def _unstacked(batch, batch_size):
    if batch_size is None:
        return [batch]
    count = len(tree.flatten(batch)[0])
    return [tree.map_structure(lambda a, i=i: a[i], batch) for i in range(count)]


def _sizes(left, right, total):
    for name, size in (("left_size", left), ("right_size", right)):
        if size is None:
            continue
        if isinstance(size, bool) or not isinstance(size, (int, float)):
            raise TypeError(
                f"Invalid `{name}` Type. Expected: int or float or None, Received: "
                f"type({name})={type(size)}."
            )
        if not 0 < size < (total if isinstance(size, int) else 1):
            raise ValueError(
                f"`{name}` should be either a positive integer smaller than {total}, or a float "
                f"within the range `[0, 1]`. Received: {name}={size}"
            )
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError(
            "The sum of `left_size` and `right_size` is greater than 1. It must be less than or "
            f"equal to 1. Received: left_size={left}, right_size={right}"
        )
    left, right = (round(s * total) if isinstance(s, float) else s for s in (left, right))
    left = total - right if left is None else left
    right = total - left if right is None else right
    if left + right > total:
        raise ValueError(
            f"The sum of `left_size` and `right_size` should be smaller than the {total}. "
            f"Received: left_size + right_size = {left + right} and total_length = {total}"
        )
    if not left or not right:
        raise ValueError(
            f"With `dataset` of length={total}, `left_size`={left} and `right_size`={right}, one "
            "of the resulting datasets will be empty. Adjust any of the aforementioned parameters"
        )
    return left, right
