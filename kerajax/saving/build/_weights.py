"""Weights of legacy HDF5 files: pairs of variables and arrays, checked before any is assigned."""

import warnings
from contextlib import nullcontext

from .._legacy_h5 import legacy_weights, own_weights
from .._own_state import Assignments, unchanged_on_error
from ._backends import check_backend
from ._layouts import pieces_of


def load_legacy_weights(model, record, *, by_name=False, skip_mismatch=False, own_file=False):
    """Gives a model the weights of a legacy file; on an error nothing of it has changed.

    Args:
        model: Model that is built.
        record: `LegacyFile`.
        by_name: Bool. Whether layers are paired by name, and those in one place only left alone.
            Otherwise they are paired in order.
        skip_mismatch: Bool. Whether layers that do not fit are left alone, with a warning.
        own_file: Bool. Whether the model was made from this file, so that its names hold. The
            caller throws the model away on an error then, and reads ahead.

    Raises:
        ValueError: If layers or weights differ in number or shape, or if the numbers would mean
            something else here than where they were written.
    """
    check_backend(model, record.writer)
    pairs = _named_pairs(model, record) if by_name else _ordered_pairs(model, record, own_file)
    top_level = record.top_level_model_weights
    if top_level or own_weights(model):
        # Only TensorFlow 2.7 and later write these.
        pairs.append(("model", model, own_weights(model), top_level))
    plan = []
    for what, layer, variables, arrays in pairs:
        pieces = pieces_of(layer, variables, arrays, record.writer)
        problem = _problem(what, layer.name, variables, arrays, pieces)
        if problem is None:
            plan += pieces
        elif skip_mismatch:
            warnings.warn(f"Skipping loading weights. {problem}", stacklevel=5)
        else:
            raise ValueError(problem)
    with unchanged_on_error() as keep, nullcontext() if own_file else record.ahead():
        if not own_file:
            keep([variable for piece in plan for variable in piece.variables])
        assignments = Assignments()
        for piece in plan:
            values = piece.values([array.read() for _, array in piece.sources])
            for variable, value in zip(piece.variables, values, strict=True):
                assignments.add(variable, value)
        assignments.flush()


def weight_pieces(model, record):
    """The `Piece` list of a model that was made from a file, in the order of the file."""
    pieces = []
    for _, layer, variables, arrays in _ordered_pairs(model, record, own_file=True):
        pieces += pieces_of(layer, variables, arrays, record.writer) or []
    return pieces


def _ordered_pairs(model, record, own_file):
    layers = [layer for layer in model.layers if legacy_weights(layer)]
    saved = [layer for layer in record.layers if layer.weights]
    names = {layer.name: layer for layer in layers}
    if own_file and {layer.name for layer in saved} == names.keys():
        layers = [names[layer.name] for layer in saved]
    if len(layers) != len(saved):
        raise ValueError(
            "Layer count mismatch when loading weights from file. Model expected "
            f"{len(layers)} layers with weights, {_some(layers)}, found {len(saved)} saved layers, "
            f"{_some(saved)}. Load the weights into the model they were saved from, or pass "
            "`by_name=True`."
        )
    return [
        (
            f"layer #{i} ('{stored.name}' in the file)",
            layer,
            legacy_weights(layer),
            stored.weights,
        )
        for i, (layer, stored) in enumerate(zip(layers, saved, strict=True))
    ]


def _named_pairs(model, record):
    saved = {layer.name: layer for layer in record.layers}
    return [
        ("layer", layer, legacy_weights(layer), saved[layer.name].weights)
        for layer in model.layers
        if layer.name in saved
    ]


def _problem(what, name, variables, arrays, pieces):
    """What is wrong with a pair, as a message; None if it fits."""
    if pieces is None:
        return (
            f"Weight count mismatch for {what} '{name}'. It expects {len(variables)} weight(s), "
            f"{[v.path for v in variables]}, and the file holds {len(arrays)} saved weight(s), "
            f"{[stored for stored, _ in arrays]}."
        )
    for piece in pieces:
        try:
            shapes = piece.shapes()
        except (ValueError, IndexError):  # axes that the layout of the time does not have
            shapes = [tuple(array.shape) for _, array in piece.sources]
        for variable, shape in zip(piece.variables, shapes, strict=False):
            if tuple(variable.shape) != tuple(shape):
                return (
                    f"Shape mismatch in {what} '{name}' for weight '{variable.path}'. It expects "
                    f"shape {tuple(variable.shape)}, and the file holds "
                    f"'{piece.sources[0][0]}' of shape {tuple(shape)}. The weights belong to "
                    "another model."
                )
    return None


def _some(layers):
    names = [layer.name for layer in layers]
    return str(names) if len(names) <= 8 else f"{str(names[:8])[:-1]}, ...]"
