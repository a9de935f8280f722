"""Correlations of targets and predictions along an axis."""

from kerajax import ops
from kerajax.backend import epsilon
from kerajax.losses._align import align_pair
from kerajax.metrics._reduction import MeanOf
from kerajax.objects import publish


@publish("keras.metrics.pearson_correlation")
def pearson_correlation(y_true, y_pred, axis=-1):
    """`cov(y_true, y_pred) / (std(y_true) * std(y_pred))`, from -1 to 1.

    Args:
        y_true: Targets.
        y_pred: Predictions of the same shape.
        axis: Int. The axis along which values are correlated.

    Returns:
        Tensor without that axis, dtype of `y_pred`.

    Example:

    >>> y_true, y_pred = [[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]
    >>> round(float(kerajax.metrics.pearson_correlation(y_true, y_pred)[0]), 3)
    1.0
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    return ops.mean(_standardized(y_true, axis) * _standardized(y_pred, axis), axis=axis)


def _standardized(x, axis):
    x = x - ops.mean(x, axis=axis, keepdims=True)
    return x / ops.std(x, axis=axis, keepdims=True)


@publish("keras.metrics.concordance_correlation")
def concordance_correlation(y_true, y_pred, axis=-1):
    """Pearson correlation that falls, too, where means or scales differ.

    `2 * cov / (var(y_true) + var(y_pred) + (mean(y_true) - mean(y_pred))**2)`.

    Args:
        y_true: Targets.
        y_pred: Predictions of the same shape.
        axis: Int. The axis along which values are correlated.

    Returns:
        Tensor without that axis, dtype of `y_pred`.

    Example:

    >>> y_true, y_pred = [[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]]
    >>> round(float(kerajax.metrics.concordance_correlation(y_true, y_pred)[0]), 3)
    1.0

    Reference:
        Lin, 1989, "A Concordance Correlation Coefficient to Evaluate Reproducibility",
        https://doi.org/10.2307/2532051
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    mean_true = ops.mean(y_true, axis=axis, keepdims=True)
    mean_pred = ops.mean(y_pred, axis=axis, keepdims=True)
    spread = ops.var(y_true, axis=axis, keepdims=True) + ops.var(y_pred, axis=axis, keepdims=True)
    scale = spread + ops.square(mean_true - mean_pred) + epsilon()
    covariance = (y_true - mean_pred) * (y_pred - mean_pred)
    return ops.mean(2 * covariance / scale, axis=axis)


@publish("keras.metrics.PearsonCorrelation")
class PearsonCorrelation(MeanOf):
    """Mean Pearson correlation of targets and predictions.

    Args:
        name: String.
        dtype: As in `Metric`.
        axis: Int. The axis along which values are correlated.

    Example:

    >>> metric = kerajax.metrics.PearsonCorrelation()
    >>> round(float(metric([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]])), 3)
    1.0
    """

    formula = staticmethod(pearson_correlation)
    _direction = "up"

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        super().__init__(name=name, dtype=dtype)
        self.axis = axis


@publish("keras.metrics.ConcordanceCorrelation")
class ConcordanceCorrelation(MeanOf):
    """Mean concordance correlation of targets and predictions.

    Args:
        name: String.
        dtype: As in `Metric`.
        axis: Int. The axis along which values are correlated.

    Example:

    >>> metric = kerajax.metrics.ConcordanceCorrelation()
    >>> round(float(metric([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]])), 3)
    1.0

    Reference:
        Lin, 1989, "A Concordance Correlation Coefficient to Evaluate Reproducibility",
        https://doi.org/10.2307/2532051
    """

    formula = staticmethod(concordance_correlation)
    _direction = "up"

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        super().__init__(name=name, dtype=dtype)
        self.axis = axis
