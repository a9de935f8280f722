"""Losses of regression: how far predictions are from targets."""

from kerajax.losses import _formulas
from kerajax.losses._base import FormulaLoss
from kerajax.objects import publish


@publish("keras.losses.MeanSquaredError")
class MeanSquaredError(FormulaLoss):
    """Mean of `(y_true - y_pred)**2`.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.MeanSquaredError()
    >>> float(loss(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]])))
    2.5
    """

    formula = staticmethod(_formulas.mean_squared_error)

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.MeanAbsoluteError")
class MeanAbsoluteError(FormulaLoss):
    """Mean of `abs(y_true - y_pred)`.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.MeanAbsoluteError()
    >>> float(loss(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]])))
    1.5
    """

    formula = staticmethod(_formulas.mean_absolute_error)

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(FormulaLoss):
    """Mean of `100 * abs((y_true - y_pred) / y_true)`, in percent.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.MeanAbsolutePercentageError()
    >>> float(loss(np.array([[2.0, 4.0]]), np.array([[1.0, 4.0]])))
    25.0
    """

    formula = staticmethod(_formulas.mean_absolute_percentage_error)

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(FormulaLoss):
    """Mean of `(log(y_true + 1) - log(y_pred + 1))**2`.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.MeanSquaredLogarithmicError()
    >>> float(loss(np.array([[3.0]]), np.array([[3.0]])))
    0.0
    """

    formula = staticmethod(_formulas.mean_squared_logarithmic_error)

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.CosineSimilarity")
class CosineSimilarity(FormulaLoss):
    """Minus the cosine between targets and predictions: -1 where they are alike.

    Args:
        axis: Int. The axis along which the vectors lie.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.CosineSimilarity()
    >>> float(loss(np.array([[0.0, 2.0]]), np.array([[0.0, 5.0]])))
    -1.0
    """

    formula = staticmethod(_formulas.cosine_similarity)
    _config_if_not = {"axis": -1}

    def __init__(
        self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.axis = axis


@publish("keras.losses.Huber")
class Huber(FormulaLoss):
    """Quadratic for small errors, linear beyond `delta`: outliers pull less.

    Args:
        delta: Float. Where the line begins.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.Huber()
    >>> float(loss(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]])))
    1.5
    """

    formula = staticmethod(_formulas.huber)
    _config_if_not = {"delta": 1.0}

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.delta = delta


@publish("keras.losses.LogCosh")
class LogCosh(FormulaLoss):
    """Mean of `log(cosh(y_pred - y_true))`, a smooth absolute error.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.LogCosh()
    >>> round(float(loss(np.array([[0.0, 0.0]]), np.array([[0.0, 2.0]]))), 3)
    0.663
    """

    formula = staticmethod(_formulas.log_cosh)

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
