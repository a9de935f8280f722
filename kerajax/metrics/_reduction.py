"""Sums and means over an epoch, and metrics that are the mean of a formula.

An update costs one reduction and one addition per variable: where there are no weights, none are
made.
"""

import functools
import inspect
import math

from kerajax import ops
from kerajax.backend import get_keras_mask
from kerajax.losses._align import match_ranks
from kerajax.losses._get import TABLE as LOSSES
from kerajax.losses._reduce import mask_weights
from kerajax.metrics._base import Metric
from kerajax.objects import publish, serialize_keras_object


@publish("keras.metrics.Sum")
class Sum(Metric):
    """The weighted sum of all values.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.Sum()
    >>> metric.update_state([1.0, 3.0], sample_weight=[1.0, 0.5])
    >>> float(metric.result())
    2.5
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values, sample_weight=None):
        """Adds values, weighted."""
        values, sample_weight = _weighted_pair(values, sample_weight, self.dtype)
        if sample_weight is not None:
            values = _per_weight(values, sample_weight, ops.sum)
            values = values * ops.broadcast_to(sample_weight, values.shape)
        self.total.assign_add(_total(values))

    def result(self):
        """The sum so far, a scalar."""
        return self.total.value


@publish("keras.metrics.Mean")
class Mean(Metric):
    """The weighted mean of all values: `sum(values * weights) / sum(weights)`.

    The values of one sample are averaged first.

    Args:
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.metrics.Mean()
    >>> metric.update_state([1.0, 3.0])
    >>> metric.update_state([5.0])
    >>> float(metric.result())
    3.0
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values, sample_weight=None):
        """Adds values, weighted."""
        values, sample_weight = _weighted_pair(values, sample_weight, self.dtype)
        if sample_weight is None:
            # The mean over all but the batch axis, summed over the batch, in one reduction.
            size = math.prod(values.shape[1:])
            total = _total(values)
            self.total.assign_add(total if size == 1 else total / size)
            self.count.assign_add(values.shape[0] if values.shape else 1)
            return
        values = _per_weight(values, sample_weight, ops.mean)
        sample_weight = ops.broadcast_to(sample_weight, values.shape)
        size = math.prod(values.shape[1:])
        total, count = _total(values * sample_weight), _total(sample_weight)
        self.total.assign_add(total if size == 1 else total / size)
        self.count.assign_add(count if size == 1 else count / size)

    def result(self):
        """The mean so far, a scalar; 0 before the first update."""
        return ops.divide_no_nan(self.total.value, self.count.value)


@publish("keras.metrics.MeanMetricWrapper")
class MeanMetricWrapper(Mean):
    """The mean of a function of targets and predictions.

    A mask that hangs on the predictions leaves out masked entries.

    Args:
        fn: Function `(y_true, y_pred, **kwargs)` that returns one value per sample or per entry.
        name: Optional string.
        dtype: As in `Metric`.
        **kwargs: Passed to `fn`.

    Example:

    >>> def largest_error(y_true, y_pred):
    ...     return kerajax.ops.max(kerajax.ops.abs(y_true - y_pred), axis=-1)
    >>> metric = kerajax.metrics.MeanMetricWrapper(largest_error)
    >>> float(metric(np.zeros((2, 2)), np.array([[1.0, 3.0], [0.0, 1.0]])))
    2.0
    """

    _any_arguments = True
    _config_skip = frozenset({"fn"})

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        if _is_loss(fn):
            self._direction = "down"

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the function's values for a batch."""
        mask = get_keras_mask(y_pred)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        sample_weight = mask_weights(sample_weight, mask, self.dtype, "sum")
        super().update_state(values, sample_weight=sample_weight)

    def get_config(self):
        """The function and its arguments, beside name and dtype."""
        config = super().get_config()
        if type(self)._own_class is MeanMetricWrapper:
            config["fn"] = serialize_keras_object(self._fn)
            config.update(serialize_keras_object(self._fn_kwargs))
        return config


class MeanOf(MeanMetricWrapper):
    """The mean of a formula of `losses` or of this package.

    Attributes:
        formula: The function, as a static method. What it takes beside targets and predictions,
            and the constructor takes too, is passed to it.
        _config_if_not: Dict of arguments that are in the config only when they differ from this
            value, since Keras leaves them out.

    Example:

    >>> kerajax.metrics.TopKCategoricalAccuracy(k=3).get_config()["k"]
    3
    """

    formula = None
    _any_arguments = False
    _config_if_not: dict = {}

    def __init__(self, name=None, dtype=None):
        super().__init__(type(self).formula, name=name, dtype=dtype)

    def _after_init(self):
        super()._after_init()
        self._fn_kwargs = {name: getattr(self, name) for name in _passed_on(type(self))}

    def get_config(self):
        """The constructor's arguments, without those that Keras does not write."""
        config = super().get_config()
        for name, usual in self._config_if_not.items():
            if config.get(name) == usual:
                config.pop(name, None)
        return config


def _weighted_pair(values, sample_weight, dtype):
    """Values and weights in `dtype`, with matching ranks; weights stay None."""
    mask = get_keras_mask(values)
    values = ops.cast(values, dtype)
    if sample_weight is None:
        return values, None
    sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
    sample_weight = mask_weights(sample_weight, mask, dtype, "sum")
    return match_ranks(values, sample_weight)


def _per_weight(values, sample_weight, reduce_fn):
    """Values with the axes reduced that the weights do not have."""
    rank, weighted = len(values.shape), len(sample_weight.shape)
    return reduce_fn(values, axis=tuple(range(weighted, rank))) if rank > weighted else values


def _total(values):
    return ops.sum(values) if values.shape else values


@functools.cache
def _passed_on(cls):
    """The arguments that a constructor and its formula share."""
    taken = tuple(inspect.signature(cls.formula).parameters)[2:]
    given = inspect.signature(cls._own_class.__init__).parameters
    return tuple(name for name in taken if name in given)


def _is_loss(fn):
    return any(fn is loss or type(fn) is loss for loss in LOSSES.values())
