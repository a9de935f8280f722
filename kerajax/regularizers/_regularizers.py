"""Penalties on the size or the overlap of weights, added to the loss."""

from kerajax import ops
from kerajax._checks import non_negative_float, suggestion
from kerajax.objects import Configurable, publish


@publish("keras.regularizers.Regularizer", "keras.Regularizer")
class Regularizer(Configurable):
    """Base of all regularizers: override `__call__(x)`, which returns a scalar.

    Example:

    >>> class Peak(kerajax.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return kerajax.ops.max(x)
    >>> float(Peak()(np.array([1.0, 3.0])))
    3.0
    """

    def __call__(self, x):
        """The penalty for a weight: a scalar tensor."""
        return 0.0


@publish("keras.regularizers.L1L2", "keras.regularizers.l1_l2")
class L1L2(Regularizer):
    """Sum of both penalties: `l1 * sum(abs(x)) + l2 * sum(x**2)`.

    Args:
        l1: Float >= 0; None is 0.
        l2: Float >= 0; None is 0.

    Raises:
        ValueError: If a factor is negative or no finite number.

    Example:

    >>> float(kerajax.regularizers.L1L2(l1=1.0, l2=1.0)(np.array([1.0, -2.0], "float32")))
    8.0
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = _factor(0.0 if l1 is None else l1, "l1", self)
        self.l2 = _factor(0.0 if l2 is None else l2, "l2", self)

    def __call__(self, x):
        """The penalty: a scalar in the dtype of `x`."""
        penalty = ops.zeros((), dtype=x.dtype)
        if self.l1:
            penalty += ops.cast(self.l1, x.dtype) * ops.sum(ops.absolute(x))
        if self.l2:
            penalty += ops.cast(self.l2, x.dtype) * ops.sum(ops.square(x))
        return penalty


@publish("keras.regularizers.L1", "keras.regularizers.l1")
class L1(Regularizer):
    """`l1 * sum(abs(x))`, which drives weights to exactly zero.

    Args:
        l1: Float >= 0; None is 0.01.

    Raises:
        ValueError: If the factor is negative or no finite number.

    Example:

    >>> float(kerajax.regularizers.L1(0.5)(np.array([1.0, -3.0], "float32")))
    2.0
    """

    def __init__(self, l1=0.01):
        self.l1 = _factor(0.01 if l1 is None else l1, "l1", self)

    def __call__(self, x):
        """The penalty: a scalar in the dtype of `x`."""
        return ops.cast(self.l1, x.dtype) * ops.sum(ops.absolute(x))


@publish("keras.regularizers.L2", "keras.regularizers.l2")
class L2(Regularizer):
    """`l2 * sum(x**2)`, also called weight decay.

    Args:
        l2: Float >= 0; None is 0.01.

    Raises:
        ValueError: If the factor is negative or no finite number.

    Example:

    >>> float(kerajax.regularizers.L2(0.5)(np.array([1.0, -3.0], "float32")))
    5.0
    """

    def __init__(self, l2=0.01):
        self.l2 = _factor(0.01 if l2 is None else l2, "l2", self)

    def __call__(self, x):
        """The penalty: a scalar in the dtype of `x`."""
        return ops.cast(self.l2, x.dtype) * ops.sum(ops.square(x))


@publish("keras.regularizers.OrthogonalRegularizer", "keras.regularizers.orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    """Pushes the rows (or columns) of a matrix to be orthogonal to each other.

    `factor * mean(abs(cosine))`, over all pairs of different rows, halved as in Keras.

    Args:
        factor: Float >= 0.
        mode: `"rows"` or `"columns"`.

    Raises:
        ValueError: If an argument is out of range, or, when called, if the weight is no matrix.

    Example:

    >>> float(kerajax.regularizers.OrthogonalRegularizer(0.1)(np.eye(3, dtype="float32")))
    0.0
    """

    def __init__(self, factor=0.01, mode="rows"):
        self.factor = _factor(factor, "factor", self)
        if mode not in ("rows", "columns"):
            raise ValueError(
                'Invalid value for argument `mode`. Expected one of {"rows", "columns"}. '
                f"Received: mode={mode} {suggestion(mode, ('rows', 'columns'))}".rstrip()
            )
        self.mode = mode

    def __call__(self, inputs):
        """The penalty: a scalar in the dtype of `inputs`."""
        if len(inputs.shape) != 2:
            raise ValueError(
                "Inputs to OrthogonalRegularizer must have rank 2. Received: "
                f"inputs.shape={tuple(inputs.shape)}. Use it on kernels of dense layers."
            )
        rows = inputs if self.mode == "rows" else ops.transpose(inputs)
        rows = ops.normalize(rows, axis=1)
        size = rows.shape[0]
        cosines = ops.matmul(rows, ops.transpose(rows)) * (1.0 - ops.eye(size, dtype=rows.dtype))
        pairs = size * (size - 1.0) / 2.0
        return self.factor * 0.5 * ops.sum(ops.absolute(cosines)) / pairs


def _factor(value, name, owner):
    return float(non_negative_float(value, name, owner))
