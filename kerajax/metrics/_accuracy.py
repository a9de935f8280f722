"""Accuracies: how often predictions equal labels."""

from kerajax import ops
from kerajax.backend import floatx
from kerajax.losses._align import align_pair, match_ranks
from kerajax.losses._crossentropies import label_kind
from kerajax.metrics._reduction import MeanOf
from kerajax.objects import publish


def accuracy(y_true, y_pred):
    """1 where a prediction equals its label, else 0.

    Args:
        y_true: Labels.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of that shape, default float dtype.

    Example:

    >>> accuracy([1, 2], [1, 3]).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    return ops.cast(ops.equal(y_true, y_pred), floatx())


@publish("keras.metrics.binary_accuracy")
def binary_accuracy(y_true, y_pred, threshold=0.5):
    """1 where a prediction is on its label's side of the threshold, else 0.

    Args:
        y_true: Labels 0 and 1.
        y_pred: Probabilities of the same shape.
        threshold: Float. Above it a prediction means 1.

    Returns:
        Tensor of that shape, default float dtype.

    Example:

    >>> kerajax.metrics.binary_accuracy([1, 0], [0.7, 0.6]).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = match_ranks(y_true, y_pred)
    positive = ops.cast(ops.greater(y_pred, threshold), y_true.dtype)
    return ops.cast(ops.equal(y_true, positive), floatx())


@publish("keras.metrics.categorical_accuracy")
def categorical_accuracy(y_true, y_pred):
    """1 where the largest score is that of the true class, else 0.

    Args:
        y_true: One-hot labels, `(batch, …, classes)`.
        y_pred: Scores of the same shape.

    Returns:
        Tensor `(batch, …)`, default float dtype.

    Example:

    >>> kerajax.metrics.categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    return _matches(ops.argmax(y_true, axis=-1), ops.convert_to_tensor(y_pred))


@publish("keras.metrics.sparse_categorical_accuracy")
def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest score is that of the true class number, else 0.

    Args:
        y_true: Class numbers, `(batch, …)` or `(batch, …, 1)`.
        y_pred: Scores, `(batch, …, classes)`.

    Returns:
        Tensor `(batch, …)`, default float dtype.

    Example:

    >>> kerajax.metrics.sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    matches = _matches(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))
    if len(matches.shape) > 1 and matches.shape[-1] == 1:
        matches = ops.squeeze(matches, -1)
    return matches


def _matches(labels, y_pred):
    """1 where the class number equals the place of the largest score, in the shape of `labels`."""
    shape = labels.shape
    if len(shape) == len(y_pred.shape) and shape[-1] == 1:
        labels = ops.squeeze(labels, -1)
    # Labels keep their own dtype: as float16, class numbers above 2048 would run together.
    matches = ops.equal(labels, ops.cast(ops.argmax(y_pred, axis=-1), labels.dtype))
    matches = ops.cast(matches, floatx())
    return matches if len(labels.shape) == len(shape) else ops.expand_dims(matches, -1)


@publish("keras.metrics.top_k_categorical_accuracy")
def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the true class is among those with the `k` largest scores, else 0.

    Args:
        y_true: One-hot labels, `(batch, …, classes)`.
        y_pred: Scores of the same shape.
        k: Int > 0.

    Returns:
        Tensor `(batch, …)`, default float dtype.

    Example:

    >>> kerajax.metrics.top_k_categorical_accuracy([[0, 0, 1]], [[0.5, 0.2, 0.3]], k=2).tolist()
    [1.0]
    """
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k)


@publish("keras.metrics.sparse_top_k_categorical_accuracy")
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 where the true class number is among those with the `k` largest scores, else 0.

    Args:
        y_true: Class numbers, `(batch, …)`.
        y_pred: Scores, `(batch, …, classes)`; or, with `from_sorted_ids`, class numbers, likeliest
            first.
        k: Int > 0.
        from_sorted_ids: Bool.

    Returns:
        Tensor `(batch, …)`, default float dtype.

    Example:

    >>> kerajax.metrics.sparse_top_k_categorical_accuracy([2], [[0.5, 0.2, 0.3]], k=2).tolist()
    [1.0]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    shape = y_true.shape
    if len(y_pred.shape) > 2:
        y_pred = ops.reshape(y_pred, (-1, y_pred.shape[-1]))
    y_true = ops.reshape(y_true, (-1, 1))
    if from_sorted_ids:
        ids = y_pred[:, :k]
        matches = ops.any(ops.equal(ops.cast(y_true, ids.dtype), ids), axis=1)
    else:
        # Counting the larger scores needs no sorting; equal scores all count as found.
        score = ops.take_along_axis(y_pred, ops.cast(y_true, "int32"), axis=-1)
        score = ops.where(ops.isnan(score), float("-inf"), score)
        larger = ops.sum(ops.cast(ops.greater(y_pred, score), "int32"), axis=-1)
        matches = ops.less(larger, k)
    matches = ops.cast(matches, floatx())
    return ops.reshape(matches, shape) if len(shape) > 1 else matches


@publish("keras.metrics.Accuracy")
class Accuracy(MeanOf):
    """How often predictions equal labels exactly.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.Accuracy()([1, 2, 3, 4], [1, 2, 3, 0]))
    0.75
    """

    formula = staticmethod(accuracy)
    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.BinaryAccuracy")
class BinaryAccuracy(MeanOf):
    """How often predictions are on their label's side of a threshold.

    Args:
        name: String.
        dtype: As in `Metric`.
        threshold: Float in (0, 1). Above it a prediction means 1.

    Example:

    >>> float(kerajax.metrics.BinaryAccuracy()([[1], [0]], [[0.7], [0.6]]))
    0.5
    """

    formula = staticmethod(binary_accuracy)
    _direction = "up"

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(name=name, dtype=dtype)
        self.threshold = threshold


@publish("keras.metrics.CategoricalAccuracy")
class CategoricalAccuracy(MeanOf):
    """How often the largest score is that of the true class, for one-hot labels.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.CategoricalAccuracy()
    >>> float(metric([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    formula = staticmethod(categorical_accuracy)
    _direction = "up"

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.SparseCategoricalAccuracy")
class SparseCategoricalAccuracy(MeanOf):
    """How often the largest score is that of the true class, for class numbers.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    formula = staticmethod(sparse_categorical_accuracy)
    _direction = "up"

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(MeanOf):
    """How often the true class is among the `k` largest scores, for one-hot labels.

    Args:
        k: Int > 0.
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.TopKCategoricalAccuracy(k=2)([[0, 0, 1]], [[0.5, 0.2, 0.3]]))
    1.0
    """

    formula = staticmethod(top_k_categorical_accuracy)
    _direction = "up"

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.k = k


@publish("keras.metrics.SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(MeanOf):
    """How often the true class is among the `k` largest scores, for class numbers.

    Args:
        k: Int > 0.
        name: String.
        dtype: As in `Metric`.
        from_sorted_ids: Bool. Whether predictions are class numbers, likeliest first.

    Example:

    >>> float(kerajax.metrics.SparseTopKCategoricalAccuracy(k=2)([2], [[0.5, 0.2, 0.3]]))
    1.0
    """

    formula = staticmethod(sparse_top_k_categorical_accuracy)
    _direction = "up"
    _config_if_not = {"from_sorted_ids": False}

    def __init__(
        self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False
    ):
        super().__init__(name=name, dtype=dtype)
        self.k = k
        self.from_sorted_ids = from_sorted_ids


def accuracy_for(y_true_shape, y_pred_shape, kind="accuracy"):
    """The metric that `"accuracy"` or `"acc"` means for targets and outputs of a shape.

    Args:
        y_true_shape: Shape of the targets, batch included.
        y_pred_shape: Shape of the model's output, batch included.
        kind: String. The word that was written, which becomes the metric's name.

    Returns:
        A new metric.

    Example:

    >>> accuracy_for((None,), (None, 10), "acc")
    <SparseCategoricalAccuracy name=acc>
    """
    classes = {
        "binary": BinaryAccuracy,
        "sparse": SparseCategoricalAccuracy,
        "categorical": CategoricalAccuracy,
    }
    return classes[label_kind(y_true_shape, y_pred_shape)](name=kind)
