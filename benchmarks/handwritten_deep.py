"""ResNet-20 and a small transformer as a careful JAX user would write them.

As in `handwritten_models.py`: logits, and Keras' initial distributions and constants.
"""

import jax
import jax.numpy as jnp
from jax import lax

from .data import (
    BLOCKS,
    HEADS,
    HIDDEN,
    RESNET_WIDTHS,
    TOKEN_VOCABULARY,
    TOKENS,
    WIDTH,
    resnet_plan,
    run_resnet20,
)
from .handwritten_models import (
    Problem,
    adam,
    affine,
    class_correct,
    class_loss,
    dense,
    glorot,
    stateless,
)

MOMENTUM, EPSILON = 0.99, 1e-3  # Of the normalizing layers.


def resnet20():
    """ResNet-20 for 32x32 images: every convolution without a bias, then batch normalization."""
    plan = list(resnet_plan())

    def init(key):
        keys = jax.random.split(key, len(plan) + 1)
        params, stats = {"head": affine(keys[-1], RESNET_WIDTHS[-1], 10)}, {}
        for key, (name, size, width_in, width, _) in zip(keys[:-1], plan, strict=True):
            params[name] = {
                "kernel": glorot(key, (size, size, width_in, width)),
                "gamma": jnp.ones(width),
                "beta": jnp.zeros(width),
            }
            stats[name] = {"mean": jnp.zeros(width), "variance": jnp.ones(width)}
        return params, stats

    def forward(params, stats, x, training):
        kept = {}

        def convolve(name, x):
            stride = strides[name]
            layout = ("NHWC", "HWIO", "NHWC")
            x = lax.conv_general_dilated(
                x, params[name]["kernel"], (stride, stride), "SAME", dimension_numbers=layout
            )
            mean, variance = stats[name]["mean"], stats[name]["variance"]
            if training:
                mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
                kept[name] = {
                    "mean": MOMENTUM * stats[name]["mean"] + (1 - MOMENTUM) * mean,
                    "variance": MOMENTUM * stats[name]["variance"] + (1 - MOMENTUM) * variance,
                }
            scale = params[name]["gamma"] * lax.rsqrt(variance + EPSILON)
            return x * scale + (params[name]["beta"] - mean * scale)

        x = run_resnet20(convolve, jax.nn.relu, x)
        return dense(params["head"], x.mean((1, 2))), kept

    strides = {name: stride for name, *_, stride in plan}
    return Problem(
        init=init,
        train=lambda params, stats, x: forward(params, stats, x, training=True),
        apply=lambda params, stats, x: forward(params, stats, x, training=False)[0],
        loss=class_loss,
        correct=class_correct,
        tx=adam(),
    )


def transformer():
    """Token and position embedding, pre-norm blocks, mean over the tokens, 10 classes."""

    def init_block(key):
        keys = jax.random.split(key, 6)
        # One product makes queries, keys and values; each third is drawn by itself, as Keras does.
        qkv = jnp.concatenate([glorot(k, (WIDTH, WIDTH)) for k in keys[:3]], axis=1)
        return {
            "norm1": {"gamma": jnp.ones(WIDTH), "beta": jnp.zeros(WIDTH)},
            "qkv": {"kernel": qkv, "bias": jnp.zeros(3 * WIDTH)},
            "out": affine(keys[3], WIDTH, WIDTH),
            "norm2": {"gamma": jnp.ones(WIDTH), "beta": jnp.zeros(WIDTH)},
            "up": affine(keys[4], WIDTH, HIDDEN),
            "down": affine(keys[5], HIDDEN, WIDTH),
        }

    def init(key):
        token, position, head, *blocks = jax.random.split(key, 3 + BLOCKS)
        span = {"minval": -0.05, "maxval": 0.05}
        return {
            "tokens": jax.random.uniform(token, (TOKEN_VOCABULARY, WIDTH), **span),
            "positions": jax.random.uniform(position, (TOKENS, WIDTH), **span),
            "blocks": [init_block(k) for k in blocks],
            "head": affine(head, WIDTH, 10),
        }

    def norm(params, x):
        centred = x - x.mean(-1, keepdims=True)
        scale = lax.rsqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)
        return centred * scale * params["gamma"] + params["beta"]

    def attend(params, x):
        batch, length, _ = x.shape
        qkv = dense(params["qkv"], x).reshape(batch, length, 3, HEADS, WIDTH // HEADS)
        q, k, v = jnp.moveaxis(qkv, 2, 0)
        scores = jnp.einsum("bqhd,bkhd->bhqk", q * (WIDTH // HEADS) ** -0.5, k)
        mixed = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), v)
        return dense(params["out"], mixed.reshape(batch, length, WIDTH))

    def apply(params, tokens):
        x = params["tokens"][tokens] + params["positions"]
        for block in params["blocks"]:
            x = x + attend(block, norm(block["norm1"], x))
            hidden = jax.nn.gelu(dense(block["up"], norm(block["norm2"], x)), approximate=False)
            x = x + dense(block["down"], hidden)
        return dense(params["head"], x.mean(1))

    return stateless(init, apply, class_loss, class_correct, adam())


MODELS = {"resnet20": resnet20, "transformer": transformer}
