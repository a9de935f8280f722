"""Which layers compute the same, so that one of them is traced for all (`equal_call`).

Classes of kerajax whose `call` reads nothing but its arguments and the layer's own attributes say
so by `_told_by_attributes`. Classes derived from them elsewhere may read more, so they are traced
layer by layer.
"""

from types import FunctionType

from kerajax.backend import Variable
from kerajax.dtype_policies import DTypePolicy, FloatDTypePolicy
from kerajax.random import SeedGenerator

# What no `call` reads.
_IRRELEVANT = frozenset(
    "name built input_spec activity_regularizer _trainable_variables _non_trainable_variables "
    "_layers _metrics _seed_generators _losses _tracker _inbound_nodes _outbound_nodes "
    "_build_shapes_dict _parent_path _building _init_record _initial_weights _input_shape_arg "
    "_convert_input_args".split()
)
_OF_WEIGHTS = ("_initializer", "_regularizer", "_constraint")
_PLAIN = (bool, int, float, str, type(None))


def equality_key(layer):
    """What is equal for two layers exactly where their calls compute the same; or None.

    Example:

    >>> keys = [equality_key(kerajax.layers.Dense(units)) for units in (2, 2, 3)]
    >>> keys[0] == keys[1], keys[0] == keys[2]
    (True, False)
    """
    told = _told_of_layer(layer, {id(v): i for i, v in enumerate(layer.variables)})
    return None if told is _UNTOLD else told


_UNTOLD = object()


def _told_of_layer(layer, variables):
    kind = type(layer)
    if not kind._told_by_attributes or not kind.__module__.startswith("kerajax.layers."):
        return _UNTOLD
    told = [kind]
    for name, value in layer.__dict__.items():
        if name in _IRRELEVANT or name.endswith(_OF_WEIGHTS):
            continue
        value = _told(value, variables)
        if value is _UNTOLD:
            return _UNTOLD
        told.append((name, value))
    return tuple(told)


def _told(value, variables):
    """Something hashable that says all of an attribute's value, or _UNTOLD."""
    kind = type(value)
    if kind in _PLAIN:
        return kind, value
    if kind is Variable:
        place = variables.get(id(value))
        return _UNTOLD if place is None else (place, value.shape, value._dtype, value._autocast)
    if kind is SeedGenerator:
        return kind, _told(value.state, variables)
    if hasattr(kind, "_told_by_attributes"):
        return _told_of_layer(value, variables)
    if kind is DTypePolicy or kind is FloatDTypePolicy:
        return value.compute_dtype, value.variable_dtype
    if isinstance(value, (tuple, list)):
        told = tuple(_told(x, variables) for x in value)
        return _UNTOLD if any(x is _UNTOLD for x in told) else told
    if kind is FunctionType and (value.__module__ or "").startswith("kerajax.activations."):
        return value
    return _UNTOLD
