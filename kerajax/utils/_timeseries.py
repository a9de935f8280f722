"""`timeseries_dataset_from_array`."""

import numpy as np

from kerajax.utils._batched_dataset import BatchedDataset, for_program
from kerajax.utils._optional import require_grain


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
    format="tf",  # noqa: A002 - Keras' name
):
    """A data set of windows that slide over a time series.

    Args:
        data: Array whose first axis is time.
        targets: Array with the target of the window that begins at each time, or None.
        sequence_length: Int. Steps in a window.
        sequence_stride: Int. Steps from one window to the next.
        sampling_rate: Int. Steps of the series from one entry of a window to the next.
        batch_size: Int, or None for single windows.
        shuffle: Bool. Whether windows come in a random order, in a new one for each pass.
        seed: Optional int.
        start_index: Optional int: data before it is not used.
        end_index: Optional int: data from it on is not used.
        format: `"tf"` for a `BatchedDataset` of numpy arrays, `"grain"` for a data set of the
            package grain.

    Returns:
        A data set of windows `(batch, sequence_length, ...)`, or of pairs `(windows, targets)`.

    Raises:
        ValueError: If an index, stride or rate does not fit the data.

    Example:

    >>> series = np.arange(6)
    >>> [windows.tolist() for windows in timeseries_dataset_from_array(series, None, 3, 2)]
    [[[0, 1, 2], [2, 3, 4]]]
    """
    _check_indices(len(data), start_index, end_index)
    for name, value in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if value <= 0:
            raise ValueError(f"`{name}` must be higher than 0. Received: {name}={value}")
        if value >= len(data):
            raise ValueError(
                f"`{name}` must be lower than the length of the data. Received: {name}={value}, "
                f"for data of length {len(data)}"
            )
    if format not in ("tf", "grain"):
        raise ValueError(f'`format` should be either "tf" or "grain". Received: format={format}')
    start, end = start_index or 0, len(data) if end_index is None else end_index
    count = end - start - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
    begins = np.arange(0, count, sequence_stride)
    steps = np.arange(sequence_length) * sampling_rate
    series = np.asarray(data)[start:end]
    goals = None if targets is None else np.asarray(targets)[start:]

    def take(index):
        windows = series[begins[index][..., None] + steps]
        return windows if goals is None else (windows, goals[begins[index]])

    if shuffle and seed is None:
        seed = np.random.randint(int(1e6))
    if format == "tf":
        return for_program(BatchedDataset(len(begins), take, batch_size, shuffle, seed))
    dataset = require_grain().MapDataset.source(range(len(begins)))
    dataset = dataset.shuffle(seed=seed) if shuffle else dataset
    dataset = dataset.map(take).to_iter_dataset()
    return dataset if batch_size is None else dataset.batch(batch_size)


def _check_indices(length, start, end):
    if start is not None and not 0 <= start < length:
        bound = "0 or greater" if start < 0 else "lower than the length of the data"
        raise ValueError(
            f"`start_index` must be {bound}. Received: start_index={start}, for data of length "
            f"{length}"
        )
    if not end:
        return
    if start and end <= start:
        raise ValueError(
            "`end_index` must be higher than `start_index`. Received: "
            f"start_index={start}, and end_index={end}"
        )
    if end >= length:
        raise ValueError(
            "`end_index` must be lower than the length of the data. Received: "
            f"end_index={end}, for data of length {length}"
        )
    if end < 0:
        raise ValueError(f"`end_index` must be higher than 0. Received: end_index={end}")
