"""First values that wait are those that are made at once, wherever they are asked for."""

import copy
import os
import pickle
import subprocess
import sys

import jax
import numpy as np
import pytest

import kerajax
from kerajax import initializers
from kerajax.backend import LaterValuesScope, Stack, Variable
from kerajax.backend._filling import Filling, stacked_rows
from kerajax.backend._first_values import make_first_values, waits

WAITING = {
    "zeros": initializers.Zeros(),
    "ones": initializers.Ones(),
    "a number": initializers.Constant(2.5),
    "glorot": initializers.GlorotUniform(seed=1),
    "he": initializers.HeNormal(seed=2),
    "untruncated": initializers.VarianceScaling(distribution="untruncated_normal", seed=3),
    "uniform": initializers.RandomUniform(-2.0, 3.0, seed=4),
    "normal": initializers.RandomNormal(1.0, 2.0, seed=5),
    "truncated": initializers.TruncatedNormal(1.0, 2.0, seed=6),
}


class Doubled(initializers.GlorotUniform):
    def __call__(self, shape, dtype=None):
        return 2 * super().__call__(shape, dtype)


AT_ONCE = {
    "a function": lambda shape, dtype: np.ones(shape, dtype),
    "values": initializers.Constant([1.0, 2.0, 3.0]),
    "a matrix": initializers.Orthogonal(seed=1),
    "a class of the user's": Doubled(seed=1),
    "a generator, which moves on": initializers.RandomUniform(seed=kerajax.random.SeedGenerator(1)),
}


@pytest.mark.parametrize("initializer", WAITING.values(), ids=WAITING)
def test_what_waits_is_what_the_initializer_draws(initializer):
    expected = np.asarray(initializer((4, 3)))
    read, together = (Variable(initializer, shape=(4, 3)) for _ in range(2))
    assert waits(read) and waits(together)
    np.testing.assert_array_equal(read, expected)
    make_first_values([together, read])
    assert not waits(read) and not waits(together)
    np.testing.assert_array_equal(together, expected)


@pytest.mark.parametrize("initializer", AT_ONCE.values(), ids=AT_ONCE)
def test_what_cannot_wait_is_made_at_once(initializer):
    assert not waits(Variable(initializer, shape=(4, 3)))


def test_a_shape_that_is_refused_is_refused_at_once():
    with pytest.raises(ValueError, match="only be used for 2D"):
        Variable(initializers.Identity(), shape=(2, 2, 2))


def test_other_dtypes_and_what_is_assigned_before():
    v, w = (Variable("ones", shape=(2,), dtype=d) for d in ("bfloat16", "int32"))
    assert v.value.dtype == "bfloat16" and v.numpy().tolist() == [1, 1]
    w.assign([3, 4])
    assert w.numpy().tolist() == [3, 4] and not waits(w)


def test_values_are_concrete_while_jax_traces():
    v = Variable(initializers.GlorotUniform(seed=1), shape=(4, 3))
    traced = jax.jit(lambda x: x @ v.value)(np.ones((1, 4), "float32"))
    assert not isinstance(v.value, jax.core.Tracer)
    np.testing.assert_allclose(traced, np.ones((1, 4)) @ v.numpy(), rtol=1e-6)


def test_copies_are_equal():
    v = Variable(initializers.GlorotUniform(seed=1), shape=(4, 3))
    again = pickle.loads(pickle.dumps(v))
    assert waits(again)
    np.testing.assert_array_equal(again, copy.deepcopy(v))


def test_variables_that_wait_for_a_file_and_get_nothing():
    with LaterValuesScope():
        v = Variable("ones", shape=(2,))
    assert waits(v) and v.numpy().tolist() == [1, 1]


def test_a_model_is_built_without_draws_and_none_is_made_for_weights_that_are_set(monkeypatch):
    drawn = []
    monkeypatch.setattr(kerajax.random._host, "random_bits", lambda key, count: drawn.append(count))
    layer = kerajax.layers.Dense(2)
    layer.build((None, 3))
    layer.set_weights([np.ones((3, 2)), np.ones(2)])
    assert layer.get_weights()[0].sum() == 6 and drawn == []


def test_rows_of_a_stack_wait_or_do_not():
    draws = [initializers.GlorotUniform(seed=i) for i in range(4)]
    variables = [Variable(draw, shape=(3, 2)) for draw in draws]
    expected = np.stack([np.asarray(draw((3, 2))) for draw in draws])
    values = [v._first if i else v.value for i, v in enumerate(variables)]
    np.testing.assert_array_equal(Stack(variables).stacked(values), expected)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([Filling((2,), 0, "float32")] * 2, [[0, 0], [0, 0]]),
        ([Filling((2,), 3, "float32"), np.array([1.0, 2.0])], [[3, 3], [1, 2]]),
        ([Filling((2,), 3, "float32"), Filling((2,), 4, "float32")], [[3, 3], [4, 4]]),
        ([Filling((2,), 3, "float32"), lambda: np.array([1.0, 2.0])], [[3, 3], [1, 2]]),
    ],
)
def test_stacked_rows(rows, expected):
    stack = stacked_rows(rows, (2,), "float32")
    assert stack.tolist() == expected and stack.dtype == "float32"


def test_values_are_where_the_variable_was_made():
    """A device that is chosen later does not move them."""
    script = """
import jax, kerajax
first, second = jax.devices()
v = kerajax.Variable("ones", shape=(2,))
with kerajax.device("cpu:1"):
    w = kerajax.Variable("ones", shape=(2,))
    assert v.value.devices() == {first}, v.value.devices()
assert w.value.devices() == {second}, w.value.devices()
"""
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, **flags})
