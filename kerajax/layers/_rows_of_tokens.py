"""Texts to tokens: standardizing, splitting and joining to n-grams, as TensorFlow does them.

TensorFlow works on bytes: only ASCII letters have a lower case, and only ASCII spaces separate.
"""

import string

import numpy as np

from kerajax.layers._host_layer import as_bytes, as_host_array, objects

STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
SPLIT = ("whitespace", "character")

_PUNCTUATION = string.punctuation.encode()


def standardized(texts, how):
    """Texts in lower case, without punctuation, or as a function of the user's makes them.

    Args:
        texts: Object array of strings.
        how: One of `STANDARDIZE`, None, or a function of a numpy array of unicode strings.

    Returns:
        Object array of strings of the same shape.

    Example:

    >>> standardized(np.array(["It's ÄB!"], object), "lower_and_strip_punctuation").tolist()
    ['its Äb']
    """
    if how is None:
        return texts
    if callable(how):
        return as_host_array(how(texts.astype(str)), "The result of `standardize`")
    lower = how != "strip_punctuation"
    drop = b"" if how == "lower" else _PUNCTUATION
    changed = []
    for text in as_bytes(texts.ravel()):
        text = text.translate(None, drop)
        changed.append((text.lower() if lower else text).decode("utf-8", "surrogateescape"))
    return objects(changed).reshape(texts.shape)


def split_texts(texts, how) -> list:
    """The tokens of each text, a list of lists.

    Args:
        texts: Object array of strings, `(count,)`.
        how: `"whitespace"`, `"character"`, or a function of a numpy array of unicode strings that
            returns the tokens of each.

    Example:

    >>> split_texts(np.array([" a  b ", ""], object), "whitespace")
    [['a', 'b'], []]
    """
    if callable(how):
        rows = how(texts.astype(str))
        return [as_host_array(row, "The result of `split`").ravel().tolist() for row in rows]
    if how == "character":
        return [list(text) for text in texts]
    # Python's own split of strings would separate at other spaces of Unicode as well.
    joined = (b" ".join(text.split()) for text in as_bytes(texts))
    return [text.decode("utf-8", "surrogateescape").split(" ") if text else [] for text in joined]


def with_ngrams(tokens, widths) -> list:
    """All n-grams of the widths, those of the first width first.

    Args:
        tokens: List of strings.
        widths: Tuple of ints.

    Example:

    >>> with_ngrams(["a", "b", "c"], (1, 2))
    ['a', 'b', 'c', 'a b', 'b c']
    """
    return [
        " ".join(tokens[i : i + width]) for width in widths for i in range(len(tokens) - width + 1)
    ]


def padded(rows, length=None, fill=0) -> np.ndarray:
    """Lists of ints as an int64 array: cut or filled to `length`, or to the longest.

    Example:

    >>> padded([[1, 2], [3]]).tolist(), padded([[1, 2], [3]], 1).tolist()
    ([[1, 2], [3, 0]], [[1], [3]])
    """
    if length is None:
        length = max(map(len, rows), default=0)
    array = np.full((len(rows), length), fill, "int64")
    for row, values in zip(array, rows, strict=True):
        row[: len(values)] = values[:length]
    return array
