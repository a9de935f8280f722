"""Metrics of probabilities: crossentropies and divergences."""

from kerajax.losses import _crossentropies, _formulas
from kerajax.metrics._reduction import MeanOf
from kerajax.objects import publish


@publish("keras.metrics.KLDivergence")
class KLDivergence(MeanOf):
    """Mean Kullback-Leibler divergence of predicted from true distributions.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.KLDivergence()
    >>> float(metric([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    formula = staticmethod(_formulas.kl_divergence)

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.Poisson")
class Poisson(MeanOf):
    """Mean negative log-likelihood of counts whose rates are predicted.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.Poisson()
    >>> float(metric([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    formula = staticmethod(_formulas.poisson)

    def __init__(self, name="poisson", dtype=None):
        super().__init__(name=name, dtype=dtype)


@publish("keras.metrics.BinaryCrossentropy")
class BinaryCrossentropy(MeanOf):
    """Mean crossentropy between labels 0 and 1 and probabilities of 1.

    Args:
        name: String.
        dtype: As in `Metric`.
        from_logits: Bool. Whether predictions are logits, not probabilities.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards equal chances.

    Example:

    >>> metric = kerajax.metrics.BinaryCrossentropy()
    >>> round(float(metric([[0.0], [1.0]], [[0.5], [0.5]])), 3)
    0.693
    """

    formula = staticmethod(_crossentropies.binary_crossentropy)
    _direction = "down"

    def __init__(
        self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0
    ):
        super().__init__(name=name, dtype=dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing


@publish("keras.metrics.CategoricalCrossentropy")
class CategoricalCrossentropy(MeanOf):
    """Mean crossentropy between one-hot labels and predicted classes.

    Args:
        name: String.
        dtype: As in `Metric`.
        from_logits: Bool. Whether predictions are logits, not probabilities.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards equal chances.
        axis: Int. The axis of the classes.

    Example:

    >>> metric = kerajax.metrics.CategoricalCrossentropy()
    >>> round(float(metric([[0.0, 1.0]], [[0.5, 0.5]])), 3)
    0.693
    """

    formula = staticmethod(_crossentropies.categorical_crossentropy)
    _direction = "down"

    def __init__(
        self,
        name="categorical_crossentropy",
        dtype=None,
        from_logits=False,
        label_smoothing=0,
        axis=-1,
    ):
        super().__init__(name=name, dtype=dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@publish("keras.metrics.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(MeanOf):
    """Mean crossentropy between class numbers and predicted classes.

    Args:
        name: String.
        dtype: As in `Metric`.
        from_logits: Bool. Whether predictions are logits, not probabilities.
        ignore_class: Optional int. Entries of this class count as 0.
        axis: Int. The axis of the classes.

    Example:

    >>> metric = kerajax.metrics.SparseCategoricalCrossentropy()
    >>> round(float(metric([1], [[0.5, 0.5]])), 3)
    0.693
    """

    formula = staticmethod(_crossentropies.sparse_categorical_crossentropy)
    _direction = "down"

    def __init__(
        self,
        name="sparse_categorical_crossentropy",
        dtype=None,
        from_logits=False,
        ignore_class=None,
        axis=-1,
    ):
        super().__init__(name=name, dtype=dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis


def crossentropy_for(y_true_shape, y_pred_shape, kind="crossentropy"):
    """The metric that `"crossentropy"` or `"ce"` means for targets and outputs of a shape.

    Args:
        y_true_shape: Shape of the targets, batch included.
        y_pred_shape: Shape of the model's output, batch included.
        kind: String. The word that was written, which becomes the metric's name.

    Returns:
        A new metric.

    Example:

    >>> crossentropy_for((None, 10), (None, 10), "ce")
    <CategoricalCrossentropy name=ce>
    """
    classes = {
        "binary": BinaryCrossentropy,
        "sparse": SparseCategoricalCrossentropy,
        "categorical": CategoricalCrossentropy,
    }
    return classes[_crossentropies.label_kind(y_true_shape, y_pred_shape)](name=kind)
