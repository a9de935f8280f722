"""Rematerialization: intermediate results are computed again for the gradient instead of kept.

It saves memory for time. `remat` wraps a function; inside a `RematScope`, layers are made so that
their calls are wrapped. How a layer's state passes through is in `graph/_pure.py`.
"""

import functools
from typing import NamedTuple

import jax
from jax.ad_checkpoint import checkpoint_name

from kerajax.backend._dtypes import is_float_dtype
from kerajax.backend._host_memory import HOST, check_reaches_host
from kerajax.backend._keras_tensor import any_keras_tensor
from kerajax.backend._scopes import context

_MODES = (None, "full", "activations", "larger_than", "list_of_layers", "offload")
_KEPT = "kept on the host"


class RematMode(NamedTuple):
    """The arguments of a `RematScope`."""

    mode: str | None
    output_size_threshold: int
    layer_names: tuple


class RematScope:
    """Layers made inside compute intermediate results again for the gradient.

    On a CPU the compiler joins the second computation with the first again, so that memory is saved
    on accelerators alone.

    Args:
        mode: `"full"`: every layer; `"activations"`: the activation functions of layers alone;
            `"larger_than"`: layers whose outputs have more elements than
            `output_size_threshold`; `"list_of_layers"`: the layers named in `layer_names`;
            `"offload"`: every layer, and what must be kept for it, its inputs, waits in the host's
            memory, so that almost nothing is kept on the accelerator and each step waits for the
            transfers (on a CPU, whose memory is the host's, it is `"full"`); `None`: no layer.
        output_size_threshold: Int, number of elements.
        layer_names: List of names of layers.

    Raises:
        ValueError: If the mode is unknown.
        NotImplementedError: At the call of a layer, if the mode is `"offload"` and the device can
            reach no such memory of the host.

    Example:

    >>> with kerajax.RematScope(mode="full"):
    ...     layer = kerajax.layers.Dense(2)
    >>> layer(np.ones((1, 3))).shape
    (1, 2)
    """

    def __init__(self, mode="full", output_size_threshold=1024, layer_names=None):
        if mode not in _MODES:
            raise ValueError(
                f"Invalid mode '{mode}' of a RematScope. Supported modes are: {_MODES}."
            )
        self.mode = mode
        self.output_size_threshold = output_size_threshold
        self.layer_names = layer_names or []
        self._outer = None

    def __enter__(self):
        self._outer = context.remat
        names = tuple(self.layer_names)
        context.remat = RematMode(self.mode, self.output_size_threshold, names)
        return self

    def __exit__(self, *exc_info):
        context.remat = self._outer


def get_current_remat_mode() -> RematMode | None:
    """The `RematMode` of the innermost `RematScope`, or None."""
    return context.remat


def remat(f):
    """`f` whose intermediate results are computed again for the gradient instead of kept.

    Args:
        f: Function of arrays without side effects. Arguments that are no arrays are constants.

    Example:

    >>> square = kerajax.remat(lambda x, times=1: times * x * x)
    >>> float(square(np.float32(3.0), times=2))
    18.0
    """
    return _recomputed(f, None)


def remat_from_host(f):
    """`remat` whose `f` starts from what `on_host` marks in it, kept in the host's memory.

    Raises:
        NotImplementedError: If the device can reach no such memory of the host.
    """
    check_reaches_host(
        "RematScope(mode='offload') keeps inputs of layers",
        "Use mode='full', which keeps them on the device.",
    )
    policy = jax.checkpoint_policies.save_and_offload_only_these_names(
        names_which_can_be_saved=[],
        names_which_can_be_offloaded=[_KEPT],
        offload_src="device",
        offload_dst=HOST,
    )
    return _recomputed(f, policy)


def on_host(structure):
    """The structure, with its floating arrays marked: see `remat_from_host`."""

    def mark(x):
        is_float = isinstance(x, jax.Array) and is_float_dtype(x.dtype.name)
        return checkpoint_name(x, _KEPT) if is_float else x

    return jax.tree_util.tree_map(mark, structure)


def _recomputed(f, policy):
    @functools.wraps(f)
    def wrapped(*args, **kwargs):
        if any_keras_tensor(args, kwargs):
            return f(*args, **kwargs)
        leaves, treedef = jax.tree_util.tree_flatten((args, kwargs))
        places = [i for i, x in enumerate(leaves) if hasattr(x, "shape") and hasattr(x, "dtype")]

        def on_arrays(*arrays):
            filled = list(leaves)
            for i, array in zip(places, arrays, strict=True):
                filled[i] = array
            args, kwargs = jax.tree_util.tree_unflatten(treedef, filled)
            return f(*args, **kwargs)

        return jax.checkpoint(on_arrays, policy=policy)(*(leaves[i] for i in places))

    return wrapped
