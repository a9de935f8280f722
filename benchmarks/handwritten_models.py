"""The smaller models as a careful JAX user would write them: params, forward pass, loss.

Losses work on logits. Initial distributions are Keras' (Glorot uniform kernels, zero biases,
uniform embeddings, orthogonal recurrent kernel, ones in the bias of the forget gate). The ResNet
and the transformer are in `handwritten_deep.py`.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import lax

from .data import BIG, VOCABULARY

glorot = jax.nn.initializers.glorot_uniform()


@dataclass(frozen=True)
class Problem:
    """A model and how it learns.

    Attributes:
        init: `init(key) -> (params, stats)`; `stats` are arrays that no gradient reaches.
        train: `train(params, stats, x) -> (logits, stats)`, as in training.
        apply: `apply(params, stats, x) -> logits`, as in inference.
        loss: `loss(logits, y) -> mean loss`.
        correct: `correct(logits, y) -> number of right answers`.
        tx: optax transformation.
    """

    init: Callable
    train: Callable
    apply: Callable
    loss: Callable
    correct: Callable
    tx: Any


def stateless(init, apply, loss, correct, tx):
    """A `Problem` from `init(key) -> params` and `apply(params, x) -> logits`."""
    return Problem(
        init=lambda key: (init(key), ()),
        train=lambda params, stats, x: (apply(params, x), stats),
        apply=lambda params, stats, x: apply(params, x),
        loss=loss,
        correct=correct,
        tx=tx,
    )


def affine(key, *shape):
    return {"kernel": glorot(key, shape), "bias": jnp.zeros(shape[-1])}


def dense(params, x):
    return x @ params["kernel"] + params["bias"]


def binary_loss(logits, y):
    return optax.sigmoid_binary_cross_entropy(logits, y).mean()


def binary_correct(logits, y):
    return jnp.sum((logits > 0) == (y > 0.5))


def class_loss(logits, y):
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def class_correct(logits, y):
    return jnp.sum(jnp.argmax(logits, axis=-1) == y)


def _decayed_sgd():
    """Scaling before the momentum trace, which is Keras' order under a changing rate."""

    def rate(step):
        return 0.01 / (1.0 + 1e-6 * step)

    return optax.chain(optax.scale_by_learning_rate(rate), optax.trace(0.9))


def adam(rate=1e-3, b1=0.9, b2=0.999, eps=1e-7):
    """Adam with epsilon-hat, as Keras has it; cheaper than `optax.adam` on large tables."""

    def init(params):
        zeros = jax.tree.map(jnp.zeros_like, params)
        return zeros, jax.tree.map(jnp.zeros_like, params), jnp.zeros((), jnp.int32)

    def update(gradients, state, params=None):
        mu, nu, count = state
        count = count + 1
        alpha = rate * jnp.sqrt(1 - b2**count) / (1 - b1**count)
        mu = jax.tree.map(lambda m, g: m + (1 - b1) * (g - m), mu, gradients)
        nu = jax.tree.map(lambda v, g: v + (1 - b2) * (g * g - v), nu, gradients)
        step = jax.tree.map(lambda m, v: -alpha * m / (jnp.sqrt(v) + eps), mu, nu)
        return step, (mu, nu, count)

    return optax.GradientTransformation(init, update)


def script_mlp():
    """8-10-1."""

    def init(key):
        first, second = jax.random.split(key)
        return [affine(first, 8, 10), affine(second, 10, 1)]

    def apply(params, x):
        return dense(params[1], jax.nn.relu(dense(params[0], x)))

    return stateless(init, apply, binary_loss, binary_correct, _decayed_sgd())


def mlp(widths=(784, 1024, 1024, 10)):
    """Dense layers with relu between them."""
    sizes = list(itertools.pairwise(widths))

    def init(key):
        keys = jax.random.split(key, len(sizes))
        return [affine(k, *size) for k, size in zip(keys, sizes, strict=True)]

    def apply(params, x):
        for layer in params[:-1]:
            x = jax.nn.relu(dense(layer, x))
        return dense(params[-1], x)

    return stateless(init, apply, class_loss, class_correct, adam())


def convnet():
    """Conv 32, Conv 64, pool, Dense 128, Dense 10."""
    sizes = ((3, 3, 1, 32), (3, 3, 32, 64), (12 * 12 * 64, 128), (128, 10))

    def init(key):
        return [affine(k, *size) for k, size in zip(jax.random.split(key, 4), sizes, strict=True)]

    def conv(params, x):
        layout = ("NHWC", "HWIO", "NHWC")
        x = lax.conv_general_dilated(x, params["kernel"], (1, 1), "VALID", dimension_numbers=layout)
        return jax.nn.relu(x + params["bias"])

    def larger(a, b):  # Ties go to the first, as in the gradient of `reduce_window`.
        return jnp.where(a >= b, a, b)

    def max_pool(x):
        upper = larger(x[:, ::2, ::2], x[:, ::2, 1::2])
        return larger(upper, larger(x[:, 1::2, ::2], x[:, 1::2, 1::2]))

    def apply(params, x):
        x = max_pool(conv(params[1], conv(params[0], x)))
        x = jax.nn.relu(dense(params[2], x.reshape(x.shape[0], -1)))
        return dense(params[3], x)

    return stateless(init, apply, class_loss, class_correct, adam())


def lstm(width=64):
    """Embedding, LSTM with the input projection outside the recurrence, Dense."""

    def init(key):
        table, kernel, recurrent, head = jax.random.split(key, 4)
        forget = jnp.zeros((4, width)).at[1].set(1.0).ravel()
        return {
            "table": jax.random.uniform(table, (VOCABULARY, width), minval=-0.05, maxval=0.05),
            "cell": {"kernel": glorot(kernel, (width, 4 * width)), "bias": forget},
            "recurrent": jax.nn.initializers.orthogonal()(recurrent, (width, 4 * width)),
            "head": affine(head, width, 1),
        }

    def apply(params, tokens):
        def cell(carry, projected):
            h, c = carry
            gates = projected + h @ params["recurrent"]
            i, f, g, o = jnp.split(gates, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        inputs = dense(params["cell"], params["table"][tokens.T])
        zeros = jnp.zeros((tokens.shape[0], width))
        (h, _), _ = lax.scan(cell, (zeros, zeros), inputs)
        return dense(params["head"], h)

    return stateless(init, apply, binary_loss, binary_correct, adam())


def gru(width=64):
    """As `lstm`, with a GRU that resets after the recurrent product."""

    def init(key):
        table, kernel, recurrent, head = jax.random.split(key, 4)
        return {
            "table": jax.random.uniform(table, (VOCABULARY, width), minval=-0.05, maxval=0.05),
            "cell": affine(kernel, width, 3 * width),
            "recurrent": {
                "kernel": jax.nn.initializers.orthogonal()(recurrent, (width, 3 * width)),
                "bias": jnp.zeros(3 * width),
            },
            "head": affine(head, width, 1),
        }

    def apply(params, tokens):
        def cell(h, projected):
            recurrent = dense(params["recurrent"], h)
            gates = jax.nn.sigmoid(projected[:, : 2 * width] + recurrent[:, : 2 * width])
            z, r = jnp.split(gates, 2, axis=-1)
            candidate = jnp.tanh(projected[:, 2 * width :] + r * recurrent[:, 2 * width :])
            return z * h + (1 - z) * candidate, None

        inputs = dense(params["cell"], params["table"][tokens.T])
        h, _ = lax.scan(cell, jnp.zeros((tokens.shape[0], width)), inputs)
        return dense(params["head"], h)

    return stateless(init, apply, binary_loss, binary_correct, adam())


MODELS = {
    "script_mlp": script_mlp,
    "custom_step": script_mlp,
    "mlp": mlp,
    "big_mlp": functools.partial(mlp, BIG),
    "convnet": convnet,
    "lstm": lstm,
    "gru": gru,
}
