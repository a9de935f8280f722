"""Metrics of Keras 1 that are computed batch by batch and averaged, as functions.

Targets and predictions are rounded to 0 and 1. The means of batches differ from what all samples
together give, for which reason Keras 2 dropped them; `Precision`, `Recall` and `FBetaScore` count
over the epoch. Scripts of Keras 1 get what they had.
"""

from kerajax import ops
from kerajax.backend import epsilon


def precision(y_true, y_pred):
    """The share of true ones among predicted ones, in a batch.

    Example:

    >>> round(float(precision(np.array([1.0, 0.0]), np.array([0.9, 0.8]))), 4)
    0.5
    """
    return _count(y_true * y_pred) / (_count(y_pred) + epsilon())


def recall(y_true, y_pred):
    """The share of predicted ones among true ones, in a batch."""
    return _count(y_true * y_pred) / (_count(y_true) + epsilon())


def fbeta_score(y_true, y_pred, beta=1):
    """The weighted harmonic mean of precision and recall of a batch; 0 without true ones.

    Args:
        y_true: Array of targets.
        y_pred: Array of the same shape.
        beta: Float >= 0. How much more recall counts than precision.

    Raises:
        ValueError: If `beta` is negative.
    """
    if beta < 0:
        raise ValueError(f"The lowest choosable beta is zero (only precision). Received: {beta}")
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    score = (1 + beta**2) * p * r / (beta**2 * p + r + epsilon())
    return ops.where(_count(y_true) == 0, ops.zeros_like(score), score)


def fmeasure(y_true, y_pred):
    """The harmonic mean of precision and recall of a batch."""
    return fbeta_score(y_true, y_pred, beta=1)


def matthews_correlation(y_true, y_pred):
    """The correlation of targets and predictions of a batch. Matthews, 1975."""
    y, p = _rounded(y_true), _rounded(y_pred)
    both, neither = ops.sum(y * p), ops.sum((1 - y) * (1 - p))
    only_p, only_y = ops.sum((1 - y) * p), ops.sum(y * (1 - p))
    product = (both + only_p) * (both + only_y) * (neither + only_p) * (neither + only_y)
    return (both * neither - only_p * only_y) / (ops.sqrt(product) + epsilon())


def _rounded(x):
    return ops.round(ops.clip(x, 0, 1))


def _count(x):
    return ops.sum(_rounded(x))


# `"batch_precision"` and its like: what the names mean in scripts of Keras 1.
TABLE = {
    f"batch_{fn.__name__}": fn
    for fn in (precision, recall, fbeta_score, fmeasure, matthews_correlation)
}
