"""Losses of regions, and of embeddings within a batch."""

from kerajax.losses import _overlaps
from kerajax.losses._base import FormulaLoss
from kerajax.objects import publish


@publish("keras.losses.Dice")
class Dice(FormulaLoss):
    """One minus twice the overlap over the sum of the sizes of two regions.

    Args:
        reduction: As in `Loss`.
        name: String.
        axis: Tuple of ints, the axes of the sums; None is all, batch included.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.Dice()
    >>> round(float(loss(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]))), 3)
    0.333
    """

    formula = staticmethod(_overlaps.dice)

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.axis = axis


@publish("keras.losses.Tversky")
class Tversky(FormulaLoss):
    """A Dice loss that weights what was missed and what was predicted too much.

    Args:
        alpha: Float. Weight of what was missed.
        beta: Float. Weight of what was predicted too much.
        reduction: As in `Loss`.
        name: String.
        axis: Tuple of ints, the axes of the sums; None is all, batch included.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.Tversky()
    >>> round(float(loss(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]))), 3)
    0.333

    Reference:
        Salehi et al., 2017, "Tversky loss function for image segmentation using 3D fully
        convolutional deep networks", https://arxiv.org/abs/1706.05721
    """

    formula = staticmethod(_overlaps.tversky)

    def __init__(
        self,
        alpha=0.5,
        beta=0.5,
        reduction="sum_over_batch_size",
        name="tversky",
        axis=None,
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.alpha = alpha
        self.beta = beta
        self.axis = axis


@publish("keras.losses.Circle")
class Circle(FormulaLoss):
    """Pulls embeddings of one class together and pushes those of others apart.

    Predictions are vectors of length 1, targets class numbers.

    Args:
        gamma: Float. Scale.
        margin: Float. How far apart classes are to be.
        remove_diagonal: Bool. Whether a sample is not compared with itself.
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.Circle()
    >>> loss(np.array([0, 0, 1, 1]), np.eye(2)[[0, 0, 1, 1]]).shape
    ()

    Reference:
        Sun et al., 2020, "Circle Loss: A Unified Perspective of Pair Similarity Optimization",
        https://arxiv.org/abs/2002.10857
    """

    formula = staticmethod(_overlaps.circle)

    def __init__(
        self,
        gamma=80.0,
        margin=0.4,
        remove_diagonal=True,
        reduction="sum_over_batch_size",
        name="circle",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.gamma = gamma
        self.margin = margin
        self.remove_diagonal = remove_diagonal
