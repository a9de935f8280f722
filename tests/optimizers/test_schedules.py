"""Schedules against the Keras wheel."""

import jax
import keras
import numpy as np
import pytest

import kerajax

ROWS = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5}),
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5}),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ),
    ("PiecewiseConstantDecay", {"boundaries": [3, 10], "values": [1.0, 0.5, 0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [5], "values": [1.0, 0.5]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "power": 0.5}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 12, "alpha": 0.1}),
    (
        "CosineDecay",
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 12,
            "warmup_target": 0.1,
            "warmup_steps": 5,
        },
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5}),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 5,
            "t_mul": 1.0,
            "m_mul": 0.5,
            "alpha": 0.1,
        },
    ),
]


@pytest.mark.parametrize(("name", "arguments"), ROWS)
def test_rates_and_config_equal_keras(name, arguments):
    """At every step of thirty; the config and its way back."""
    ours = getattr(kerajax.optimizers.schedules, name)(**arguments)
    theirs = getattr(keras.optimizers.schedules, name)(**arguments)
    steps = range(30)
    # Compiled, Keras' quotients are rounded across whole numbers; its conditions are slow if not.
    compiled = jax.jit(lambda step: theirs(step))
    run = compiled if name == "CosineDecayRestarts" else theirs
    expected = [run(step) for step in steps]
    np.testing.assert_allclose([ours(step) for step in steps], expected, rtol=2e-5, atol=1e-7)
    config = kerajax.optimizers.schedules.serialize(ours)
    assert config["config"] == theirs.get_config()
    assert config["module"] == "keras.optimizers.schedules"
    again = kerajax.optimizers.schedules.deserialize(config)
    assert again.get_config() == ours.get_config()


def test_users_schedule_runs_in_the_step():
    """`__call__` gets the number of steps so far."""

    class Rising(kerajax.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 1.0 + step

    weight = kerajax.Variable(0.0)
    optimizer = kerajax.optimizers.SGD(Rising())
    for _ in range(3):
        optimizer.apply([np.array(-1.0)], [weight])
    assert float(weight) == 6.0
    with pytest.raises(NotImplementedError, match="get_config"):
        optimizer.get_config()


def test_bad_arguments_are_refused():
    """Lengths must match and times be positive."""
    schedules = kerajax.optimizers.schedules
    with pytest.raises(ValueError, match="1 less"):
        schedules.PiecewiseConstantDecay([1, 2], [1.0])
    with pytest.raises(ValueError, match="must be > 0"):
        schedules.CosineDecay(0.1, 0)


@pytest.mark.parametrize(("name", "arguments"), ROWS)
def test_compiled_rates_equal_eager_ones(name, arguments):
    """Also where a quotient is a whole number, or one."""
    schedule = getattr(kerajax.optimizers.schedules, name)(**arguments)
    compiled = jax.jit(schedule)
    for step in range(30):
        np.testing.assert_allclose(compiled(step), schedule(step), rtol=1e-5, atol=1e-7)
