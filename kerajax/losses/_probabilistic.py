"""Losses of probabilities: crossentropies and divergences."""

from kerajax.losses import _crossentropies, _formulas
from kerajax.losses._base import FormulaLoss
from kerajax.objects import publish


@publish("keras.losses.KLDivergence")
class KLDivergence(FormulaLoss):
    """Kullback-Leibler divergence of predicted from true distributions.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.KLDivergence()
    >>> float(loss(np.array([[0.5, 0.5]]), np.array([[0.5, 0.5]])))
    0.0
    """

    formula = staticmethod(_formulas.kl_divergence)

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.Poisson")
class Poisson(FormulaLoss):
    """Negative log-likelihood of counts whose rates are predicted.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.Poisson()
    >>> float(loss(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]])))
    2.0
    """

    formula = staticmethod(_formulas.poisson)

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)


@publish("keras.losses.BinaryCrossentropy")
class BinaryCrossentropy(FormulaLoss):
    """Crossentropy between labels 0 and 1 and predicted probabilities of 1.

    Args:
        from_logits: Bool. Whether predictions are logits, not probabilities.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards 0.5.
        axis: Int. The axis of the mean.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.BinaryCrossentropy(from_logits=True)
    >>> round(float(loss(np.array([[0.0], [1.0]]), np.array([[0.0], [0.0]]))), 3)
    0.693
    """

    formula = staticmethod(_crossentropies.binary_crossentropy)

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@publish("keras.losses.BinaryFocalCrossentropy")
class BinaryFocalCrossentropy(FormulaLoss):
    """Binary crossentropy in which easy samples count little.

    Args:
        apply_class_balancing: Bool. Whether classes are weighted by `alpha` and `1 - alpha`.
        alpha: Float in [0, 1]. Weight of class 1 where classes are balanced.
        gamma: Float >= 0. How much easy samples are played down.
        from_logits: Bool. Whether predictions are logits, not probabilities.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards 0.5.
        axis: Int. The axis of the mean.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.BinaryFocalCrossentropy()
    >>> round(float(loss(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))), 3)
    0.173

    Reference:
        Lin et al., 2017, "Focal Loss for Dense Object Detection",
        https://arxiv.org/abs/1708.02002
    """

    formula = staticmethod(_crossentropies.binary_focal_crossentropy)

    def __init__(
        self,
        apply_class_balancing=False,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@publish("keras.losses.CategoricalCrossentropy")
class CategoricalCrossentropy(FormulaLoss):
    """Crossentropy between one-hot labels and predicted classes.

    Args:
        from_logits: Bool. Whether predictions are logits, not probabilities.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards `1 / classes`.
        axis: Int. The axis of the classes.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.CategoricalCrossentropy()
    >>> round(float(loss(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))), 3)
    0.693
    """

    formula = staticmethod(_crossentropies.categorical_crossentropy)

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@publish("keras.losses.CategoricalFocalCrossentropy")
class CategoricalFocalCrossentropy(FormulaLoss):
    """Categorical crossentropy in which easy samples count little.

    Args:
        alpha: Float, or one float per class: the weight of a class.
        gamma: Float >= 0. How much easy samples are played down.
        from_logits: Bool. Whether predictions are logits, not probabilities.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards `1 / classes`.
        axis: Int. The axis of the classes.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.CategoricalFocalCrossentropy()
    >>> round(float(loss(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))), 3)
    0.043

    Reference:
        Lin et al., 2017, "Focal Loss for Dense Object Detection",
        https://arxiv.org/abs/1708.02002
    """

    formula = staticmethod(_crossentropies.categorical_focal_crossentropy)

    def __init__(
        self,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@publish("keras.losses.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(FormulaLoss):
    """Crossentropy between class numbers and predicted classes.

    Args:
        from_logits: Bool. Whether predictions are logits, not probabilities.
        ignore_class: Optional int. Entries of this class do not count, not even in the mean.
        reduction: As in `Loss`.
        axis: Int. The axis of the classes.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.SparseCategoricalCrossentropy()
    >>> round(float(loss(np.array([1]), np.array([[0.5, 0.5]]))), 3)
    0.693
    """

    formula = staticmethod(_crossentropies.sparse_categorical_crossentropy)
    _config_if_not = {"axis": -1}

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis


@publish("keras.losses.CategoricalGeneralizedCrossEntropy")
class CategoricalGeneralizedCrossEntropy(FormulaLoss):
    """`(1 - p**q) / q` of the true class' probability `p`; wrong labels disturb it less.

    Targets are class numbers.

    Args:
        q: Float in (0, 1). Near 0 it is crossentropy, near 1 absolute error.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.CategoricalGeneralizedCrossEntropy()
    >>> float(loss(np.array([1]), np.array([[0.75, 0.25]])))
    1.0

    Reference:
        Zhang and Sabuncu, 2018, "Generalized Cross Entropy Loss for Training Deep Neural Networks
        with Noisy Labels", https://arxiv.org/abs/1805.07836
    """

    formula = staticmethod(_crossentropies.categorical_generalized_cross_entropy)

    def __init__(
        self,
        q=0.5,
        reduction="sum_over_batch_size",
        name="categorical_generalized_cross_entropy",
        dtype=None,
    ):
        if not 0 < q < 1:
            raise ValueError(
                "CategoricalGeneralizedCrossEntropy: `q` must be in the interval (0, 1), but "
                f"received: q={q}. For q=0 use CategoricalCrossentropy, for q=1 MeanAbsoluteError."
            )
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.q = q
