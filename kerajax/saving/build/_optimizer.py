"""The state of optimizers as files of each era hold it, matched to the variables of today.

Files hold a list of arrays. Keras 3 has today's order. Before it the order was another, there was
no variable for the rate, and most names say nothing:

* Keras 2: the number of steps (not for all methods before 2.3), then one slot after the other, each
  with an array for every weight.
* Keras 1: the same, with the weights sorted by name, and each array in the layout of its weight.
* TensorFlow up to 2.10, and `legacy` optimizers after it: the same, under names that end in the
  slot.
* TensorFlow from 2.11: the number of steps, then the slots of one weight after the other; names
  begin with the slot.
"""

import warnings

from kerajax.optimizers import LossScaleOptimizer

from .._own_state import Assignments, in_todays_order, is_fresh, slots_of

# Class -> the slots in their order in files of Keras 2, by today's names; None: no longer kept.
_KERAS2 = {
    "SGD": ("momentum",),
    "RMSprop": ("velocity",),
    "Adagrad": ("accumulator",),
    "Adadelta": ("accumulated_grad", "accumulated_delta_var"),
    "Adam": ("momentum", "velocity", "velocity_hat"),
    "Adamax": ("momentum", "norm"),
    "Nadam": ("momentum", "velocity"),
}
# Those of which Keras before 2.3 did not write the number of steps.
_UNCOUNTED = ("RMSprop", "Adagrad", "Adadelta")
# Names that TensorFlow gave to slots, where they are not today's.
_SLOTS = {
    "m": "momentum",
    "v": "velocity",
    "vhat": "velocity_hat",
    "rms": "velocity",
    "mg": "average_gradient",
    "accum_grad": "accumulated_grad",
    "accum_var": "accumulated_delta_var",
    "u": "norm",
    "n": "accumulator",
    "linear": "linear",
}
_SLOTS_OF = {
    "Adamax": {"v": "norm"},
    "Adafactor": {"r": "rows", "c": "columns"},
}


def load_optimizer_state(model, arrays, writer, pieces=()) -> None:
    """Gives the optimizer of a compiled model the state in a file, or warns why it cannot.

    Args:
        model: Model that is built and compiled.
        arrays: List of pairs of a name (or None) and a `LazyArray`, in the order of the file.
        writer: `Writer` of the file.
        pieces: List of `Piece`: how the weights of a file before TensorFlow were laid out.
    """
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    plan = _plan(optimizer, list(arrays), writer, pieces)
    problem = None if plan is None else _mismatch(plan)
    if plan is None or problem:
        warnings.warn(
            f"The state of optimizer '{optimizer.name}' was not loaded: {problem or _COUNTS}. "
            "Training goes on with a new state.",
            stacklevel=4,
        )
        return
    assignments = Assignments()
    for variable, array in plan:
        assignments.add(variable, array.read().reshape(variable.shape))
    assignments.flush()


_COUNTS = "the file holds another number of arrays than this optimizer has for the model"


def _mismatch(plan):
    for variable, array in plan:
        if tuple(variable.shape) != tuple(array.shape):
            return (
                f"'{variable.path}' has shape {tuple(variable.shape)}, and the file holds shape "
                f"{tuple(array.shape)}"
            )
    return None


def _plan(optimizer, arrays, writer, pieces):
    """Pairs of variables and arrays; None if they do not fit."""
    inner = optimizer
    while isinstance(inner, LossScaleOptimizer):
        inner = inner.inner_optimizer
    if inner._own_weights is not None and writer.era not in (None, "3"):
        # A class of the user's that says itself what its state is, as in Keras 2.
        return _in_order(inner.weights, [array for _, array in arrays])
    if writer.era in (None, "3"):
        # Keras 3 leaves the scale of the loss out of `.h5` files.
        own = optimizer if len(optimizer.variables) == len(arrays) else inner
        values = [array for _, array in arrays]
        if is_fresh(own.variables, values) or not _is_for_both(arrays):
            return _in_order(own.variables, values)
        return _tensorflow_plan(own, arrays)
    if writer.era == "tf2":
        return _tensorflow_plan(inner, arrays)
    return _keras2_plan(inner, [array for _, array in arrays], writer.era, pieces)


def _is_for_both(arrays):
    # `.h5` files of kerajax hold the state as TensorFlow reads it; Keras 3 says `iteration`.
    return bool(arrays) and str(arrays[0][0]).endswith("/iter")


def _in_order(variables, arrays):
    if is_fresh(variables, arrays):
        return list(zip(variables, arrays, strict=False))
    if len(variables) != len(arrays):
        return None
    return list(zip(variables, in_todays_order(variables, arrays), strict=True))


def _keras2_plan(optimizer, arrays, era, pieces):
    name = type(optimizer).__name__
    places = {id(v): i for i, v in enumerate(optimizer._trainable_variables)}
    pieces = [piece for piece in pieces if id(piece.variables[0]) in places]
    pieces.sort(key=lambda piece: places[id(piece.variables[0])])
    count = sum(len(piece.sources) for piece in pieces)
    slots = _KERAS2.get(name)
    if slots is None:
        return None
    plan = []
    if era == "2.3" or name not in _UNCOUNTED:
        if not arrays:
            return None
        plan.append((optimizer._iterations, arrays.pop(0)))
    if name == "Nadam" and era == "2.3" and arrays:
        plan += [(v, arrays.pop(0)) for v in optimizer.variables if v.name == "u_product"]
    if len(arrays) % max(count, 1) or len(arrays) > count * len(slots):
        return None
    by_slot = {}
    for i, slot in enumerate(slots):
        if i * count < len(arrays):
            by_slot[slot] = _like_weights(arrays[i * count : (i + 1) * count], pieces, era == "1")
    return _with_slots(optimizer, plan, by_slot)


def _like_weights(arrays, pieces, by_name):
    """One array for each weight, from arrays for what the file stored of the weights."""
    stored = [(i, name) for i, piece in enumerate(pieces) for name, _ in piece.sources]
    order = range(len(stored))
    if by_name:
        order = sorted(order, key=lambda k: stored[k][1])
    of_piece = [{} for _ in pieces]
    for array, k in zip(arrays, order, strict=True):
        of_piece[stored[k][0]][k] = array
    return [
        _Part(piece._replace(sources=tuple((None, own[k]) for k in sorted(own))), index)
        for piece, own in zip(pieces, of_piece, strict=True)
        for index in range(len(piece.variables))
    ]


class _Part:
    """One value of a `Piece`, read when it is asked for, as a `LazyArray` is."""

    def __init__(self, piece, index):
        self._piece, self._index = piece, index

    @property
    def shape(self):
        return self._piece.shapes()[self._index]

    def read(self):
        arrays = [array.read() for _, array in self._piece.sources]
        return self._piece.values(arrays)[self._index]


def _tensorflow_plan(optimizer, arrays):
    names = [name for name, _ in arrays]
    if not arrays:
        return None
    if names[0] is None:
        return _unnamed_plan(optimizer, [array for _, array in arrays])
    words = _SLOTS | _SLOTS_OF.get(type(optimizer).__name__, {})
    known = {*words, *words.values(), "momentum", "velocity", "accumulator"}
    plan, by_slot = [], {}
    for name, array in arrays:
        parts = name.removesuffix(":0").split("/")
        if parts[-1] in ("iter", "iteration"):
            plan.append((optimizer._iterations, array))
            continue
        if parts[-1] in ("momentum_cache", "u_product"):
            plan += [(v, array) for v in optimizer.variables if v.name == "u_product"]
            continue
        # Old: Adam/dense/kernel/m; new: Adam/m/dense/kernel.
        slot = parts[-1] if parts[-1] in known else parts[1] if len(parts) > 2 else None
        by_slot.setdefault(words.get(slot, slot), []).append(array)
    return _with_slots(optimizer, plan, by_slot)


def _unnamed_plan(optimizer, arrays):
    """`.keras` files of TensorFlow: the order is today's, without the rate."""
    rate = optimizer._learning_rate
    variables = [v for v in optimizer.variables if v is not rate]
    if len(variables) == 1 and type(optimizer).__name__ == "SGD":
        # TensorFlow made momenta without momentum, too.
        arrays = arrays[:1]
    if len(variables) > len(arrays):
        # Adafactor divides weights with two axes and more; TensorFlow wrote no placeholders.
        variables = [v for v in variables if v.shape or not v.name.endswith(("_rows", "_columns"))]
    return _in_order(variables, arrays)


def _with_slots(optimizer, plan, by_slot):
    """Adds the pairs of all slots that the optimizer has; None if one is missing or too short."""
    slots = slots_of(optimizer)
    for slot, variables in slots.items():
        arrays = by_slot.get(slot, ())
        if len(arrays) < len(variables):
            # Only weights with two axes and more have these; others have a placeholder today.
            variables = [v for v in variables if v.shape]
        if len(arrays) != len(variables):
            return None
        plan += zip(variables, arrays, strict=True)
    return plan
