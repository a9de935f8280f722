"""Mixed precision under the names of tf.keras; `dtype_policies` is the modern place.

`LossScaleOptimizer` belongs to the optimizers, which are built on this package, and loads when
first used.
"""

from importlib import import_module as _import_module

from kerajax.dtype_policies import DTypePolicy as DTypePolicy
from kerajax.dtype_policies import dtype_policy as dtype_policy
from kerajax.dtype_policies import set_dtype_policy as set_dtype_policy

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy


def __getattr__(name):
    if name == "LossScaleOptimizer":
        return _import_module("kerajax.optimizers").LossScaleOptimizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({name for name in globals() if not name.startswith("_")} | {"LossScaleOptimizer"})
