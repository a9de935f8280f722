"""How a model was compiled: from the entries of a file to the arguments of `compile`."""

from kerajax import losses, metrics, optimizers
from kerajax.objects import (
    CustomObjectScope,
    EraScope,
    deserialize_keras_object,
    get_registered_object,
)

from ._modern import modern_config

# What these mean depends on the shapes, so `compile` resolves them.
_BY_SHAPE = ("accuracy", "acc", "crossentropy", "ce")
_PLAIN = ("loss_weights", "run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")


def compile_arguments(config, era, custom_objects=None) -> dict:
    """The arguments of `compile` from a `training_config` or `compile_config`.

    Args:
        config: Dict as in the file.
        era: Era of the file.
        custom_objects: Dict of names to classes and functions that the config may name.

    Example:

    >>> config = {"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.5}}, "loss": "mse"}
    >>> arguments = compile_arguments(config, "2.2")
    >>> float(arguments["optimizer"].learning_rate), arguments["loss"]
    (0.5, 'mse')
    """
    config = modern_config(config)
    with EraScope(era), CustomObjectScope(custom_objects or {}):
        optimizer = config.get("optimizer_config", config.get("optimizer"))
        arguments = {
            "optimizer": optimizers.get(_optimizer_config(optimizer, era)),
            "loss": _each(config.get("loss"), _loss),
            "metrics": _each(config.get("metrics"), _metric),
            "weighted_metrics": _each(config.get("weighted_metrics"), _metric),
        }
    if era in ("1", "2.2", "2.3") and hasattr(arguments["optimizer"], "_epsilon_under_root"):
        arguments["optimizer"]._epsilon_under_root = False
    plain = {name: config[name] for name in _PLAIN if config.get(name) is not None}
    return {**arguments, **plain}


def _optimizer_config(config, era):
    """Settings whose names stayed and whose meaning changed."""
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        return config
    inner = dict(config["config"])
    if era in ("1", "2.2", "2.3") and "clipnorm" in inner:
        # It was the norm of all gradients together.
        inner["global_clipnorm"] = inner.pop("clipnorm")
    if era == "tf2" and config["class_name"] == "Nadam" and "decay" in inner:
        # TensorFlow kept the decay of the momentum's schedule under this name.
        inner["schedule_decay"] = inner.pop("decay")
    return {**config, "config": inner}


def _each(config, read):
    """`read` on every entry of nested lists and dicts."""
    if isinstance(config, (list, tuple)):
        return [_each(item, read) for item in config]
    if isinstance(config, dict) and "class_name" not in config:
        return {key: _each(value, read) for key, value in config.items()}
    return None if config is None else read(config)


def _named(name, module):
    """The user's object of that name, which may be known now only; or the name, if it is right."""
    custom = get_registered_object(name)
    return module.get(name) and name if custom is None else custom


def _loss(config):
    if isinstance(config, str):
        return _named(config, losses)
    if config["class_name"] == "function":
        return deserialize_keras_object(config)
    inner = dict(config["config"])
    if config["class_name"] != "LossFunctionWrapper":
        # TensorFlow wrote the function of every loss, which the class says already.
        inner.pop("fn", None)
    return losses.deserialize({**config, "config": inner})


def _metric(config):
    if config in _BY_SHAPE:
        return config
    if isinstance(config, str):
        return _named(config, metrics)
    if config["class_name"] == "MeanMetricWrapper":
        return _wrapped(config["config"])
    if config["class_name"] == "function":
        return deserialize_keras_object(config)
    return metrics.deserialize(config)


def _wrapped(inner):
    """A metric that TensorFlow wrote as the mean of a function, under the name it had."""
    fn = inner["fn"]
    fn = fn["config"] if isinstance(fn, dict) else fn
    found = metrics.get(fn)
    if isinstance(found, metrics.Metric):
        found.name = inner.get("name", found.name)
        return found
    return metrics.MeanMetricWrapper(found, name=inner.get("name"))
