"""The two formulations of a whole LSTM: which is taken, and that they agree.

Without a GPU, JAX' own formula for what its kernel computes stands in for the kernel, so that the
order of weights, lengths, masks and derivatives around it are tried everywhere.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export
from jax.experimental import rnn

import kerajax
from kerajax.ops import _cudnn_rnn, _recurrent

UNITS, SHAPE = 4, (3, 5, 2)
MASKS = {
    "none": None,
    "full": np.ones((3, 5), bool),
    "right": np.arange(5) < np.array([[5], [1], [3]]),
    "left": np.arange(5) >= np.array([[0], [2], [4]]),
    "empty": np.arange(5) < np.array([[5], [0], [3]]),
}


@pytest.fixture
def stand_in(monkeypatch):
    """The kernel is JAX' formula for it, and every platform takes it; lists the calls."""
    if _cudnn_rnn.has_cudnn():
        pytest.skip("the kernel itself is tried here")

    def formula(x, h, c, weights, lengths, sizes):
        parts = rnn.unpack_lstm_weights(weights, *sizes[:3], sizes[4])
        return rnn.lstm_ref(x, h, c, *parts, lengths, *sizes)

    def lstm_fwd(x, h, c, weights, lengths, precision, **sizes):
        residuals = (x, h, c, weights, lengths)
        return formula(*residuals, tuple(sizes.values())), residuals

    def lstm_bwd(*arguments):
        *sizes, _, residuals, gradients = arguments
        *tensors, lengths = residuals
        _, pull = jax.vjp(lambda *t: formula(*t, lengths, sizes), *tensors)
        return *pull(gradients), None

    def cuda_only(*arguments, cuda, default):
        return cuda(*arguments)

    calls = []

    def by_platform(*arguments):
        calls.append(arguments)
        return _cudnn_rnn.lstm_by_platform(*arguments)

    kernels = {"lstm_fwd": lstm_fwd, "lstm_bwd": lstm_bwd}
    monkeypatch.setattr(_cudnn_rnn, "_kernel", kernels.__getitem__)
    monkeypatch.setattr(_cudnn_rnn, "has_cudnn", lambda: True)
    monkeypatch.setattr(_recurrent, "lstm_by_platform", by_platform)
    monkeypatch.setattr(jax.lax, "platform_dependent", cuda_only)
    return calls


def arguments(rng):
    """Inputs, two states, two kernels and a bias."""
    shapes = (SHAPE, (3, UNITS), (3, UNITS), (2, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,))
    return [jnp.asarray(rng.normal(size=shape), "float32") for shape in shapes]


def results(tensors, mask, **options):
    """Outputs, states and gradients of a weighed sum of them."""

    def loss(x, h, c, *weights):
        found = kerajax.ops.lstm(
            x, h, c, mask, *weights, kerajax.ops.tanh, kerajax.ops.sigmoid, **options
        )
        leaves = jax.tree_util.tree_leaves(found)
        return sum(jnp.sum(jnp.cos(jnp.arange(a.size).reshape(a.shape)) * a) for a in leaves), found

    gradients, found = jax.grad(loss, argnums=tuple(range(6)), has_aux=True)(*tensors)
    return jax.tree_util.tree_leaves((gradients, found))


def agree(tensors, mask, rtol, atol, **options):
    """The formulations give the same numbers and gradients."""
    here = results(tensors, mask, use_cudnn=True, **options)
    there = results(tensors, mask, use_cudnn=False, **options)
    for a, b in zip(here, there, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


@pytest.mark.parametrize(
    ("mask", "options"),
    [
        ("none", {"return_sequences": True, "go_backwards": True}),
        ("right", {"return_sequences": True}),
        ("right", {"zero_output_for_mask": True}),
        ("left", {"return_sequences": True, "go_backwards": True}),
        ("empty", {"return_sequences": True}),
    ],
)
def test_what_stands_around_the_kernel_is_right(stand_in, rng, mask, options):
    """Weights in cuDNN's order, lengths from masks, outputs of masked steps, gradients."""
    agree(arguments(rng), MASKS[mask], 1e-5, 1e-5, **options)
    assert stand_in


def test_the_kernel_is_vectorized(stand_in, rng):
    """`vmap` over gradients, as for the gradients of single samples."""
    tensors = arguments(rng)
    stacked = [jnp.stack([x, 2 * x]) for x in tensors]
    together = jax.vmap(lambda *t: results(t, None))(*stacked)
    for i in range(2):
        for a, b in zip(together, results([x[i] for x in stacked], None), strict=True):
            np.testing.assert_allclose(a[i], b, rtol=1e-5, atol=1e-5)
    assert stand_in


def test_the_layer_takes_the_kernel_unless_told_not_to(stand_in, rng):
    """`use_cudnn=False` and settings that cuDNN lacks leave the loop."""
    x = rng.normal(size=SHAPE).astype("float32")
    for options in (
        {"use_cudnn": False},
        {"unroll": True},
        {"activation": "relu"},
        {"use_bias": False},
        {"dtype": "mixed_bfloat16"},
    ):
        kerajax.layers.LSTM(UNITS, **options)(x)
        assert not stand_in, options
    kerajax.layers.LSTM(UNITS, recurrent_dropout=0.5)(x, training=True)
    assert not stand_in
    kerajax.layers.LSTM(UNITS)(x)
    assert stand_in


def test_sizes_that_cudnn_has_not(stand_in, rng):
    """No samples: the loop gives outputs of no samples."""
    layer = kerajax.layers.LSTM(UNITS)
    assert layer(np.zeros((0, 5, 2), "float32")).shape == (0, UNITS)
    assert not stand_in


@pytest.mark.skipif(_cudnn_rnn.has_cudnn(), reason="says what comes without cuDNN")
def test_without_a_gpu_the_loop_lowers_for_cuda(rng):
    """A training step for CUDA, made where there is no cuDNN to ask, holds the loop."""
    tensors = arguments(rng)
    assert _cudnn_rnn.lstm_formulation(tensors[0], tensors[1:], False) == "loop"
    step = jax.jit(lambda *t: results(t, MASKS["right"], return_sequences=True))
    exported = export.export(step, platforms=("cpu", "cuda", "tpu"))(*tensors)
    assert exported.platforms == ("cpu", "cuda", "tpu")
    assert "while" in exported.mlir_module()


@pytest.mark.accelerator
@pytest.mark.skipif(not _cudnn_rnn.has_cudnn(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("mask", MASKS)
def test_cudnn_agrees_with_the_loop(rng, mask):
    """Outputs and gradients on the GPU; its products have 10 bits of mantissa (TF32)."""
    tensors = arguments(rng)
    assert _cudnn_rnn.lstm_formulation(tensors[0], tensors[1:], False) == "cudnn"
    agree(tensors, MASKS[mask], 2e-2, 2e-2, return_sequences=True)
