"""Attributes that layers had until Keras 2: what they told of their calls, and of graph mode.

They are asked for only where an object has no attribute of that name, so that classes may use the
names for things of their own.
"""

import functools

from kerajax.backend import get_keras_mask


def old_attribute(layer, name):
    """What an old attribute told of a layer.

    Raises:
        AttributeError: If there is none of that name, or if the layer has not been called yet.

    Example:

    >>> layer = kerajax.layers.Dense(3)
    >>> _ = layer(kerajax.Input((2,)))
    >>> layer.input_shape, layer.output_shape, layer.get_output_at(0).shape
    ((None, 2), (None, 3), (None, 3))
    """
    if name not in type(layer)._old_attributes or hasattr(type(layer), name):
        # Looked for again, since what was missing may be named inside a property.
        return object.__getattribute__(layer, name)
    return type(layer)._old_attributes[name](layer)


def _at(side, value_of):
    """A method `get_..._at(node_index)`."""

    def bound(layer):
        def get(node_index):
            return _alone([*map(value_of, _tensors(layer._node(node_index), side))])

        return get

    return bound


def _of_all(side, what, value_of):
    """An attribute that must be the same at every call."""

    def read(layer):
        layer._node()
        values = [[*map(value_of, _tensors(node, side))] for node in layer._inbound_nodes]
        if any(value != values[0] for value in values):
            raise AttributeError(
                f"{type(layer).__name__} '{layer.name}' was called {len(values)} times, with "
                f"different values of `{what}`: {[*map(_alone, values)]}. Ask for one of them by "
                f"`get_{what}_at(node_index)`."
            )
        return _alone(values[0])

    return read


def _tensors(node, side):
    # An input of the graph took itself.
    return getattr(node, side) if node.input_tensors else node.output_tensors


def _alone(values):
    return values[0] if len(values) == 1 else values


def _shape(tensor):
    return tensor.shape


def _itself(tensor):
    return tensor


def _batch_input_shape(layer):
    if layer._input_shape_arg is None:
        raise AttributeError(
            f"{type(layer).__name__} '{layer.name}' was made without an `input_shape`, so it has "
            "no `batch_input_shape`."
        )
    return layer._input_shape_arg


def _losses_for(layer, inputs=None):
    """Losses that depend on inputs; for None, those that do not."""
    return layer._regularization_losses() if inputs is None else list(layer._losses)


_IN, _OUT = "input_tensors", "output_tensors"
OLD_ATTRIBUTES = {
    "input_shape": _of_all(_IN, "input_shape", _shape),
    "output_shape": _of_all(_OUT, "output_shape", _shape),
    "input_mask": _of_all(_IN, "input_mask", get_keras_mask),
    "output_mask": _of_all(_OUT, "output_mask", get_keras_mask),
    "get_input_at": _at(_IN, _itself),
    "get_output_at": _at(_OUT, _itself),
    "get_input_shape_at": _at(_IN, _shape),
    "get_output_shape_at": _at(_OUT, _shape),
    "get_input_mask_at": _at(_IN, get_keras_mask),
    "get_output_mask_at": _at(_OUT, get_keras_mask),
    "inbound_nodes": lambda layer: layer._inbound_nodes,
    "outbound_nodes": lambda layer: layer._outbound_nodes,
    "batch_input_shape": _batch_input_shape,
    # What a graph had to be told apart is assigned and added inside `call` today.
    "updates": lambda layer: [],
    "get_updates_for": lambda layer: lambda inputs=None: [],
    "get_losses_for": lambda layer: functools.partial(_losses_for, layer),
    "stateful": lambda layer: False,
    "dynamic": lambda layer: False,
    "uses_learning_phase": lambda layer: False,
    "finalize_state": lambda layer: lambda: None,
    "apply": lambda layer: layer.__call__,
}
