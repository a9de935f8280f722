"""A model from the config in a file."""

from kerajax.eras import MODERN
from kerajax.models import Model
from kerajax.objects import (
    CustomObjectScope,
    EraScope,
    ObjectSharingScope,
    current_era,
    deserialize_keras_object,
)

from ._backends import config_for_backend
from ._keras1 import keras2_config
from ._modern import modern_config


def build_model(config, writer, custom_objects=None, safe_mode=True, layers=()):
    """Makes the model that a config of any era describes, with new weights.

    Args:
        config: Config of a model, as a file has it.
        writer: `Writer` of the file.
        custom_objects: Dict of names to classes and functions that the config may name.
        safe_mode: Bool. Whether Python functions in the file are refused.
        layers: `LayerWeights` of the file: their shapes tell what configs of Keras 1 do not.

    Returns:
        A model; not compiled unless the config says how.

    Raises:
        ValueError: If the config is none of a model, or holds Python functions while `safe_mode` is
            on.
        TypeError: If a class or function in it is not known.

    Example:

    >>> from kerajax.saving.read import Writer
    >>> dense = {"class_name": "Dense", "config": {"output_dim": 2, "input_dim": 3}}
    >>> config = {"class_name": "Sequential", "config": [dense]}
    >>> build_model(config, Writer("2.2")).output_shape
    (None, 2)
    """
    if not isinstance(config, dict) or "config" not in config or "class_name" not in config:
        raise ValueError(
            "The config of a model needs the entries 'class_name' and 'config', but received: "
            f"config={str(config)[:200]}"
        )
    with CustomObjectScope(custom_objects or {}):
        if writer.era == "1":
            config = keras2_config(config, layers, writer.backend, writer.version)
        config = modern_config(config_for_backend(config, writer), writer.era)
    with EraScope(writer.era or "3"), ObjectSharingScope():
        model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
    if current_era() != MODERN:
        # Whoever wrote the file, an old script runs its graphs as they ran then.
        for layer in model._flatten_layers():
            if isinstance(layer, Model):
                layer._calls_keep_modes = True
    return model
