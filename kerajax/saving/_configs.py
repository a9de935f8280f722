"""Configs as they go into files, so that Keras reads them too."""

import warnings

# The version of Keras in whose formats files are written.
KERAS_VERSION = "3.15.1"

_OLD_GATE = "hard_sigmoid_keras2"
_MSG_OLD_GATE = (
    "The model uses the `hard_sigmoid` of Keras before 3.0, `clip(0.2 x + 0.5, 0, 1)`. The file "
    "says so, and kerajax reads it; Keras 3 has no such function and refuses the file."
)


def for_keras(config):
    """A config in which what only kerajax knows is said in Keras' words.

    The `decay` of optimizers before Keras 2.11 is the schedule `InverseTimeDecay`. For the old
    `hard_sigmoid` there are no such words, so there is a warning.

    Args:
        config: Config as `serialize_keras_object` returns it.

    Example:

    >>> sgd = {"learning_rate": 0.1, "decay": 0.5, "name": "sgd"}
    >>> for_keras({"class_name": "SGD", "config": sgd})["config"]["learning_rate"]["class_name"]
    'InverseTimeDecay'
    """
    if _OLD_GATE in _strings_in(config):
        warnings.warn(_MSG_OLD_GATE, stacklevel=6)
    return _converted(config)


def _strings_in(config):
    if isinstance(config, (list, tuple, dict)):
        for item in config.values() if isinstance(config, dict) else config:
            yield from _strings_in(item)
    elif isinstance(config, str):
        yield config


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
    if config.get("decay") and isinstance(config.get("learning_rate"), float):
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
