"""Discretization: a bin for each number."""

import numpy as np

from kerajax import ops
from kerajax.backend import KerasTensor, floatx, is_tensor
from kerajax.layers import _categories
from kerajax.layers._base import Layer
from kerajax.layers._host_layer import batches_of, iterate
from kerajax.objects import publish


@publish("keras.layers.Discretization")
class Discretization(Layer):
    """Maps numbers to bins: bin `i` holds `bin_boundaries[i - 1] <= x < bin_boundaries[i]`.

    Boundaries are given, or learned by `adapt`, which puts about as many numbers into each bin.

    Args:
        bin_boundaries: Optional list of floats, ascending. The first and last bin are open.
        num_bins: Optional int: the number of bins to learn, instead.
        epsilon: Float. How far from a quantile, as a fraction, a learned boundary may be.
        output_mode: `"int"` for bins, `"one_hot"` for a vector for each number, `"multi_hot"` or
            `"count"` for one vector for each row of numbers.
        sparse: Bool. Whether vectors are sparse tensors (`jax.experimental.sparse.BCOO`), which
            keep their entries that are not 0.
        dtype: Dtype of the computation and of vectors.
        name: String.

    Input shape: any; numbers.
    Output shape: that of the input, int32; `(..., number of bins)` for vectors.

    Raises:
        ValueError: If not exactly one of `bin_boundaries` and `num_bins` is given, or there are no
            boundaries yet when the layer is called.

    Example:

    >>> layer = kerajax.layers.Discretization(bin_boundaries=[0.0, 1.0])
    >>> layer(np.array([-1.5, 0.0, 3.4])).tolist()
    [0, 1, 2]
    """

    def __init__(
        self,
        bin_boundaries=None,
        num_bins=None,
        epsilon=0.01,
        output_mode="int",
        sparse=False,
        dtype=None,
        name=None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.output_mode = _categories.output_mode(output_mode, self)
        self.sparse = _categories.sparse_vectors(sparse, self.output_mode)
        if num_bins is not None and num_bins < 0:
            raise ValueError(
                f"`num_bins` must be greater than or equal to 0. Received: `num_bins={num_bins}`"
            )
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError(
                "Both `num_bins` and `bin_boundaries` should not be set. Received: "
                f"`num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`"
            )
        if num_bins is None and bin_boundaries is None:
            raise ValueError("You need to set either `num_bins` or `bin_boundaries`.")
        if bin_boundaries is not None and np.ndim(bin_boundaries) != 1:
            raise ValueError(
                f"Layer '{self.name}' needs `bin_boundaries` as a list of numbers such as [0.0, "
                f"1.0], but received: bin_boundaries={bin_boundaries!r}. For a number of bins, "
                "whose boundaries `adapt` finds, pass `num_bins`."
            )
        self.bin_boundaries = bin_boundaries
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.summary = None if bin_boundaries else _EMPTY

    @property
    def input_dtype(self) -> str:
        """The default float type, whatever the outputs have."""
        return floatx()

    @property
    def output_dtype(self) -> str:
        """int32 for bins, the dtype of the computation for vectors."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    def adapt(self, data, steps=None) -> None:
        """Learns the boundaries of `num_bins` bins.

        Args:
            data: Array; or an iterable of batches, such as a list of arrays, a generator or a data
                set.
            steps: Optional int: the batches of an iterable after which to stop.

        Raises:
            ValueError: If the boundaries were given.
        """
        if self.num_bins is None:
            raise ValueError(
                "Cannot adapt a Discretization layer that has been initialized with "
                "`bin_boundaries`, use `num_bins` instead."
            )
        self.reset_state()
        is_array = isinstance(data, np.ndarray) or is_tensor(data) or hasattr(data, "to_numpy")
        source = [data] if is_array else iterate(data)
        for batch in batches_of(iter(source), self, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data) -> None:
        """Adds the numbers of one batch to the summary."""
        summary = _summarized(np.asarray(data, "float32"), self.epsilon)
        merged = np.concatenate((summary, self.summary), axis=1)
        merged = merged[:, np.argsort(merged[0])]
        self.summary = _compressed(merged, self.epsilon)

    def finalize_state(self) -> None:
        """Makes the boundaries from the summary."""
        if self.num_bins is not None:
            self.bin_boundaries = _compressed(self.summary, 1 / self.num_bins)[0, :-1].tolist()

    def reset_state(self) -> None:
        """Forgets the summary, not the boundaries."""
        if self.num_bins is not None:
            self.summary = _EMPTY

    def call(self, inputs):
        if self.bin_boundaries is None:
            raise ValueError(
                "You need to either pass the `bin_boundaries` argument at construction time or "
                "call `adapt(dataset)` before you can start using the `Discretization` layer."
            )
        bins = ops.digitize(inputs, np.asarray(self.bin_boundaries, "float32"))
        return _categories.encode(
            bins, self.output_mode, self._depth, self.output_dtype, sparse=self.sparse
        )

    @property
    def _depth(self):
        return self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for a shape of the inputs."""
        shape = tuple(input_shape)
        if self.output_mode in ("multi_hot", "count") and len(shape) > 1:
            return (shape[0], *shape[2:], self._depth)
        return _categories.encoded_shape(shape, self.output_mode, self._depth)

    def compute_output_spec(self, inputs):
        """The output for a symbolic input."""
        shape = self.compute_output_shape(inputs.shape)
        return KerasTensor(shape, self.output_dtype, sparse=self.sparse)

    def load_own_variables(self, store) -> None:
        """Takes the summary that TensorFlow kept as a variable; boundaries are in the config."""
        if len(store) == 1:
            self.summary = np.asarray(store["0"])

    def get_config(self):
        """The arguments of the constructor, with the boundaries that were learned."""
        boundaries = self.bin_boundaries
        return {
            "bin_boundaries": None if boundaries is None else np.asarray(boundaries).tolist(),
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config):
        """The layer from its config, which holds the number of bins and learned boundaries."""
        config = dict(config)
        learned = config.get("num_bins") is not None and config.get("bin_boundaries")
        if learned:
            del config["bin_boundaries"]
        layer = super().from_config(config)
        if learned:
            layer.bin_boundaries = learned
        return layer


_EMPTY = np.zeros((2, 0), "float32")


def _summarized(values, epsilon):
    """About `1 / epsilon` of the values, evenly spaced by rank, above how many each stands for."""
    values = np.sort(values.ravel())
    # The quotient decides ties as TensorFlow does; the product would round otherwise.
    step = max(values.size / (1 / epsilon), 1)
    values = values[int(step - 1) :: int(step)]
    return np.stack((values, np.full_like(values, step)))


def _compressed(summary, epsilon):
    """A summary at evenly spaced fractions of its weight, `epsilon` apart."""
    if summary.shape[1] * epsilon < 1:
        return summary
    wanted = epsilon + np.arange(0.0, 1.0, epsilon)
    weights = summary[1].cumsum()
    fractions = weights / weights[-1]
    values = np.interp(wanted, fractions, summary[0])
    weights = np.interp(wanted, fractions, weights)
    return np.stack((values, np.diff(weights, prepend=0))).astype("float32")
