"""Configs without a file around them: `deserialize`, `from_config`, `model_from_json`.

No budget of a file bounds these, and their lists may hold each other, which no JSON text can say.
"""

import json

import pytest

import kerajax
from kerajax import layers
from kerajax.saving import deserialize_keras_object, model_from_json

from . import hostile
from .containment import contained


def _wide(levels):
    """A list of ten times the list below, and so on: a few lines, ten to the power of levels."""
    value = [1]
    for _ in range(levels):
        value = [value] * 10
    return value


def _deep(levels):
    config = hostile.layer("Dense", {"units": 1})
    for number in range(levels):
        config = hostile.layer("TimeDistributed", {"name": f"t{number}", "layer": config})
    return config


def test_resources_of_lists_that_hold_each_other(secrets):
    """Items are counted as often as they stand there, over all nested configs."""
    itself = []
    itself.append(itself)
    for config in (
        _wide(12),
        itself,
        hostile.layer("TimeDistributed", {"layer": _wide(12)}),
        {"class_name": "__slice__", "config": {"start": _wide(12), "stop": 1, "step": 1}},
    ):
        with contained(secrets), pytest.raises((ValueError, TypeError)) as caught:
            deserialize_keras_object(config)
        assert len(str(caught.value)) < 5000


def test_resources_of_deep_configs(secrets):
    """Neither the stack of Python nor memory for messages runs out."""
    deep = [1]
    for _ in range(100_000):
        deep = [deep]
    for config in (deep, _deep(20_000)):
        with contained(secrets), pytest.raises(ValueError, match="nested deeper"):
            deserialize_keras_object(config)


def test_resources_of_messages(secrets):
    """A message at each level of nesting does not repeat what is below it."""
    config = hostile.layer("Dense", {"units": 1, "no such argument": "x" * (4 << 20)})
    for number in range(60):
        config = hostile.layer("TimeDistributed", {"name": f"t{number}", "layer": config})
    with contained(secrets), pytest.raises(TypeError) as caught:
        deserialize_keras_object(config)
    assert len(str(caught.value)) < 200_000


@pytest.mark.parametrize("units", [10**12, 2**62, 2**70])
def test_resources_of_layers_that_are_too_large(units, secrets):
    """Refused before anything is allocated, by each way to a built layer or model."""
    dense = hostile.layer("Dense", {"units": units})
    model = hostile.sequential(dense)
    built = {**dense, "build_config": {"input_shape": [None, 3]}}
    graph = hostile.functional(dense, [hostile.keras_tensor()])
    shaped = {"name": "m", "layers": [dense], "build_input_shape": [None, 3]}
    for read in (
        lambda: deserialize_keras_object(built),
        lambda: layers.deserialize(built),
        lambda: deserialize_keras_object(model),
        lambda: kerajax.Sequential.from_config(model["config"]),
        lambda: kerajax.Sequential.from_config(shaped),
        lambda: kerajax.Model.from_config(graph["config"]),
        lambda: model_from_json(json.dumps(model)),
        lambda: model_from_json(json.dumps(graph)),
    ):
        with contained(secrets), pytest.raises((ValueError, TypeError, OverflowError)):
            read()


@pytest.mark.parametrize("name", ["__class__", "__init__", "__dict__", "os", "_setattr", "self"])
def test_cve_2025_8747_keys_are_arguments_and_no_attributes(name, secrets):
    """A key of a config that is no argument of the constructor is an error, not an assignment."""
    dense = layers.Dense.call
    for inner in ({name: "x"}, {name: {"class_name": "Dense", "config": {"units": 1}}}):
        with contained(secrets), pytest.raises((TypeError, ValueError)):
            deserialize_keras_object(hostile.layer("Dense", {"units": 1, **inner}))
    assert layers.Dense.call is dense


def test_cve_2025_9906_names_of_the_user_end_with_their_scope(secrets):
    """Custom objects of one load are unknown to the next; a file cannot register anything."""

    class Mine(layers.Layer):
        pass

    config = hostile.layer("Mine", module=None, registered_name="Mine")
    known = deserialize_keras_object(config, custom_objects={"Mine": Mine})
    assert type(known) is Mine
    with contained(secrets), pytest.raises(TypeError, match="Could not locate"):
        deserialize_keras_object(config)
    broken = hostile.layer("Mine", {"no such": 1}, module=None, registered_name="Mine")
    for _ in range(2):
        with contained(secrets), pytest.raises(TypeError):
            deserialize_keras_object(broken, custom_objects={"Mine": Mine})
    with contained(secrets), pytest.raises(TypeError, match="Could not locate"):
        deserialize_keras_object(config)


@pytest.mark.parametrize(
    "text", ["{0.__class__.__init__.__globals__}", "%s%s%s%n", "(a+)+$", "\x00", "../../x"]
)
def test_cve_2026_12479_texts_are_no_patterns(text, secrets):
    """Names with the marks of formats, patterns and paths stay texts."""
    config = hostile.sequential(hostile.layer("Dense", {"units": 1, "name": text}))
    with contained(secrets):
        try:
            model = deserialize_keras_object(config)
        except (ValueError, TypeError):  # a name with `/`
            return
    assert model.layers[-1].name == text
