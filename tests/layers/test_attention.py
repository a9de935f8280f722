"""Attention: its arithmetic, masks, and bad input."""

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.backend import get_keras_mask, set_keras_mask


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_weights_are_the_softmax_of_products(rng):
    query, value = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))
    outputs, weights = layers.Attention()([query, value], return_attention_scores=True)
    expected = softmax(query @ value.swapaxes(1, 2))
    np.testing.assert_allclose(weights, expected, rtol=1e-5)
    np.testing.assert_allclose(outputs, expected @ value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("inputs", [np.ones((1, 2, 3)), [np.ones((1, 2, 3))]])
def test_attention_says_what_inputs_it_takes(inputs):
    with pytest.raises(ValueError, match="query, value"):
        layers.Attention()(inputs)


@pytest.mark.parametrize("value_dim", [3, 5])
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_is_heads_of_attention(rng, value_dim, causal):
    """The fused form, also where values are wider than keys, against a few lines of numpy."""
    layer = layers.MultiHeadAttention(2, 3, value_dim=value_dim)
    x = rng.normal(size=(2, 4, 6)).astype("float32")
    layer(x, x)
    weights = [rng.normal(size=v.shape).astype("float32") for v in layer.weights]
    layer.set_weights(weights)
    wq, bq, wk, bk, wv, bv, wo, bo = weights
    q, k, v = (np.einsum("btf,fhd->bthd", x, w) + b for w, b in ((wq, bq), (wk, bk), (wv, bv)))
    scores = np.einsum("bthd,bshd->bhts", q, k) / np.sqrt(3)
    if causal:
        scores = np.where(np.tril(np.ones((4, 4), bool)), scores, -1e9)
    heads = np.einsum("bhts,bshd->bthd", softmax(scores), v)
    expected = np.einsum("bthd,hdf->btf", heads, wo) + bo
    np.testing.assert_allclose(layer(x, x, use_causal_mask=causal), expected, rtol=2e-4, atol=1e-4)


def test_all_masks_count_and_the_query_mask_goes_on(rng):
    """Masks that hang on the tensors act like one that is given, and stay where they hang."""
    layer = layers.MultiHeadAttention(2, 3)
    query, value = (
        jax.numpy.asarray(rng.normal(size=s), "float32") for s in ((2, 3, 4), (2, 5, 4))
    )
    query_mask, value_mask = np.array([[1, 1, 0], [1, 0, 0]], bool), np.arange(5)[None] < [[3], [5]]
    both = query_mask[:, :, None] & value_mask[:, None]
    expected = layer(query, value, attention_mask=both)
    set_keras_mask(query, query_mask)
    set_keras_mask(value, value_mask)
    outputs, scores = layer(query, value, return_attention_scores=True)
    np.testing.assert_allclose(layer(query, value), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(get_keras_mask(outputs), query_mask)
    np.testing.assert_array_equal(get_keras_mask(query), query_mask)
    assert not np.asarray(scores)[~np.broadcast_to(both[:, None], scores.shape)].any()


def test_a_grouped_head_serves_several_of_the_query(rng):
    """With one head of keys for each of the query it is multi-head attention."""
    x = rng.normal(size=(2, 4, 6)).astype("float32")
    grouped, plain = layers.GroupQueryAttention(3, 2, 2), layers.MultiHeadAttention(2, 3)
    plain(x, x)
    grouped(x, x)
    grouped.set_weights(plain.get_weights())
    np.testing.assert_allclose(grouped(x, x), plain(x, x), rtol=1e-5, atol=1e-6)
    shared = layers.GroupQueryAttention(3, 4, 2)
    shared(x, x)
    assert [v.shape for v in shared.weights[:4]] == [(6, 4, 3), (4, 3), (6, 2, 3), (2, 3)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.MultiHeadAttention(0, 2), "argument `num_heads`"),
        (lambda: layers.MultiHeadAttention(2, 2, output_shape=1.5), "output_shape"),
        (lambda: layers.MultiHeadAttention(2, 2, attention_axes="time"), "attention_axes"),
        (lambda: layers.MultiHeadAttention(2, 2, sliding_window=0), "sliding_window"),
        (lambda: layers.GroupQueryAttention(2, 3, 2), "divisible"),
        (lambda: layers.Attention(score_mode="sum"), "score_mode"),
        (lambda: layers.MultiHeadAttention(2, 2, flash_attention=True, dropout=0.1), "[Dd]ropout"),
    ],
)
def test_bad_arguments_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_disabled_flash_attention_stays_so_until_enabled():
    kerajax.config.disable_flash_attention()
    assert layers.MultiHeadAttention(2, 2)._flash_attention is False
    kerajax.config.enable_flash_attention()
    assert layers.MultiHeadAttention(2, 2)._flash_attention is None
