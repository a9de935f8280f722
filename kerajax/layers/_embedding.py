"""Embedding: a vector for each integer."""

from kerajax import constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers._adaptable import Adaptable, shown_kernel
from kerajax.objects import publish
from kerajax.quantizers._forms import TableUse


@publish("keras.layers.Embedding")
class Embedding(Adaptable):
    """Looks up a vector for each integer: `outputs[..., :] = embeddings[inputs]`.

    Args:
        input_dim: Int > 0. Number of integers that have a vector: `0` to `input_dim - 1`.
        output_dim: Int > 0. Size of a vector.
        embeddings_initializer: Initializer of `embeddings`, `(input_dim, output_dim)`.
        embeddings_regularizer: Regularizer of `embeddings`.
        embeddings_constraint: Constraint on `embeddings`.
        mask_zero: Bool. Whether 0 means padding, which later layers are to skip.
        weights: Optional array `(input_dim, output_dim)`, or a list with it: first values.
        lora_rank: Int. Rank of the low-rank adaptation that trains in place of the table; see
            `enable_lora`. None for no adaptation.
        lora_alpha: Number. The adaptation counts `lora_alpha / lora_rank`; `lora_rank` if None.
        quantization_config: Settings of the quantization that `dtype` names, int8 or int4.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, ...)`, int; usually `(batch, time)`.
    Output shape: `(batch, ..., output_dim)`, dtype `compute_dtype`.

    Raises:
        ValueError: If a size is no positive int.

    Example:

    >>> layer = kerajax.layers.Embedding(10, 4, mask_zero=True)
    >>> outputs = layer(np.array([[3, 7, 0]]))
    >>> outputs.shape, outputs._keras_mask.tolist()
    ((1, 3, 4), [[True, True, False]])
    """

    _kernel_attribute = "_embeddings"
    _modes = ("int8", "int4")
    _config_skip = Adaptable._config_skip | {"weights"}

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.input_dim = positive_int(input_dim, "input_dim", self)
        self.output_dim = positive_int(output_dim, "output_dim", self)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self._set_forms(lora_rank, lora_alpha, quantization_config)
        # Integers above 2048 have no place in float16, so inputs keep their dtype.
        self.autocast = False
        if weights is not None:
            self.build()
            is_list = isinstance(weights, list) and len(weights) == 1
            self.set_weights(weights if is_list else [weights])

    embeddings = shown_kernel(
        "_embeddings",
        """`(input_dim, output_dim)`: the variable; the sum where it is adapted; or integers.""",
    )

    def _base_config(self):
        # Keras writes this key here also where it is None.
        return {"activity_regularizer": None, **super()._base_config()}

    def _use(self, shape):
        return TableUse(shape)

    def build(self, input_shape=None):
        if not self.built:
            self._build_kernel((self.input_dim, self.output_dim))

    def call(self, inputs):
        rows = ops.take(self.embeddings, _as_indices(inputs), axis=0)
        return ops.cast(rows, self.compute_dtype)

    def quantized_call(self, inputs):
        """Rows of the quantized table."""
        return self._form.lookup(_as_indices(inputs))

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0) if self.mask_zero else None


def _as_indices(inputs):
    return inputs if inputs.dtype in ("int32", "int64") else ops.cast(inputs, "int32")
