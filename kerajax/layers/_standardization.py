"""Normalization: features with mean 0 and variance 1."""

import math

import numpy as np

from kerajax import ops
from kerajax.backend import epsilon, is_tensor
from kerajax.layers._base import Layer
from kerajax.layers._host_layer import iterate
from kerajax.objects import publish

_MSG_EMPTY = (
    "adapt() received an empty iterable (no batches). Expected at least one batch. Pass an array, "
    "or a non-empty iterable of arrays, e.g. `layer.adapt([x])`."
)


@publish("keras.layers.Normalization")
class Normalization(Layer):
    """Shifts and scales features: `outputs = (inputs - mean) / sqrt(variance)`.

    Mean and variance are given, or learned by `adapt`, for each index along `axis`.

    Args:
        axis: Int, tuple of ints, or None: the axes along which each index has a mean and a variance
            of its own. None: one mean for everything.
        mean: Optional float or array: the mean, given.
        variance: The same for the variance; both or none.
        invert: Bool. Whether to undo it: `outputs = inputs * sqrt(variance) + mean`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any; sizes along `axis` must be known. Numbers.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If only one of `mean` and `variance` is given, their shapes differ, or inputs
            have no such axis.

    Example:

    >>> layer = kerajax.layers.Normalization(axis=None)
    >>> layer.adapt(np.array([1.0, 2.0, 3.0, 4.0, 5.0], "float32"))
    >>> layer(np.array([1.0, 3.0])).tolist()
    [-1.4142135381698608, 0.0]
    """

    supports_masking = True

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        axis = () if axis is None else axis
        self.axis = (axis,) if isinstance(axis, int) else tuple(axis)
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert
        self._shape = None
        self._check_given()

    def _check_given(self):
        mean, variance = self.input_mean, self.input_variance
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={mean} and variance={variance}"
            )
        if np.shape(mean) != np.shape(variance):
            raise ValueError(
                "When setting values directly, `mean` and `variance` must have the same shape. "
                f"Received: mean shape {np.shape(mean)} and variance shape {np.shape(variance)}"
            )
        if mean is not None and np.ndim(mean) > len(self.axis):
            raise ValueError(
                "The rank of `mean` must be less than or equal to the number of axes "
                f"({len(self.axis)}). Received: mean shape {np.shape(mean)} for axis {self.axis}"
            )

    def build(self, input_shape):
        if input_shape is None:
            return
        ndim = len(input_shape)
        if any(not -ndim <= a < ndim for a in self.axis):
            raise ValueError(
                "All `axis` values must be in the range [-ndim, ndim). Received inputs with "
                f"ndim={ndim}, while axis={self.axis}"
            )
        kept = tuple(sorted(a % ndim for a in self.axis))
        for a in kept:
            if input_shape[a] is None:
                raise ValueError(
                    "All `axis` values to be kept must have a known shape. Received "
                    f"axis={self.axis}, inputs.shape={input_shape}, with unknown axis at index {a}"
                )
        shape = tuple(input_shape[a] for a in kept)
        self._check_fits(shape, input_shape)
        self._shape, self._kept = tuple(input_shape), kept
        if self.input_mean is None:
            options = {"shape": shape, "trainable": False}
            self.adapt_mean = self.add_weight(name="mean", initializer="zeros", **options)
            self.adapt_variance = self.add_weight(name="variance", initializer="ones", **options)
            # TensorFlow counted samples here; files have a place for it.
            self.count = self.add_weight(
                name="count", shape=(), dtype="int", initializer="zeros", trainable=False
            )

    def _check_fits(self, sizes, input_shape):
        """Raises where a mean that was given has other sizes than the axes that have their own."""
        given = np.shape(self.input_mean)
        # Its axes stand for the last of them; the constructor has looked that there are enough.
        pairs = zip(reversed(given), reversed(sizes), strict=False)
        if any(one not in (1, size) for one, size in pairs):
            raise ValueError(
                f"Normalization layer '{self.name}': `mean` and `variance` of shape {given} do not "
                f"broadcast to the sizes {sizes} along axis={self.axis} of inputs of shape "
                f"{tuple(input_shape)}. Give one number for each index, or one for all."
            )

    def get_build_config(self):
        """The shape that the layer was built for."""
        return None if self._shape is None else {"input_shape": self._shape}

    def build_from_config(self, config):
        """Builds the layer as `get_build_config` described."""
        if config:
            self.build(tuple(config["input_shape"]))

    @property
    def mean(self):
        """The mean, of a shape that broadcasts with inputs; None before the layer is built."""
        return self._statistic(self.input_mean, "adapt_mean")

    @property
    def variance(self):
        """The variance, of a shape that broadcasts with inputs; None before the layer is built."""
        return self._statistic(self.input_variance, "adapt_variance")

    def _statistic(self, given, name):
        if self._shape is None:
            return None
        ndim = len(self._shape)
        broadcast = [self._shape[a] if a in self._kept else 1 for a in range(ndim)]
        if given is None:
            return ops.cast(ops.reshape(getattr(self, name), broadcast), self.compute_dtype)
        # The last axes of what was given are the last of those that are kept.
        given = np.asarray(given)
        aligned = [1] * ndim
        for i in range(1, given.ndim + 1):
            aligned[self._kept[-i]] = given.shape[-i]
        values = np.broadcast_to(given.reshape(aligned), broadcast)
        return ops.convert_to_tensor(values, self.compute_dtype)

    def adapt(self, data) -> None:
        """Learns mean and variance.

        Args:
            data: Array; or an iterable of batches: list of arrays, generator, `PyDataset`, data
                set. Of batches that are tuples the first entry counts.

        Raises:
            ValueError: If there are no batches, or shapes do not fit together.
            TypeError: If `data` is none of these, or batches have no shape.
        """
        if self.input_mean is not None:
            raise ValueError(
                f"Normalization layer '{self.name}' was made with `mean` and `variance`, so it "
                "cannot adapt. Make it without them."
            )
        if hasattr(data, "to_numpy"):
            data = data.to_numpy()
        is_array = isinstance(data, np.ndarray) or is_tensor(data)
        batches = iter([data]) if is_array else (_features(batch) for batch in iterate(data))
        total = _Moments()
        for batch in batches:
            self._check_batch(batch, is_array)
            total.add(batch, self._reduced)
        if not total.count:
            raise ValueError(_MSG_EMPTY)
        self.adapt_mean.assign(total.mean)
        self.adapt_variance.assign(total.variance)
        self.finalize_state()

    def _check_batch(self, batch, is_array):
        shape = tuple(batch.shape)
        if not self.built:
            self.build(shape)
        same_rank = len(shape) == len(self._shape)
        if same_rank and all(shape[a] == self._shape[a] for a in self._kept):
            return
        if is_array:
            raise ValueError(
                f"The layer was built with input_shape={self._shape}, but adapt() is being called "
                f"with data with an incompatible shape, data.shape={shape}"
            )
        raise ValueError(
            f"adapt() yielded a batch with incompatible shape. Expected {self._shape}, got {shape}."
        )

    @property
    def _reduced(self) -> tuple:
        return tuple(a for a in range(len(self._shape)) if a not in self._kept)

    def finalize_state(self) -> None:
        """Kept for Keras' interface: what was learned is in use at once."""

    def call(self, inputs):
        if self._shape is None:
            raise ValueError(
                f"Normalization layer '{self.name}' does not know the shape of its inputs. Call "
                "`.build(input_shape)` on the layer before using it."
            )
        inputs = ops.cast(inputs, self.compute_dtype)
        deviation = ops.maximum(ops.sqrt(self.variance), epsilon())
        if self.invert:
            return ops.add(self.mean, ops.multiply(inputs, deviation))
        return ops.divide(ops.subtract(inputs, self.mean), deviation)

    def compute_output_shape(self, input_shape):
        """The shape of the inputs."""
        return input_shape

    def get_config(self):
        """The arguments of the constructor."""
        return {
            **self._base_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": np.array(self.input_mean).tolist(),
            "variance": np.array(self.input_variance).tolist(),
        }


class _Moments:
    """Mean and variance of batch after batch, joined by the weights of the batches.

    Reference:
        Chan, Golub and LeVeque, 1979, "Updating Formulae and a Pairwise Algorithm for Computing
        Sample Variances", http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/CS-TR-79-773.pdf
    """

    def __init__(self):
        self.count, self.mean, self.variance = 0, 0.0, 0.0

    def add(self, batch, axes):
        """Joins the moments of a batch over `axes`."""
        batch = np.asarray(batch)
        # Sums of many float32 numbers would lose digits.
        mean, variance = (f(batch, axis=axes, dtype="float64") for f in (np.mean, np.var))
        count = math.prod(batch.shape[a] for a in axes)
        self.count += count
        weight = count / self.count
        shift = mean - self.mean
        self.mean = self.mean + weight * shift
        self.variance = (1 - weight) * (self.variance + weight * shift**2) + weight * variance


def _features(batch):
    batch = batch[0] if isinstance(batch, (tuple, list)) and batch else batch
    batch = batch.to_numpy() if hasattr(batch, "to_numpy") else batch
    if not hasattr(batch, "shape"):
        raise TypeError(
            "adapt() expects an iterable that yields arrays or tensors with a `.shape` attribute. "
            f"Got an element of type {type(batch).__name__}. Pass an array, or a list of arrays."
        )
    return batch
