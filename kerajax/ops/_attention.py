"""Scaled dot-product attention, and which kernel computes it.

`_has_fused_kernel` alone asks for the platform: cuDNN has a fused kernel that never stores the
logits. Elsewhere large logits are computed in blocks of queries, and again in the backward pass.
"""

import math

import jax
import jax.numpy as jnp

from kerajax.backend import canonical_dtype, result_type
from kerajax.ops._op import op


@op(data=("query", "key", "value", "bias", "mask", "scale"))
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
        flash_attention: `True` requires the fused kernel of cuDNN, `False` forbids it, None takes
            it where it is there and fits the inputs (float16 or bfloat16 on a GPU).
        attn_logits_soft_cap: Optional float `c`: logits are bent to `logits / (1 + |logits| / c)`.

    Returns:
        Tensor `(batch, target_time, heads, value_depth)`.

    Raises:
        ValueError: If an input has other than four axes, or the shapes do not fit.

    Example:

    >>> x = np.ones((2, 5, 4, 8), "float32")
    >>> kerajax.ops.dot_product_attention(x, x, x).shape
    (2, 5, 4, 8)

    Reference:
        Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762
    """
    query, key, value = (jnp.asarray(x) for x in (query, key, value))
    _check_shapes(query, key, value)
    dtype = canonical_dtype(result_type(query.dtype, key.dtype, value.dtype))
    query, key, value = (x.astype(dtype) for x in (query, key, value))
    bias = None if bias is None else _with_4_axes(jnp.asarray(bias).astype(dtype))
    mask = None if mask is None else _with_4_axes(jnp.asarray(mask).astype(bool))
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if attn_logits_soft_cap is not None and flash_attention:
        raise ValueError(
            "dot_product_attention: the fused kernel has no soft cap. Received: "
            f"flash_attention=True, attn_logits_soft_cap={attn_logits_soft_cap}"
        )

    def fused(*tensors):
        return jax.nn.dot_product_attention(
            *tensors, scale=scale, is_causal=is_causal, implementation="cudnn"
        )

    def formula(*tensors):
        return _in_blocks(*tensors, scale, is_causal, attn_logits_soft_cap)

    tensors = (query, key, value, bias, mask)
    if flash_attention:
        return fused(*tensors)
    if (
        flash_attention is None
        and attn_logits_soft_cap is None
        and _has_fused_kernel(fused, *tensors)
    ):
        # Both are traced and the platform that the program is compiled for takes its own, so a
        # program exported from a machine with a GPU runs without one, too.
        return jax.lax.platform_dependent(*tensors, cuda=fused, default=formula)
    return formula(*tensors)


def _has_fused_kernel(fused, query, key, value, bias, mask):
    """Whether cuDNN has a kernel for these tensors, gradients included."""
    if jax.default_backend() != "gpu" or query.dtype not in ("float16", "bfloat16"):
        return False
    depth = query.shape[-1]
    if value.shape[-1] != depth or depth % 8 or depth > _CUDNN_MAX_DEPTH:
        return False
    logits = (query.shape[1], key.shape[1])
    added = [x for x in (bias, mask) if x is not None]
    if any(x.shape[2:] != logits for x in added) or (added and any(n % 2 for n in logits)):
        return False
    try:
        jax.eval_shape(fused, query, key, value, bias, mask)
    except (RuntimeError, NotImplementedError):
        # There is no cuDNN (as with ROCm), or it is too old for the GPU or the shapes.
        return False
    return True


# Of all generations from Ampere on; Hopper takes 256.
_CUDNN_MAX_DEPTH = 128

# Above so many logits, 256 MiB in float32, queries go block by block.
_MOST_LOGITS = 2**26


def _in_blocks(query, key, value, bias, mask, scale, is_causal, cap):
    """Attention of a few queries at a time, each block computed again for its gradient.

    Memory for logits stays at one block, where the formula needs `target_time * source_time` per
    head. Small inputs are one block.
    """
    batch, time, heads, _ = query.shape
    source = key.shape[1]
    # An exported program may leave sizes open; it takes all queries at once.
    known = all(isinstance(size, int) for size in (batch, time, source))
    rows = max(1, _MOST_LOGITS // max(1, batch * heads * source)) if known else time
    if time <= rows:
        return _attend(query, key, value, bias, mask, scale, is_causal, cap)
    count = -(-time // rows)

    def blocks(x, axis):
        if x is None or x.shape[axis] == 1:
            return None
        widths = [(0, 0)] * x.ndim
        widths[axis] = (0, count * rows - time)
        x = jnp.pad(x, widths)
        x = x.reshape(*x.shape[:axis], count, rows, *x.shape[axis + 1 :])
        return jnp.moveaxis(x, axis, 0)

    @jax.checkpoint
    def one(block):
        number, queries, own_bias, own_mask = block
        own_bias = bias if own_bias is None else own_bias
        own_mask = mask if own_mask is None else own_mask
        if is_causal:
            now = number * rows + jnp.arange(rows)
            causal = now[:, None] >= jnp.arange(source)
            own_mask = causal[None, None] if own_mask is None else own_mask & causal
        return _attend(queries, key, value, own_bias, own_mask, scale, False, cap)

    parts = (jnp.arange(count), blocks(query, 1), blocks(bias, 2), blocks(mask, 2))
    outputs = jnp.moveaxis(jax.lax.map(one, parts), 0, 1)
    return outputs.reshape(batch, count * rows, *outputs.shape[3:])[:, :time]


def _attend(query, key, value, bias, mask, scale, is_causal, cap):
    """The formula, as XLA compiles it."""
    if cap is not None or value.shape[-1] != key.shape[-1]:
        # `jax.nn.dot_product_attention` has no soft cap and wants one depth for key and value.
        return _written_out(query, key, value, bias, mask, scale, is_causal, cap)
    return jax.nn.dot_product_attention(
        query, key, value, bias, mask, scale=scale, is_causal=is_causal, implementation="xla"
    )


def _written_out(query, key, value, bias, mask, scale, is_causal, cap):
    groups = query.shape[2] // key.shape[2]
    key, value = jnp.repeat(key, groups, axis=2), jnp.repeat(value, groups, axis=2)
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


def _with_4_axes(x):
    """Leading axes of size 1, since `jax.nn` wants all four."""
    return x.reshape((1,) * (4 - x.ndim) + x.shape)


def _check_shapes(query, key, value):
    shapes = (
        f"Received: query.shape={query.shape}, key.shape={key.shape}, value.shape={value.shape}"
    )
    if not query.ndim == key.ndim == value.ndim == 4:
        raise ValueError(
            "`dot_product_attention` only supports 4D inputs, (batch, time, heads, depth). "
            f"{shapes}"
        )
    if key.shape[:3] != value.shape[:3] or query.shape[0] != key.shape[0]:
        raise ValueError(
            "dot_product_attention: key and value need the same batch, time and heads, and query "
            f"the same batch. {shapes}"
        )
    if query.shape[3] != key.shape[3]:
        raise ValueError(f"dot_product_attention: query and key need one depth. {shapes}")
    if query.shape[2] % key.shape[2]:
        raise ValueError(
            "dot_product_attention: the heads of query must be a multiple of those of key and "
            f"value, which groups of them share. {shapes}"
        )
