"""Distances between targets and predictions, one value per sample: regression and margins.

Each formula stands here once; the classes of `losses` and `metrics` point at it. All of them take
the mean or sum over the last axis, so predictions of shape `(batch, d)` give `(batch,)`.
Crossentropies are in `_crossentropies.py`, overlaps and rankings in `_overlaps.py`.
"""

import math

from kerajax import ops
from kerajax.backend import epsilon
from kerajax.losses._align import align_pair, cast_pair
from kerajax.objects import publish


@publish("keras.losses.mean_squared_error", "keras.metrics.mean_squared_error")
def mean_squared_error(y_true, y_pred):
    """`mean((y_true - y_pred)**2)` over the last axis.

    Args:
        y_true: Targets, `(batch, …, d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.mean_squared_error([[0.0, 1.0]], [[1.0, 3.0]]).tolist()
    [2.5]
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


@publish("keras.losses.mean_absolute_error", "keras.metrics.mean_absolute_error")
def mean_absolute_error(y_true, y_pred):
    """`mean(abs(y_true - y_pred))` over the last axis.

    Args:
        y_true: Targets, `(batch, …, d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.mean_absolute_error([[0.0, 1.0]], [[1.0, 3.0]]).tolist()
    [1.5]
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    return ops.mean(ops.absolute(y_true - y_pred), axis=-1)


@publish(
    "keras.losses.mean_absolute_percentage_error", "keras.metrics.mean_absolute_percentage_error"
)
def mean_absolute_percentage_error(y_true, y_pred):
    """`100 * mean(abs((y_true - y_pred) / y_true))` over the last axis, in percent.

    Targets nearer to zero than `epsilon()` count as `epsilon()`.

    Args:
        y_true: Targets, `(batch, …, d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).tolist()
    [25.0]
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    scale = ops.maximum(ops.absolute(y_true), ops.cast(epsilon(), y_pred.dtype))
    return 100.0 * ops.mean(ops.absolute((y_true - y_pred) / scale), axis=-1)


@publish(
    "keras.losses.mean_squared_logarithmic_error", "keras.metrics.mean_squared_logarithmic_error"
)
def mean_squared_logarithmic_error(y_true, y_pred):
    """`mean((log(y_true + 1) - log(y_pred + 1))**2)` over the last axis.

    Values below `epsilon()`, negative ones among them, count as `epsilon()`.

    Args:
        y_true: Targets, `(batch, …, d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.mean_squared_logarithmic_error([[3.0]], [[3.0]]).tolist()
    [0.0]
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    least = ops.cast(epsilon(), y_pred.dtype)
    log_pred = ops.log(ops.maximum(y_pred, least) + 1.0)
    log_true = ops.log(ops.maximum(y_true, least) + 1.0)
    return ops.mean(ops.square(log_pred - log_true), axis=-1)


@publish("keras.losses.huber", "keras.metrics.huber")
def huber(y_true, y_pred, delta=1.0):
    """Quadratic for small errors, linear for large ones, averaged over the last axis.

    `error**2 / 2` where `abs(error) <= delta`, `delta * abs(error) - delta**2 / 2` elsewhere.

    Args:
        y_true: Targets, `(batch, …, d)`.
        y_pred: Predictions of the same shape.
        delta: Float. Where the line begins.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [1.5]

    Reference:
        Huber, 1964, "Robust Estimation of a Location Parameter",
        https://doi.org/10.1214/aoms/1177703732
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    delta = ops.convert_to_tensor(delta, y_pred.dtype)
    error = ops.absolute(y_pred - y_true)
    values = ops.where(error <= delta, 0.5 * ops.square(error), delta * (error - 0.5 * delta))
    return ops.mean(values, axis=-1)


@publish("keras.losses.log_cosh", "keras.metrics.log_cosh")
def log_cosh(y_true, y_pred):
    """`mean(log(cosh(y_pred - y_true)))` over the last axis.

    About `error**2 / 2` for small errors and `abs(error) - log(2)` for large ones.

    Args:
        y_true: Targets, `(batch, …, d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> round(float(kerajax.losses.log_cosh([0.0, 0.0], [0.0, 2.0])), 3)
    0.663
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    error = y_pred - y_true
    # cosh itself overflows; log((e^x + e^-x) / 2) = x + softplus(-2x) - log 2 does not.
    return ops.mean(error + ops.softplus(error * -2.0) - math.log(2.0), axis=-1)


@publish("keras.losses.cosine_similarity")
def cosine_similarity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle between targets and predictions, from -1 (alike) to 1.

    The metric of the same name has the other sign.

    Args:
        y_true: Targets, `(batch, …, d)`.
        y_pred: Predictions of the same shape.
        axis: Int. The axis along which the vectors lie.

    Returns:
        Tensor without that axis, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.cosine_similarity([[0.0, 2.0]], [[0.0, 5.0]]).tolist()
    [-1.0]
    """
    return -cosine(y_true, y_pred, axis)


def cosine(y_true, y_pred, axis=-1):
    """The cosine of the angle between targets and predictions, 1 where they are alike.

    Example:

    >>> cosine([[0.0, 2.0]], [[0.0, 5.0]]).tolist()
    [1.0]
    """
    y_true, y_pred = align_pair(y_true, y_pred)
    product = ops.normalize(y_true, axis=axis) * ops.normalize(y_pred, axis=axis)
    return ops.sum(product, axis=axis)


@publish("keras.losses.kl_divergence", "keras.metrics.kl_divergence")
def kl_divergence(y_true, y_pred):
    """Kullback-Leibler divergence, `sum(y_true * log(y_true / y_pred))` over the last axis.

    Both are clipped to between `epsilon()` and 1.

    Args:
        y_true: Probabilities, `(batch, …, classes)`.
        y_pred: Predicted probabilities of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).tolist()
    [0.0]
    """
    y_true, y_pred = cast_pair(y_true, y_pred)
    y_true = ops.clip(y_true, epsilon(), 1)
    y_pred = ops.clip(y_pred, epsilon(), 1)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


@publish("keras.losses.poisson", "keras.metrics.poisson")
def poisson(y_true, y_pred):
    """Negative log-likelihood of counts, `mean(y_pred - y_true * log(y_pred))`, up to a constant.

    Args:
        y_true: Counts, `(batch, …, d)`.
        y_pred: Predicted rates of the same shape, > 0.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.poisson([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [2.0]
    """
    y_true, y_pred = cast_pair(y_true, y_pred)
    log_rate = ops.log(y_pred + ops.cast(epsilon(), y_pred.dtype))
    return ops.mean(y_pred - y_true * log_rate, axis=-1)


@publish("keras.losses.hinge", "keras.metrics.hinge")
def hinge(y_true, y_pred):
    """`mean(max(1 - y_true * y_pred, 0))` over the last axis.

    Args:
        y_true: Labels -1 and 1, `(batch, …, d)`. Where all are 0 or 1, 0 counts as -1.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.hinge([[-1.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.0]
    """
    return ops.mean(_shortfall(y_true, y_pred), axis=-1)


@publish("keras.losses.squared_hinge", "keras.metrics.squared_hinge")
def squared_hinge(y_true, y_pred):
    """`mean(max(1 - y_true * y_pred, 0)**2)` over the last axis.

    Args:
        y_true: Labels -1 and 1, `(batch, …, d)`. Where all are 0 or 1, 0 counts as -1.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.25]
    """
    return ops.mean(ops.square(_shortfall(y_true, y_pred)), axis=-1)


def _shortfall(y_true, y_pred):
    """How much is missing to a margin of 1."""
    y_true, y_pred = cast_pair(y_true, y_pred)
    is_binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    y_true = ops.where(is_binary, 2.0 * y_true - 1.0, y_true)
    return ops.maximum(1.0 - y_true * y_pred, 0.0)


@publish("keras.losses.categorical_hinge", "keras.metrics.categorical_hinge")
def categorical_hinge(y_true, y_pred):
    """`max(neg - pos + 1, 0)`: the score of the true class against the best of the others.

    `pos = sum(y_true * y_pred)` and `neg = max((1 - y_true) * y_pred)`, over the last axis.

    Args:
        y_true: One-hot labels, `(batch, …, classes)`.
        y_pred: Scores of the same shape.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.categorical_hinge([[0.0, 1.0]], [[0.25, 0.5]]).tolist()
    [0.75]
    """
    y_true, y_pred = cast_pair(y_true, y_pred)
    positive = ops.sum(y_true * y_pred, axis=-1)
    negative = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(negative - positive + 1.0, 0.0)
