"""Function: a graph of operations between symbolic inputs and outputs, which runs on values."""

from kerajax import tree
from kerajax.backend import (
    KerasTensor,
    Node,
    cast,
    context,
    graph_values,
    keras_tensors_in,
    standardize_dtype,
)
from kerajax.graph._repeats import Repeat
from kerajax.ops._operation import Operation


class Function(Operation):
    """The computation that leads from `inputs` to `outputs`.

    Args:
        inputs: KerasTensor, or a nested structure of them.
        outputs: KerasTensor, or a nested structure of them, computed from `inputs`.
        name: String.

    Raises:
        ValueError: If the outputs cannot be computed from the inputs, or if two operations of the
            graph have the same name.

    Example:

    >>> x = kerajax.KerasTensor((None, 2))
    >>> double = kerajax.Function(x, x * 2)
    >>> double(np.ones((1, 2))).tolist()
    [[2.0, 2.0]]
    """

    def __init__(self, inputs, outputs, name=None):
        super().__init__(name=name)
        self._connect(inputs, outputs)

    def _connect(self, inputs, outputs):
        self._inputs_struct = inputs
        self._outputs_struct = outputs
        if _leaves(inputs):
            check_symbolic(inputs, "inputs")
        check_symbolic(outputs, "outputs")
        self._inputs = _leaves(inputs)
        self._outputs = _leaves(outputs)
        self._nodes = sort_nodes(self._inputs, outputs)
        self._operations = _operations_of(self._nodes, self._outputs)

    @property
    def operations(self) -> list:
        """The operations of the graph, in the order they run."""
        return list(self._operations)

    @property
    def inputs(self) -> list:
        """Flat list of the symbolic inputs."""
        return self._inputs

    @property
    def outputs(self) -> list:
        """Flat list of the symbolic outputs."""
        return self._outputs

    @property
    def input(self):
        """The symbolic inputs in the structure they were given in."""
        return self._inputs_struct

    @property
    def output(self):
        """The symbolic outputs in the structure they were given in."""
        return self._outputs_struct

    def call(self, inputs):
        """Runs the graph on arrays given in the structure of `inputs`."""
        self._check_shapes(tree.flatten(inputs))
        return self.run(inputs)

    def _check_shapes(self, inputs):
        for expected, x in zip(self._inputs, inputs, strict=False):
            shape = tuple(getattr(x, "shape", expected.shape))
            pairs = zip(expected.shape, shape, strict=False)
            if len(shape) != len(expected.shape) or any(
                None not in pair and pair[0] != pair[1] for pair in pairs
            ):
                raise ValueError(
                    f"{type(self).__name__} was passed incompatible inputs. For input "
                    f"'{expected.name}', expected shape {expected.shape}, but received shape "
                    f"{shape}."
                )

    def run(self, inputs, operation_fn=None):
        """Runs the graph.

        Args:
            inputs: Arrays in the structure of the inputs, or a flat list of them. None stands for
                an optional input that is absent.
            operation_fn: Optional function of an operation that returns what is called in its
                place.
        """
        values = dict(zip(map(id, self._inputs), tree.flatten(inputs), strict=True))

        def run_node(node, values):
            args, kwargs = _filled((node.args, node.kwargs), values)
            operation = node.operation
            run = operation_fn(operation) if operation_fn is not None else operation
            outputs = run(*args, **kwargs)
            for tensor, value in zip(node.output_tensors, _leaves(outputs), strict=True):
                values[id(tensor)] = value

        with graph_values(values):
            for step in (context.repeats or {}).get(id(self), self._nodes):
                if isinstance(step, Repeat):
                    step.run(values, run_node)
                elif not step.is_input:
                    run_node(step, values)
        return _filled(self._outputs_struct, values)

    def compute_output_shape(self, input_shape):
        """Shapes of the outputs for other shapes of the inputs."""
        specs = tree.map_shape_structure(KerasTensor, input_shape)
        specs = [
            KerasTensor(spec.shape, x.dtype)
            for spec, x in zip(tree.flatten(specs), self._inputs, strict=True)
        ]
        outputs = Operation.compute_output_spec(self, specs)
        return tree.map_structure(lambda x: x.shape, outputs)


def check_symbolic(structure, argument) -> None:
    """Raises unless a structure consists of KerasTensors, one at least; None is passed over."""
    leaves = _leaves(structure)
    for leaf in leaves:
        if not isinstance(leaf, KerasTensor):
            raise ValueError(
                f"All `{argument}` values must be KerasTensors, which `kerajax.Input` and what is "
                f"computed from it are. Received: {argument}={structure} including invalid value "
                f"{leaf} of type {type(leaf)}"
            )
    if not leaves:
        raise ValueError(
            f"A Function needs at least one KerasTensor in `{argument}`, but received: "
            f"{argument}={structure!r}."
        )


def sort_nodes(inputs, outputs) -> list:
    """The nodes between inputs and outputs, each after those it needs.

    Args:
        inputs: Flat list of KerasTensors.
        outputs: Nested structure of KerasTensors.

    Raises:
        ValueError: If an output needs a tensor that no input leads to.
    """
    reached = {id(x) for x in inputs}
    done, order = set(), []
    for tensor in inputs:
        node = node_of(tensor)
        if node is not None and node.is_input and id(node) not in done:
            done.add(id(node))
            order.append(node)
    for path, output in tree.flatten_with_path(outputs):
        if output is not None:
            _visit(output, path, reached, done, order)
    return order


def _visit(output, path, reached, done, order):
    """Appends the nodes that lead to one output to `order`."""
    # Depth first with an explicit stack: graphs may be deeper than Python's recursion allows.
    stack = [(output, False)]
    active = set()
    while stack:
        tensor, finished = stack.pop()
        if id(tensor) in reached and not finished:
            continue
        node = node_of(tensor)
        if node is None or node.is_input:
            place = f" with path `{'.'.join(map(str, path))}`" if path else ""
            raise ValueError(
                f"Output{place} is not connected to `inputs`: it depends on the tensor {tensor}, "
                "which no input leads to. Add it to `inputs`."
            )
        if finished:
            active.discard(id(node))
            if id(node) not in done:
                done.add(id(node))
                order.append(node)
                reached.update(id(x) for x in node.output_tensors)
        elif id(node) not in done:
            if id(node) in active:
                raise ValueError(f"The graph has a cycle at {node.operation.name}.")
            active.add(id(node))
            stack.append((tensor, True))
            stack.extend((x, False) for x in reversed(node.input_tensors))


def clone_graph(function_inputs, function_outputs, call_operation, new_inputs=None):
    """Calls the operations of a graph again on new symbolic inputs.

    Args:
        function_inputs: Flat list of KerasTensors.
        function_outputs: Nested structure of KerasTensors.
        call_operation: Function `(operation, args, kwargs)` that returns the outputs.
        new_inputs: Flat list of the tensors to start from.

    Returns:
        The outputs, in the structure of `function_outputs`.
    """
    new = dict(zip(map(id, function_inputs), new_inputs, strict=True))

    def fill(x):
        return new[id(x)] if isinstance(x, KerasTensor) else x

    for node in sort_nodes(function_inputs, function_outputs):
        if not node.input_tensors:
            # What a graph holds stays the same tensor.
            new.update((id(t), new.get(id(t), t)) for t in node.output_tensors)
        if all(id(t) in new for t in node.output_tensors):
            continue
        args, kwargs = tree.map_structure(fill, (node.args, node.kwargs))
        outputs = call_operation(node.operation, args, kwargs)
        new.update(zip(map(id, node.output_tensors), keras_tensors_in(outputs), strict=True))
    return tree.map_structure(fill, function_outputs)


def standardize_input(tensor: KerasTensor, value):
    """`value` in the dtype and rank that a symbolic input declares."""
    dtype = standardize_dtype(tensor.dtype)
    if str(value.dtype) != dtype:
        value = cast(value, dtype)
    return value


def _operations_of(nodes, outputs) -> list:
    """The operations of a graph: the furthest from the outputs first, then as first met from them.

    It is Keras' order, in which files hold the weights of layers.
    """
    depths, depth_of = {}, {}
    for node in reversed(nodes):
        operation = id(node.operation)
        depth = max(depths.get(id(node), 0), depth_of.get(operation, 0))
        depths[id(node)] = depth_of[operation] = depth
        for parent in node.parent_nodes:
            depths[id(parent)] = max(depths.get(id(parent), 0), depth + 1)
    met = _first_meetings(nodes, outputs)
    operations = list({id(node.operation): node.operation for node in nodes}.values())
    operations.sort(key=lambda x: (-depth_of[id(x)], met.get(id(x), -1)))
    names = {}
    for operation in operations:
        if names.setdefault(operation.name, operation) is not operation:
            raise ValueError(
                f"The name '{operation.name}' is used by two operations of the graph: "
                f"{names[operation.name]} and {operation}. All operation names must be unique; "
                "pass another `name`."
            )
    return operations


def _first_meetings(nodes, outputs) -> dict:
    """Operation id to its number in a walk from the outputs back, each branch to its end."""
    inside = {id(node) for node in nodes}
    met, seen = {}, set()
    stack = [node_of(x) for x in reversed(outputs)]
    while stack:
        node = stack.pop()
        if id(node) in inside and id(node) not in seen:
            seen.add(id(node))
            met.setdefault(id(node.operation), len(met))
            stack.extend(reversed(node.parent_nodes))
    return met


def node_of(tensor) -> Node | None:
    history = tensor._keras_history
    return None if history is None else history.operation._inbound_nodes[history.node_index]


def _filled(structure, values):
    """`structure` with values, by id, in place of its KerasTensors."""
    return tree.map_structure(
        lambda x: values[id(x)] if isinstance(x, KerasTensor) else x, structure
    )


def _leaves(structure) -> list:
    return [x for x in tree.flatten(structure) if x is not None]
