"""From the inert records of `saving.read` to models: configs, weights and optimizer state.

Configs are turned into the modern form as plain dicts first. Objects are then made of them by
`kerajax.objects`, which knows an allow-list of names and what they meant in each era.
"""

from ._compile import compile_arguments as compile_arguments
from ._guard import guarded_build as guarded_build
from ._model import build_model as build_model
from ._optimizer import load_optimizer_state as load_optimizer_state
from ._weights import load_legacy_weights as load_legacy_weights
from ._weights import weight_pieces as weight_pieces
