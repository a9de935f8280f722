"""MultiHeadAttention: several attentions side by side, each on its own projections."""

from kerajax import regularizers
from kerajax.layers._projected_attention import ProjectedAttention, projection_equation
from kerajax.objects import publish


@publish("keras.layers.MultiHeadAttention")
class MultiHeadAttention(ProjectedAttention):
    """Multi-head attention: `concat(softmax(Q_h K_h^T / sqrt(key_dim)) V_h for each head h) W`.

    `Q_h`, `K_h` and `V_h` are projections of query, key and value; with the same tensor for all it
    is self-attention.

    Args:
        num_heads: Int > 0. Number of heads.
        key_dim: Int > 0. Size of each head for query and key.
        value_dim: Int > 0. Size of each head for value; `key_dim` if None.
        dropout: Float in [0, 1]. Share of the weights to drop in training.
        use_bias: Bool. Whether the projections have biases.
        output_shape: Int or tuple of ints: the last axes of the outputs; the last of the query if
            None.
        attention_axes: Int or tuple of ints: the axes attended along; all but batch and features
            if None.
        sliding_window: Optional int > 0. Sources this many steps away or more have no weight.
        flash_attention: True requires the fused kernel of cuDNN; None lets the op decide.
        kernel_initializer: Initializer of the projections' kernels.
        bias_initializer: Initializer of the projections' biases.
        kernel_regularizer: Regularizer of the kernels.
        bias_regularizer: Regularizer of the biases.
        activity_regularizer: Regularizer of what each projection gives.
        kernel_constraint: Constraint on the kernels.
        bias_constraint: Constraint on the biases.
        use_gate: Bool. Whether the heads are multiplied by `sigmoid` of a projection of the query.
        seed: Optional int. Where the random numbers of the dropout start.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        query: Tensor `(batch, target_time, query_features)`.
        value: Tensor `(batch, source_time, value_features)`.
        key: Optional tensor `(batch, source_time, key_features)`; the value if None.
        query_mask, value_mask, key_mask: Optional bool tensors `(batch, time)`, by default those
            that hang on the tensors.
        attention_mask: Optional bool tensor `(batch, target_time, source_time)`, also without the
            batch or with an axis of heads; `True` keeps a pair.
        return_attention_scores: Bool. Whether to return the weights as well.
        training: Bool. Whether to drop.
        use_causal_mask: Bool. Whether a query sees sources up to its own time only.

    Input shape: `(batch, *axes, features)`, in most cases `(batch, time, features)`.
    Output shape: `(batch, target_time, query_features)`, or `(batch, target_time, *output_shape)`;
    weights `(batch, num_heads, target_time, source_time)`.

    Raises:
        ValueError: If an argument is out of range, or if value and key differ in their times.

    Example:

    >>> layer = kerajax.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> outputs, weights = layer(
    ...     np.ones((1, 3, 8)), np.ones((1, 5, 8)), return_attention_scores=True)
    >>> outputs.shape, weights.shape
    ((1, 3, 8), (1, 2, 3, 5))

    Reference:
        Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762; the
        gate is of Qiu et al., 2025, "Gated Attention for Large Language Models",
        https://arxiv.org/abs/2505.06708
    """

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = self._size(num_heads, "num_heads")
        self.key_dim = self._size(key_dim, "key_dim")
        self.value_dim = key_dim if value_dim is None else self._size(value_dim, "value_dim")
        self.output_shape = self._standard_output_shape(output_shape)
        if isinstance(attention_axes, int):
            attention_axes = (attention_axes,)
        elif attention_axes is not None and not isinstance(attention_axes, (list, tuple)):
            raise ValueError(
                f"MultiHeadAttention layer '{self.name}': `attention_axes` must be an int, list, "
                f"or tuple. Received: attention_axes={attention_axes}"
            )
        self.attention_axes = None if attention_axes is None else tuple(attention_axes)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self._set_options(
            dropout,
            use_bias,
            sliding_window,
            flash_attention,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
            use_gate,
            seed,
        )

    def _size(self, value, name):
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            raise ValueError(
                f"MultiHeadAttention layer '{self.name}' received an invalid value for argument "
                f"`{name}`, expected a positive integer. Received: {name}={value}"
            )
        return value

    def _standard_output_shape(self, output_shape):
        if output_shape is None or isinstance(output_shape, int):
            return (output_shape,) if output_shape else None
        try:
            return tuple(output_shape) or None
        except TypeError:
            raise ValueError(
                f"MultiHeadAttention layer '{self.name}': Invalid `output_shape`: {output_shape}. "
                "When specified, the `output_shape` should be of type tuple, list, or int."
            ) from None

    # Keras regularizes what the projections give, and not the outputs once more.
    @property
    def _projections_activity_regularizer(self):
        return self._activity_regularizer

    def _base_config(self):
        regularizer = regularizers.serialize(self._activity_regularizer)
        return {**super()._base_config(), "activity_regularizer": regularizer}

    def build(self, query_shape, value_shape, key_shape=None):
        query_shape, value_shape = tuple(query_shape), tuple(value_shape)
        key_shape = value_shape if key_shape is None else tuple(key_shape)
        if value_shape[1:-1] != key_shape[1:-1]:
            raise ValueError(
                f"MultiHeadAttention layer '{self.name}': all dimensions of `value` and `key`, "
                f"except the last one, must be equal. Received: value_shape={value_shape} and "
                f"key_shape={key_shape}"
            )
        self._query_dense = self._into_heads("query", query_shape, self.key_dim)
        self._key_dense = self._into_heads("key", key_shape, self.key_dim)
        if self.use_gate:
            self._gate_dense = self._into_heads("gate", query_shape, self.value_dim, "sigmoid")
        self._value_dense = self._into_heads("value", value_shape, self.value_dim)
        rank = len(value_shape) + 1
        axes = range(1, rank - 2) if self.attention_axes is None else self.attention_axes
        # Counted from the end they count in the inputs, which have one axis less.
        self.attention_axes = tuple(axis % (rank - 1) for axis in axes)
        self._build_attention(rank, self.attention_axes, self.key_dim)
        self._output_dense = self._out_of_heads(query_shape)

    def _into_heads(self, name, shape, size, activation=None):
        free = len(shape) - 1
        equation, made = projection_equation(free, 1, 2)
        sizes = (*(None,) * (free - 1), self.num_heads, size)
        return self._projection(name, equation, sizes, made, shape, activation)

    def _out_of_heads(self, query_shape):
        free = len(query_shape) - 1
        last = self.output_shape or (query_shape[-1],)
        equation, made = projection_equation(free, 2, len(last))
        shape = (*query_shape[:-1], self.num_heads, self.value_dim)
        sizes = (*(None,) * (free - 1), *last)
        return self._projection("attention_output", equation, sizes, made, shape)

    query_dense = property(lambda self: self._query_dense, doc="Projection of the query.")
    key_dense = property(lambda self: self._key_dense, doc="Projection of the key.")
    value_dense = property(lambda self: self._value_dense, doc="Projection of the value.")
    output_dense = property(lambda self: self._output_dense, doc="Projection of the heads.")
