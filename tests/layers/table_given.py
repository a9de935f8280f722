"""The rows of layers that are made of functions and modules, which both packages know by name."""

import jax
import keras
import numpy as np
from flax import linen

import kerajax
from tests.layers.row import Row


def _known(thing):
    """`thing`, registered in both packages, so that configs name it."""
    for package in (keras, kerajax):
        thing = package.saving.register_keras_serializable("tests")(thing)
    return thing


@_known
def scaled(x, factor=2.0):
    return x * factor


@_known
def noisy_in_training(x, training=None):
    return x + 1.0 if training else x


@_known
def with_last_axis(shape):
    return (*shape, 1)


@_known
def expanded(x):
    return x[..., None]


@_known
def mask_as_it_is(inputs, mask):
    return mask


@_known
def affine(params, inputs):
    return inputs * params["w"] + params["b"]


@_known
def ones(rng, inputs):
    return {"w": 1.0, "b": 1.0}


@_known
def counting(params, state, inputs, training):
    calls = state["calls"] + (1.0 if training else 0.0)
    return inputs * params + calls, {"calls": calls}


@_known
def one_and_no_calls(inputs):
    return 1.0, {"calls": 0.0}


@_known
def noisy(rng, inputs, training):
    return inputs + jax.random.normal(rng, inputs.shape) if training else inputs


@_known
class Normed(linen.Module):
    """A norm without any numbers of its own that would not be written in a config."""

    momentum: float

    @linen.compact
    def __call__(self, inputs, training):
        norm = linen.BatchNorm(use_running_average=not training, momentum=self.momentum)
        return linen.tanh(norm(inputs))

    def get_config(self):
        return {"momentum": self.momentum}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


_STATISTICS = {"mean": np.zeros(4, "float32"), "var": np.ones(4, "float32")}
_SCALES = {"scale": np.ones(4, "float32"), "bias": np.zeros(4, "float32")}
_VARIABLES = {
    "params": {"BatchNorm_0": _SCALES},
    "batch_stats": {"BatchNorm_0": _STATISTICS},
}

_LAMBDAS = [
    Row("Lambda", {"function": scaled, "arguments": {"factor": 3.0}}, (2, 3)),
    Row("Lambda", {"function": noisy_in_training, "mask": mask_as_it_is}, (2, 3, 4)),
    Row("Lambda", {"function": expanded, "output_shape": with_last_axis}, (2, 3)),
    Row("Lambda", {"function": expanded, "output_shape": (3, 1)}, (2, 3), unknown=False),
]

# The wheel asks TensorFlow before it makes weights, so these start from some.
_FOREIGN = [
    Row(
        "JaxLayer",
        {"call_fn": affine, "init_fn": ones, "params": {"w": 0.5, "b": 0.1}},
        (2, 4),
    ),
    Row(
        "JaxLayer",
        {
            "call_fn": counting,
            "init_fn": one_and_no_calls,
            "params": 0.5,
            "state": {"calls": 3.0},
        },
        (2, 3, 4),
    ),
    Row("JaxLayer", {"call_fn": noisy}, (2, 4)),
    Row("FlaxLayer", {"module": Normed(0.8), "variables": _VARIABLES}, (2, 4)),
]

GIVEN = [*_LAMBDAS, *_FOREIGN]
