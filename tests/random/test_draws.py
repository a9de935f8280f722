"""Draws against the Keras wheel on JAX, number for number, from ints and from generators."""

import jax
import keras
import numpy as np
import pytest

from kerajax import backend, random

LOGITS = np.log(np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]], "float32"))
ONES = np.ones((3, 4), "float32")

DRAWS = [
    ("normal", ((3, 4),), {}),
    ("normal", ((3, 4),), {"mean": 1.0, "stddev": 2.0, "dtype": "bfloat16"}),
    ("truncated_normal", ((50,),), {"mean": -1.0, "stddev": 0.5}),
    ("uniform", ((3, 4), -2.0, 5.0), {}),
    ("uniform", ((7,),), {"dtype": "float16"}),
    ("randint", ((9,), 0, 10), {}),
    ("randint", ((9,), 0, 10), {"dtype": "uint8"}),
    ("categorical", (LOGITS, 5), {}),
    ("categorical", (LOGITS, 5), {"dtype": "int8"}),
    ("dropout", (ONES, 0.3), {}),
    ("dropout", (ONES, 0.3), {"noise_shape": (None, 1)}),
    ("dropout", (ONES, 0.0), {}),
    ("dropout", (ONES, 1.0), {}),
    ("shuffle", (np.arange(9),), {}),
    ("shuffle", (np.arange(12).reshape(3, 4),), {"axis": 1}),
    ("gamma", ((3,),), {"alpha": 2.0}),
    ("binomial", ((3,),), {"counts": [4, 5, 6], "probabilities": 0.4}),
    ("beta", ((3,),), {"alpha": 2.0, "beta": [0.4, 1.0, 3.0]}),
]
IDS = [f"{name}-{i}" for i, (name, _, _) in enumerate(DRAWS)]


@pytest.mark.parametrize(("name", "args", "kwargs"), DRAWS, ids=IDS)
def test_draw_agrees_with_keras(name, args, kwargs):
    ours, theirs = getattr(random, name), getattr(keras.random, name)
    generators = random.SeedGenerator(4), keras.random.SeedGenerator(4)
    for seeds in [(1337, 1337), generators, generators]:
        x, y = ours(*args, **kwargs, seed=seeds[0]), theirs(*args, **kwargs, seed=seeds[1])
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))


def test_unseeded_draws_follow_the_global_seed_as_in_keras():
    random.seed_everything(3)
    ours = [random.normal((2,)) for _ in range(3)]
    keras.utils.set_random_seed(3)
    theirs = [keras.random.normal((2,)) for _ in range(3)]
    np.testing.assert_array_equal(ours, theirs)


def test_dropout_keeps_the_mean():
    x = random.dropout(np.ones((100, 100), "float32"), 0.25, seed=1)
    assert set(np.unique(x)) == {np.float32(0), np.float32(1 / 0.75)}
    # 10,000 draws: the standard deviation of the mean is 0.006.
    assert abs(float(x.mean()) - 1) < 0.03


def test_dropout_of_a_variable():
    assert random.dropout(backend.Variable(ONES), 0.5, seed=1).shape == (3, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random.uniform((2,), dtype="int32"), "floating point"),
        (lambda: random.randint((2,), 0, 2, dtype="float32"), "integer"),
        (lambda: random.categorical(np.ones(3), 2), "2-D"),
        (lambda: random.normal((2,), seed="one"), "SeedGenerator"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_unseeded_draw_inside_jit_is_refused():
    with pytest.raises(ValueError, match="SeedGenerator"):
        jax.jit(lambda: random.normal((2,)))()


def test_jax_keys_are_seeds():
    key = random.draw_seed(5)
    np.testing.assert_array_equal(
        jax.jit(lambda key: random.normal((2,), seed=key))(key), random.normal((2,), seed=5)
    )
