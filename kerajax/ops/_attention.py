"""Scaled dot-product attention."""

import math

import jax
import jax.numpy as jnp

from kerajax.backend import canonical_dtype, result_type
from kerajax.ops._op import op


@op(data=("query", "key", "value", "bias", "mask"))
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """`softmax(scale * query @ key.T + bias) @ value`, for each head.

    The softmax runs in float32.

    Args:
        query: Tensor `(batch, target_time, heads, depth)`.
        key: Tensor `(batch, source_time, key_heads, depth)`; `heads` is a multiple of `key_heads`.
        value: Tensor `(batch, source_time, key_heads, value_depth)`.
        bias: Optional tensor that broadcasts to `(batch, heads, target_time, source_time)`, added
            to the logits.
        mask: Optional bool tensor that broadcasts to the same shape; `True` keeps a pair.
        scale: Float, `1 / sqrt(depth)` if None.
        is_causal: Bool. Whether a target sees sources up to its own time only.
        flash_attention: `True` requires the fused kernel of cuDNN; otherwise XLA compiles the
            formula.
        attn_logits_soft_cap: Optional float `c`: logits are bent to `logits / (1 + |logits| / c)`.

    Returns:
        Tensor `(batch, target_time, heads, value_depth)`.

    Raises:
        ValueError: If an input has other than four axes.

    Example:

    >>> x = np.ones((2, 5, 4, 8), "float32")
    >>> kerajax.ops.dot_product_attention(x, x, x).shape
    (2, 5, 4, 8)

    Reference:
        Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762
    """
    query, key, value = (jnp.asarray(x) for x in (query, key, value))
    if not query.ndim == key.ndim == value.ndim == 4:
        raise ValueError(
            "dot_product_attention needs tensors of 4 axes, (batch, time, heads, depth). Received: "
            f"query.shape={query.shape}, key.shape={key.shape}, value.shape={value.shape}"
        )
    dtype = canonical_dtype(result_type(query.dtype, key.dtype, value.dtype))
    query, key, value = (x.astype(dtype) for x in (query, key, value))
    bias = None if bias is None else jnp.asarray(bias).astype(dtype)
    mask = None if mask is None else jnp.asarray(mask).astype(bool)
    if attn_logits_soft_cap is not None:
        if flash_attention:
            raise ValueError(
                "dot_product_attention: the fused kernel has no soft cap. Received: "
                f"flash_attention=True, attn_logits_soft_cap={attn_logits_soft_cap}"
            )
        return _written_out(query, key, value, bias, mask, scale, is_causal, attn_logits_soft_cap)
    if value.shape[-1] != key.shape[-1] and not flash_attention:
        # `jax.nn.dot_product_attention` wants one depth for both.
        return _written_out(query, key, value, bias, mask, scale, is_causal)
    return jax.nn.dot_product_attention(
        query,
        key,
        value,
        bias=bias,
        mask=mask,
        scale=scale,
        is_causal=is_causal,
        implementation="cudnn" if flash_attention else "xla",
    )


def _written_out(query, key, value, bias, mask, scale, is_causal, cap=None):
    groups = query.shape[2] // key.shape[2]
    key, value = jnp.repeat(key, groups, axis=2), jnp.repeat(value, groups, axis=2)
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    logits = jnp.einsum("btnh,bsnh->bnts", query, key).astype("float32") * scale
    if cap is not None:
        logits = logits / (1 + jnp.abs(logits) / cap)
    if bias is not None:
        logits = logits + bias
    if is_causal:
        causal = jnp.tril(jnp.ones(logits.shape[-2:], bool))
        mask = causal if mask is None else mask & causal
    if mask is not None:
        logits = jnp.where(mask, logits, -0.7 * jnp.finfo("float32").max)
    weights = jax.nn.softmax(logits, axis=-1).astype(value.dtype)
    return jnp.einsum("bnts,bsnh->btnh", weights, value)
