"""Variables that scripts keep beside their models, and change while these train.

`weight = K.variable(0.0)` may stand in a loss, a metric or a `Lambda`, and a callback raises it
from epoch to epoch. Nothing says so but the code that reads it, and what a compiled step reads
without being given it is a constant there. So the steps and the predictions of a model look for
such variables, and take those that they read for part of the state.
"""

import weakref

from kerajax.backend import context
from kerajax.graph._pure import abstract_call

# By id: whether two variables are equal is a question about their values.
_loose: weakref.WeakValueDictionary = weakref.WeakValueDictionary()


def set_loose(variable):
    """Says that functions of a script may read a variable; returns it."""
    _loose[id(variable)] = variable
    return variable


def loose_among(known, run) -> list:
    """The loose variables that code reads without being given their values.

    Args:
        known: Variables whose values it is given: these are not looked for.
        run: Function without arguments that runs the code on shapes. It is not called where there
            is no loose variable.
    """
    found = _loose_but(known)
    if not found:
        return []
    outer, context.read_outside = context.read_outside, []
    try:
        run()
        read = {id(v) for v in context.read_outside}
    finally:
        context.read_outside = outer
    return [v for v in found if id(v) in read]


def loose_in(model, known) -> list:
    """The loose variables among what a model of symbolic inputs reads, as `loose_among` gives them.

    Args:
        model: Functional model.
        known: Variables that are not looked for.
    """
    try:
        return loose_among(known, lambda: abstract_call(model, model.input))
    except Exception:  # noqa: BLE001 - what does not fit an open size may fit the real one
        # Each of them may be read: a value that is given and not read does no harm.
        return _loose_but(known)


def _loose_but(known) -> list:
    known = {id(v) for v in known}
    return [v for i, v in list(_loose.items()) if i not in known]
