"""Activations with bounded results: sigmoids, tangents and distributions over an axis."""

from kerajax import ops
from kerajax.objects import publish


@publish("keras.activations.sigmoid")
def sigmoid(x):
    """`1 / (1 + exp(-x))`, between 0 and 1.

    Example:

    >>> kerajax.activations.sigmoid(np.array([0.0])).tolist()
    [0.5]
    """
    return ops.sigmoid(x)


@publish("keras.activations.hard_sigmoid")
def hard_sigmoid(x):
    """A sigmoid of three lines: `x / 6 + 1/2`, cut at 0 and 1.

    Keras before 3.0 had `0.2 * x + 0.5` under this name; models of that time keep theirs.

    Example:

    >>> kerajax.activations.hard_sigmoid(np.array([-3.0, 0.0, 3.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.hard_sigmoid(x)


@publish("keras.activations.hard_sigmoid_keras2")
def hard_sigmoid_keras2(x):
    """`0.2 * x + 0.5`, cut at 0 and 1: what `"hard_sigmoid"` names in models before Keras 3.

    Example:

    >>> f = kerajax.activations.get("hard_sigmoid_keras2")
    >>> f(np.array([-2.5, 0.0, 2.5])).tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


@publish("keras.activations.log_sigmoid")
def log_sigmoid(x):
    """Logarithm of the sigmoid, `-softplus(-x)`, without underflow.

    Example:

    >>> round(float(kerajax.activations.log_sigmoid(np.array(0.0))), 4)
    -0.6931
    """
    return ops.log_sigmoid(x)


@publish("keras.activations.sparse_sigmoid")
def sparse_sigmoid(x):
    """`(x + 1) / 2`, cut at 0 and 1.

    Example:

    >>> kerajax.activations.sparse_sigmoid(np.array([-2.0, 0.0, 2.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.sparse_sigmoid(x)


@publish("keras.activations.tanh")
def tanh(x):
    """Hyperbolic tangent, between -1 and 1.

    Example:

    >>> kerajax.activations.tanh(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.tanh(x)


@publish("keras.activations.hard_tanh")
def hard_tanh(x):
    """`x`, cut at -1 and 1.

    Example:

    >>> kerajax.activations.hard_tanh(np.array([-2.0, 0.5, 2.0])).tolist()
    [-1.0, 0.5, 1.0]
    """
    return ops.hard_tanh(x)


@publish("keras.activations.softsign")
def softsign(x):
    """`x / (abs(x) + 1)`, between -1 and 1.

    Example:

    >>> kerajax.activations.softsign(np.array([-1.0, 0.0, 1.0])).tolist()
    [-0.5, 0.0, 0.5]
    """
    return ops.softsign(x)


@publish("keras.activations.exponential")
def exponential(x):
    """`exp(x)`.

    Example:

    >>> kerajax.activations.exponential(np.array([0.0])).tolist()
    [1.0]
    """
    return ops.exp(x)


@publish("keras.activations.softmax")
def softmax(x, axis=-1):
    """Probabilities along an axis: `exp(x) / sum(exp(x))`.

    Args:
        x: Tensor.
        axis: Int, or tuple of ints, along which the results add up to 1.

    Example:

    >>> kerajax.activations.softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    return ops.softmax(x, axis=axis)


@publish("keras.activations.log_softmax")
def log_softmax(x, axis=-1):
    """Logarithm of the softmax along an axis, without underflow.

    Example:

    >>> round(float(kerajax.activations.log_softmax(np.array([0.0, 0.0]))[0]), 4)
    -0.6931
    """
    return ops.log_softmax(x, axis=axis)


@publish("keras.activations.sparsemax")
def sparsemax(x, axis=-1):
    """The point of the probability simplex nearest to `x`, with exact zeros.

    Example:

    >>> kerajax.activations.sparsemax(np.array([0.0, 3.0])).tolist()
    [0.0, 1.0]

    Reference:
        Martins and Astudillo, 2016, "From Softmax to Sparsemax",
        https://arxiv.org/abs/1602.02068
    """
    return ops.sparsemax(x, axis)
