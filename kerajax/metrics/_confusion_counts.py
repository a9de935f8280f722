"""True and false positives and negatives of a batch, at one or many thresholds.

For thresholds at equal distances each prediction falls into a bucket, and counts are cumulative
sums over buckets: work in proportion to the batch, not to batch times thresholds.
"""

from typing import NamedTuple

import numpy as np

from kerajax import ops
from kerajax.backend import epsilon
from kerajax.losses._align import match_ranks

# Below every score: what is not among the top k.
NEVER = -1e10


class Counts(NamedTuple):
    """What a batch adds to each count, of shape `(thresholds,)` or `(thresholds, labels)`."""

    true_positives: object
    false_positives: object
    true_negatives: object
    false_negatives: object


def standardize_thresholds(thresholds, default, owner):
    """Thresholds as a list; one number is a list of one, None is `default`.

    Raises:
        ValueError: If one is not in [0, 1].

    Example:

    >>> standardize_thresholds(None, 0.5, "Precision")
    [0.5]
    """
    if thresholds is None:
        return [default]
    thresholds = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
    wrong = [t for t in thresholds if t is None or not 0 <= t <= 1]
    if wrong:
        raise ValueError(
            f"{owner}: Threshold values must be in [0, 1]. Received: {wrong}. Scale scores to "
            "probabilities, for instance with a sigmoid."
        )
    return thresholds


def are_even(thresholds):
    """Whether thresholds run from 0 to 1 at equal distances, so that predictions can be bucketed.

    Example:

    >>> are_even([0.0, 0.5, 1.0]), are_even([0.5])
    (True, False)
    """
    if len(thresholds) < 3:
        return False
    return np.allclose(thresholds, np.linspace(0.0, 1.0, len(thresholds)), atol=epsilon())


def confusion_counts(
    y_true,
    y_pred,
    thresholds,
    *,
    even=False,
    top_k=None,
    class_id=None,
    sample_weight=None,
    label_weights=None,
    multi_label=False,
    dtype="float32",
):
    """Counts of a batch at each threshold.

    Args:
        y_true: Labels 0 and 1.
        y_pred: Probabilities of the same shape.
        thresholds: List of floats, ascending.
        even: Bool. What `are_even` said of the thresholds.
        top_k: Optional int. Only the `k` largest predictions along the last axis can be positive.
        class_id: Optional int. The only entry of the last axis that counts.
        sample_weight: Optional weights of samples.
        label_weights: Optional weights of the entries of the last axis.
        multi_label: Bool. Whether each entry of the last axis is counted by itself.
        dtype: String, dtype of the counts.

    Returns:
        `Counts`.

    Example:

    >>> counts = confusion_counts([1, 1, 0], [0.9, 0.2, 0.7], [0.5])
    >>> [float(count[0]) for count in counts]
    [1.0, 1.0, 0.0, 1.0]
    """
    y_true, y_pred = ops.cast(y_true, dtype), ops.cast(y_pred, dtype)
    y_pred, y_true = match_ranks(y_pred, y_true)
    weights = None
    if sample_weight is not None:
        weights = ops.expand_dims(ops.cast(sample_weight, dtype), -1)
        weights = match_ranks(y_true, weights, expand_vectors=False)[1]
    if top_k is not None:
        y_pred = _only_top(y_pred, top_k)
    if class_id is not None:
        if len(y_pred.shape) == 1:
            raise ValueError(
                "When class_id is provided, y_pred must be a 2D array with shape (num_samples, "
                f"num_classes), found shape: {tuple(y_pred.shape)}. Leave `class_id` out, or keep "
                "the axis of the classes."
            )
        y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
    if label_weights is not None and not multi_label:
        weights = label_weights if weights is None else weights * label_weights
    if weights is not None:
        weights = ops.broadcast_to(weights, y_pred.shape)
    if not multi_label:
        y_true, y_pred = ops.reshape(y_true, (-1,)), ops.reshape(y_pred, (-1,))
        weights = None if weights is None else ops.reshape(weights, (-1,))
    positive = ops.cast(ops.not_equal(y_true, 0), dtype)
    negative = 1.0 - positive
    if weights is not None:
        positive, negative = positive * weights, negative * weights
    above = _above_in_buckets if even else _above
    true_positives, false_positives = above(positive, negative, y_pred, thresholds)
    return Counts(
        true_positives,
        false_positives,
        ops.sum(negative, axis=0) - false_positives,
        ops.sum(positive, axis=0) - true_positives,
    )


def _above(positive, negative, y_pred, thresholds):
    """Sums of `positive` and `negative` where predictions are above each threshold."""
    rank = len(y_pred.shape)
    thresholds = ops.convert_to_tensor(np.reshape(thresholds, (-1, *(1,) * rank)), y_pred.dtype)
    is_above = ops.cast(ops.greater(ops.expand_dims(y_pred, 0), thresholds), positive.dtype)
    parts = (ops.expand_dims(part, 0) for part in (positive, negative))
    return tuple(ops.sum(part * is_above, axis=1) for part in parts)


def _above_in_buckets(positive, negative, y_pred, thresholds):
    """As `_above`, for thresholds at equal distances from 0 to 1."""
    count = len(thresholds)
    labels = y_pred.shape[1] if len(y_pred.shape) > 1 else 1
    bucket = ops.ceil(ops.clip(y_pred, 0.0, 1.0) * (count - 1))
    if thresholds[0] < 0.0 or thresholds[-1] > 1.0:
        # The first threshold is just below 0, so a prediction of 0 is above it.
        bucket = ops.maximum(bucket, 1.0)
    # Bucket 0 is what is above no threshold, bucket i what is above i of them.
    row = ops.reshape(ops.cast(bucket, "int32"), (-1, labels))
    index = row + (count + 1) * ops.arange(labels, dtype="int32")
    parts = ops.stack([ops.reshape(positive, (-1,)), ops.reshape(negative, (-1,))], axis=-1)
    sums = ops.scatter(ops.reshape(index, (-1, 1)), parts, (labels * (count + 1), 2))
    sums = ops.reshape(sums, (labels, count + 1, 2))[:, :0:-1]
    # From the highest bucket downwards: what is above a threshold is in all buckets over it.
    totals = ops.flip(ops.cumsum(sums, axis=1), axis=1)
    shape = (count,) if len(y_pred.shape) == 1 else (count, labels)
    return tuple(ops.reshape(ops.transpose(totals[..., i]), shape) for i in (0, 1))


def _only_top(y_pred, k):
    """Predictions, with all but the `k` largest of the last axis moved below every threshold."""
    _, places = ops.top_k(y_pred, k)
    is_top = ops.sum(ops.one_hot(places, y_pred.shape[-1]), axis=-2)
    return ops.where(is_top > 0, y_pred, NEVER)
