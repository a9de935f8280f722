"""Models: functional, sequential and subclassed."""

from kerajax.models._hooks import register_hook as register_hook
from kerajax.models._model import Functional as Functional
from kerajax.models._model import Model as Model
from kerajax.models._sequential import Sequential as Sequential
