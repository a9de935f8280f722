"""HostPart: what of a model runs before its compiled part.

Layers that look strings up in Python cannot be compiled. A graph with such layers is cut: they and
all that leads to them run on numpy arrays, the rest is compiled and begins at what they gave.
"""

from typing import NamedTuple

import numpy as np

from kerajax import tree
from kerajax.backend import convert_to_numpy
from kerajax.dtype_policies._policy import holds_strings
from kerajax.graph import Function
from kerajax.models._added import ends_of, with_ends


class Prepared(NamedTuple):
    """Inputs of a model after its host part; a model takes them in place of its inputs.

    Attributes:
        tensors: Tuple of arrays, where the compiled part begins.
    """

    tensors: tuple


class HostPart:
    """The two parts of a graph with layers that run on the host.

    Args:
        graph: `Function` of the model.
        name: String, the model's.

    Attributes:
        graph: The same.
        is_empty: Whether all of the graph can be compiled.
        after: `Function`, the part to compile. Its inputs are what `prepare` returns.

    Raises:
        ValueError: If a layer on the host needs the output of a layer that is trained.
    """

    def __init__(self, graph, name):
        self.graph = graph
        hosted = {id(x) for x in graph.operations if runs_on_host(x)}
        self.is_empty = not hosted
        if not hosted:
            return
        # Walking backwards, a node is known to lead to a hosted one before it is met.
        needed, on_host = set(), []
        for node in reversed(graph._nodes):
            leads = any(id(t) in needed for t in node.output_tensors)
            if not node.is_input and (leads or id(node.operation) in hosted):
                _check_untrained(node.operation, name)
                on_host.append(node)
                needed.update(id(t) for t in node.input_tensors)
        given = [*graph.inputs, *(t for node in on_host for t in node.output_tensors)]
        inside = {id(node) for node in on_host}
        after = [t for n in graph._nodes if id(n) not in inside for t in n.input_tensors]
        wanted = {id(t) for t in [*after, *graph.outputs, *ends_of(graph)]}
        border = [t for t in given if id(t) in wanted]
        self._before = Function(graph.inputs, border)
        self.after = with_ends(Function(border, graph.output), ends_of(graph))

    def prepare(self, inputs) -> Prepared:
        """Runs the part that is not compiled.

        Args:
            inputs: Flat list of arrays, strings among them.
        """
        tensors = tuple(convert_to_numpy(x) for x in self._before.run(inputs))
        if any(map(holds_strings, tensors)):
            raise ValueError(
                "A layer of the model puts out strings, which the compiled part of a model cannot "
                "take and `predict` cannot return. Call the model itself, `model(x)`, or take the "
                "layer out and call it on what `predict` returns."
            )
        return Prepared(tensors)


def host_part_of(model):
    """The `HostPart` of a functional model; None where all of it can be compiled."""
    graph = model._graph
    if graph is None:
        return None
    part = model.__dict__.get("_host_part")
    if part is None or part.graph is not graph:
        part = HostPart(graph, model.name)
        object.__setattr__(model, "_host_part", part)
    return None if part.is_empty else part


def graph_of_steps(model):
    """The `Function` that a model's `call` runs in a compiled step; None if it runs no graph."""
    runs_it = getattr(type(model).call, "_runs_graph", False) and host_part_of(model) is None
    return model._graph if runs_it else None


def runs_on_host(operation) -> bool:
    """Whether an operation is, or contains, a layer that runs on the host."""
    if getattr(operation, "_runs_on_host", False):
        return True
    inner = getattr(operation, "_flatten_layers", None)
    return inner is not None and any(
        getattr(layer, "_runs_on_host", False) for layer in inner(include_self=False)
    )


def as_inputs(x):
    """What a user may pass for an input of strings: a list of strings becomes an array."""
    if isinstance(x, (list, tuple)) and x and all(isinstance(item, (str, bytes)) for item in x):
        return np.asarray(x, object)
    return tree.map_structure(lambda a: a.to_numpy() if hasattr(a, "to_numpy") else a, x)


def refuse_strings(x, model) -> None:
    """Raises where strings are among the inputs of a model that compiles all of its work.

    Raises:
        ValueError: If an array holds strings.
    """
    if type(x) is np.ndarray and x.dtype.kind in "fiub":
        return
    if any(map(holds_strings, tree.flatten(x))):
        raise ValueError(
            f"Model '{model.name}' received strings, which compiled code cannot take. Turn them "
            "into numbers before, as in `x = layer(x)` with a TextVectorization or StringLookup "
            "layer; or make the model from `kerajax.Input(..., dtype='string')` and such layers, "
            "which then run before the compiled part; or compile it with `run_eagerly=True`."
        )


def _check_untrained(operation, name):
    if getattr(operation, "trainable_variables", ()):
        raise ValueError(
            f"Model '{name}' has a layer that looks values up in Python after '{operation.name}', "
            "whose weights are trained: it cannot run before the compiled part of the model. Take "
            "that layer out, and call it on what `predict` returns."
        )
