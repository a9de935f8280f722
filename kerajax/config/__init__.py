"""All settings of the library, in one place.

Those that other packages own (the dtype policy, trust in files) load when first used, since this
package lies below them.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.backend import backend as backend
from kerajax.backend import epsilon as epsilon
from kerajax.backend import floatx as floatx
from kerajax.backend import image_data_format as image_data_format
from kerajax.backend import set_epsilon as set_epsilon
from kerajax.backend import set_floatx as set_floatx
from kerajax.backend import set_image_data_format as set_image_data_format
from kerajax.backend._compilation_cache import compilation_cache as compilation_cache
from kerajax.backend._compilation_cache import set_compilation_cache as set_compilation_cache
from kerajax.config._limits import max_epochs as max_epochs
from kerajax.config._limits import max_steps_per_epoch as max_steps_per_epoch
from kerajax.config._limits import set_max_epochs as set_max_epochs
from kerajax.config._limits import set_max_steps_per_epoch as set_max_steps_per_epoch
from kerajax.config._switches import disable_flash_attention as disable_flash_attention
from kerajax.config._switches import disable_interactive_logging as disable_interactive_logging
from kerajax.config._switches import disable_traceback_filtering as disable_traceback_filtering
from kerajax.config._switches import enable_flash_attention as enable_flash_attention
from kerajax.config._switches import enable_interactive_logging as enable_interactive_logging
from kerajax.config._switches import enable_traceback_filtering as enable_traceback_filtering
from kerajax.config._switches import is_flash_attention_enabled as is_flash_attention_enabled
from kerajax.config._switches import (
    is_interactive_logging_enabled as is_interactive_logging_enabled,
)
from kerajax.config._switches import is_nnx_enabled as is_nnx_enabled
from kerajax.config._switches import (
    is_traceback_filtering_enabled as is_traceback_filtering_enabled,
)
from kerajax.config._switches import set_backend as set_backend

_ABOVE = {
    "dtype_policy": "kerajax.dtype_policies",
    "set_dtype_policy": "kerajax.dtype_policies",
    "enable_unsafe_deserialization": "kerajax.objects",
}

__getattr__ = _names_elsewhere(__name__, _ABOVE)


def __dir__():
    return sorted({name for name in globals() if not name.startswith("_")} | set(_ABOVE))
