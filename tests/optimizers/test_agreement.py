"""Every optimizer against the Keras wheel: 50 steps, state, config."""

import copy

import jax
import keras
import numpy as np
import pytest

import kerajax
from tests.optimizers import agreement

_DECAY = ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.5})

ROWS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"momentum": 0.5, "learning_rate": _DECAY}),
    ("SGD", {"weight_decay": 0.1, "momentum": 0.9}),
    ("SGD", {"clipnorm": 0.5}),
    ("SGD", {"clipvalue": 0.1}),
    ("SGD", {"global_clipnorm": 0.5, "momentum": 0.9}),
    ("SGD", {"use_ema": True}),
    ("SGD", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3}),
    ("SGD", {"gradient_accumulation_steps": 3, "momentum": 0.9}),
    ("SGD", {"gradient_accumulation_steps": 2, "clipnorm": 0.3, "weight_decay": 0.1}),
    ("SGD", {"gradient_accumulation_steps": 4, "use_ema": True, "ema_overwrite_frequency": 2}),
    ("SGD", {"loss_scale_factor": 128.0}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"momentum": 0.9, "centered": True, "rho": 0.5, "learning_rate": _DECAY}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True}),
    ("Adam", {"epsilon": 1e-3, "beta_1": 0.5, "beta_2": 0.9}),
    ("Adam", {"learning_rate": _DECAY, "weight_decay": 0.01}),
    ("Adam", {"gradient_accumulation_steps": 3}),
    ("Adam", {"gradient_accumulation_steps": 3, "learning_rate": _DECAY, "amsgrad": True}),
    ("Adam", {"use_ema": True, "ema_overwrite_frequency": 4, "global_clipnorm": 1.0}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.5, "learning_rate": 0.01, "amsgrad": True}),
    ("Adamax", {"learning_rate": 0.01}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adagrad", {"initial_accumulator_value": 0.5, "gradient_accumulation_steps": 2}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Ftrl", {"learning_rate": 0.1}),
    (
        "Ftrl",
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.1,
            "l2_shrinkage_regularization_strength": 0.1,
            "beta": 0.1,
        },
    ),
    ("Lion", {"learning_rate": 0.01}),
    ("Lion", {"beta_1": 0.5, "weight_decay": 0.1}),
    ("Lamb", {"learning_rate": 0.01}),
    ("Muon", {"learning_rate": 0.01}),
    ("Muon", {"nesterov": False, "rms_rate": None, "adam_lr_ratio": 0.5, "weight_decay": None}),
    ("Muon", {"exclude_layers": ["kern"], "adam_weight_decay": None}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"learning_rate": 0.1, "warmup_steps": 7, "beta_1": 0.5}),
    ("ScheduleFreeAdamW", {"weight_decay": 0.1, "gradient_accumulation_steps": 3}),
]


@pytest.mark.parametrize(("name", "arguments"), ROWS)
def test_fifty_steps(name, arguments):
    """Weights and state follow Keras to 1e-5."""
    agreement.check(name, arguments)


def test_nadam_follows_keras():
    """The product of momenta is a variable of ours with a name; Keras gives it an automatic one."""
    theirs, _ = agreement.trajectory(keras, "Nadam", {"learning_rate": 0.01})
    ours, optimizer = agreement.trajectory(kerajax, "Nadam", {"learning_rate": 0.01})
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    assert optimizer.variables[-1].path == f"{optimizer.name}/u_product"


@pytest.mark.parametrize("arguments", [{"learning_rate": 0.01}, {"clip_threshold": 0.1}])
def test_adafactor_follows_keras(arguments):
    """Keras gives the means of rows and columns the bare name of the weight; the order is equal."""
    theirs, their_optimizer = agreement.trajectory(keras, "Adafactor", arguments)
    ours, our_optimizer = agreement.trajectory(kerajax, "Adafactor", arguments)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    for a, b in zip(our_optimizer.variables[2:5], their_optimizer.variables[2:5], strict=True):
        np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=1e-4, atol=1e-9)
    shapes = [tuple(v.shape) for v in our_optimizer.variables]
    assert shapes == [tuple(v.shape) for v in their_optimizer.variables]


@pytest.mark.parametrize("steps", [None, 2])
def test_loss_scale_follows_keras(steps):
    """Steps that are not finite are left out, and the scale moves as in Keras."""
    ours, theirs = (_loss_scaled(package, steps) for package in (kerajax, keras))
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_allclose(ours[name], value, rtol=1e-4, atol=1e-6, err_msg=name)


def _loss_scaled(package, steps):
    """Values by name after 20 compiled steps, some with infinite gradients."""
    inner = package.optimizers.Adam(0.01, gradient_accumulation_steps=steps)
    optimizer = package.optimizers.LossScaleOptimizer(
        inner, initial_scale=8.0, dynamic_growth_steps=3
    )
    variables = agreement.make_variables(package, agreement.start_values())
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    values, state = [v.value for v in variables], [v.value for v in optimizer.variables]
    for i, grads in enumerate(agreement.gradients(20)):
        values, state = step(state, [g if i % 5 != 3 else g + np.inf for g in grads], values)
    names = [v.name for v in (*variables, *optimizer.variables[2:])]
    return dict(zip(names, values + state[2:], strict=True))


def _with_everything(package):
    """Weights after each of 50 compiled steps with an exclusion, constraints and three rates."""
    optimizer = package.optimizers.AdamW(
        0.05,
        weight_decay=0.2,
        global_clipnorm=1.0,
        use_ema=True,
        ema_momentum=0.8,
        ema_overwrite_frequency=4,
        gradient_accumulation_steps=2,
        loss_scale_factor=16.0,
    )
    optimizer.exclude_from_weight_decay(var_names=["bia"])
    variables = agreement.make_variables(package, agreement.start_values())
    variables[0].constraint = package.constraints.MaxNorm(0.5)
    variables[1].constraint = package.constraints.NonNeg()
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    path = []
    for i, grads in enumerate(agreement.gradients()):
        if i % 20 == 10:
            optimizer.learning_rate = 0.05 / (i + 1)
        state = [v.value for v in optimizer.variables]
        values, state = step(state, [16 * g for g in grads], [v.value for v in variables])
        for variable, value in zip(variables + optimizer.variables, values + state, strict=True):
            variable.assign(value)
        path.append(np.concatenate([np.ravel(v) for v in values]))
    optimizer.finalize_variable_values(variables)
    return np.array([*path, np.concatenate([np.ravel(v.numpy()) for v in variables])])


def test_everything_at_once_follows_keras():
    """Exclusions, constraints, averages, accumulation, scaling and rates that are assigned."""
    ours, theirs = (_with_everything(package) for package in (kerajax, keras))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


_ALL = ["SGD", "RMSprop", "Adam", "AdamW", "Nadam", "Adamax", "Adagrad", "Adadelta", "Ftrl"]


@pytest.mark.parametrize("name", [*_ALL, "Lion", "Lamb", "Adafactor", "Muon", "ScheduleFreeAdamW"])
def test_config_equals_keras(name):
    """The same entries with the same values, and back."""
    keras.utils.clear_session()
    kerajax.backend.clear_session(free_memory=False)
    theirs = getattr(keras.optimizers, name)()
    ours = getattr(kerajax.optimizers, name)()
    assert ours.get_config() == theirs.get_config()
    assert kerajax.optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = kerajax.optimizers.deserialize(kerajax.optimizers.serialize(ours))
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()


def test_keras_reads_our_config_with_a_schedule():
    """Keras makes its optimizer of our config, schedule included."""
    schedule = kerajax.optimizers.schedules.CosineDecay(0.5, 10)
    config = kerajax.optimizers.serialize(kerajax.optimizers.Adam(schedule, name="a"))
    theirs = keras.optimizers.deserialize(copy.deepcopy(config))  # it changes its argument
    assert keras.optimizers.serialize(theirs) == config
