"""Configs as Keras wrote them before version 3: `{"class_name": ..., "config": ...}`."""

from kerajax.objects import custom_object_scope, get_registered_name
from kerajax.objects import deserialize_keras_object as read


def serialize_keras_object(instance):
    """The old config of an object, or the name of a function.

    Args:
        instance: Object with `get_config`, function, or None.

    Raises:
        ValueError: If it is none of them.

    Example:

    >>> kerajax.utils.legacy.serialize_keras_object(len)
    'len'
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config") and not isinstance(instance, type):
        name = get_registered_name(type(instance))
        return {"class_name": name, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return get_registered_name(instance)
    raise ValueError(
        f"Cannot serialize {instance!r} because it has no `get_config()` method. Write one that "
        "returns the constructor's arguments."
    )


def deserialize_keras_object(
    identifier, module_objects=None, custom_objects=None, printable_module_name="object"
):
    """The object that an old config or a name stands for.

    Args:
        identifier: Dict with `class_name` and `config`, or a string; anything else is returned.
        module_objects: Optional dict of names to objects to look in.
        custom_objects: Optional dict of the user's.
        printable_module_name: String for messages.

    Raises:
        ValueError: If the name is unknown.

    Example:

    >>> kerajax.utils.legacy.deserialize_keras_object("f", {"f": len})
    <built-in function len>
    """
    if not isinstance(identifier, (str, dict)):
        return identifier
    table = module_objects or {}
    with custom_object_scope(custom_objects):
        if isinstance(identifier, str):
            found = read(identifier, module_objects=table)
            if isinstance(found, str):
                raise ValueError(
                    f"Unknown {printable_module_name}: {identifier!r}. Pass it in "
                    "`custom_objects`, or register it."
                )
            return found
        return read(identifier, custom_objects=custom_objects, module_objects=table)
