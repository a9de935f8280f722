"""Attention: a mean of values, weighed by how well their keys fit a query."""

from kerajax import ops, random
from kerajax.backend import standardize_dtype
from kerajax.layers._base import Layer
from kerajax.objects import publish
from kerajax.random import SeedGenerator


@publish("keras.layers.Attention")
class Attention(Layer):
    """Dot-product attention without projections: `softmax(query @ key.T) @ value`.

    Args:
        use_scale: Bool. Whether the scores have a trained factor, the scalar weight `scale`.
        score_mode: How a query and a key give a score: `"dot"` for their product, or `"concat"`
            for `concat_score_weight * sum(tanh(scale * (query + key)))`.
        dropout: Float in [0, 1]. Share of the weights to drop in training.
        seed: Optional int. Where the random numbers of the dropout start.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        inputs: List `[query, value]` or `[query, value, key]`; the values are the keys where none
            are given.
        mask: List `[query_mask, value_mask]` of bool tensors `(batch, time)` or None. Values where
            the mask is False have no weight; outputs of masked queries are 0.
        training: Bool. Whether to drop.
        return_attention_scores: Bool. Whether to return the weights as well.
        use_causal_mask: Bool. Whether a query sees values up to its own time only.

    Input shape: query `(batch, ..., target_time, dim)`, value `(batch, ..., source_time,
    value_dim)`, key `(batch, ..., source_time, dim)`.
    Output shape: `(batch, ..., target_time, value_dim)`; weights `(batch, ..., target_time,
    source_time)`.

    Raises:
        ValueError: If the inputs or the mask are no list of two or three.

    Example:

    >>> query, value = np.ones((2, 3, 8)), np.ones((2, 5, 8))
    >>> outputs, weights = kerajax.layers.Attention()([query, value], return_attention_scores=True)
    >>> outputs.shape, weights.shape
    ((2, 3, 8), (2, 3, 5))

    Reference:
        Luong, Pham and Manning, 2015, "Effective Approaches to Attention-based Neural Machine
        Translation", https://arxiv.org/abs/1508.04025
    """

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}': Invalid value for argument "
                "score_mode. Expected one of {'dot', 'concat'}. Received: "
                f"score_mode={score_mode!r}"
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed)

    def build(self, input_shape):
        self._check(input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                name="concat_score_weight", initializer="ones"
            )

    def call(
        self,
        inputs,
        mask=None,
        training=False,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        self._check(inputs, mask)
        query, value, key = inputs[0], inputs[1], inputs[-1]
        query_mask, value_mask = (None, None) if mask is None else mask[:2]
        scores = self._calculate_scores(query, key)
        scores_mask = self._calculate_score_mask(scores, value_mask, use_causal_mask)
        outputs, weights = self._apply_scores(scores, value, scores_mask, training)
        if query_mask is not None:
            counts = ops.expand_dims(ops.cast(query_mask, "bool"), -1)
            outputs = ops.where(counts, outputs, ops.zeros_like(outputs))
        return (outputs, weights) if return_attention_scores else outputs

    def _calculate_scores(self, query, key):
        """The scores `(batch, ..., target_time, source_time)`; subclasses may have their own."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        sums = _every_pair(query, key)
        if self.scale is not None:
            sums = ops.multiply(self.scale, sums)
        return ops.multiply(self.concat_score_weight, ops.sum(ops.tanh(sums), axis=-1))

    def _calculate_score_mask(self, scores, v_mask, use_causal_mask):
        """The mask of the scores: of the values, of the past, or of both."""
        if not use_causal_mask:
            return v_mask
        target_time, source_time = scores.shape[-2:]
        causal = ops.expand_dims(ops.tri(target_time, source_time, dtype="bool"), 0)
        if v_mask is None:
            return causal
        return ops.logical_and(ops.expand_dims(v_mask, -2), causal)

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        """The outputs and the weights that scores give, with a mask that broadcasts to them."""
        if scores_mask is not None:
            if len(scores_mask.shape) == 2:
                scores_mask = ops.expand_dims(scores_mask, -2)
            # The largest float16; subtracted, so that rows without any True stay finite.
            low = 65504.0 if standardize_dtype(scores.dtype) == "float16" else 1e9
            scores = ops.where(ops.cast(scores_mask, "bool"), scores, scores - low)
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        return ops.matmul(weights, value), weights

    def compute_mask(self, inputs, mask=None):
        self._check(inputs, mask)
        if mask is None or mask[0] is None:
            return None
        return ops.convert_to_tensor(mask[0])

    def _check(self, inputs, mask=None):
        who = f"{type(self).__name__} layer"
        if not isinstance(inputs, list):
            raise ValueError(
                f"{who} must be called on a list of inputs, namely [query, value] or [query, "
                f"value, key]. Received: inputs={inputs}."
            )
        if len(inputs) not in (2, 3):
            raise ValueError(
                f"{who} accepts inputs list of length 2 or 3, namely [query, value] or [query, "
                f"value, key]. Received length: {len(inputs)}."
            )
        if mask is None:
            return
        if not isinstance(mask, list):
            raise ValueError(
                f"{who} mask must be a list, namely [query_mask, value_mask]. Received: "
                f"mask={mask}."
            )
        if len(mask) not in (2, 3):
            raise ValueError(
                f"{who} accepts mask list of length 2 or 3. Received length: {len(mask)}."
            )


def _every_pair(query, key):
    """`query + key` for each target and source: `(batch, ..., target_time, source_time, dim)`."""
    return ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3))


@publish("keras.layers.AdditiveAttention")
class AdditiveAttention(Attention):
    """Additive attention: like `Attention`, with scores `sum(scale * tanh(query + key))`.

    Args:
        use_scale: Bool. Whether the sum has trained factors, the weight `scale` `(dim,)`.
        dropout: Float in [0, 1]. Share of the weights to drop in training.
        **kwargs: `seed`, as `Attention` has it, and arguments of every layer.

    Call arguments: those of `Attention`.

    Input shape: query `(batch, ..., target_time, dim)`, value `(batch, ..., source_time,
    value_dim)`, key `(batch, ..., source_time, dim)`.
    Output shape: `(batch, ..., target_time, value_dim)`; weights `(batch, ..., target_time,
    source_time)`.

    Raises:
        ValueError: If the inputs or the mask are no list of two or three.

    Example:

    >>> query, value = np.ones((2, 3, 8)), np.ones((2, 5, 8))
    >>> kerajax.layers.AdditiveAttention()([query, value]).shape
    (2, 3, 8)

    Reference:
        Bahdanau, Cho and Bengio, 2014, "Neural Machine Translation by Jointly Learning to Align
        and Translate", https://arxiv.org/abs/1409.0473
    """

    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape):
        self._check(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale",
                shape=(self._known_size(input_shape[0], -1),),
                initializer="glorot_uniform",
            )

    def _calculate_scores(self, query, key):
        bent = ops.tanh(_every_pair(query, key))
        return ops.sum(bent if self.scale is None else ops.multiply(self.scale, bent), axis=-1)

    def _base_config(self):
        return {**super()._base_config(), "seed": self.seed}
