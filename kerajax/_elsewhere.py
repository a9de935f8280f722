"""Names of a module that live elsewhere: on higher floors, or in older Keras.

A script changes an import alone: `import kerajax as keras` gives `keras.layers.MaxoutDense`
and `keras.backend.sum`, and `from kerajax.utils.np_utils import to_categorical` finds its module.
Nothing of `kerajax.legacy`, which knows them, is loaded before something is asked for that kerajax
does not have today.
"""

import contextlib
import importlib.abc
import importlib.machinery
import sys
import threading
from importlib import import_module


class _State(threading.local):
    is_resolving = False


_state = _State()


@contextlib.contextmanager
def own_names_only():
    """Inside, kerajax's modules have the names and sub-modules of today alone."""
    before, _state.is_resolving = _state.is_resolving, True
    try:
        yield
    finally:
        _state.is_resolving = before


def names_elsewhere(module, above=None):
    """A `__getattr__` for a module: what stands on a floor above, and what some Keras had in it.

    Args:
        module: String, the full name of a module of kerajax.
        above: Optional dict of names to the modules that have them, which load when asked for.

    Returns:
        Function of a name, which raises AttributeError where no Keras had it; the message tells
        what to use.
    """

    def find(name):
        if above and name in above:
            return getattr(import_module(above[name]), name)
        if name.startswith("_") or _state.is_resolving:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return import_module("kerajax.legacy._alias").attribute(module, name)

    return find


class _OldModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `kerajax.layers.core` and the like, where no file of kerajax has that name."""

    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith("kerajax.") or "._" in fullname or _state.is_resolving:
            return None
        alias = import_module("kerajax.legacy._alias")
        if not alias.is_module(fullname):
            return None
        alias.report_module(fullname)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return import_module("kerajax.legacy._alias").make_module(spec.name)

    def exec_module(self, module):
        """Nothing: the attributes of an alias are looked up when they are asked for."""


def find_old_modules() -> None:
    """Lets imports below `kerajax` find the modules of older Keras, after all others."""
    if not any(isinstance(finder, _OldModules) for finder in sys.meta_path):
        sys.meta_path.append(_OldModules())
