"""First values of variables, made when somebody first asks for them.

Most initializers give the same values whenever they are called, so the values of a new model's
weights can wait. Whoever assigns others before, such as a file, spares the draws; a training whose
equal layers are stacked gets the stack without the parts; others are put on the device together.

An initializer says by `_later(shape, dtype)` that it can wait: it returns a function that makes the
array on the host, or None.
"""

import jax
import jax.numpy as jnp

from kerajax.backend._dtypes import canonical_dtype
from kerajax.backend._scopes import context


class FirstValue:
    """The attribute `_value` of a variable that has none yet: it is made, and stays."""

    def __get__(self, variable, owner=None):
        if variable is None:
            return self
        if variable._loan is not None:
            variable._loan.settle()
            return variable._value
        if context.symbolic and context.later_values is not None:
            # A file has the value, and shapes alone count here; while JAX traces, these zeros take
            # no memory.
            return jnp.zeros(variable._shape, canonical_dtype(variable._dtype))
        with jax.core.eval_context():
            variable._value = value = variable._draw()
        return value


def made_later(variable):
    """The function that makes the first value on the host; None where that cannot wait.

    It cannot if its place depends on what is in force now.
    """
    later = getattr(variable._initializer, "_later", None)
    if later is None or variable.layout is not None or jax.config.jax_default_device is not None:
        return None
    return later(variable._shape, canonical_dtype(variable._dtype))


def waits(variable) -> bool:
    """Whether the first value has not been made."""
    held = vars(variable)
    return "_value" not in held and held["_loan"] is None and variable._first is not None


def put_first_value(make):
    """What `made_later` gave, as an array on the device."""
    with jax.default_device(None):
        return jax.device_put(make())


def make_first_values(variables) -> None:
    """Makes the first values of those that wait, and puts them on the device by one call.

    Those that are kept on the host are left out: all at once, they might not fit the device.
    """
    waiting = [variable for variable in variables if waits(variable) and not variable.on_host]
    with jax.default_device(None):
        values = jax.device_put([variable._first() for variable in waiting])
    for variable, value in zip(waiting, values, strict=True):
        variable._value = value
