"""`get` takes names of all eras, configs, classes, instances and optax transformations."""

import optax
import pytest

import kerajax
from kerajax import optimizers


@pytest.mark.parametrize("name", ["sgd", "SGD", "adam", "Adam", "rmsprop", "RMSprop", "adamw"])
def test_names_in_any_case(name):
    """Keras 1 and 2 had lower case names, and aliases of the classes."""
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_instances_classes_and_configs():
    """What is an optimizer already is returned; a class is called; a config is read."""
    adam = optimizers.Adam(0.5)
    assert optimizers.get(adam) is adam
    assert isinstance(optimizers.get(optimizers.SGD), optimizers.SGD)
    again = optimizers.get(optimizers.serialize(adam))
    assert again.get_config() == adam.get_config()
    assert optimizers.get(None) is None


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "SGD", "config": {"lr": 0.5, "decay": 0.1, "nesterov": True}},
        {
            "class_name": "Custom>SGD",
            "config": {"learning_rate": 0.5, "is_legacy_optimizer": False},
        },
        {"class_name": "sgd", "config": {"learning_rate": 0.5, "jit_compile": True}},
    ],
)
def test_configs_of_older_files(config):
    """Keras 2 and tf.keras wrote other names."""
    optimizer = optimizers.deserialize(config)
    assert isinstance(optimizer, optimizers.SGD)
    assert float(optimizer.learning_rate) == 0.5
    assert optimizer.decay == config["config"].get("decay", 0.0)


def test_an_optax_transformation_is_wrapped():
    """Any object with `init` and `update`."""
    assert isinstance(optimizers.get(optax.adam(1e-3)), optimizers.OptaxOptimizer)


@pytest.mark.parametrize("bad", ["adamm", 3, {"class_name": "Dense", "config": {}}])
def test_anything_else_is_an_error(bad):
    """A ValueError or, from reading a config, a TypeError."""
    with pytest.raises((ValueError, TypeError)):
        optimizers.get(bad)


def test_legacy_names_are_the_same_classes():
    """Keras 2.11 moved its older classes to `optimizers.legacy`."""
    assert kerajax.optimizers.legacy.SGD is kerajax.optimizers.SGD
