"""Rematerialization: intermediate results are computed again for the gradient instead of kept.

It saves memory for time. `remat` wraps a function; inside a `RematScope`, layers are made so that
their calls are wrapped. How a layer's state passes through is in `graph/_pure.py`.
"""

import functools
from typing import NamedTuple

import jax

from kerajax.backend._keras_tensor import any_keras_tensor
from kerajax.backend._scopes import context

_MODES = (None, "full", "activations", "larger_than", "list_of_layers")


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
            `None`: no layer.
        output_size_threshold: Int, number of elements.
        layer_names: List of names of layers.

    Raises:
        ValueError: If the mode is unknown.

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

        return jax.checkpoint(on_arrays)(*(leaves[i] for i in places))

    return wrapped
