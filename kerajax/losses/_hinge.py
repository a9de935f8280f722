"""Losses of margins, for labels -1 and 1 (or 0 and 1) and scores."""

from kerajax.losses import _formulas
from kerajax.losses._base import FormulaLoss
from kerajax.objects import publish


@publish("keras.losses.Hinge")
class Hinge(FormulaLoss):
    """Mean of `max(1 - y_true * y_pred, 0)`.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.Hinge()
    >>> float(loss(np.array([[-1.0, 1.0]]), np.array([[0.5, 0.5]])))
    1.0
    """

    formula = staticmethod(_formulas.hinge)

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.SquaredHinge")
class SquaredHinge(FormulaLoss):
    """Mean of `max(1 - y_true * y_pred, 0)**2`.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.SquaredHinge()
    >>> float(loss(np.array([[-1.0, 1.0]]), np.array([[0.5, 0.5]])))
    1.25
    """

    formula = staticmethod(_formulas.squared_hinge)

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.CategoricalHinge")
class CategoricalHinge(FormulaLoss):
    """Margin between the score of the true class and the best of the others.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.CategoricalHinge()
    >>> float(loss(np.array([[0.0, 1.0]]), np.array([[0.25, 0.5]])))
    0.75
    """

    formula = staticmethod(_formulas.categorical_hinge)

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
