"""Embedding: a vector for each integer."""

from kerajax import constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.Embedding")
class Embedding(Layer):
    """Looks up a vector for each integer: `outputs[..., :] = embeddings[inputs]`.

    Args:
        input_dim: Int > 0. Number of integers that have a vector: `0` to `input_dim - 1`.
        output_dim: Int > 0. Size of a vector.
        embeddings_initializer: Initializer of `embeddings`, `(input_dim, output_dim)`.
        embeddings_regularizer: Regularizer of `embeddings`.
        embeddings_constraint: Constraint on `embeddings`.
        mask_zero: Bool. Whether 0 means padding, which later layers are to skip.
        weights: Optional array `(input_dim, output_dim)`, or a list with it: first values.
        lora_rank: Only None; low-rank adaptation is not part of this layer.
        lora_alpha: Only None.
        quantization_config: Only None; quantization is not part of this layer.
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

    _config_skip = frozenset(("weights",))
    _config_if_set = frozenset(("lora_rank", "lora_alpha"))

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
        self.lora_rank = self._none(lora_rank, "lora_rank")
        self.lora_alpha = self._none(lora_alpha, "lora_alpha")
        self.quantization_config = self._none(quantization_config, "quantization_config")
        # Integers above 2048 have no place in float16, so inputs keep their dtype.
        self.autocast = False
        if weights is not None:
            self.build()
            is_list = isinstance(weights, list) and len(weights) == 1
            self.set_weights(weights if is_list else [weights])

    def _none(self, value, name):
        if value is not None:
            raise ValueError(
                f"Embedding layer '{self.name}' supports neither low-rank adaptation nor "
                f"quantization, but received: {name}={value!r}. Leave `{name}` out."
            )

    def _base_config(self):
        # Keras writes this key here also where it is None.
        return {"activity_regularizer": None, **super()._base_config()}

    def build(self, input_shape=None):
        if not self.built:
            self.embeddings = self._weight("embeddings", (self.input_dim, self.output_dim))

    def call(self, inputs):
        if inputs.dtype not in ("int32", "int64"):
            inputs = ops.cast(inputs, "int32")
        return ops.cast(ops.take(self.embeddings, inputs, axis=0), self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0) if self.mask_zero else None
