"""Masks travel with tensors: `True` where a step of a sequence counts.

Arrays and KerasTensors take the attribute `_keras_mask`, as libraries expect. Tracers take no
attributes; their masks stand in a table of the scope or of the call that is being traced, or, for
a loss that a user traces by itself, in one that lets go of them with the tracer. The two functions
here hide the difference.
"""

import weakref

from kerajax.backend._scopes import context

_loose: dict[int, object] = {}


def get_keras_mask(x):
    """The mask that hangs on `x`, or None."""
    mask = getattr(x, "_keras_mask", None)
    if mask is None:
        for table in _tables():
            entry = table.get(id(x))
            if entry is not None:
                return entry[1]
        return _loose.get(id(x))
    return mask


def set_keras_mask(x, mask) -> None:
    """Hangs `mask` on `x`; None takes it away."""
    try:
        x._keras_mask = mask
        return
    except AttributeError:
        pass
    for table in _tables():
        # The tensor is kept beside its mask so that no other gets its id while the entry lives.
        table[id(x)] = (x, mask)
        return
    if mask is None:
        _loose.pop(id(x), None)
        return
    try:
        weakref.finalize(x, _loose.pop, id(x), None)
    except TypeError:
        # Plain numbers and tuples are no tensors: there is nothing to mask.
        return
    _loose[id(x)] = mask


def _tables():
    if context.stateless is not None:
        yield context.stateless.masks
    if context.call is not None:
        yield context.call.masks
