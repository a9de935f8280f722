"""SeedGenerator: its state, its sequence, and draws where state is handed through."""

import jax
import keras
import numpy as np
import pytest

from kerajax import backend, random


@pytest.mark.parametrize("seed", [0, 5, 2**31, 2**32 - 1])
@pytest.mark.parametrize("ordered", [True, False])
def test_sequence_agrees_with_keras(seed, ordered):
    ours, theirs = random.SeedGenerator(seed), keras.random.SeedGenerator(seed)
    for _ in range(4):
        np.testing.assert_array_equal(ours.next(ordered=ordered), theirs.next(ordered=ordered))
    np.testing.assert_array_equal(ours.state, theirs.state)


def test_state_is_a_variable_like_that_of_keras():
    ours = random.SeedGenerator(5, name="source").state
    theirs = keras.random.SeedGenerator(5, name="source").state
    for name in ("path", "name", "shape", "dtype", "trainable", "aggregation"):
        assert getattr(ours, name) == getattr(theirs, name)


def test_config_round_trip():
    generator = random.SeedGenerator(5, name="source")
    generator.next()
    assert generator.get_config() == {"seed": 5, "name": "source"}
    assert random.SeedGenerator.from_config(generator.get_config()).state.numpy().tolist() == [5, 0]
    assert random.SeedGenerator().get_config()["seed"] is None


def test_unseeded_generators_follow_python_random():
    random.seed_everything(1)
    first = random.SeedGenerator().state.numpy().tolist()
    assert random.SeedGenerator().state.numpy().tolist() != first
    random.seed_everything(1)
    assert random.SeedGenerator().state.numpy().tolist() == first


def test_draw_in_a_stateless_scope_moves_the_scope_alone():
    generator = random.SeedGenerator(5)

    @jax.jit
    def step(state):
        with backend.StatelessScope([(generator.state, state)]) as scope:
            x = random.normal((2,), seed=generator)
        return x, scope.get_current_value(generator.state)

    x, state = step(generator.state.value)
    y, state = step(state)
    assert state.tolist() == [5, 2]
    assert generator.state.numpy().tolist() == [5, 0]
    np.testing.assert_array_equal(x, random.normal((2,), seed=generator))
    np.testing.assert_array_equal(y, random.normal((2,), seed=generator))


def test_shape_inference_draws_nothing():
    generator = random.SeedGenerator(5)
    x = backend.KerasTensor((None, 3))
    for seed in (generator, None):
        y = backend.infer(lambda x, seed=seed: random.dropout(x, 0.5, seed=seed), x)
        assert y.shape == (None, 3)
    assert generator.state.numpy().tolist() == [5, 0]


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"seed": "one"}, ValueError),
        ({"seed": 1.5}, ValueError),
        ({"seed": -1}, OverflowError),
        ({"seed": 2**32}, OverflowError),
        ({"sed": 1}, ValueError),
    ],
)
def test_mistakes(kwargs, error):
    with pytest.raises(error):
        random.SeedGenerator(**kwargs)


def test_seed_everything_wants_an_int():
    with pytest.raises(ValueError, match="integer"):
        random.seed_everything("one")


def test_seed_everything_seeds_numpy_and_is_remembered():
    random.seed_everything(7)
    first = np.random.rand()
    random.seed_everything(7)
    assert np.random.rand() == first
    assert random.random_seed_in_use() == 7
