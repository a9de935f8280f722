"""ResNet-20, a small transformer and a stack of equal blocks, by a careful JAX user.

As in `handwritten_models.py`: logits, and Keras' initial distributions and constants.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .data import (
    BLOCKS,
    DEPTH_WIDTH,
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


def layer_norm(params, x):
    centred = x - x.mean(-1, keepdims=True)
    scale = lax.rsqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)
    return centred * scale * params["gamma"] + params["beta"]


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
            x = x + attend(block, layer_norm(block["norm1"], x))
            hidden = jax.nn.gelu(
                dense(block["up"], layer_norm(block["norm2"], x)), approximate=False
            )
            x = x + dense(block["down"], hidden)
        return dense(params["head"], x.mean(1))

    return stateless(init, apply, class_loss, class_correct, adam())


def deep(depth, scanned=False):
    """Residual blocks of a normalization and two dense layers, written out or under `lax.scan`."""

    def init_block(key):
        first, second = jax.random.split(key)
        return {
            "gamma": jnp.ones(DEPTH_WIDTH),
            "beta": jnp.zeros(DEPTH_WIDTH),
            "first": affine(first, DEPTH_WIDTH, DEPTH_WIDTH),
            "second": affine(second, DEPTH_WIDTH, DEPTH_WIDTH),
        }

    def init(key):
        head, *keys = jax.random.split(key, 1 + depth)
        keys = jnp.stack(keys)
        blocks = jax.vmap(init_block)(keys) if scanned else [init_block(k) for k in keys]
        return {"blocks": blocks, "head": affine(head, DEPTH_WIDTH, 10)}

    def run_block(x, params):
        hidden = jax.nn.relu(dense(params["first"], layer_norm(params, x)))
        return x + dense(params["second"], hidden), None

    def apply(params, x):
        if scanned:
            x, _ = lax.scan(run_block, x, params["blocks"])
        else:
            for block in params["blocks"]:
                x, _ = run_block(x, block)
        return dense(params["head"], x)

    return stateless(init, apply, class_loss, class_correct, adam())


MODELS = {
    "resnet20": resnet20,
    "transformer": transformer,
    "depth_8": functools.partial(deep, 8),
    "depth_8_scan": functools.partial(deep, 8, scanned=True),
    "depth_50": functools.partial(deep, 50),
    "depth_50_scan": functools.partial(deep, 50, scanned=True),
}
