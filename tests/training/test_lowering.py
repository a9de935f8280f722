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
    exported = _exported(*make(), ["cpu", "cuda", "tpu"])
    assert exported.platforms == ("cpu", "cuda", "tpu")


@pytest.mark.parametrize(("mode", "placed"), [("offload", True), ("full", False)])
@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_offloaded_inputs_are_placed_in_host_memory(mode, placed, platform):
    """The step moves the inputs of layers to the host and back, and nothing without the scope."""
    with kerajax.RematScope(mode=mode):
        stack, shape = mlp()
    text = _exported(stack, shape, [platform]).mlir_module()
    assert ('_xla_buffer_placement = "pinned_host"' in text) is placed
    assert ('_xla_buffer_placement = "device"' in text) is placed


def _exported(stack, shape, platforms):
    model = kerajax.Sequential(stack)
    model.compile("adam", "mse", metrics=["mae"])
    batch = (np.zeros(shape, "float32"), np.zeros((2, 1), "float32"), None)
    model._prepare(batch)
    state = jax.tree_util.tree_map(
        lambda v: jax.ShapeDtypeStruct(v.shape, v.dtype), model._loan().borrow()
    )
    step = jax.jit(model._programs("train")._single)
    return export.export(step, platforms=platforms)(state, batch)
