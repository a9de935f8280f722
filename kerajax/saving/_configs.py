"""Configs as they go into files, so that Keras reads them too."""

import warnings

from kerajax.eras import is_revived
from kerajax.objects import find_class

# The version of Keras in whose formats files are written.
KERAS_VERSION = "3.15.1"

_OLD_GATE = "hard_sigmoid_keras2"
_MSG_ONLY_HERE = (
    "The file has what Keras 3 does not have, and so refuses to read: {}. kerajax reads the file "
    "(`kerajax.saving.load_model`); for Keras, replace these layers in the model."
)


def for_keras(config):
    """A config in which what only kerajax knows is said in Keras' words.

    The `decay` of optimizers before Keras 2.11 is the schedule `InverseTimeDecay`. For layers that
    old eras alone had, and for their `hard_sigmoid`, there are no such words; then there is a
    warning.

    Args:
        config: Config as `serialize_keras_object` returns it.

    Example:

    >>> sgd = {"learning_rate": 0.1, "decay": 0.5, "name": "sgd"}
    >>> for_keras({"class_name": "SGD", "config": sgd})["config"]["learning_rate"]["class_name"]
    'InverseTimeDecay'
    """
    config = _converted(config)
    only_here = list(dict.fromkeys(_only_here(config, None)))
    if only_here:
        warnings.warn(_MSG_ONLY_HERE.format(", ".join(only_here)), stacklevel=6)
    return config


def _only_here(config, layer):
    """What Keras 3 does not know in a config, with the name of the layer that has it."""
    if isinstance(config, (list, tuple)):
        for item in config:
            yield from _only_here(item, layer)
    elif isinstance(config, dict):
        name, inner = config.get("class_name"), config.get("config")
        if isinstance(name, str) and isinstance(inner, dict):
            layer = inner.get("name", layer)
            if config.get("module") == "keras.layers" and _is_only_here(name):
                yield f"layer '{layer}' of class {name}"
        for value in config.values():
            yield from _only_here(value, layer)
    elif config == _OLD_GATE:
        yield f"layer '{layer}' with the `hard_sigmoid` of old, `clip(0.2 x + 0.5, 0, 1)`"


def _is_only_here(name):
    """Whether a layer of old eras has that name, or one that files of old eras are read with."""
    module = getattr(find_class("keras.layers", name)[0], "__module__", "")
    return is_revived(name) or module.startswith("kerajax.legacy.")


def _converted(config):
    if isinstance(config, (list, tuple)):
        return [_converted(item) for item in config]
    if not isinstance(config, dict):
        return config
    config = {key: _converted(value) for key, value in config.items()}
    if config.get("class_name") == "ThresholdedReLU" and "theta" in config["config"]:
        inner = dict(config["config"])
        # They differ at the threshold itself alone.
        inner.update(max_value=None, negative_slope=0.0, threshold=inner.pop("theta"))
        config = {**config, "class_name": "ReLU", "config": inner}
    inner = config.get("config")
    if _is_of_keras(config) and inner.get("decay") and isinstance(inner["learning_rate"], float):
        config["config"] = _with_schedule(dict(inner))
    return config


def _is_of_keras(config):
    """Whether a config is that of an object, and of a class that is not the user's."""
    module = config.get("module") or "keras"
    is_object = isinstance(config.get("config"), dict) and "learning_rate" in config["config"]
    return is_object and module.partition(".")[0] == "keras"


def _with_schedule(config):
    config["learning_rate"] = {
        "module": "keras.optimizers.schedules",
        "class_name": "InverseTimeDecay",
        "config": {
            "initial_learning_rate": config["learning_rate"],
            "decay_steps": 1,
            "decay_rate": config.pop("decay"),
            "staircase": False,
            "name": "InverseTimeDecay",
        },
        "registered_name": None,
    }
    return config
