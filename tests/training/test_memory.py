"""What a training step holds at once, by what the compiler plans and what gradients keep."""

import contextlib
import math

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers, optimizers

FLOAT = 4  # bytes


def _size(values):
    return sum(x.nbytes for x in jax.tree.leaves(values))


def _dense(depth, width, batch, optimizer="adam"):
    """A model of equal layers, and a batch."""
    stack = [layers.Dense(width, activation="tanh") for _ in range(depth)]
    model = kerajax.Sequential([kerajax.Input((width,)), *stack])
    model.compile(optimizer, "mse")
    x = np.zeros((batch, width), "float32")
    model._prepare((x, x, None))
    return model, x


def _plan(program, *arguments):
    return program.lower(*arguments).compile().memory_analysis()


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: optimizers.SGD(0.1),
        lambda: optimizers.AdamW(0.1, use_ema=True, gradient_accumulation_steps=2),
        lambda: optimizers.LossScaleOptimizer(optimizers.Adam()),
    ],
)
def test_every_program_writes_the_state_over_itself(optimizer):
    """Weights, slots, averages, accumulators and metrics: all donated buffers are used again."""
    model, x = _dense(2, 8, 4, optimizer())
    programs, state = model._programs("train"), model._loan().borrow()
    order = np.arange(4, dtype="int32")
    plans = [
        _plan(programs.single, state, (x, x, None)),
        _plan(programs.resident_single, state, (x, x, None), order, 0, 2),
        _plan(programs.loop, state, (x, x, None), order, 0, 2, 2, 0),
    ]
    assert [plan.alias_size_in_bytes for plan in plans] == 3 * [_size(state)]


@pytest.mark.parametrize(("depth", "width", "batch"), [(8, 64, 1024), (8, 256, 8)])
def test_step_holds_parameters_slots_and_activations_once(depth, width, batch):
    """With wide batches activations count, with narrow ones weights: gradients are never all there.

    Beside the state, the batch and what each layer leaves for the gradient, there is room for the
    gradients of two layers' weights and outputs.
    """
    model, x = _dense(depth, width, batch)
    state = model._loan().borrow()
    plan = _plan(model._programs("train").single, state, (x, x, None))
    peak = (
        plan.argument_size_in_bytes
        + plan.output_size_in_bytes
        - plan.alias_size_in_bytes
        + plan.temp_size_in_bytes
    )
    outputs, weights = batch * width * FLOAT, width * (width + 1) * FLOAT
    once = _size(state) + 2 * x.nbytes + depth * outputs
    assert once <= peak + depth * outputs
    assert peak <= once + 2 * outputs + 2 * weights + 4096


class Wide(layers.Layer):
    """A layer that holds much more inside than it gives."""

    def build(self, shape):
        self.up = self.add_weight((shape[-1], 16 * shape[-1]))
        self.down = self.add_weight((16 * shape[-1], shape[-1]))

    def call(self, x):
        return kerajax.ops.tanh(x @ self.up) @ self.down


def _kept(scope, depth=3, width=4, batch=32):
    """Bytes that the forward pass leaves for the backward pass, beside the weights."""
    with contextlib.nullcontext() if scope is None else kerajax.RematScope(**scope):
        stack = [Wide(name=f"wide_{i}") for i in range(depth)]
    model = kerajax.Sequential([kerajax.Input((width,)), *stack])
    x = np.zeros((batch, width), "float32")

    def backward(values):
        return jax.vjp(lambda v: model.stateless_call(v, [], x)[0].sum(), values)[1]

    values = [v.value for v in model.trainable_variables]
    kept = jax.tree.leaves(jax.eval_shape(backward, values))
    shapes = {tuple(v.shape) for v in values}
    return FLOAT * sum(math.prod(k.shape) for k in kept if tuple(k.shape) not in shapes)


@pytest.mark.parametrize(
    ("scope", "layers_kept_whole"),
    [
        ({"mode": "full"}, 0),
        ({"mode": "offload"}, 0),
        ({"mode": "larger_than", "output_size_threshold": 100}, 0),
        ({"mode": "larger_than", "output_size_threshold": 200}, 3),
        ({"mode": "list_of_layers", "layer_names": ["wide_0", "wide_2"]}, 1),
        ({"mode": None}, 3),
        (None, 3),
    ],
)
def test_remat_keeps_inputs_of_layers_alone(scope, layers_kept_whole):
    """The 16 times wider inside of a layer is kept where the scope does not reach."""
    # Of tanh its outputs and its slopes.
    inside, outside = 2 * 32 * 16 * 4 * FLOAT, 32 * 4 * FLOAT
    kept = _kept(scope)
    assert layers_kept_whole * inside <= kept <= layers_kept_whole * inside + 3 * outside


def _value_and_gradients(scope):
    """Sum of a model's outputs and its gradients, for fixed weights."""
    with contextlib.nullcontext() if scope is None else kerajax.RematScope(**scope):
        stack = [layers.Dense(4, activation="gelu", name=f"dense_{i}") for i in range(3)]
    model = kerajax.Sequential([kerajax.Input((4,)), *stack])
    rng = np.random.default_rng(0)
    values = [rng.normal(size=v.shape).astype("float32") for v in model.trainable_variables]
    x = rng.normal(size=(8, 4)).astype("float32")

    def total(values):
        return model.stateless_call(values, [], x)[0].sum()

    return jax.value_and_grad(total)(values), jax.make_jaxpr(jax.grad(total))(values)


@pytest.mark.parametrize(
    ("scope", "computed_again"),
    [
        ({"mode": "full"}, 3),
        ({"mode": "offload"}, 3),
        ({"mode": "activations"}, 3),
        ({"mode": "larger_than", "output_size_threshold": 31}, 3),
        ({"mode": "larger_than", "output_size_threshold": 32}, 0),
        ({"mode": "list_of_layers", "layer_names": ["dense_1"]}, 1),
        ({"mode": None}, 0),
    ],
)
def test_remat_changes_no_gradient(scope, computed_again):
    """The parts computed again stand in the program, and the numbers are those without them."""
    (plain, _), (again, jaxpr) = _value_and_gradients(None), _value_and_gradients(scope)
    assert str(jaxpr).count("prevent_cse=True") == computed_again
    for a, b in zip(jax.tree.leaves(plain), jax.tree.leaves(again), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
