"""Reuters: newswires of 1987 on 46 topics (Lewis, 1987)."""

import numpy as np

from kerajax import objects
from kerajax.datasets import _files, _splits

_HASH = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_WORDS_HASH = "4d44cc38712099c9e383dc6e5f11a921"
_TOPICS = tuple(
    """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship
    cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
    strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem
    dlr gas silver wpi hog lead
    """.split()
)


@objects.old_spellings("reuters.load_data")
@_splits.explained("newswire")
def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """11,228 newswires, each a list of word indices, and their topics.

    {words}
        test_split: Float in [0, 1), the share of the tests.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: arrays of lists, and int64 topics from 0 to 45.

    Raises:
        ValueError: If `test_split` is outside [0, 1).
        OSError: If the file is not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.reuters.load_data(num_words=10000)
    ```
    """
    data = _files.load_npz(_files.stored("reuters.npz", _files.name_today(path), _HASH))
    x, y = _splits.shuffled(data["x"], data["y"], _splits.drawing(seed))
    x, y = _splits.shortened(_splits.renumbered(x, start_char, index_from), y, maxlen)
    return _splits.split(_splits.limited(x, num_words, skip_top, oov_char), np.array(y), test_split)


def get_word_index(path="reuters_word_index.json"):
    """Words to their ranks by frequency, from 1.

    Args:
        path: Name of the file in the cache.

    Returns:
        Dict of strings to ints. `load_data` raises the ranks by its `index_from`.
    """
    return _files.stored_json("reuters_word_index.json", path, _WORDS_HASH)


def get_label_names() -> tuple:
    """The names of the topics, by number.

    Example:

    >>> get_label_names()[:3]
    ('cocoa', 'grain', 'veg-oil')
    """
    return _TOPICS
