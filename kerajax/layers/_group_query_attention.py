"""GroupQueryAttention: heads of the query in groups that share a key and a value."""

from kerajax import ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers._projected_attention import ProjectedAttention
from kerajax.objects import publish


# The second name is that of Keras' class, which its `.h5` files hold.
@publish("keras.layers.GroupQueryAttention", "keras.layers.GroupedQueryAttention")
class GroupedQueryAttention(ProjectedAttention):
    """Grouped-query attention: multi-head attention with fewer heads of keys and values.

    Each head of key and value serves `num_query_heads / num_key_value_heads` heads of the query:
    with one for all it is multi-query attention, with one for each multi-head attention.

    Args:
        head_dim: Int > 0. Size of each head.
        num_query_heads: Int > 0. Number of heads of the query.
        num_key_value_heads: Int > 0. Number of heads of key and value; divides the former.
        dropout: Float in [0, 1]. Share of the weights to drop in training.
        use_bias: Bool. Whether the projections have biases.
        sliding_window: Optional int > 0. Sources this many steps away or more have no weight.
        flash_attention: True requires the fused kernel of cuDNN; None lets the op decide.
        kernel_initializer: Initializer of the projections' kernels.
        bias_initializer: Initializer of the projections' biases.
        kernel_regularizer: Regularizer of the kernels.
        bias_regularizer: Regularizer of the biases.
        activity_regularizer: Regularizer of the outputs, and of what each projection gives.
        kernel_constraint: Constraint on the kernels.
        bias_constraint: Constraint on the biases.
        use_gate: Bool. Whether the heads are multiplied by `sigmoid` of a projection of the query.
        seed: Optional int. Where the random numbers of the dropout start.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments: those of `MultiHeadAttention`.

    Input shape: query `(batch, target_time, features)`, value and key
    `(batch, source_time, features)`.
    Output shape: `(batch, target_time, features)`; weights `(batch, num_query_heads, target_time,
    source_time)`.

    Raises:
        ValueError: If the numbers of heads do not divide.

    Example:

    >>> layer = kerajax.layers.GroupQueryAttention(4, num_query_heads=6, num_key_value_heads=2)
    >>> layer(np.ones((1, 3, 8)), np.ones((1, 5, 8))).shape
    (1, 3, 8)

    Reference:
        Ainslie et al., 2023, "GQA: Training Generalized Multi-Query Transformer Models from
        Multi-Head Checkpoints", https://arxiv.org/abs/2305.13245
    """

    def __init__(
        self,
        head_dim,
        num_query_heads,
        num_key_value_heads,
        dropout=0.0,
        use_bias=True,
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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.head_dim = positive_int(head_dim, "head_dim", self)
        self.num_query_heads = positive_int(num_query_heads, "num_query_heads", self)
        self.num_key_value_heads = positive_int(num_key_value_heads, "num_key_value_heads", self)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                f"GroupQueryAttention layer '{self.name}': `num_query_heads` must be divisible by "
                f"`num_key_value_heads`. Received: num_query_heads={num_query_heads}, "
                f"num_key_value_heads={num_key_value_heads}"
            )
        self.num_repeats = num_query_heads // num_key_value_heads
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

    def _base_config(self):
        regularizer = regularizers.serialize(self.activity_regularizer)
        return {**super()._base_config(), "activity_regularizer": regularizer}

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        self.feature_dim = self._known_size(query_shape, -1)
        self._query_dense = self._into_heads("query", query_shape, self.num_query_heads)
        self._key_dense = self._into_heads("key", key_shape, self.num_key_value_heads)
        if self.use_gate:
            self._gate_dense = self._into_heads(
                "gate", query_shape, self.num_query_heads, "sigmoid"
            )
        self._value_dense = self._into_heads("value", value_shape, self.num_key_value_heads)
        self._build_attention(4, (1,), self.head_dim)
        self._output_dense = self._projection(
            "attention_output",
            "bquh,uhm->bqm",
            (None, self.feature_dim),
            "m",
            (None, None, self.num_query_heads, self.head_dim),
        )

    def _into_heads(self, name, shape, heads, activation=None):
        sizes = (None, heads, self.head_dim)
        return self._projection(name, "btm,muh->btuh", sizes, "uh", shape, activation)

    def _shared_among_heads(self, key, value):
        return tuple(ops.repeat(x, self.num_repeats, axis=2) for x in (key, value))

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        """The shape of the query.

        Raises:
            ValueError: If the shapes do not fit each other.
        """
        key_shape = value_shape if key_shape is None else key_shape
        if query_shape[-1] != value_shape[-1]:
            raise ValueError(
                f"GroupQueryAttention layer '{self.name}': the last dimension of `query_shape` and "
                f"`value_shape` must be equal. Received: query_shape={query_shape}, "
                f"value_shape={value_shape}"
            )
        if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
            raise ValueError(
                f"GroupQueryAttention layer '{self.name}': all dimensions of `value` and `key`, "
                f"except the last one, must be equal. Received: value_shape={value_shape} and "
                f"key_shape={key_shape}"
            )
        return query_shape

    def compute_output_spec(self, *args, **kwargs):
        """The outputs for symbolic inputs, as KerasTensors."""
        return self._traced_output_spec(*args, **kwargs)
