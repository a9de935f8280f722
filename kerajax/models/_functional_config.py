"""Configs of functional models: the graph as layers, and the calls that connect them.

A call is written as its arguments, in which a tensor is `{"class_name": "__keras_tensor__",
"config": {"shape", "dtype", "keras_history": [operation, call, output]}}`. Calls are numbered
within the model; calls of the same layer outside the model do not count.
"""

import inspect
from collections import deque

from kerajax import tree
from kerajax.backend import KerasTensor
from kerajax.layers import InputLayer
from kerajax.models._added import add_to_graph, found_ends
from kerajax.models._old_graphs import modern_graph
from kerajax.objects import (
    bounded_reading,
    custom_object_scope,
    deserialize_keras_object,
    serialize_keras_object,
)


def functional_config(model) -> dict:
    """The config of a functional model."""
    graph = model._graph
    numbers = _call_numbers(graph)

    def reference(tensor):
        operation, node_index, tensor_index = tensor._keras_history
        return [operation.name, numbers[id(operation._inbound_nodes[node_index])], tensor_index]

    def from_outside(tensor):
        name, number, tensor_index = reference(tensor)
        return [name, number + _first_call(tensor._keras_history[0]), tensor_index]

    nodes_of = {}
    for node in graph._nodes:
        nodes_of.setdefault(id(node.operation), []).append(node)
    layers = []
    for operation in graph.operations:
        entry = serialize_keras_object(operation)
        entry["name"] = operation.name
        entry["inbound_nodes"] = [
            _call_config(node, reference)
            for node in sorted(nodes_of[id(operation)], key=lambda n: numbers[id(n)])
            if node.input_tensors
        ]
        layers.append(entry)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": _references(graph.input, from_outside),
        "output_layers": _references(graph.output, from_outside),
    }


def functional_from_config(cls, config, custom_objects=None):
    """The model that `functional_config` described.

    Raises:
        ValueError: If a call refers to a layer or an output that the config does not define.
    """
    config = modern_graph(config)
    operations, tensors, calls = {}, {}, []
    with bounded_reading(config), custom_object_scope(custom_objects or {}):
        for entry in config["layers"]:
            operation = deserialize_keras_object(
                {k: v for k, v in entry.items() if k not in ("inbound_nodes", "name")}
            )
            operation.name = entry.get("name", operation.name)
            operations[operation.name] = operation
            if isinstance(operation, InputLayer):
                tensors[operation.name, 0] = operation._inbound_nodes[0].output_tensors
            calls += [(operation, i, call) for i, call in enumerate(entry["inbound_nodes"])]
        left = _run_calls(calls, tensors)
        if left:
            raise ValueError(_why_stuck(config.get("name"), left, operations))

    def find(reference):
        name, call, index = reference[:3]
        try:
            return tensors[name, call - _first_call(operations[name])][index]
        except (KeyError, IndexError):
            raise ValueError(
                f"The config of model '{config.get('name')}' refers to output {index} of call "
                f"{call} of layer '{name}', which does not exist."
            ) from None

    options = {k: config[k] for k in ("name", "trainable") if k in config}
    model = cls(
        _structure(config["input_layers"], find),
        _structure(config["output_layers"], find),
        **options,
    )
    add_to_graph(model, found_ends(model._graph, operations.values()))
    return model


def _why_stuck(name, waiting, operations) -> str:
    """Why the calls that are left cannot be made."""
    for operation, _, call in waiting:
        for source, number, _ in _sources(call):
            if source not in operations:
                return (
                    f"Missing node: {source} (call {number}), whose output '{operation.name}' "
                    f"takes. The config of model '{name}' does not define it."
                )
    left = sorted({operation.name for operation, _, _ in waiting})
    return (
        f"The config of model '{name}' contains a loop: the calls of {left} wait for each other's "
        "outputs, or for calls that are not there."
    )


def _sources(call):
    """The references to tensors in the arguments of a call, as `_read` finds them."""
    waiting = [call["args"], call["kwargs"]]
    while waiting:
        structure = waiting.pop()
        if isinstance(structure, list):
            waiting += structure
        elif isinstance(structure, dict):
            if structure.get("class_name") == "__keras_tensor__":
                yield structure["config"]["keras_history"]
            elif "class_name" not in structure:
                waiting += structure.values()


def _first_call(operation) -> int:
    """The number of the first call in `input_layers` and `output_layers`.

    There, and there only, Keras counts the graph of a functional model as its first call.
    """
    is_functional = getattr(operation, "_graph", None) is not None
    return int(is_functional and not hasattr(operation, "_stack"))


def _call_numbers(graph) -> dict:
    """Node id to its number among the calls of the same operation in this graph."""
    inside = {id(node) for node in graph._nodes}
    numbers = {}
    for operation in graph.operations:
        count = 0
        for node in operation._inbound_nodes:
            if id(node) in inside:
                numbers[id(node)] = count
                count += 1
    return numbers


def _call_config(node, reference) -> dict:
    def write(x):
        if isinstance(x, KerasTensor):
            return {
                "class_name": "__keras_tensor__",
                "config": {
                    "shape": list(x.shape),
                    "dtype": x.dtype,
                    "keras_history": reference(x),
                },
            }
        return serialize_keras_object(x)

    args = [_map(write, arg) for arg in node.args]
    kwargs = {name: _map(write, value) for name, value in node.kwargs.items()}
    return {"args": args, "kwargs": kwargs}


def _map(write, structure):
    if isinstance(structure, (list, tuple)):
        return [_map(write, x) for x in structure]
    if isinstance(structure, dict):
        return {k: _map(write, v) for k, v in structure.items()}
    return write(structure)


def _run_calls(calls, tensors):
    """Makes calls in their order, or as soon after it as their arguments are there.

    Each is looked at once, however the list is sorted.

    Args:
        calls: List of triples of an operation, the number of the call, and its config.
        tensors: Dict of outputs by name and number; those of the calls are added.

    Returns:
        The calls whose arguments never came.
    """
    missing, dependents = {}, {}
    for position, item in enumerate(calls):
        needed = {key for key in _needs(*item) if key not in tensors}
        for key in needed:
            dependents.setdefault(key, []).append(position)
        if needed:
            missing[position] = len(needed)
        ready = deque(() if needed else (position,))
        while ready:
            operation, number, call = calls[ready.popleft()]
            _run_call(operation, number, call, tensors)
            for dependent in dependents.pop((operation.name, number), ()):
                missing[dependent] -= 1
                if not missing[dependent]:
                    del missing[dependent]
                    ready.append(dependent)
    return [calls[position] for position in missing]


def _needs(operation, number, call):
    """Names and numbers of the calls that come before one."""
    needed = {(name, before) for name, before, _ in _sources(call)}
    if not needed:
        # It would compute with numbers of the file, at once and of any size.
        raise ValueError(
            f"The config calls '{operation.name}' without any tensor of the model, so the call is "
            "no part of it. Graphs that Keras wrote have no such calls; do not use this file."
        )
    return needed | {(operation.name, number - 1)} if number > 0 else needed


def _run_call(operation, number, call, tensors):
    """Makes a call whose arguments are there."""
    if (operation.name, number) in tensors:
        return
    args, kwargs = (_read(call[part], tensors) for part in ("args", "kwargs"))
    if kwargs.get("training") is _default_of_training(operation):
        # Keras 3 writes the default down as if it had been asked for. How the model runs decides.
        kwargs.pop("training", None)
    outputs = operation(*args, **kwargs)
    tensors[operation.name, number] = [x for x in tree.flatten(outputs) if x is not None]


def _default_of_training(operation):
    parameter = inspect.signature(operation.call).parameters.get("training")
    return None if parameter is None else parameter.default


def _read(structure, tensors):
    """Arguments of a call."""
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            name, call, index = structure["config"]["keras_history"]
            return tensors[name, call][index]
        if "class_name" in structure:
            return deserialize_keras_object(structure)
        return {k: _read(v, tensors) for k, v in structure.items()}
    if isinstance(structure, list):
        return [_read(x, tensors) for x in structure]
    return structure


def _references(structure, reference):
    """One tensor is one reference; more keep their structure."""
    if isinstance(structure, KerasTensor):
        return reference(structure)
    if isinstance(structure, (list, tuple)):
        kind = tuple if isinstance(structure, tuple) else list
        return kind(_references(x, reference) for x in structure)
    if isinstance(structure, dict):
        return {k: _references(v, reference) for k, v in structure.items()}
    return structure


def _structure(references, find):
    if isinstance(references, dict):
        return {k: _structure(v, find) for k, v in references.items()}
    if references and isinstance(references[0], str):
        return find(references)
    kind = tuple if isinstance(references, tuple) else list
    return kind(_structure(x, find) for x in references)
