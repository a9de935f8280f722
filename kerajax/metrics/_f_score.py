"""F scores: precision and recall in one number."""

from kerajax import ops
from kerajax.backend import epsilon
from kerajax.metrics._base import Metric
from kerajax.metrics._regression import check_2d
from kerajax.objects import publish

_COUNTS = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


@publish("keras.metrics.FBetaScore")
class FBetaScore(Metric):
    """`(1 + beta**2) * precision * recall / (beta**2 * precision + recall)`, of each class.

    The variables are made by the first update.

    Args:
        average: None for one score per class, `"macro"` for their mean, `"weighted"` for the mean
            weighted by how often classes occur, `"micro"` for the score of all decisions at once.
        beta: Float > 0. How much recall weighs against precision.
        threshold: Optional float in (0, 1]. Above it a prediction is positive; without one, the
            largest of a sample is.
        name: String.
        dtype: As in `Metric`.

    Raises:
        ValueError: If an argument is out of range, or, in an update, if tensors are not 2D.

    Example:

    >>> metric = kerajax.metrics.FBetaScore(beta=2.0, threshold=0.5, average="micro")
    >>> round(float(metric([[1, 1, 1], [1, 0, 0]], [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6]])), 3)
    0.5
    """

    _direction = "up"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                "Invalid `average` argument value. Expected one of: {None, 'micro', 'macro', "
                f"'weighted'}}. Received: average={average}"
            )
        self.average = average
        self.beta = _python_float(beta, "beta")
        if beta <= 0.0:
            raise ValueError(
                f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}. Pass "
                "1.0 to let precision and recall weigh the same."
            )
        if threshold is not None:
            _python_float(threshold, "threshold")
            if not 0.0 < threshold <= 1.0:
                raise ValueError(
                    "Invalid `threshold` argument value. It should verify 0 < threshold <= 1. "
                    f"Received: threshold={threshold}. Pass 0.5, for instance."
                )
        self.threshold = threshold
        self.axis = None if average == "micro" else 0
        self._built = False

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds labels and predictions, `(batch, classes)`, and weights, `(batch,)`."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        if self.threshold is None:
            largest = ops.max(y_pred, axis=-1, keepdims=True)
            # Where all predictions are 0, none is positive.
            y_pred = ops.logical_and(y_pred >= largest, ops.absolute(y_pred) > 1e-9)
        else:
            y_pred = y_pred > self.threshold
        y_pred = ops.cast(y_pred, self.dtype)
        parts = (y_pred * y_true, y_pred * (1 - y_true), (1 - y_pred) * y_true, y_true)
        if sample_weight is not None:
            weights = ops.expand_dims(ops.convert_to_tensor(sample_weight, dtype=self.dtype), 1)
            parts = (part * weights for part in parts)
        for name, part in zip(_COUNTS, parts, strict=True):
            getattr(self, name).assign_add(ops.sum(part, axis=self.axis))

    def result(self):
        """The score so far: a scalar, or one per class."""
        found, extra, missed, labels = (getattr(self, name).value for name in _COUNTS)
        precision = found / (found + extra + epsilon())
        recall = found / (found + missed + epsilon())
        squared = self.beta**2
        score = precision * recall / (squared * precision + recall + epsilon()) * (1 + squared)
        if self.average == "weighted":
            return ops.sum(score * (labels / (ops.sum(labels) + epsilon())))
        return score if self.average is None else ops.mean(score)

    def _build(self, y_true_shape, y_pred_shape):
        check_2d(self, y_true_shape, y_pred_shape)
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        for name in _COUNTS:
            setattr(self, name, self.add_variable(shape, "zeros", dtype=self.dtype, name=name))
        self._built = True


@publish("keras.metrics.F1Score")
class F1Score(FBetaScore):
    """`2 * precision * recall / (precision + recall)`, of each class.

    The variables are made by the first update.

    Args:
        average: As in `FBetaScore`.
        threshold: As in `FBetaScore`.
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.F1Score(threshold=0.5)
    >>> metric([[1, 1, 1], [1, 0, 0]], [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6]]).round(2).tolist()
    [0.0, 0.66..., 0.66...]
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)


def _python_float(value, name):
    if not isinstance(value, float):
        raise ValueError(
            f"Invalid `{name}` argument value. It should be a Python float. Received: "
            f"{name}={value!r} of type {type(value)}. Pass 0.5, for instance."
        )
    return value
