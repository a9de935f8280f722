"""Architectures as YAML, which Keras wrote until TensorFlow 2.5."""

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
