"""IMDB: reviews of films, in favor or against (Maas et al., 2011)."""

import numpy as np

from kerajax import objects
from kerajax.datasets import _files, _splits

_HASH = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_WORDS_HASH = "bfafd718b763782e994055a2d397834f"


@objects.old_spellings("imdb.load_data")
@_splits.explained("review")
def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """25,000 reviews to train on and 25,000 to test, each a list of word indices.

    {words}
        **kwargs: Names of arguments in older releases.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: arrays of lists, and int64 labels, 1 in favor.

    Raises:
        ValueError: If no review is shorter than `maxlen`.
        OSError: If the file is not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.imdb.load_data(num_words=20000)
    ```
    """
    if kwargs:
        raise TypeError(f"load_data() got unexpected keyword arguments: {sorted(kwargs)}.")
    data = _files.load_npz(_files.stored("imdb.npz", _files.name_today(path), _HASH))
    parts, rng = [], _splits.drawing(seed)
    for part in ("train", "test"):
        x, y = _splits.shuffled(data[f"x_{part}"], data[f"y_{part}"], rng)
        parts.append(_splits.shortened(_splits.renumbered(x, start_char, index_from), y, maxlen))
    (x_train, y_train), (x_test, y_test) = parts
    if not x_train or not x_test:
        raise ValueError(
            f"No review has fewer than maxlen={maxlen} words, its start included. Raise `maxlen`."
        )
    x = _splits.limited(x_train + x_test, num_words, skip_top, oov_char)
    first = len(x_train)
    return (x[:first], np.array(y_train)), (x[first:], np.array(y_test))


def get_word_index(path="imdb_word_index.json"):
    """Words to their ranks by frequency, from 1.

    Args:
        path: Name of the file in the cache.

    Returns:
        Dict of strings to ints. `load_data` raises the ranks by its `index_from`.

    Example:

    ```python
    words = {rank + 3: word for word, rank in kerajax.datasets.imdb.get_word_index().items()}
    review = " ".join(words.get(index, "?") for index in x_train[0])
    ```
    """
    return _files.stored_json("imdb_word_index.json", path, _WORDS_HASH)
