"""The training step lowers for every platform: `jax.export` proves it without the hardware."""

import jax
import numpy as np
import pytest
from jax import export

import kerajax
from kerajax import layers


def mlp():
    return [kerajax.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)], (2, 4)


def convnet():
    return [
        kerajax.Input((8, 8, 1)),
        layers.Conv2D(4, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(1),
    ], (2, 8, 8, 1)


def lstm():
    return [kerajax.Input((5, 3)), layers.LSTM(4), layers.Dense(1)], (2, 5, 3)


@pytest.mark.parametrize("make", [mlp, convnet, lstm])
def test_training_step_lowers_for_cpu_cuda_and_tpu(make):
    stack, shape = make()
    model = kerajax.Sequential(stack)
    model.compile("adam", "mse", metrics=["mae"])
    batch = (np.zeros(shape, "float32"), np.zeros((2, 1), "float32"), None)
    model._prepare(batch)
    state = jax.tree_util.tree_map(
        lambda v: jax.ShapeDtypeStruct(v.shape, v.dtype), model._loan().borrow()
    )
    step = jax.jit(model._programs("train")._single)
    exported = export.export(step, platforms=["cpu", "cuda", "tpu"])(state, batch)
    assert exported.platforms == ("cpu", "cuda", "tpu")
