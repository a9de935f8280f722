"""How much a config may make when it is read without a file around it.

A file has a budget of its own (`saving/read`). `deserialize`, `from_config` and `model_from_json`
also get configs from elsewhere, in which lists may hold each other many times over: a few lines
that stand for more objects than there is memory.
"""

import os
import reprlib
from contextlib import contextmanager, nullcontext

from kerajax.backend import VariableMeterScope, variable_meter
from kerajax.objects._scopes import state

# Of a config, and of the JSON text of a file.
MOST_ITEMS = 5_000_000
_SHOWN = 1000

_short = reprlib.Repr()
_short.maxlevel, _short.maxdict, _short.maxlist, _short.maxstring = 8, 40, 20, 200


@contextmanager
def bounded_reading(config):
    """Bounds what a config may stand for, and the variables that are made of it inside.

    Args:
        config: What is read. Readings inside of this one are parts of it, and not counted again.

    Raises:
        ValueError: If a config is nested too deep, has too many parts, or asks for variables that
            are larger than the memory of this computer.

    Example:

    >>> with bounded_reading({"units": 3}):
    ...     pass
    """
    if state.is_reading:
        yield
        return
    state.is_reading = True
    metered = variable_meter() is not None
    try:
        _check_parts(config)
        with nullcontext() if metered else VariableMeterScope(_meter_of_machine()):
            yield
    except RecursionError as error:
        raise ValueError(
            "The config is nested deeper than Python can follow. Keras writes no such configs; do "
            "not use this one."
        ) from error
    finally:
        state.is_reading = False


def memory_of_machine() -> int:
    """Bytes of memory that this computer has, or 16 GiB where it does not tell.

    Example:

    >>> memory_of_machine() > 2**20
    True
    """
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 16 << 30


def shown(config) -> str:
    """A config as far as it fits into an error message.

    Messages nest like the config does, so whole ones would take its size at each level.

    Example:

    >>> shown({"units": 3}), len(shown(["x" * 10_000] * 1000)) <= 1000
    ("{'units': 3}", True)
    """
    text = _short.repr(config)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


_NESTED = (dict, list, tuple)


def _check_parts(config):
    if isinstance(config, _NESTED) and _parts(config, {}, set()) > MOST_ITEMS:
        raise ValueError(
            f"The config has more than {MOST_ITEMS:,} parts, counting those that stand in it "
            "several times. Keras writes no such configs; do not use this one."
        )


def _parts(config, counts, above):
    """How many parts a config has; lists and dicts are visited once and count each time."""
    key = id(config)
    if key in above:
        raise ValueError("The config holds itself. Keras writes no such configs.")
    if key not in counts:
        above.add(key)
        parts = config.values() if isinstance(config, dict) else config
        nested = [part for part in parts if isinstance(part, _NESTED)]
        single = 1 + len(parts) - len(nested)
        counts[key] = single + sum([_parts(part, counts, above) for part in nested])
        above.remove(key)
    return counts[key]


def said(error) -> str:
    """The message of an error, its beginning and its end if it is long.

    Example:

    >>> said(ValueError("no")), len(said(ValueError("x" * 100_000)))
    ('no', 4005)
    """
    text = str(error)
    if len(text) <= 4 * _SHOWN:
        return text
    # What went wrong at the bottom of a nested config comes last.
    return f"{text[:_SHOWN]} ... {text[-3 * _SHOWN :]}"


class VariableMeter:
    """Adds up variables; called with the path and size of each before it is made.

    Args:
        limit: Int. Bytes that all together may take.
        refusal: Function `(path, taken)` that gives the error to raise beyond that.

    Example:

    >>> meter = VariableMeter(10, lambda path, taken: ValueError(f"{path}: {taken} of 10 bytes"))
    >>> meter("kernel", 8)
    >>> meter("bias", 8)
    Traceback (most recent call last):
    ValueError: bias: 16 of 10 bytes
    """

    def __init__(self, limit, refusal):
        self._limit = limit
        self._refusal = refusal
        self._taken = 0

    def __call__(self, path, nbytes):
        self._taken += nbytes
        if self._taken > self._limit:
            raise self._refusal(path, self._taken)


def _meter_of_machine():
    limit = memory_of_machine()
    return VariableMeter(
        limit,
        lambda path, taken: ValueError(
            f"The config asks for variables of {taken:,} bytes up to '{path}', and this computer "
            f"has {limit:,} bytes of memory. Do not use this config; if it is right, build the "
            "model in code."
        ),
    )
