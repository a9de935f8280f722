"""Counts of right and wrong decisions, precision and recall, and one at a given other."""

from kerajax import ops
from kerajax.backend import meter_memory
from kerajax.metrics._base import Metric
from kerajax.metrics._confusion_counts import (
    NEVER,
    Counts,
    are_even,
    confusion_counts,
    standardize_thresholds,
)
from kerajax.objects import publish


class CountsAtThresholds(Metric):
    """Base of metrics that keep some of the four counts at each threshold.

    Attributes:
        thresholds: List of floats, to be set by `_set_thresholds`.
        _counts: Names of the counts that are kept, each a variable of that name.

    Example:

    >>> [v.name for v in kerajax.metrics.Precision().variables]
    ['true_positives', 'false_positives']
    """

    _counts: tuple[str, ...] = Counts._fields
    top_k = class_id = None

    def _set_thresholds(self, thresholds):
        self.thresholds = thresholds
        self._even = are_even(thresholds)
        shape = (len(thresholds),)
        for name in self._counts:
            setattr(self, name, self.add_variable(shape, "zeros", name=name))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds labels and predictions of a batch."""
        counts = confusion_counts(
            y_true,
            y_pred,
            self.thresholds,
            even=self._even,
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
            dtype=getattr(self, self._counts[0]).dtype,
        )
        for name in self._counts:
            getattr(self, name).assign_add(getattr(counts, name))

    def _share(self, part, rest):
        """`part / (part + rest)` of two counts, 0 where both are 0."""
        part, rest = getattr(self, part).value, getattr(self, rest).value
        return ops.divide_no_nan(part, part + rest)

    def _one_or_all(self, values):
        return values[0] if len(self.thresholds) == 1 else values


class Count(CountsAtThresholds):
    """Base of the four metrics that are one count; `_count` names it.

    Example:

    >>> [v.name for v in kerajax.metrics.TruePositives().variables]
    ['accumulator']
    """

    _counts = ()
    _count = ""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self._set_thresholds(standardize_thresholds(thresholds, 0.5, type(self).__name__))
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds labels and predictions of a batch."""
        counts = confusion_counts(
            y_true,
            y_pred,
            self.thresholds,
            even=self._even,
            sample_weight=sample_weight,
            dtype=self.accumulator.dtype,
        )
        self.accumulator.assign_add(getattr(counts, self._count))

    def result(self):
        """The count so far: a scalar, or one per threshold."""
        return self._one_or_all(self.accumulator.value)

    def get_config(self):
        """Name, dtype and thresholds as they were given."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@publish("keras.metrics.TruePositives")
class TruePositives(Count):
    """How many labels 1 were predicted above the threshold, weighted.

    Args:
        thresholds: Float or list of floats in [0, 1]; 0.5 if absent.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.TruePositives()([1, 1, 0], [0.9, 0.2, 0.7]))
    1.0
    """

    _count = "true_positives"


@publish("keras.metrics.FalsePositives")
class FalsePositives(Count):
    """How many labels 0 were predicted above the threshold, weighted.

    Args:
        thresholds: Float or list of floats in [0, 1]; 0.5 if absent.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.FalsePositives()([1, 1, 0], [0.9, 0.2, 0.7]))
    1.0
    """

    _count = "false_positives"


@publish("keras.metrics.TrueNegatives")
class TrueNegatives(Count):
    """How many labels 0 were predicted up to the threshold, weighted.

    Args:
        thresholds: Float or list of floats in [0, 1]; 0.5 if absent.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.TrueNegatives()([1, 1, 0], [0.9, 0.2, 0.7]))
    0.0
    """

    _count = "true_negatives"


@publish("keras.metrics.FalseNegatives")
class FalseNegatives(Count):
    """How many labels 1 were predicted up to the threshold, weighted.

    Args:
        thresholds: Float or list of floats in [0, 1]; 0.5 if absent.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.FalseNegatives()([1, 1, 0], [0.9, 0.2, 0.7]))
    1.0
    """

    _count = "false_negatives"


class ShareOfPositives(CountsAtThresholds):
    """Base of precision and recall: true positives against the second count.

    Example:

    >>> kerajax.metrics.Recall(top_k=2).get_config()["top_k"]
    2
    """

    _direction = "up"

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        # With `top_k` alone, what is among the top k is positive, whatever its score.
        default = 0.5 if top_k is None else NEVER
        self._set_thresholds(standardize_thresholds(thresholds, default, type(self).__name__))

    def result(self):
        """The share so far: a scalar, or one per threshold."""
        return self._one_or_all(self._share(*self._counts))

    def get_config(self):
        """The constructor's arguments, thresholds as they were given."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@publish("keras.metrics.Precision")
class Precision(ShareOfPositives):
    """Share of the positive predictions that are right: `tp / (tp + fp)`.

    Args:
        thresholds: Float or list of floats in [0, 1]; 0.5 if absent.
        top_k: Optional int. Only the `k` largest predictions of a sample can be positive.
        class_id: Optional int. The only class that counts.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.Precision()([1, 1, 0], [0.9, 0.2, 0.7]))
    0.5
    """

    _counts = ("true_positives", "false_positives")


@publish("keras.metrics.Recall")
class Recall(ShareOfPositives):
    """Share of the labels 1 that were found: `tp / (tp + fn)`.

    Args:
        thresholds: Float or list of floats in [0, 1]; 0.5 if absent.
        top_k: Optional int. Only the `k` largest predictions of a sample can be positive.
        class_id: Optional int. The only class that counts.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.Recall()([1, 1, 0], [0.9, 0.2, 0.7]))
    0.5
    """

    _counts = ("true_positives", "false_negatives")


_SHARES = {
    "sensitivity": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
    "precision": ("true_positives", "false_positives"),
    "recall": ("true_positives", "false_negatives"),
}


class BestAtThreshold(CountsAtThresholds):
    """Base of metrics that are the best of one share where another is at least a value.

    Attributes:
        _of: The share that is maximized.
        _at: The share that must reach `value`, which is the constructor's argument, too.

    Example:

    >>> kerajax.metrics.PrecisionAtRecall(0.5).value
    0.5
    """

    _direction = "up"
    _of = _at = ""

    def __init__(self, value, num_thresholds, class_id, name, dtype):
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ValueError(
                f"{type(self).__name__}: Argument `{self._at}` must be in the range [0, 1]. "
                f"Received: {self._at}={value}. Pass a fraction, such as 0.5."
            )
        if not isinstance(num_thresholds, int) or num_thresholds < 1:
            raise ValueError(
                f"{type(self).__name__}: Argument `num_thresholds` must be an integer > 0. "
                f"Received: num_thresholds={num_thresholds}"
            )
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        setattr(self, self._at, value)
        meter_memory("thresholds", 32 * num_thresholds)  # floats in a list
        last = num_thresholds - 1
        self._set_thresholds([i / last for i in range(num_thresholds)] if last else [0.5])

    def result(self):
        """The best share so far, a scalar; 0 where the other never reaches its value."""
        reached = ops.greater_equal(self._share(*_SHARES[self._at]), self.value)
        return ops.max(ops.where(reached, self._share(*_SHARES[self._of]), 0.0), initial=0)


@publish("keras.metrics.SensitivityAtSpecificity")
class SensitivityAtSpecificity(BestAtThreshold):
    """The best sensitivity (recall) with a specificity, `tn / (tn + fp)`, of at least a value.

    Args:
        specificity: Float in [0, 1].
        num_thresholds: Int > 0. How many thresholds are tried.
        class_id: Optional int. The only class that counts.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.SensitivityAtSpecificity(0.5)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    1.0
    """

    _of, _at = "sensitivity", "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


@publish("keras.metrics.SpecificityAtSensitivity")
class SpecificityAtSensitivity(BestAtThreshold):
    """The best specificity, `tn / (tn + fp)`, with a sensitivity (recall) of at least a value.

    Args:
        sensitivity: Float in [0, 1].
        num_thresholds: Int > 0. How many thresholds are tried.
        class_id: Optional int. The only class that counts.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.SpecificityAtSensitivity(0.5)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    1.0
    """

    _of, _at = "specificity", "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


@publish("keras.metrics.PrecisionAtRecall")
class PrecisionAtRecall(BestAtThreshold):
    """The best precision with a recall of at least a value.

    Args:
        recall: Float in [0, 1].
        num_thresholds: Int > 0. How many thresholds are tried.
        class_id: Optional int. The only class that counts.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.PrecisionAtRecall(0.5)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    1.0
    """

    _of, _at = "precision", "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name, dtype)


@publish("keras.metrics.RecallAtPrecision")
class RecallAtPrecision(BestAtThreshold):
    """The best recall with a precision of at least a value.

    Args:
        precision: Float in [0, 1].
        num_thresholds: Int > 0. How many thresholds are tried.
        class_id: Optional int. The only class that counts.
        name: Optional string.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.RecallAtPrecision(0.6)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    1.0
    """

    _of, _at = "recall", "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
