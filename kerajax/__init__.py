"""Keras on JAX: the public API of Keras 3.15.1, running at the speed of hand-written JAX.

Sub-packages and top-level names load when first used: `import kerajax as keras` loads not even JAX,
and `keras.layers.Dense` loads what a layer needs.
"""

from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from typing import TYPE_CHECKING

from ._elsewhere import find_old_modules as _find_old_modules
from ._elsewhere import names_elsewhere as _names_elsewhere

__version__ = "0.1.0"

# The version of Keras whose names, defaults and files this package has; `version()` returns it.
__keras_version__ = "3.15.1"

_SUBPACKAGES = frozenset(
    "activations applications backend callbacks config constraints datasets distillation "
    "distribution dtype_policies explain export initializers interop layers legacy losses metrics "
    "mixed_precision models ops optimizers preprocessing pruning quantizers random regularizers "
    "saving tree typing utils visualization wrappers".split()
)

_HOMES = {
    "DTypePolicy": "dtype_policies",
    "FloatDTypePolicy": "dtype_policies",
    "Function": "graph",
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "backend",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Operation": "ops",
    "Optimizer": "optimizers",
    "Quantizer": "quantizers",
    "Regularizer": "regularizers",
    "RematScope": "backend",
    "Sequential": "models",
    "StatelessScope": "backend",
    "SymbolicScope": "backend",
    "Variable": "backend",
    "device": "backend",
    "install": "legacy",
    "name_scope": "backend",
    "remat": "backend",
}

if TYPE_CHECKING:
    from . import activations as activations
    from . import applications as applications
    from . import backend as backend
    from . import callbacks as callbacks
    from . import config as config
    from . import constraints as constraints
    from . import datasets as datasets
    from . import distillation as distillation
    from . import distribution as distribution
    from . import dtype_policies as dtype_policies
    from . import export as export
    from . import initializers as initializers
    from . import interop as interop
    from . import layers as layers
    from . import legacy as legacy
    from . import losses as losses
    from . import metrics as metrics
    from . import mixed_precision as mixed_precision
    from . import models as models
    from . import ops as ops
    from . import optimizers as optimizers
    from . import preprocessing as preprocessing
    from . import quantizers as quantizers
    from . import random as random
    from . import regularizers as regularizers
    from . import saving as saving
    from . import tree as tree
    from . import typing as typing
    from . import utils as utils
    from . import visualization as visualization
    from . import wrappers as wrappers
    from .backend import KerasTensor as KerasTensor
    from .backend import RematScope as RematScope
    from .backend import StatelessScope as StatelessScope
    from .backend import SymbolicScope as SymbolicScope
    from .backend import Variable as Variable
    from .backend import device as device
    from .backend import name_scope as name_scope
    from .backend import remat as remat
    from .dtype_policies import DTypePolicy as DTypePolicy
    from .dtype_policies import FloatDTypePolicy as FloatDTypePolicy
    from .graph import Function as Function
    from .initializers import Initializer as Initializer
    from .layers import Input as Input
    from .layers import InputSpec as InputSpec
    from .layers import Layer as Layer
    from .legacy import install as install
    from .losses import Loss as Loss
    from .metrics import Metric as Metric
    from .models import Model as Model
    from .models import Sequential as Sequential
    from .ops import Operation as Operation
    from .optimizers import Optimizer as Optimizer
    from .quantizers import Quantizer as Quantizer
    from .regularizers import Regularizer as Regularizer

_old_name = _names_elsewhere(__name__)
_find_old_modules()


def version() -> str:
    """Returns the version of Keras that this package stands in for, which scripts compare with.

    The version of kerajax itself is `kerajax.__version__`.

    Example:

    >>> kerajax.version()
    '3.15.1'
    """
    return __keras_version__


def __getattr__(name):
    if name in _HOMES:
        value = getattr(_loaded(_HOMES[name]), name, None)
    else:
        value = _loaded(name) if name in _SUBPACKAGES else None
    if value is None:
        return _old_name(name)
    globals()[name] = value  # The next access does not come here.
    return value


def __dir__():
    present = {name for name in _SUBPACKAGES | {"graph"} if _find_spec(f"{__name__}.{name}")}
    public = {name for name in globals() if not name.startswith("_") or name.endswith("__")}
    lazy = {name for name, home in _HOMES.items() if home in present}
    return sorted((public | lazy | (present & _SUBPACKAGES)) - {"TYPE_CHECKING"})


def _loaded(subpackage):
    """The sub-package, or `None` where this build has none; errors inside it are not hidden."""
    full_name = f"{__name__}.{subpackage}"
    try:
        return _import_module(full_name)
    except ModuleNotFoundError as error:
        if error.name != full_name:
            raise
        return None
