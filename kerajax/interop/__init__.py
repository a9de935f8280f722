"""Between kerajax and other JAX libraries: pure functions, flax modules, foreign layers."""

from kerajax.interop._foreign import FlaxLayer as FlaxLayer
from kerajax.interop._foreign import JaxLayer as JaxLayer
from kerajax.interop._other_frameworks import TFSMLayer as TFSMLayer
from kerajax.interop._other_frameworks import TorchModuleWrapper as TorchModuleWrapper
from kerajax.interop._to_jax import JaxModel as JaxModel
from kerajax.interop._to_jax import to_jax as to_jax


def __getattr__(name):
    # flax takes a third of a second to import, so it loads with the first name that needs it.
    if name in ("to_flax", "FlaxModel"):
        import importlib

        return getattr(importlib.import_module("kerajax.interop._to_flax"), name)
    raise AttributeError(f"module 'kerajax.interop' has no attribute {name!r}")
