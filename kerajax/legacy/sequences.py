"""Windows of series and pairs of words, as `keras.preprocessing.sequence` had them.

Today `timeseries_dataset_from_array` makes the windows.
"""

import json
import random

import numpy as np

from kerajax.utils import PyDataset


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a series, each with the target of the step after it.

    Args:
        data: Array or list `(time, ...)`.
        targets: Array or list `(time, ...)`.
        length: Int. Length of a window, in steps of the series.
        sampling_rate: Int. Every so many steps of a window are kept.
        stride: Int. Steps between the beginnings of windows.
        start_index: Int. First step in use.
        end_index: Int. Last step in use; the last one if None.
        shuffle: Bool. Whether windows are drawn at random, with replacement.
        reverse: Bool. Whether the steps of a window are in reverse order.
        batch_size: Int. Windows in a batch.

    Raises:
        ValueError: If there are more data than targets or fewer, or no whole window.

    Example:

    >>> windows = TimeseriesGenerator(np.arange(10), np.arange(10), length=3, batch_size=2)
    >>> len(windows), windows[0][0].tolist(), windows[0][1].tolist()
    (4, [[0, 1, 2], [1, 2, 3]], [3, 4])
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
    ):
        super().__init__()
        if len(data) != len(targets):
            raise ValueError(
                "TimeseriesGenerator needs as many targets as data, but received "
                f"{len(targets)} targets for {len(data)} steps of data."
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"TimeseriesGenerator finds no window of length={length} between start_index="
                f"{start_index} and end_index={self.end_index}. Pass a smaller `length`."
            )

    def __len__(self):
        steps = self.batch_size * self.stride
        return (self.end_index - self.start_index + steps) // steps

    def __getitem__(self, index):
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            last = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, last, self.stride)
        windows = [self.data[row - self.length : row : self.sampling_rate] for row in rows]
        samples, targets = np.array(windows), np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1], targets) if self.reverse else (samples, targets)

    def get_config(self):
        """Arguments, with data and targets as JSON."""
        names = "length sampling_rate stride end_index shuffle reverse batch_size".split()
        return {
            "data": json.dumps(np.asarray(self.data).tolist()),
            "targets": json.dumps(np.asarray(self.targets).tolist()),
            "start_index": self.start_index - self.length,
            **{name: getattr(self, name) for name in names},
        }

    def to_json(self, **kwargs):
        """The generator as a string that `timeseries_generator_from_json` reads.

        Args:
            **kwargs: Passed to `json.dumps`.
        """
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def timeseries_generator_from_json(json_string):
    """The generator that `TimeseriesGenerator.to_json` wrote."""
    config = dict(json.loads(json_string)["config"])
    for name in ("data", "targets"):
        config[name] = np.array(json.loads(config[name]))
    return TimeseriesGenerator(**config)


def make_sampling_table(size, sampling_factor=1e-5):
    """The probability to keep the word of each rank, for `skipgrams`.

    `p = min(1, sqrt(sampling_factor / f))`, where the frequency `f` of the word of rank `r` follows
    Zipf's law, `1 / f = r * (log(r) + 0.577) + 1/2 - 1 / (12 * r)`.

    Args:
        size: Int. Number of words.
        sampling_factor: Float. The frequency above which words are left out at times.

    Returns:
        numpy array `(size,)`, float.

    Example:

    >>> make_sampling_table(3).round(4)
    array([0.0032, 0.0032, 0.0055])

    Reference:
        Mikolov et al., 2013, "Distributed Representations of Words and Phrases and their
        Compositionality", https://arxiv.org/abs/1310.4546
    """
    rank = np.maximum(np.arange(size), 1)
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs of words that stand near each other, label 1, and pairs at random, label 0.

    Args:
        sequence: List of ints, the numbers of words; 0 is no word.
        vocabulary_size: Int. Number of words, 0 included.
        window_size: Int. How many words apart a pair may stand.
        negative_samples: Float >= 0. Pairs at random for each pair of neighbours.
        shuffle: Bool. Whether the pairs come in random order.
        categorical: Bool. Whether labels are `[0, 1]` and `[1, 0]`.
        sampling_table: Optional array, the probability to keep each word.
        seed: Optional int for the order.

    Returns:
        `(couples, labels)`: a list of pairs `[word, other]`, and the list of their labels.

    Example:

    >>> skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
    ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    near, far = ([0, 1], [1, 0]) if categorical else (1, 0)
    couples = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                couples.append([word, sequence[j]])
    labels = [near] * len(couples)
    if negative_samples > 0 and couples:
        words = [word for word, _ in couples]
        random.shuffle(words)
        for i in range(int(len(labels) * negative_samples)):
            couples.append([words[i % len(words)], random.randint(1, vocabulary_size - 1)])
            labels.append(far)
    if shuffle:
        pairs = list(zip(couples, labels, strict=True))
        random.Random(random.randint(0, 10**7) if seed is None else seed).shuffle(pairs)
        couples, labels = [couple for couple, _ in pairs], [label for _, label in pairs]
    return couples, labels
