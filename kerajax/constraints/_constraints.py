"""Projections of weights onto allowed values, applied after each training step."""

from kerajax import ops
from kerajax.backend import epsilon
from kerajax.objects import Configurable, publish


@publish("keras.constraints.Constraint")
class Constraint(Configurable):
    """Base of all constraints: override `__call__(w)`, which returns the projected weight.

    Example:

    >>> class Symmetric(kerajax.constraints.Constraint):
    ...     def __call__(self, w):
    ...         return (w + kerajax.ops.transpose(w)) / 2
    >>> Symmetric()(np.array([[0.0, 2.0], [0.0, 0.0]])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """

    def __call__(self, w):
        """The weight itself, unless a subclass says otherwise."""
        return w


@publish("keras.constraints.MaxNorm", "keras.constraints.max_norm")
class MaxNorm(Constraint):
    """Scales down the vectors along `axis` whose norm exceeds `max_value`.

    Args:
        max_value: Float. The largest norm.
        axis: Int or tuple of ints: the axes of one vector. The incoming weights of each unit are
            axis 0 of a dense kernel, and axes `(0, 1, 2)` of a 2D convolution kernel.

    Example:

    >>> w = kerajax.constraints.MaxNorm(1.0)(np.array([[3.0], [4.0]]))
    >>> round(float(w[0, 0]), 4), round(float(w[1, 0]), 4)
    (0.6, 0.8)

    Reference:
        Srivastava et al., 2014, "Dropout: A Simple Way to Prevent Neural Networks from
        Overfitting", https://jmlr.org/papers/v15/srivastava14a.html
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        """The weight, with norms up to `max_value`."""
        w, norms = _with_norms(w, self.axis)
        return w * (ops.clip(norms, 0, self.max_value) / (epsilon() + norms))


@publish("keras.constraints.NonNeg", "keras.constraints.non_neg")
class NonNeg(Constraint):
    """Sets negative weights to zero.

    Example:

    >>> kerajax.constraints.NonNeg()(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, w):
        """The weight, with zeros for negative entries."""
        return ops.maximum(ops.convert_to_tensor(w), 0)


@publish("keras.constraints.UnitNorm", "keras.constraints.unit_norm")
class UnitNorm(Constraint):
    """Scales the vectors along `axis` to norm 1.

    Args:
        axis: Int or tuple of ints: the axes of one vector, as in `MaxNorm`.

    Example:

    >>> w = kerajax.constraints.UnitNorm()(np.array([[3.0], [4.0]]))
    >>> round(float(w[0, 0]), 4), round(float(w[1, 0]), 4)
    (0.6, 0.8)
    """

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        """The weight, with norms of 1."""
        w, norms = _with_norms(w, self.axis)
        return w / (epsilon() + norms)


@publish("keras.constraints.MinMaxNorm", "keras.constraints.min_max_norm")
class MinMaxNorm(Constraint):
    """Moves the norms of the vectors along `axis` into an interval, at once or step by step.

    The new norm is `rate * clip(norm, min_value, max_value) + (1 - rate) * norm`.

    Args:
        min_value: Float. The smallest norm.
        max_value: Float. The largest norm.
        rate: Float in `(0, 1]`. How much of the way is made in one training step.
        axis: Int or tuple of ints: the axes of one vector, as in `MaxNorm`.

    Example:

    >>> kerajax.constraints.MinMaxNorm(10.0, 20.0)(np.array([[3.0], [4.0]])).round(2).tolist()
    [[6.0], [8.0]]
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        """The weight, with norms in or nearer to the interval."""
        w, norms = _with_norms(w, self.axis)
        target = self.rate * ops.clip(norms, self.min_value, self.max_value)
        target = target + (1 - self.rate) * norms
        return w * (target / (epsilon() + norms))


def _with_norms(w, axis):
    w = ops.convert_to_tensor(w)
    norms = ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))
    return ops.cast(w, norms.dtype), norms
