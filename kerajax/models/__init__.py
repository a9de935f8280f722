"""Models: functional, sequential and subclassed."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.models._clone import clone_model as clone_model
from kerajax.models._model import Functional as Functional
from kerajax.models._model import Model as Model
from kerajax.models._sequential import Sequential as Sequential
from kerajax.objects import register_hook as register_hook

# These live above models; they load when they are asked for.
_ABOVE = dict.fromkeys(("load_model", "model_from_json", "save_model"), "kerajax.saving")

__getattr__ = _names_elsewhere(__name__, _ABOVE)
