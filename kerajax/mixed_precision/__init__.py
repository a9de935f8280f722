"""Mixed precision under the names of tf.keras; `dtype_policies` is the modern place.

`LossScaleOptimizer` belongs to the optimizers, which are built on this package, and loads when
first used.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.dtype_policies import DTypePolicy as DTypePolicy
from kerajax.dtype_policies import dtype_policy as dtype_policy
from kerajax.dtype_policies import set_dtype_policy as set_dtype_policy

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__getattr__ = _names_elsewhere(__name__, {"LossScaleOptimizer": "kerajax.optimizers"})


def __dir__():
    return sorted({name for name in globals() if not name.startswith("_")} | {"LossScaleOptimizer"})
