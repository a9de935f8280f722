"""Metrics of regression: means of the formulas of `losses`, the root of one, and R squared."""

import warnings

from kerajax import ops
from kerajax.backend import is_traced
from kerajax.losses import _formulas
from kerajax.losses._align import match_ranks
from kerajax.metrics._base import Metric
from kerajax.metrics._reduction import Mean, MeanOf
from kerajax.objects import publish


@publish("keras.metrics.MeanSquaredError")
class MeanSquaredError(MeanOf):
    """Mean of `(y_true - y_pred)**2`.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.MeanSquaredError()
    >>> float(metric([[0.0, 1.0]], [[1.0, 3.0]]))
    2.5
    """

    formula = staticmethod(_formulas.mean_squared_error)
    _direction = "down"

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.MeanAbsoluteError")
class MeanAbsoluteError(MeanOf):
    """Mean of `abs(y_true - y_pred)`.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.MeanAbsoluteError()
    >>> float(metric([[0.0, 1.0]], [[1.0, 3.0]]))
    1.5
    """

    formula = staticmethod(_formulas.mean_absolute_error)
    _direction = "down"

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(MeanOf):
    """Mean of `100 * abs((y_true - y_pred) / y_true)`, in percent.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.MeanAbsolutePercentageError()
    >>> float(metric([[2.0, 4.0]], [[1.0, 4.0]]))
    25.0
    """

    formula = staticmethod(_formulas.mean_absolute_percentage_error)
    _direction = "down"

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(MeanOf):
    """Mean of `(log(y_true + 1) - log(y_pred + 1))**2`.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.MeanSquaredLogarithmicError()
    >>> float(metric([[3.0]], [[3.0]]))
    0.0
    """

    formula = staticmethod(_formulas.mean_squared_logarithmic_error)
    _direction = "down"

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.CosineSimilarity")
class CosineSimilarity(MeanOf):
    """Mean cosine between targets and predictions: 1 where they are alike.

    Args:
        name: String.
        dtype: As in `Metric`.
        axis: Int. The axis along which the vectors lie.

    Example:

    >>> metric = kerajax.metrics.CosineSimilarity()
    >>> float(metric([[0.0, 2.0]], [[0.0, 5.0]]))
    1.0
    """

    formula = staticmethod(_formulas.cosine)
    _direction = "up"
    _config_if_not = {"axis": -1}

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(name=name, dtype=dtype)
        self.axis = axis


@publish("keras.metrics.LogCoshError")
class LogCoshError(MeanOf):
    """Mean of `log(cosh(y_pred - y_true))`.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.LogCoshError()
    >>> round(float(metric([[0.0, 0.0]], [[0.0, 2.0]])), 3)
    0.663
    """

    formula = staticmethod(_formulas.log_cosh)
    _direction = "down"

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.RootMeanSquaredError")
class RootMeanSquaredError(Mean):
    """Root of the mean of `(y_true - y_pred)**2`, over everything seen.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> float(kerajax.metrics.RootMeanSquaredError()([[0.0, 0.0]], [[2.0, 2.0]]))
    2.0
    """

    _direction = "down"

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the squared errors of a batch."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = match_ranks(y_true, y_pred)
        super().update_state(ops.square(y_pred - y_true), sample_weight=sample_weight)

    def result(self):
        """The root so far, a scalar."""
        return ops.sqrt(super().result())


@publish("keras.metrics.R2Score")
class R2Score(Metric):
    """Share of the targets' variance that predictions explain: 1 is perfect, 0 is the mean.

    The variables per output are made by the first update.

    Args:
        class_aggregation: How outputs are combined: `"uniform_average"`, weighted by their
            variance with `"variance_weighted_average"`, or not at all (None).
        num_regressors: Int >= 0. Number of inputs of the model, for the adjusted score.
        name: String.
        dtype: As in `Metric`.

    Raises:
        ValueError: If an argument is out of range, or, in an update, if tensors are not 2D.

    Example:

    >>> metric = kerajax.metrics.R2Score()
    >>> round(float(metric([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])), 3)
    0.571
    """

    _direction = "up"

    def __init__(
        self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None
    ):
        super().__init__(name=name, dtype=dtype)
        ways = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in ways:
            raise ValueError(
                f"R2Score: Invalid value for argument `class_aggregation`. Expected one of {ways}. "
                f"Received: class_aggregation={class_aggregation}"
            )
        self.class_aggregation = class_aggregation
        if not isinstance(num_regressors, int) or num_regressors < 0:
            raise ValueError(
                "R2Score: Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds targets and predictions, `(batch, outputs)`, and weights, `(batch,)`."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = match_ranks(y_true, y_pred)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        weighted_true, error = y_true, ops.square(y_true - y_pred)
        count = y_true.shape[0]
        if sample_weight is not None:
            weights = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            if len(weights.shape) == 1:
                weights = ops.expand_dims(weights, 1)
            weights = ops.broadcast_to(weights, y_true.shape)
            weighted_true, error = y_true * weights, error * weights
            count = ops.sum(weights, axis=0)
        self.sum.assign_add(ops.sum(weighted_true, axis=0))
        self.squared_sum.assign_add(ops.sum(y_true * weighted_true, axis=0))
        self.total_mse.assign_add(ops.sum(error, axis=0))
        self.count.assign_add(count)
        self.num_samples.assign_add(y_true.shape[0] * y_true.shape[1])

    def result(self):
        """The score so far: a scalar, or one per output."""
        mean = self.sum.value / self.count.value
        total = self.squared_sum.value - self.sum.value * mean
        scores = 1 - self.total_mse.value / total
        scores = ops.where(ops.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = ops.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = ops.sum(total * scores) / ops.sum(total)
        return self._adjusted(scores) if self.num_regressors else scores

    def _adjusted(self, scores):
        samples = self.num_samples.value
        spare = samples - 1.0 - self.num_regressors
        if not is_traced(samples) and spare <= 0:
            warnings.warn(
                "R2Score: the adjusted score needs more samples than `num_regressors` + 1. Falling "
                "back to standard R2 score.",
                stacklevel=3,
            )
        adjusted = 1.0 - (1.0 - scores) * (samples - 1.0) / ops.where(spare > 0, spare, 1.0)
        return ops.where(spare > 0, adjusted, scores)

    def _build(self, y_true_shape, y_pred_shape):
        check_2d(self, y_true_shape, y_pred_shape)
        shape = (y_pred_shape[-1],)
        self.squared_sum = self.add_variable(shape, "zeros", name="squared_sum")
        self.sum = self.add_variable(shape, "zeros", name="sum")
        self.total_mse = self.add_variable(shape, "zeros", name="residual")
        self.count = self.add_variable(shape, "zeros", name="count")
        self._built = True


def check_2d(metric, y_true_shape, y_pred_shape):
    """Raises unless both shapes are `(batch, outputs)`, and fit each other.

    Raises:
        ValueError: If one has another number of axes, or outputs of unknown number.
        TypeError: If the sizes differ, as for all arithmetic of arrays.
    """
    known = y_pred_shape[-1] is not None and y_true_shape[-1] is not None
    if len(y_pred_shape) != 2 or len(y_true_shape) != 2 or not known:
        raise ValueError(
            f"{type(metric).__name__} expects 2D inputs with shape (batch_size, output_dim), with "
            f"output_dim fully defined. Received input shapes: y_pred.shape={y_pred_shape} and "
            f"y_true.shape={y_true_shape}. Reshape both, for instance with `reshape(x, (-1, d))`."
        )
    pairs = zip(y_pred_shape, y_true_shape, strict=True)
    if any(None not in pair and 1 not in pair and pair[0] != pair[1] for pair in pairs):
        raise TypeError(
            f"{type(metric).__name__} compares targets and predictions of one shape, but received "
            f"y_pred.shape={y_pred_shape} and y_true.shape={y_true_shape}."
        )
