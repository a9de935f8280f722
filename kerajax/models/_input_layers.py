"""Models whose inputs are tensors inside another graph."""

from kerajax import tree
from kerajax.graph import check_symbolic, clone_graph
from kerajax.layers import Input, InputLayer


def from_input_layers(inputs, outputs):
    """Inputs and outputs of a graph that begins with input layers.

    A model may begin at tensors inside another graph. Its part of that graph is then called again
    on new inputs, so that the layers are shared and the graphs are not.
    """
    check_symbolic(inputs, "inputs")
    check_symbolic(outputs, "outputs")
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
    return history is not None and isinstance(history.operation, InputLayer)
