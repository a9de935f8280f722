"""TensorFlow itself behind the stand-in: where it is installed, all that it has besides `keras`.

A script for any backend may read its data with `tf.data` and train with `keras`. The stand-in is
enough for `tensorflow.keras`, and costs nothing; the first other name that is asked for loads
TensorFlow, whose `keras` is kerajax from then on.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys

_module = None  # TensorFlow, once it is loaded or being loaded


def is_ours(name) -> bool:
    """Whether the module `name` of TensorFlow is kerajax's, even beside TensorFlow.

    `tensorflow.python.keras` is not: some modules of TensorFlow are built on the one it brings.

    Example:

    >>> is_ours("tensorflow.keras.layers"), is_ours("tensorflow.data")
    (True, False)
    """
    return name.split(".")[:2] in (["tensorflow", "keras"], ["tensorflow", "contrib"])


def in_use() -> bool:
    """Whether TensorFlow has been loaded behind the stand-in."""
    return _module is not None


def is_it(module) -> bool:
    """Whether `module` is the TensorFlow that was loaded here."""
    return module is not None and module is _module


def attribute(path, name):
    """What TensorFlow has as `name` in its module `path`, or None without TensorFlow."""
    return getattr(sys.modules.get(path), name, None) if _load() else None


def missing() -> str:
    """What to say of a name that the loaded TensorFlow does not have; empty without TensorFlow."""
    version = getattr(_module, "__version__", "")
    return f"TensorFlow {version}, which is installed, does not have it." if in_use() else ""


def find(name):
    """The spec of TensorFlow's module `name`, or None where there is none.

    The import system asks for it while it still holds the stand-in as the parent, so a module that
    TensorFlow's own import has loaded by now is handed over as it is.
    """
    if not _load():
        return None
    if name in sys.modules:
        return importlib.machinery.ModuleSpec(name, _Loaded(sys.modules[name]))
    parent = sys.modules.get(name.rpartition(".")[0])
    return _search(name, getattr(parent, "__path__", None))


def _load() -> bool:
    """Puts TensorFlow in the place of the stand-in; False where it is not installed."""
    global _module
    if _module is not None:
        return True
    spec = _search("tensorflow", None)
    if spec is None:
        return False
    standing_in = {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "tensorflow" and not is_ours(name)
    }
    for name in standing_in:
        del sys.modules[name]
    try:
        # Its own modules ask for `tensorflow` while they are imported, so it counts as loaded.
        _module = importlib.util.module_from_spec(spec)
        sys.modules["tensorflow"] = _module
        spec.loader.exec_module(_module)
        _module = sys.modules["tensorflow"]
    except BaseException:
        _module = None
        sys.modules.update(standing_in)
        raise
    _module.keras = importlib.import_module("tensorflow.keras")
    if "tensorflow" in standing_in:
        standing_in["tensorflow"].__version__ = getattr(_module, "__version__", None)
    return True


def _search(name, path):
    """What the other finders have to say: the hook of kerajax would answer with the stand-in."""
    for finder in sys.meta_path:
        if type(finder).__module__.partition(".")[0] == __name__.partition(".")[0]:
            continue
        try:
            spec = finder.find_spec(name, path)
        except ModuleNotFoundError:
            return None
        if spec is not None and spec.loader is not None:
            return spec
    return None


class _Loaded(importlib.abc.Loader):
    """Gives a module that exists, spec and all."""

    def __init__(self, module):
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.spec
