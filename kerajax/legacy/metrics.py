"""Metrics that tf.keras had and Keras 3 does not have."""

from kerajax import ops
from kerajax.metrics import Mean, Metric
from kerajax.objects import publish


@publish("keras.metrics.MeanRelativeError")
class MeanRelativeError(Mean):
    """The mean of `|y_pred - y_true| / normalizer`; where the normalizer is 0, of 0.

    Args:
        normalizer: Tensor that broadcasts with the predictions.
        name: String.
        dtype: As in `Metric`.

    Example:

    >>> metric = kerajax.legacy.metrics.MeanRelativeError(normalizer=[1.0, 4.0])
    >>> metric.update_state([1.0, 2.0], [2.0, 4.0])
    >>> float(metric.result())
    0.75
    """

    def __init__(self, normalizer, name=None, dtype=None):
        super().__init__(name=name or "mean_relative_error", dtype=dtype)
        self.normalizer = ops.cast(normalizer, self.dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the relative errors of a batch, weighted."""
        y_true, y_pred = (ops.cast(x, self.dtype) for x in (y_true, y_pred))
        error = ops.divide_no_nan(ops.abs(y_true - y_pred), self.normalizer)
        super().update_state(error, sample_weight=sample_weight)

    def get_config(self):
        """The constructor's arguments."""
        normalizer = ops.convert_to_numpy(self.normalizer).tolist()
        return {"name": self.name, "dtype": self.dtype, "normalizer": normalizer}


@publish("keras.metrics.MeanTensor")
class MeanTensor(Metric):
    """The weighted mean of tensors, element by element.

    Args:
        name: String.
        dtype: As in `Metric`.
        shape: Optional tuple of ints; by default that of the first tensor.

    Raises:
        ValueError: If a tensor has another shape, or if the result is read before there is one.

    Example:

    >>> metric = kerajax.legacy.metrics.MeanTensor()
    >>> metric.update_state([0.0, 4.0])
    >>> metric.update_state([2.0, 8.0], sample_weight=[3.0, 1.0])
    >>> metric.result().tolist()
    [1.5, 6.0]
    """

    def __init__(self, name="mean_tensor", dtype=None, shape=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.count = None
        if shape is not None:
            self._make(tuple(shape))

    def _make(self, shape):
        self.total, self.count = (
            self.add_variable(shape, "zeros", dtype=self.dtype, name=name)
            for name in ("total", "count")
        )

    def update_state(self, values, sample_weight=None):
        """Adds a tensor, weighted."""
        values = ops.cast(values, self.dtype)
        if self.total is None:
            self._make(tuple(values.shape))
        if tuple(values.shape) != tuple(self.total.shape):
            raise ValueError(
                "MeanTensor input values must always have the same shape. Expected shape (set "
                f"during the first call): {tuple(self.total.shape)}. Received: {values.shape}."
            )
        weights = ops.ones_like(values)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, self.dtype)
            while len(sample_weight.shape) < len(values.shape):
                sample_weight = ops.expand_dims(sample_weight, -1)
            weights = weights * sample_weight
        self.total.assign_add(values * weights)
        self.count.assign_add(weights)

    def result(self):
        """The means so far; 0 where all weights were."""
        if self.total is None:
            raise ValueError(
                "MeanTensor does not have any value yet. Please call the MeanTensor instance or "
                "use `.update_state(value)` before retrieving the result."
            )
        return ops.divide_no_nan(self.total.value, self.count.value)
