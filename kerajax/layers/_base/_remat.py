"""Layers made inside a `RematScope`: what of their calls is computed again for gradients."""

import math

from kerajax import tree
from kerajax.backend import is_traced, remat
from kerajax.graph import remat_call


def rematerialized(layer, call, args, kwargs):
    """`call` of a layer as its `RematMode` wants it, for these arguments."""
    if not any(map(is_traced, tree.flatten((args, kwargs)))):
        # Nothing is kept for a gradient, and the call may have to make its layers' weights.
        return call
    mode = layer._remat_mode
    if mode.mode == "activations" and getattr(layer, "activation", None) is not None:
        return _with_remat_activation(layer, call)
    wanted = (
        mode.mode in ("full", "offload")
        or (mode.mode == "list_of_layers" and layer.name in mode.layer_names)
        or (
            mode.mode == "larger_than"
            and _output_size(layer, args, kwargs) > mode.output_size_threshold
        )
    )
    return remat_call(layer, call, mode.mode == "offload") if wanted else call


def _with_remat_activation(layer, call):
    def run(*args, **kwargs):
        activation = layer.activation
        object.__setattr__(layer, "activation", remat(activation))
        try:
            return call(*args, **kwargs)
        finally:
            object.__setattr__(layer, "activation", activation)

    return run


def _output_size(layer, args, kwargs) -> int:
    outputs = layer._traced_output_spec(*args, **kwargs)
    return sum(math.prod(x.shape) for x in tree.flatten(outputs) if x is not None)
