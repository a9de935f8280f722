"""CategoryEncoding: integers as vectors."""

from kerajax import ops
from kerajax.backend import KerasTensor
from kerajax.layers import _categories
from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.CategoryEncoding")
class CategoryEncoding(Layer):
    """Encodes integers from 0 to `num_tokens - 1` as vectors with an entry for each of them.

    Args:
        num_tokens: Int > 0. Number of categories.
        output_mode: `"multi_hot"` or `"count"` for one vector for each row of integers,
            `"one_hot"` for a vector for each integer.
        sparse: Bool. Whether vectors are sparse tensors (`jax.experimental.sparse.BCOO`), which
            keep their entries that are not 0.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch,)` or `(batch, entries)`, int. With `"count"`, `count_weights` of the same
        shape may say what each entry adds.
    Output shape: `(..., num_tokens)`, dtype `compute_dtype`.

    Raises:
        ValueError: If `num_tokens` is missing, the mode is unknown, or weights come with another
            mode than `"count"`.

    Example:

    >>> kerajax.layers.CategoryEncoding(4)(np.array([[0, 1], [3, 3]])).tolist()
    [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """

    _config_skip = frozenset(("sparse",))

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        output_mode = _categories.output_mode(output_mode, self)
        if output_mode == "int":
            raise ValueError(f"Unknown arg for output_mode: {output_mode}")
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known "
                "beforehand, use the IntegerLookup layer instead."
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        self.num_tokens = num_tokens
        self.output_mode = output_mode
        self.sparse = _categories.sparse_vectors(sparse, output_mode)
        self._convert_input_args = False

    def call(self, inputs, count_weights=None):
        if count_weights is not None:
            if self.output_mode != "count":
                raise ValueError(
                    "`count_weights` is not used when `output_mode` is not `'count'`. Received "
                    f"`count_weights={count_weights}`."
                )
            count_weights = ops.convert_to_tensor(count_weights, dtype=self.compute_dtype)
        inputs = ops.cast(ops.convert_to_tensor(inputs), "int32")
        return _categories.encode(
            inputs,
            self.output_mode,
            self.num_tokens,
            self.compute_dtype,
            count_weights,
            sparse=self.sparse,
        )

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for a shape of the inputs."""
        return _categories.encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def compute_output_spec(self, inputs, count_weights=None):
        """The output for a symbolic input."""
        shape = self.compute_output_shape(inputs.shape)
        if self.output_mode == "one_hot" and not inputs.shape:
            # What `call` gives for a number, in Keras too; its `compute_output_shape` differs.
            shape = (1, *shape)
        return KerasTensor(shape, self.compute_dtype, sparse=self.sparse)
