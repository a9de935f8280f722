"""Architectures as YAML, which Keras wrote until TensorFlow 2.5, and as configs."""

import json

from kerajax.saving import model_from_json
from kerajax.saving.read import yaml_to_json


def model_from_yaml(yaml_string, custom_objects=None):
    r"""Makes the model that `model.to_yaml()` of any Keras described, with new weights.

    The text is read as data: tags of Python objects are refused.

    Args:
        yaml_string: String.
        custom_objects: Dict of names to the classes and functions of yours that it names.

    Returns:
        A model.

    Example:

    >>> text = "class_name: Sequential\nconfig:\n- class_name: Dense\n  config: {units: 2}"
    >>> type(model_from_yaml(text)).__name__
    'Sequential'
    """
    return model_from_json(yaml_to_json(yaml_string), custom_objects)


def model_from_config(config, custom_objects=None):
    """Makes the model that a config describes: its class and what `get_config` returned.

    Args:
        config: Dict of `"class_name"` and `"config"`.
        custom_objects: Dict of names to the classes and functions of yours that it names.

    Returns:
        A model.

    Raises:
        TypeError: If `config` is a list, as `Sequential.get_config` returned it once.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2)])
    >>> config = {"class_name": "Sequential", "config": model.get_config()}
    >>> model_from_config(config).output_shape
    (None, 2)
    """
    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Did you mean to use "
            "`Sequential.from_config(config)`?"
        )
    return model_from_json(json.dumps(config, default=_plain), custom_objects)


def _plain(value):
    """Numbers of numpy, which configs of users hold, as Python's."""
    return value.tolist()
