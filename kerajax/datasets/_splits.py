"""What the data sets do to samples: shuffle, split, and number the words anew."""

import inspect

import numpy as np


def drawing(seed):
    """The generator that draws the orders: numpy's of 2006, as the first Keras took it."""
    return np.random.RandomState(seed)


def shuffled(x, y, rng):
    """Samples and labels in an order that `rng` draws."""
    order = np.arange(len(x))
    rng.shuffle(order)
    return x[order], y[order]


def split(x, y, test_split):
    """`((x_train, y_train), (x_test, y_test))`, the tests being the last `test_split` of all."""
    if not 0 <= test_split < 1:
        raise ValueError(
            f"`test_split` must be at least 0 and below 1, but received: test_split={test_split}."
        )
    first = int(len(x) * (1 - test_split))
    return (x[:first], y[:first]), (x[first:], y[first:])


def renumbered(x, start_char, index_from):
    """Lists of word indices, all raised by `index_from`, `start_char` before each."""
    start = [] if start_char is None else [start_char]
    raised = index_from or 0
    return [start + [word + raised for word in words] for words in x]


def shortened(x, y, maxlen):
    """The samples with fewer than `maxlen` words; all where it is None."""
    if not maxlen:
        return x, list(y)
    kept = [(words, label) for words, label in zip(x, y, strict=True) if len(words) < maxlen]
    return [words for words, _ in kept], [label for _, label in kept]


def limited(x, num_words, skip_top, oov_char):
    """Words below `num_words` and not among the `skip_top` most frequent ones.

    Others become `oov_char`, or are left out where that is None.
    """
    most = num_words or max(map(max, x))
    if oov_char is None:
        lists = [[word for word in words if skip_top <= word < most] for words in x]
    else:
        lists = [[w if skip_top <= w < most else oov_char for w in words] for words in x]
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


def explained(sample):
    """Puts what holds for all texts into a docstring, in the place of `{words}`.

    Args:
        sample: String, what one text is called.
    """

    def fill(function):
        words = inspect.cleandoc(_WORDS.format(sample=sample))
        # Releases of Python differ in whether they keep the indentation of docstrings.
        function.__doc__ = inspect.cleandoc(function.__doc__).format(words=words)
        return function

    return fill


_WORDS = """
    A word's index is its rank by frequency, raised by `index_from`.

    Args:
        path: Name of the file in the cache.
        num_words: Int. Words of this index and above become `oov_char`; none by default.
        skip_top: Int. Words below this index become `oov_char`, too.
        maxlen: Int. Only {sample}s with fewer words are kept.
        seed: Int, for the order of the samples.
        start_char: Int put before each {sample}, or None.
        oov_char: Int for words left out; None drops them.
        index_from: Int added to each index.
"""
