"""Metrics of margins, for labels -1 and 1 (or 0 and 1) and scores."""

from kerajax.losses import _formulas
from kerajax.metrics._reduction import MeanOf
from kerajax.objects import publish


@publish("keras.metrics.Hinge")
class Hinge(MeanOf):
    """Mean of `max(1 - y_true * y_pred, 0)`.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.Hinge()
    >>> float(metric([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    formula = staticmethod(_formulas.hinge)
    _direction = "down"

    def __init__(self, name="hinge", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.SquaredHinge")
class SquaredHinge(MeanOf):
    """Mean of `max(1 - y_true * y_pred, 0)**2`.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.SquaredHinge()
    >>> float(metric([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.25
    """

    formula = staticmethod(_formulas.squared_hinge)
    _direction = "down"

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.CategoricalHinge")
class CategoricalHinge(MeanOf):
    """Mean margin between the score of the true class and the best of the others.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.CategoricalHinge()
    >>> float(metric([[0.0, 1.0]], [[0.25, 0.5]]))
    0.75
    """

    formula = staticmethod(_formulas.categorical_hinge)
    _direction = "down"

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(name=name, dtype=dtype)
