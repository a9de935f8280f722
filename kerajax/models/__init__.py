"""Models: functional, sequential and subclassed."""

from importlib import import_module as _import_module

from kerajax.models._clone import clone_model as clone_model
from kerajax.models._model import Functional as Functional
from kerajax.models._model import Model as Model
from kerajax.models._sequential import Sequential as Sequential
from kerajax.objects import register_hook as register_hook

# These live above models; they load when they are asked for.
_IN_SAVING = ("load_model", "model_from_json", "save_model")


def __getattr__(name):
    if name in _IN_SAVING:
        return getattr(_import_module("kerajax.saving"), name)
    raise AttributeError(f"module 'kerajax.models' has no attribute {name!r}")
