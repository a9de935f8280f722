"""Attention: blocks of queries give what one block gives, and errors show the shapes."""

import jax
import numpy as np
import pytest

from kerajax import ops
from kerajax.ops import _attention

RNG = np.random.default_rng(0)
QUERY = RNG.normal(size=(2, 7, 4, 8)).astype("float32")
KEY, VALUE = (RNG.normal(size=(2, 5, 2, 8)).astype("float32") for _ in range(2))
BIAS = RNG.normal(size=(1, 4, 7, 5)).astype("float32")
MASK = RNG.uniform(size=(2, 1, 7, 5)) > 0.3
ROWS = [
    {},
    {"is_causal": True},
    {"bias": BIAS, "mask": MASK},
    {"mask": MASK[:, :, :1], "is_causal": True},
    {"bias": BIAS[0, 0], "attn_logits_soft_cap": 2.0, "is_causal": True},
]


@pytest.mark.parametrize("arguments", ROWS, ids=range(len(ROWS)))
def test_blocks_of_queries_change_neither_values_nor_gradients(arguments, monkeypatch):
    def total(query, key, value):
        return (ops.dot_product_attention(query, key, value, **arguments) ** 2).sum()

    whole = jax.value_and_grad(total, (0, 1, 2))(QUERY, KEY, VALUE)
    monkeypatch.setattr(_attention, "_MOST_LOGITS", 2 * 4 * 5 * 3)  # three queries a block
    program = jax.jit(jax.value_and_grad(total, (0, 1, 2)))
    assert "while" in program.lower(QUERY, KEY, VALUE).as_text()
    parts = program(QUERY, KEY, VALUE)
    for a, b in zip(
        jax.tree_util.tree_leaves(whole), jax.tree_util.tree_leaves(parts), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_blocks_do_not_store_the_logits(monkeypatch):
    query = jax.ShapeDtypeStruct((1, 1024, 1, 8), "float32")

    def scratch():
        program = jax.jit(jax.grad(lambda q, k: ops.dot_product_attention(q, k, k).sum()))
        return program.lower(query, query).compile().memory_analysis().temp_size_in_bytes

    whole = scratch()
    monkeypatch.setattr(_attention, "_MOST_LOGITS", 64 * 1024)
    assert whole > 4 * 1024 * 1024 and scratch() < whole / 4


def test_heads_of_query_share_keys_in_groups():
    grouped = ops.dot_product_attention(QUERY, KEY, VALUE)
    spread = ops.dot_product_attention(QUERY, KEY.repeat(2, axis=2), VALUE.repeat(2, axis=2))
    np.testing.assert_allclose(grouped, spread, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("query", "key", "value", "words"),
    [
        (QUERY[0], KEY, VALUE, "only supports 4D inputs"),
        (QUERY[:, :, :3], KEY, VALUE, "multiple"),
        (QUERY[..., :4], KEY, VALUE, "one depth"),
        (QUERY, KEY, VALUE[:, :4], "the same batch"),
    ],
)
def test_errors_show_the_shapes(query, key, value, words):
    with pytest.raises(ValueError, match=words) as error:
        ops.dot_product_attention(query, key, value)
    assert str(query.shape) in str(error.value) and str(value.shape) in str(error.value)


def test_a_gpu_without_cudnn_takes_the_formula(monkeypatch):
    """Where JAX finds no cuDNN, inputs that fit the fused kernel are computed all the same."""
    query = QUERY[:, :6].astype("float16")
    key = value = KEY.repeat(2, axis=2)[:, :4].astype("float16")
    plain = ops.dot_product_attention(query, key, value)
    asked = []
    monkeypatch.setattr(jax, "default_backend", lambda: asked.append(1) or "gpu")
    np.testing.assert_array_equal(ops.dot_product_attention(query, key, value), plain)
    assert asked


@pytest.mark.accelerator
@pytest.mark.parametrize("arguments", ROWS[:2], ids=range(2))
def test_fused_kernel_agrees_with_the_formula(arguments):
    if jax.default_backend() != "gpu":
        pytest.skip("needs a GPU with cuDNN")
    tensors = [x.astype("float16") for x in (QUERY[:, :6], KEY[:, :4], VALUE[:, :4])]
    text = jax.jit(lambda *x: ops.dot_product_attention(*x, **arguments)).lower(*tensors).as_text()
    assert "cudnn" in text
    fused = ops.dot_product_attention(*tensors, **arguments)
    formula = ops.dot_product_attention(*tensors, flash_attention=False, **arguments)
    np.testing.assert_allclose(fused, formula, rtol=2e-2, atol=5e-3)
