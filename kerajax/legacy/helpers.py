"""Functions of `keras.utils` in Keras 1 and tf.keras that Keras 3 does not have."""

import numpy as np

from kerajax import initializers


def categorical_probas_to_classes(p):
    """The most likely class of each row of probabilities.

    Example:

    >>> categorical_probas_to_classes(np.array([[0.2, 0.8], [0.9, 0.1]])).tolist()
    [1, 0]
    """
    return np.argmax(p, axis=1)


def probas_to_classes(y_pred):
    """The class of each row: the most likely one, or for one column whether it is above 0.5.

    Example:

    >>> probas_to_classes(np.array([[0.2], [0.9]])).tolist()
    [0, 1]
    """
    if np.ndim(y_pred) > 1 and np.shape(y_pred)[1] > 1:
        return categorical_probas_to_classes(y_pred)
    return (np.ravel(y_pred) > 0.5).astype("int64")


def accuracy(p, y):
    """The share of entries of `p` that are those of `y`.

    Example:

    >>> float(accuracy([1, 0, 1, 1], [1, 1, 1, 1]))
    0.75
    """
    return np.mean([a == b for a, b in zip(p, y, strict=False)])


def binary_logloss(p, y):
    """Mean cross-entropy of probabilities `p` and classes `y`, 0 or 1.

    Example:

    >>> round(binary_logloss(np.array([0.5, 0.5]), np.array([0, 1])), 4)
    0.6931
    """
    p, y = np.clip(np.asarray(p, float), 1e-15, 1 - 1e-15), np.asarray(y)
    return -float(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))) / len(y)


def multiclass_logloss(p, y):
    """Mean of the negative logarithm of the probability of the class, which counts from 1.

    Example:

    >>> round(multiclass_logloss([[0.25, 0.75]], [2]), 4)
    0.2877
    """
    return -float(np.mean([np.log(row[k - 1]) for row, k in zip(p, y, strict=True)]))


def to_ordinal(y, num_classes=None, dtype="float32"):
    """Classes as rows of as many ones as they are high.

    Args:
        y: Array of ints from 0 to `num_classes - 1`, of any shape.
        num_classes: Optional int; by default the highest class and one more.
        dtype: Dtype name.

    Returns:
        Array of the shape of `y` (a last axis of size 1 left out), and an axis of
        `num_classes - 1`.

    Example:

    >>> to_ordinal([0, 1, 3]).tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    """
    y = np.array(y, dtype="int")
    shape = y.shape[:-1] if y.ndim > 1 and y.shape[-1] == 1 else y.shape
    num_classes = num_classes or int(y.max()) + 1
    return (np.arange(num_classes - 1) < y.reshape(*shape, 1)).astype(dtype)


def warmstart_embedding_matrix(
    base_vocabulary,
    new_vocabulary,
    base_embeddings,
    new_embeddings_initializer="uniform",
):
    """The matrix of an embedding for a new vocabulary, with the rows of words that an old one has.

    Args:
        base_vocabulary: List of words, or path of a text file with one in each line.
        new_vocabulary: The same.
        base_embeddings: Array `(words of the old vocabulary, size)`.
        new_embeddings_initializer: Initializer of the rows of new words.

    Returns:
        Array `(words of the new vocabulary, size)`.

    Raises:
        ValueError: If the old vocabulary and matrix have not as many rows.

    Example:

    >>> warmstart_embedding_matrix(["a", "b"], ["b", "c"], np.ones((2, 3)), "zeros").tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """
    old, new = _words(base_vocabulary), _words(new_vocabulary)
    base = np.asarray(base_embeddings, "float32")
    if len(old) != len(base):
        raise ValueError(
            "`base_vocabulary` and `base_embeddings` must have as many rows. Received: "
            f"{len(old)} words and an array of shape {base.shape}."
        )
    row_of = {word: i for i, word in enumerate(old)}
    initializer = initializers.get(new_embeddings_initializer)
    matrix = np.array(initializer((len(new), base.shape[1]), dtype="float32"))
    for i, word in enumerate(new):
        if word in row_of:
            matrix[i] = base[row_of[word]]
    return matrix


def _words(vocabulary):
    if isinstance(vocabulary, str):
        with open(vocabulary, encoding="utf-8") as file:
            return file.read().splitlines()
    return [str(word) for word in vocabulary]


class Reduction:
    """`losses.Reduction`: the names of ways to reduce a loss, as `losses.Loss` takes them."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls):
        """All names."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key):
        """Raises a ValueError if there is no such name."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key: {key}. Expected one of {cls.all()}.")
