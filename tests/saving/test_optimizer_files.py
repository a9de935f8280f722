"""Every optimizer in every format, trained by one package and trained on by the other.

The Keras wheel and kerajax train two steps, save, and open each other's files: predictions, state
and the next step are those of the model that was saved.

Keras 3 builds the optimizer of an `.h5` file on no weights, its own files included, and does not
train on. The arrays in the file are right: given to a new optimizer by hand, they are its state.
"""

import re

import h5py
import keras
import numpy as np
import pytest

import kerajax

_PACKAGES = {"kerajax": kerajax, "keras": keras}
_FORMATS = (".keras", ".h5", ".weights.h5")
_FAST = ("SGD momentum", "Adam", "Nadam", "MultiOptimizer")
# Keras gives two variables of Adafactor one name, which an `.h5` file cannot hold.
_NOT_WRITTEN = {("keras", "Adafactor", ".h5")}


def _cosine(o):
    return o.schedules.CosineDecay(0.1, decay_steps=9)


# What makes the optimizer, from the module `optimizers` of a package.
OPTIMIZERS = {
    "SGD": lambda o: o.SGD(0.1),
    "SGD momentum": lambda o: o.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.5),
    "SGD ema": lambda o: o.SGD(0.1, use_ema=True, ema_overwrite_frequency=2),
    "RMSprop": lambda o: o.RMSprop(0.05, momentum=0.9, centered=True),
    "Adam": lambda o: o.Adam(0.05),
    "Adam amsgrad": lambda o: o.Adam(_cosine(o), amsgrad=True),
    "Adam accumulating": lambda o: o.Adam(0.05, gradient_accumulation_steps=3),
    "AdamW": lambda o: o.AdamW(0.05, weight_decay=0.1, use_ema=True, ema_momentum=0.5),
    "Adadelta": lambda o: o.Adadelta(1.0),
    "Adagrad": lambda o: o.Adagrad(0.1, clipvalue=0.5),
    "Adamax": lambda o: o.Adamax(0.05, global_clipnorm=0.5),
    "Adafactor": lambda o: o.Adafactor(0.05),
    "Nadam": lambda o: o.Nadam(0.05),
    "Ftrl": lambda o: o.Ftrl(0.1, l1_regularization_strength=0.01, beta=0.1),
    "Lion": lambda o: o.Lion(0.01),
    "Lamb": lambda o: o.Lamb(0.05),
    "Muon": lambda o: o.Muon(0.05),
    "Muon excluding": lambda o: o.Muon(0.05, exclude_layers=["head"]),
    "ScheduleFreeAdamW": lambda o: o.ScheduleFreeAdamW(0.05, warmup_steps=5),
    "LossScaleOptimizer": lambda o: o.LossScaleOptimizer(o.Adam(0.05), initial_scale=8.0),
    "MultiOptimizer": lambda o: o.MultiOptimizer(
        o.OptimizerMap(o.SGD(0.1, momentum=0.5), {".*bias": o.Adam(0.05)})
    ),
}


def _model(package, kind):
    k = _PACKAGES[package]
    model = k.Sequential([k.Input((3,)), k.layers.Dense(4, "tanh"), k.layers.Dense(2, name="head")])
    model.compile(OPTIMIZERS[kind](k.optimizers), "mean_squared_error")
    return model


def _opened(package, path, kind):
    by_hand = package == "keras" and path.name == "m.h5"
    if not by_hand and path.name != "m.weights.h5":
        return _PACKAGES[package].saving.load_model(path)
    model = _model(package, kind)
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    if by_hand:
        with h5py.File(path) as file:
            group = file["optimizer_weights"]
            values = [group[name][()] for name in group.attrs["weight_names"]]
            variables = list(model.optimizer.variables)
            names = [_key(name) for name in group.attrs["weight_names"]]
            if f"{names[0]}ation" == _key(variables[0].path):
                # As Keras 2 has it: a rate is in the config alone, and names say what belongs.
                names[0] = _key(variables[0].path)
                variables = [v for v in variables if not v.path.endswith("/learning_rate")]
                values = [values[names.index(_key(v.path))] for v in variables]
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
    return model


def _key(name):
    """A name without the numbers that tell apart what was made before."""
    return re.sub(r"_\d+(?=_|$)", "", name.replace("/", "_"))


def _state(model):
    return [np.asarray(v) for v in model.optimizer.variables]


def _settings(config):
    """A config without the names, which each package counts for itself."""
    if not isinstance(config, dict):
        return config
    return {key: _settings(value) for key, value in config.items() if key != "name"}


def _assert_equal(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("writer", _PACKAGES)
@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[pytest.mark.slow] * (k not in _FAST)) for k in OPTIMIZERS]
)
def test_training_goes_on_in_the_other_package(kind, writer, rng, tmp_path):
    """After two steps: predictions, state and config; after one more: weights and state."""
    reader = "keras" if writer == "kerajax" else "kerajax"
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    model = _model(writer, kind)
    for _ in range(2):
        model.train_on_batch(x, y)
    loaded = {}
    for suffix in _FORMATS:
        if (writer, kind, suffix) in _NOT_WRITTEN:
            continue
        path = tmp_path / f"m{suffix}"
        model.save_weights(path) if suffix == ".weights.h5" else model.save(path)
        loaded[suffix] = again = _opened(reader, path, kind)
        _assert_equal([again.predict_on_batch(x)], [model.predict_on_batch(x)])
        _assert_equal(_state(again), _state(model))
        assert _settings(again.optimizer.get_config()) == _settings(model.optimizer.get_config())
    model.train_on_batch(x, y)
    for again in loaded.values():
        again.train_on_batch(x, y)
        _assert_equal([w.numpy() for w in again.weights], [np.asarray(w) for w in model.weights])
        _assert_equal(_state(again), _state(model))
