"""Weights of old files in the layout of today.

Keras 1 kept the gates of recurrent layers in arrays of their own and the kernels of convolutions in
the order of their backend. Theano convolved where all others correlate, so its kernels are stored
flipped. Layers of NVIDIA's library stored each gate transposed.

What belongs together is a `Piece`: arrays of the file, the variables that they become, and how. The
same pieces serve for weights and for what an optimizer keeps for each of them.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

_FLIPPED = frozenset("Conv1D Conv2D Conv3D Conv2DTranspose Conv3DTranspose".split())
_KERNELS = ("kernel", "recurrent_kernel")
# What the first array of a gated layer is called -> the order of the gates, in the order of today.
_GATES = {"W_i": (0, 2, 1, 3), "W_z": (0, 1, 2)}
# Until 1.0.5 `running_std` was a standard deviation, and epsilon was added to it.
_REAL_STD = re.compile(r"1\.0\.[0-5]\b")


class Piece(NamedTuple):
    """Arrays of a file that belong together, and the variables that they become.

    Args:
        variables: Tuple of variables.
        sources: Tuple of pairs of a name and a `LazyArray`.
        layout: Function from a list of arrays to the values of the variables; None: as they are.
    """

    variables: tuple
    sources: tuple
    layout: Callable | None = None

    def values(self, arrays):
        """The values of the variables, for arrays in the layout of the sources."""
        return arrays if self.layout is None else self.layout(arrays)

    def shapes(self):
        """The shapes that the values will have; nothing is read."""
        shapes = [tuple(array.shape) for _, array in self.sources]
        if self.layout is None:
            return shapes
        zeros = [np.broadcast_to(np.float32(0), shape) for shape in shapes]
        return [value.shape for value in self.layout(zeros)]


def pieces_of(layer, variables, arrays, writer):
    """Matches the arrays of a layer to its variables, in order.

    Args:
        layer: Layer, wrapper or model.
        variables: Its variables in the order of the file.
        arrays: Sequence of pairs of a name and a `LazyArray`.
        writer: `Writer` of the file.

    Returns:
        List of `Piece`, or None if there are too few or too many arrays.
    """
    owners = _owners(layer)
    variables, arrays, pieces = list(variables), list(arrays), []
    while variables and arrays:
        owner = owners.get(id(variables[0]), layer)
        gates = _gates(owner, arrays) if writer.era == "1" else None
        cudnn = _is_cudnn(owner, variables, arrays)
        count, taken = (3 * len(gates), 3) if gates else (3, 3) if cudnn else (1, 1)
        if len(arrays) < count or len(variables) < taken:
            return None
        part, variables = tuple(variables[:taken]), variables[taken:]
        sources, arrays = tuple(arrays[:count]), arrays[count:]
        if cudnn:
            pieces.append(Piece(part, sources, _from_cudnn))
            continue
        single = [_single(owner, variable, writer) for variable in part]
        layout = _gated(gates, single) if gates else single[0] and _each(single)
        pieces.append(Piece(part, sources, layout))
    return None if variables or arrays else pieces


def _owners(layer):
    """The layer that each variable was made by."""
    return {
        id(variable): inner
        for inner in layer._flatten_layers()
        for variable in inner._trainable_variables + inner._non_trainable_variables
    }


def _gates(owner, arrays):
    name = arrays[0][0].removesuffix(":0")
    return next((order for end, order in _GATES.items() if name.endswith(f"_{end}")), None)


def _is_cudnn(owner, variables, arrays):
    """Whether the next three arrays are in the layout of NVIDIA's library: two biases in a row."""
    if _class_name(owner) not in ("LSTMCell", "GRUCell") or len(arrays) < 3 or len(variables) < 3:
        return False
    width = variables[0].shape[-1]
    return variables[0].name == "kernel" and tuple(arrays[2][1].shape) == (2 * width,)


def _from_cudnn(arrays):
    """Each gate is stored as `(out, in)`; an LSTM adds its biases, a GRU keeps both."""
    kernel, recurrent, bias = arrays
    gates = recurrent.shape[1] // recurrent.shape[0]
    kernels = [part.reshape(part.shape[::-1]).T for part in np.split(kernel, gates, axis=1)]
    recurrents = [part.T for part in np.split(recurrent, gates, axis=1)]
    biases = bias.reshape(2, -1)
    return [
        np.concatenate(kernels, axis=1),
        np.concatenate(recurrents, axis=1),
        biases.sum(axis=0) if gates == 4 else biases,
    ]


def _gated(order, single):
    """One array for each gate and kind -> kernel, recurrent kernel, bias."""

    def layout(arrays):
        values = []
        for kind, change in enumerate(single):
            gates = [arrays[3 * gate + kind] for gate in order]
            values.append(np.concatenate([change(g) if change else g for g in gates], axis=-1))
        return values

    return layout


def _each(single):
    return lambda arrays: [change(array) for change, array in zip(single, arrays, strict=True)]


def _single(owner, variable, writer):
    """How one array becomes the value of a variable; None: as it is."""
    name = _class_name(owner)
    if writer.era == "1" and name == "BatchNormalization" and variable.name == "moving_variance":
        if _REAL_STD.match(writer.version or ""):
            return lambda std: (std + owner.epsilon) ** 2 - owner.epsilon
        return None
    if variable.name not in _KERNELS:
        return None
    is_cell = name.startswith("ConvLSTM")
    if name not in _FLIPPED and not is_cell:
        return None
    shape = tuple(variable.shape)
    rank = len(shape) - 2
    flip = writer.backend == "theano"
    if writer.era != "1":
        return (lambda kernel: _flip(kernel, rank)) if flip else None
    first = getattr(owner, "data_format", None) == "channels_first"

    def change(kernel):
        if is_cell:  # one gate of four
            kernel = kernel.transpose(2, 3, 1, 0) if first else kernel
        else:
            kernel = _keras1_kernel(kernel, shape, first, name.endswith("Transpose"))
        return _flip(kernel, rank) if flip else kernel

    return change


def _keras1_kernel(kernel, shape, first, transposed):
    """`(spatial..., in, out)`, with the last two exchanged for a transposed convolution."""
    rank = len(shape) - 2
    if rank == 1 and kernel.ndim == 4:
        # (length, 1, in, out), and in 1.0 (out, in, length, 1).
        if kernel.shape == (shape[0], 1, *shape[1:]):
            return kernel[:, 0]
        return kernel[..., 0].transpose(2, 1, 0)
    if first:
        return kernel.transpose(*range(2, rank + 2), *((0, 1) if transposed else (1, 0)))
    return kernel.swapaxes(-1, -2) if transposed else kernel


def _flip(kernel, rank):
    return kernel[(slice(None, None, -1),) * rank]


def _class_name(owner):
    own = type(owner)._own_class or type(owner)
    return own.__name__
