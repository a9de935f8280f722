"""Models whose inputs are tensors inside another graph."""

from kerajax import tree
from kerajax.backend import KerasTensor
from kerajax.graph import check_symbolic, clone_graph, node_of
from kerajax.layers import Input, InputLayer


def from_input_layers(inputs, outputs):
    """Inputs and outputs of a graph that begins with input layers.

    A model may begin at tensors inside another graph. Its part of that graph is then called again
    on new inputs, so that the layers are shared and the graphs are not.
    """
    check_symbolic(inputs, "inputs")
    check_symbolic(outputs, "outputs")
    inputs = _without_values(inputs)
    flat = [x for x in tree.flatten(inputs) if x is not None]
    if all(map(is_input, flat)):
        return inputs, outputs
    new = [
        x if is_input(x) else Input(batch_shape=x.shape, dtype=x.dtype, name=x.name) for x in flat
    ]
    of = dict(zip(map(id, flat), new, strict=True))
    outputs = clone_graph(flat, outputs, lambda layer, args, kwargs: layer(*args, **kwargs), new)
    return tree.map_structure(lambda x: of.get(id(x)), inputs), outputs


def is_input(tensor) -> bool:
    """Whether a tensor is a symbolic input."""
    history = getattr(tensor, "_keras_history", None)
    of_input = history is not None and isinstance(history.operation, InputLayer)
    return of_input and not is_value(tensor)


def is_value(tensor) -> bool:
    """Whether a symbolic tensor is one that holds its value, as `Input(tensor=value)` makes it."""
    node = node_of(tensor) if isinstance(tensor, KerasTensor) else None
    return node is not None and not node.input_tensors and not node.is_input


def _without_values(inputs):
    """Nested inputs without those that nobody is to give."""
    if isinstance(inputs, dict):
        return {k: _without_values(v) for k, v in inputs.items() if not is_value(v)}
    if isinstance(inputs, (list, tuple)):
        return type(inputs)([_without_values(x) for x in inputs if not is_value(x)])
    return [] if is_value(inputs) else inputs
