"""The import hook: after `install()`, importing `keras` gives kerajax."""

import importlib.abc
import importlib.machinery
import sys

from kerajax.legacy import _alias, _tensorflow
from kerajax.legacy._paths import TOP_LEVEL, is_container

# The first TensorFlow whose `tf.keras` is Keras 3; scripts print it and compare with it.
_TENSORFLOW_VERSION = "2.16.0"


def install(era=None) -> None:
    """Makes `import keras` and `from tensorflow import keras` give kerajax in this process.

    Neither Keras nor TensorFlow needs to be installed. Answered are `keras`, `tensorflow.keras`,
    `tf_keras` and `keras_core` with their sub-modules: those of Keras 3, those that older scripts
    import (`keras.layers.core`, `keras.utils.np_utils`) and those of `keras.src` that libraries
    use. Where TensorFlow is installed, the first other name of it that a script uses, such as
    `tf.data`, loads it, and its `keras` is kerajax all the same. Calling it again changes nothing.

    Args:
        era: Optional string, the era of the script: `"1"`, `"2.2"`, `"2.3"`, `"tf2"` or `"3"`. It
            decides which defaults hold; old spellings are understood in any.

    Raises:
        RuntimeError: If Keras or TensorFlow itself has been imported.

    Example:

    ```python
    import kerajax
    kerajax.install()
    from tensorflow.keras.layers import Dense
    ```
    """
    real = [name for name in TOP_LEVEL if _is_foreign(sys.modules.get(name))]
    if real:
        raise RuntimeError(
            f"kerajax.install() must come before `{real[0]}` is imported, but "
            f"{' and '.join(f'`{name}`' for name in real)} is there already, from "
            f"{getattr(sys.modules[real[0]], '__file__', None)}. Move "
            "`import kerajax; kerajax.install()` to the top of the program, or run it as "
            "`kerajax run script.py`."
        )
    if era is not None:
        _alias.objects().set_era(era)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Takes the import hook away: the next `import keras` finds what is installed, if anything.

    Names that were imported before stay kerajax's.

    Example:

    >>> kerajax.legacy.uninstall()
    """
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    for name in [name for name, module in sys.modules.items() if _is_ours(module)]:
        del sys.modules[name]


def _is_ours(module) -> bool:
    return isinstance(module, (_alias.Alias, _alias.Container))


def _is_foreign(module) -> bool:
    return module is not None and not _is_ours(module) and not _tensorflow.is_it(module)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads the modules of `_alias`."""

    def find_spec(self, fullname, path=None, target=None):
        parent, _, name = fullname.rpartition(".")
        root = fullname.partition(".")[0]
        if root not in TOP_LEVEL:
            return None
        if root == "tensorflow" and _tensorflow.in_use() and not _tensorflow.is_ours(fullname):
            return None
        if not _alias.is_module(fullname):
            if root == "tensorflow" and (spec := _tensorflow.find(fullname)) is not None:
                return spec
            if root == "tensorflow" or _alias.was_module(fullname):
                raise ModuleNotFoundError(_alias.gone_message(fullname), name=fullname)
            # `from keras.layers import Dnese` comes here too, as a last resort.
            raise ImportError(_alias.missing_message(parent, name), name=fullname)
        if not is_container(fullname):
            _alias.report_module(fullname)
        origin = _alias.kerajax.__file__
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=origin, is_package=True)
        spec.has_location = True
        return spec

    def create_module(self, spec):
        module = _alias.make_module(spec.name)
        if spec.name == "tensorflow":
            module.__dict__["__version__"] = _TENSORFLOW_VERSION
        return module

    def exec_module(self, module):
        """Nothing: the attributes of an alias are looked up when they are asked for."""


_finder = _Finder()
