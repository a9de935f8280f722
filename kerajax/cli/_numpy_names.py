"""`np.float` and its like, which numpy had until 1.24 for Python's own types, for old scripts."""

import builtins
import warnings

import numpy as np

from kerajax.legacy._alias import objects

_NAMES = frozenset(("float", "int", "bool", "complex", "object", "str"))
_missing = np.__getattr__


def revive_names() -> None:
    """`np.float` is `float` from now on, and so on; each use of a new name is reported once."""
    np.__getattr__ = _attribute


def _attribute(name):
    if name not in _NAMES:
        return _missing(name)
    value = getattr(builtins, name)
    setattr(np, name, value)
    warnings.warn(f"`np.{name}` is `{name}` today.", objects().LegacySpellingWarning, stacklevel=2)
    return value
