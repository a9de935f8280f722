"""Area under a curve of decisions, by counting at many thresholds."""

from enum import Enum

import numpy as np

from kerajax import ops
from kerajax.backend import Variable, epsilon, meter_memory
from kerajax.metrics._base import Metric
from kerajax.metrics._confusion_counts import Counts, are_even, confusion_counts
from kerajax.objects import publish


class AUCCurve(Enum):
    """The curves: recall over false positive rate, precision over recall, their gains."""

    ROC = "ROC"
    PR = "PR"
    PRGAIN = "PRGAIN"


class AUCSummationMethod(Enum):
    """How the curve runs between two thresholds."""

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"


@publish("keras.metrics.AUC")
class AUC(Metric):
    """Area under the ROC curve, or under the curve of precision over recall.

    The area is approximated at `num_thresholds` thresholds; more of them are more exact.

    Args:
        num_thresholds: Int > 1.
        curve: `"ROC"`, `"PR"` (precision over recall) or `"PRGAIN"`.
        summation_method: `"interpolation"` (trapezoids for ROC), or the lower (`"minoring"`) or
            higher (`"majoring"`) end of each step.
        name: Optional string.
        dtype: As in `Metric`.
        thresholds: Optional list of floats in [0, 1] in place of `num_thresholds`.
        multi_label: Bool. Whether each entry of the last axis has a curve of its own, the result
            being their mean. The variables are then made by the first update, unless `num_labels`
            is given.
        num_labels: Optional int. Size of the last axis, with `multi_label`.
        label_weights: Optional weights of the entries of the last axis.
        from_logits: Bool. Whether predictions are logits, not probabilities.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> metric = kerajax.metrics.AUC(num_thresholds=3)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    0.75

    Reference:
        Davis and Goadrich, 2006, "The Relationship Between Precision-Recall and ROC Curves",
        https://doi.org/10.1145/1143844.1143874, for the interpolation of `"PR"`.
    """

    _direction = "up"

    true_positives: Variable
    false_positives: Variable
    true_negatives: Variable
    false_negatives: Variable

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name=name, dtype=dtype)
        self.curve = _member(AUCCurve, curve, "curve")
        self.summation_method = _member(AUCSummationMethod, summation_method, "summation_method")
        self._init_from_thresholds = thresholds is not None
        if thresholds is None:
            if num_thresholds <= 1:
                raise ValueError(
                    "AUC: Argument `num_thresholds` must be an integer > 1. Received: "
                    f"num_thresholds={num_thresholds}. Pass 200, for instance."
                )
            meter_memory("thresholds", 32 * num_thresholds)  # floats in a list
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        else:
            inner = sorted(thresholds)
        self.num_thresholds = len(inner) + 2
        self._even = thresholds is None or are_even([0.0, *inner, 1.0])
        # The outermost thresholds lie just outside, so that 0 and 1 count as predictions do.
        self._thresholds = np.array([-epsilon(), *inner, 1.0 + epsilon()])
        self.multi_label = multi_label
        self.num_labels = num_labels
        if label_weights is not None:
            label_weights = ops.convert_to_tensor(label_weights, dtype=self.dtype)
        self.label_weights = label_weights
        self.from_logits = self._from_logits = from_logits
        if num_labels and not multi_label:
            raise ValueError(
                "AUC: `num_labels` is needed only when `multi_label` is True. Received: "
                f"num_labels={num_labels}. Set `multi_label=True`, or leave it out."
            )
        self._built = False
        if not multi_label:
            self._build((self.num_thresholds,))
        elif num_labels:
            self._build((self.num_thresholds, num_labels))

    @property
    def thresholds(self):
        """List of the thresholds, the two just outside [0, 1] included."""
        return list(self._thresholds)

    def _build(self, shape):
        for name in Counts._fields:
            setattr(self, name, self.add_variable(shape, "zeros", name=name))
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds labels and predictions of a batch."""
        y_pred = ops.convert_to_tensor(y_pred)
        if self.multi_label and len(y_pred.shape) != 2:
            raise ValueError(
                "AUC: `y_pred` must have rank 2 when `multi_label=True`. Found rank "
                f"{len(y_pred.shape)}. Full shape received for `y_pred`: {tuple(y_pred.shape)}. "
                "Reshape it to (samples, labels)."
            )
        if not self._built:
            self._build((self.num_thresholds, y_pred.shape[1]))
        if self._from_logits:
            y_pred = ops.sigmoid(y_pred)
        counts = confusion_counts(
            y_true,
            y_pred,
            self._thresholds,
            even=self._even,
            sample_weight=sample_weight,
            label_weights=self.label_weights,
            multi_label=self.multi_label,
            dtype=self.true_positives.dtype,
        )
        for name, count in counts._asdict().items():
            getattr(self, name).assign_add(count)

    def result(self):
        """The area so far, a scalar."""
        if self.curve is AUCCurve.PR and self.summation_method is _INTERPOLATION:
            return self._over_labels(self._precision_recall_terms())
        x, y = self._points()
        if self.summation_method is _INTERPOLATION:
            heights = (y[:-1] + y[1:]) / 2.0
        elif self.summation_method is AUCSummationMethod.MINORING:
            heights = ops.minimum(y[:-1], y[1:])
        else:
            heights = ops.maximum(y[:-1], y[1:])
        return self._over_labels((x[:-1] - x[1:]) * heights)

    def _points(self):
        """The curve: x and y at each threshold."""
        tp, fp = self.true_positives.value, self.false_positives.value
        tn, fn = self.true_negatives.value, self.false_negatives.value
        recall = ops.divide_no_nan(tp, tp + fn)
        if self.curve is AUCCurve.ROC:
            return ops.divide_no_nan(fp, fp + tn), recall
        if self.curve is AUCCurve.PR:
            return recall, ops.divide_no_nan(tp, tp + fp)
        odds = ops.divide_no_nan(tp + fn, tn + fp)
        found = ops.not_equal(tp, 0.0)
        recall_gain = ops.where(found, 1.0 - odds * ops.divide_no_nan(fn, tp), 0.0)
        precision_gain = ops.where(found, 1.0 - odds * ops.divide_no_nan(fp, tp), 1.0)
        return ops.maximum(recall_gain, 0.0), precision_gain

    def _precision_recall_terms(self):
        """Area between neighbouring thresholds, where true positives grow in line with positives.

        With `tp = intercept + slope * p` between two thresholds, the integral of `tp / p` over
        `tp` is `slope * (tp2 - tp1 + intercept * log(p2 / p1))`.
        """
        tp = self.true_positives.value
        p = tp + self.false_positives.value
        tp_step = tp[:-1] - tp[1:]
        slope = ops.divide_no_nan(tp_step, ops.maximum(p[:-1] - p[1:], 0))
        intercept = tp[1:] - slope * p[1:]
        both = ops.logical_and(p[:-1] > 0, p[1:] > 0)
        ratio = ops.where(both, ops.divide_no_nan(p[:-1], ops.maximum(p[1:], 0)), 1.0)
        labels = ops.maximum(tp[1:] + self.false_negatives.value[1:], 0)
        return ops.divide_no_nan(slope * (tp_step + intercept * ops.log(ratio)), labels)

    def _over_labels(self, terms):
        if not self.multi_label:
            return ops.sum(terms)
        by_label = ops.sum(terms, axis=0)
        if self.label_weights is None:
            return ops.mean(by_label)
        total = ops.sum(self.label_weights)
        return ops.divide_no_nan(ops.sum(by_label * self.label_weights), total)

    def get_config(self):
        """The constructor's arguments; thresholds only if they were given."""
        weights = self.label_weights
        config = {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve.value,
            "summation_method": self.summation_method.value,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if weights is None else ops.convert_to_numpy(weights).tolist(),
            "from_logits": self.from_logits,
        }
        if self._init_from_thresholds:
            config["thresholds"] = [float(t) for t in self._thresholds[1:-1]]
        return {**self._base_config(), **config}


_INTERPOLATION = AUCSummationMethod.INTERPOLATION


def _member(kind, value, name):
    """The member of an enumeration that a member or a string, in any case, means."""
    # Scripts of TensorFlow pass its own enumeration, whose values are the same.
    word = value.value if isinstance(value, Enum) else value
    for member in kind:
        if isinstance(word, str) and word.lower() == member.value.lower():
            return member
    raise ValueError(
        f'Invalid AUC {name.replace("_", " ")} value: "{value}". Expected values are '
        f"{[member.value for member in kind]}. Pass one of these."
    )
