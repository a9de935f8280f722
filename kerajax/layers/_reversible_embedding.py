"""ReversibleEmbedding: an embedding that also maps back, from vectors to the vocabulary."""

from kerajax import ops
from kerajax.backend import set_keras_mask
from kerajax.layers._embedding import Embedding
from kerajax.objects import publish, serialize_keras_object
from kerajax.quantizers import AbsMaxQuantizer
from kerajax.quantizers._forms import MatrixUse, form_of


@publish("keras.layers.ReversibleEmbedding")
class ReversibleEmbedding(Embedding):
    """An embedding at the input of a language model that is its output as well.

    `layer(tokens)` are the rows of `embeddings`, as in `Embedding`; `layer(x, reverse=True)` are
    the logits `x @ embeddings.T`.

    Args:
        input_dim: Int > 0. Number of tokens; they are numbered from 0.
        output_dim: Int > 0. Size of the vectors.
        tie_weights: Bool. Whether both directions share `embeddings`; if not, the way back has
            `reverse_embeddings`, `(output_dim, input_dim)`.
        embeddings_initializer: Initializer of both matrices.
        embeddings_regularizer: Regularizer of `embeddings`.
        embeddings_constraint: Constraint on `embeddings`.
        mask_zero: Bool. Whether token 0 is padding, to be masked.
        reverse_dtype: Dtype name in which logits are computed; the compute dtype if None.
        logit_soft_cap: Optional float `c`: logits are bent to `c * tanh(logits / c)`.
        **kwargs: Arguments of `Embedding` and of every layer.

    Call arguments:
        inputs: Int tensor of tokens, or with `reverse` a float tensor `(batch, ..., output_dim)`.
        reverse: Bool. Whether to map vectors to logits.

    Input shape: `(batch, ...)`, or with `reverse` `(batch, ..., output_dim)`.
    Output shape: `(batch, ..., output_dim)`, or with `reverse` `(batch, ..., input_dim)`.

    Example:

    >>> layer = kerajax.layers.ReversibleEmbedding(100, 8)
    >>> x = layer(np.array([[3, 7, 1]]))
    >>> layer(x, reverse=True).shape
    (1, 3, 100)

    Reference:
        Press and Wolf, 2016, "Using the Output Embedding to Improve Language Models",
        https://arxiv.org/abs/1608.05859
    """

    def __init__(
        self,
        input_dim,
        output_dim,
        tie_weights=True,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        reverse_dtype=None,
        logit_soft_cap=None,
        **kwargs,
    ):
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def _base_config(self):
        config = serialize_keras_object(self.quantization_config)
        return {**super()._base_config(), "quantization_config": config}

    _reverse_form = None
    # What the way back quantizes its inputs by, where no config says it.
    _default_inputs_quantizer = AbsMaxQuantizer()

    def build(self, input_shape=None):
        super().build(input_shape)
        if not self.tie_weights and self._form is None:
            self.reverse_embeddings = self.add_weight(
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
                name="reverse_embeddings",
            )

    def call(self, inputs, reverse=False):
        if reverse:
            return self._logits(inputs)
        outputs = super().call(inputs)
        # `compute_mask` does not see which direction it is.
        mask = super().compute_mask(inputs)
        if mask is not None:
            set_keras_mask(outputs, mask)
        return outputs

    def quantized_call(self, inputs, reverse=False):
        """Rows of the quantized table, or logits by it."""
        if not reverse:
            return super().quantized_call(inputs)
        if self.tie_weights:
            return self._capped(self._form.product_with_transposed(inputs))
        return self._capped(self._reverse_form.product(inputs))

    def _new_forms(self, mode, shape, config):
        forms = super()._new_forms(mode, shape, config)
        if not self.tie_weights:
            use = MatrixUse(shape[::-1], "reverse_embeddings", pack_axis=0)
            forms["_reverse_form"] = form_of(mode, self, use, config)
        return forms

    def _forms(self):
        return [form for form in (self._form, self._reverse_form) if form is not None]

    def _logits(self, inputs):
        kernel = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        # Tokens must keep their dtype, so this layer casts no inputs by itself.
        dtype = self.reverse_dtype or self.compute_dtype
        return self._capped(ops.matmul(ops.cast(inputs, dtype), ops.cast(kernel, dtype)))

    def _capped(self, logits):
        cap = self.logit_soft_cap
        return logits if cap is None else ops.multiply(ops.tanh(ops.divide(logits, cap)), cap)

    def compute_mask(self, inputs, mask=None):
        return None
