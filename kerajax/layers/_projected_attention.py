"""What MultiHeadAttention and GroupQueryAttention share: masks, softmax, heads and projections.

A layer here projects query, key and value into heads (`build` of the subclass makes the
projections), lets each head attend, and projects the heads back. Where nobody asks for the weights
and none are dropped, the middle is one fused op; otherwise it is written out.
"""

import math
import string

from kerajax import constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.config import is_flash_attention_enabled
from kerajax.layers._activation_layers import Softmax
from kerajax.layers._base import Layer
from kerajax.layers._dropout import Dropout
from kerajax.layers._einsum_dense import EinsumDense


class ProjectedAttention(Layer):
    """Base of attention whose query, key and value are projected into heads.

    A subclass makes `_query_dense`, `_key_dense`, `_value_dense`, perhaps `_gate_dense`, and
    `_output_dense` by `_projection`, and calls `_build_attention`.
    """

    supports_masking = True
    _told_by_attributes = True
    # How this machine computes is no part of a layer's config.
    _config_skip = frozenset(("flash_attention",))

    def _set_options(
        self,
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
    ):
        self.dropout = dropout
        self.use_bias = use_bias
        self.use_gate = use_gate
        self.seed = seed
        self.sliding_window = (
            None if sliding_window is None else positive_int(sliding_window, "sliding_window", self)
        )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._flash_attention = flash_attention or is_flash_attention_enabled()
        if self._flash_attention and dropout > 0:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}': Dropout is not supported when flash "
                f"attention is enabled. Received: dropout={dropout}. Set it to 0."
            )

    def _projection(self, name, equation, output_shape, bias_axes, shape, activation=None):
        """A built projection with the layer's options, for inputs of `shape`."""
        dense = EinsumDense(
            equation,
            output_shape=output_shape,
            bias_axes=bias_axes if self.use_bias else None,
            activation=activation,
            # One initializer would start projections of the same shape alike.
            kernel_initializer=_copied(self.kernel_initializer),
            bias_initializer=_copied(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self._projections_activity_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        # Masks act on the weights of the attention; a projection lets them pass.
        dense.supports_masking = True
        dense.build(shape)
        return dense

    @property
    def _projections_activity_regularizer(self):
        return self.activity_regularizer

    def _build_attention(self, rank, axes, key_dim):
        """Sets up attention along `axes` of projected tensors with `rank` axes."""
        self._attention_axes = axes
        self._inverse_sqrt_key_dim = 1 / math.sqrt(key_dim)
        self._dot_product_equation, self._combine_equation = attention_equations(rank, axes)
        weights_axes = tuple(range(-len(axes), 0))
        self._softmax = Softmax(axis=weights_axes, dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        key = value if key is None else key
        options = {"return_attention_scores": True} if return_attention_scores else {}
        masks = (query_mask, value_mask, key_mask, attention_mask)
        # Alone, the causal mask need not be made: the fused op knows it. A user's class with an
        # attention of its own expects one.
        own = type(self)._own_class._compute_attention
        if (
            use_causal_mask
            and all(mask is None for mask in masks)
            and self.sliding_window is None
            and type(self)._compute_attention is own
        ):
            options["use_causal_mask"] = True
        else:
            attention_mask = self._compute_attention_mask(
                query,
                value,
                query_mask=query_mask,
                value_mask=value_mask,
                key_mask=key_mask,
                attention_mask=attention_mask,
                use_causal_mask=use_causal_mask,
            )
        gate = self._gate_dense(query) if self.use_gate else None
        query, key, value = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        outputs, weights = self._compute_attention(
            query,
            *self._shared_among_heads(key, value),
            attention_mask=attention_mask,
            training=training,
            **options,
        )
        if gate is not None:
            outputs = ops.multiply(outputs, gate)
        outputs = self._output_dense(outputs)
        return (outputs, weights) if return_attention_scores else outputs

    def _shared_among_heads(self, key, value):
        """Keys and values with as many heads as the query has."""
        return key, value

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """Outputs and weights (or None) for projected tensors; users' classes may have their own.

        Args:
            query: Tensor `(batch, ..., target_time, heads, key_dim)`.
            key: Tensor `(batch, ..., source_time, heads, key_dim)`.
            value: Tensor `(batch, ..., source_time, heads, value_dim)`.
            attention_mask: Optional bool tensor that broadcasts to the weights, perhaps without
                the axis of the heads.
            training: Bool. Whether to drop.
            return_attention_scores: Bool. Whether the weights are wanted.
            use_causal_mask: Bool. Whether a target sees sources up to its own time only.
        """
        if self._flash_attention and return_attention_scores:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}': Returning attention scores is not "
                "supported when flash attention is enabled. Please disable flash attention to "
                "access attention scores."
            )
        if self.dropout == 0 and not return_attention_scores and len(query.shape) == 4:
            outputs = ops.dot_product_attention(
                query,
                key,
                value,
                mask=self._for_all_heads(attention_mask, 4),
                scale=self._inverse_sqrt_key_dim,
                is_causal=use_causal_mask,
                flash_attention=self._flash_attention,
            )
            return outputs, None
        if use_causal_mask:
            attention_mask = _both(attention_mask, self._compute_causal_mask(query, value))
        query = ops.multiply(query, ops.cast(self._inverse_sqrt_key_dim, query.dtype))
        scores = ops.einsum(self._dot_product_equation, key, query)
        weights = self._masked_softmax(scores, attention_mask)
        kept = self._dropout_layer(weights, training=training) if self.dropout > 0 else weights
        return ops.einsum(self._combine_equation, kept, value), weights

    def _masked_softmax(self, attention_scores, attention_mask=None):
        """Weights that sum to 1 over the sources; 0 where the mask is False."""
        mask = self._for_all_heads(attention_mask, len(attention_scores.shape))
        return self._softmax(attention_scores, mask=mask)

    def _for_all_heads(self, mask, rank):
        """A bool mask with `rank` axes, those that are missing before the times."""
        if mask is None:
            return None
        mask = ops.cast(mask, "bool")
        times = 2 * len(self._attention_axes)
        while len(mask.shape) < rank:
            mask = ops.expand_dims(mask, axis=-times - 1)
        return mask

    def _compute_attention_mask(
        self,
        query,
        value,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        use_causal_mask=False,
    ):
        """The mask `(batch, target_time, source_time)` of all masks together, or None."""
        mask = None
        for given, axis in ((query_mask, -1), (value_mask, -2), (key_mask, -2)):
            if given is not None:
                mask = _both(mask, ops.expand_dims(ops.cast(given, "bool"), axis))
        if use_causal_mask:
            mask = _both(mask, self._compute_causal_mask(query, value))
        if self.sliding_window is not None:
            mask = _both(mask, self._compute_sliding_window_mask(query, value))
        return mask if attention_mask is None else _both(mask, ops.cast(attention_mask, "bool"))

    def _compute_causal_mask(self, query, value=None):
        """The mask `(1, target_time, source_time)` that hides the future."""
        distance = _distances(query, value)
        return ops.greater_equal(distance, 0)

    def _compute_sliding_window_mask(self, query, value=None):
        """The mask `(1, target_time, source_time)` of sources less than the window away."""
        return ops.less(ops.abs(_distances(query, value)), self.sliding_window)


def projection_equation(free, bound, made):
    """Einsum equation of a projection, and the letters of the axes that it makes.

    Args:
        free: Int. Number of axes that stay.
        bound: Int. Number of axes that are summed over.
        made: Int. Number of axes in their place.

    Example:

    >>> projection_equation(2, 1, 2)
    ('abc,cde->abde', 'de')
    """
    letters = iter(string.ascii_lowercase)
    kept, summed, new = ("".join(next(letters) for _ in range(n)) for n in (free, bound, made))
    return f"{kept}{summed},{summed}{new}->{kept}{new}", new


def attention_equations(rank, axes):
    """Einsum equations of scores (from key and query) and of outputs (from weights and value).

    Query, key and value have `rank` axes: batch, those of `axes` and others, heads and depth.

    Example:

    >>> attention_equations(4, (1,))
    ('aecd,abcd->acbe', 'acbe,aecd->abcd')
    """
    letters = string.ascii_lowercase
    target, source = list(letters[:rank]), list(letters[:rank])
    for axis, letter in zip(sorted(axes), letters[rank:], strict=False):
        source[axis] = letter
    apart = [target[i] for i in range(rank - 1) if i not in axes]
    pairs = "".join(apart + [target[i] for i in axes] + [source[i] for i in axes])
    target, source = "".join(target), "".join(source)
    return f"{source},{target}->{pairs}", f"{pairs},{source}->{target}"


def _copied(initializer):
    return initializer.clone() if isinstance(initializer, initializers.Initializer) else initializer


def _both(mask, other):
    return other if mask is None else ops.logical_and(mask, other)


def _distances(query, value):
    """How far the source lies behind the target, `(1, target_time, source_time)`, in steps."""
    target_time = ops.shape(query)[1]
    source_time = target_time if value is None else ops.shape(value)[1]
    target = ops.reshape(ops.arange(target_time, dtype="int32"), (1, -1, 1))
    return ops.subtract(target, ops.reshape(ops.arange(source_time, dtype="int32"), (1, 1, -1)))
