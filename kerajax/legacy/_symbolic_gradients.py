"""`K.gradients`: derivatives of symbolic tensors, as a node of the graph."""

import contextlib

from kerajax import ops, tree
from kerajax.backend import KerasTensor, Variable, context, value_of_symbol
from kerajax.graph import Function, node_of, with_values
from kerajax.layers._base._call import CallContext
from kerajax.ops._operation import Operation

_MSG_NOT_SYMBOLIC = (
    "K.gradients needs a symbolic loss, computed from `K.placeholder` or from inputs of a model, "
    "or in a loss function the output of the model as it came, but received {loss!r:.80}: JAX does "
    "not remember what values were computed from. Write the loss as a function and use "
    "`keras.ops.grad` or `jax.grad`."
)


def gradients(loss, variables):
    """Derivatives of the sum of `loss` with respect to symbolic tensors or variables.

    `K.function` runs them; they can be computed with, and differentiated again. In a loss function,
    where the model's output comes as a value, they are values: the part of the model between
    `variables` and the output is run once more for them.

    Args:
        loss: KerasTensor of any shape, or the output that a loss function was given.
        variables: KerasTensor or `Variable` that the loss is computed from, or a list of them.

    Returns:
        List of tensors of the shapes of `variables`, symbolic where `loss` is. It holds None where
        the loss does not depend on a variable.

    Raises:
        ValueError: If `loss` is a value, and not that of a tensor of a model that runs.

    Example:

    >>> from kerajax.legacy import _backend as K
    >>> x = K.placeholder((1, 2))
    >>> slopes = K.gradients(K.sum(K.square(x)), x)
    >>> K.function([x], slopes)([np.ones((1, 2))])[0].tolist()
    [[2.0, 2.0]]
    """
    if context.listing is not None:
        # In `get_updates` of an optimizer: those of the loss that it was given.
        wanted = variables if isinstance(variables, (list, tuple)) else [variables]
        return context.listing.gradients(loss, list(wanted))
    wanted = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    tensors = [x for x in wanted if isinstance(x, KerasTensor)]
    if not isinstance(loss, KerasTensor):
        symbol = next((y for x in tensors for y in _after(x) if value_of_symbol(y) is loss), None)
        if symbol is None:
            raise ValueError(_MSG_NOT_SYMBOLIC.format(loss=loss))
        with _as_the_graph_ran():
            return [_value_of_gradient(x) for x in gradients(symbol, wanted)]
    if any(_leads_to(x, y) for x in tensors for y in tensors if x is not y):
        # What the later one does not pass on counts for the earlier one too.
        return [gradients(loss, x)[0] for x in wanted]
    return _gradients_at_once(loss, wanted)


def _after(tensor):
    """The symbolic tensors that are computed from one, and itself."""
    seen, stack = {id(tensor)}, [tensor]
    while stack:
        yield (tensor := stack.pop())
        consumers = node_of(tensor).operation._outbound_nodes if node_of(tensor) else ()
        for x in (x for node in consumers for x in node.output_tensors if id(x) not in seen):
            seen.add(id(x))
            stack.append(x)


@contextlib.contextmanager
def _as_the_graph_ran():
    """Layers are in training mode where they were when the graph ran that has just ended."""
    outer, kept = context.call, context.kept_values
    if outer is None and kept is not None:
        context.call = CallContext(None)
        context.call.training = kept.training
    try:
        yield
    finally:
        context.call = outer


def _value_of_gradient(symbol):
    if symbol is None:
        return None
    operation, node_index, index = symbol._keras_history
    node = operation._inbound_nodes[node_index]
    return operation(*map(value_of_symbol, node.input_tensors))[index]


def _gradients_at_once(loss, wanted):
    begins, nodes = part_of_graph([loss], wanted)
    met = {id(x) for x in begins} | {id(v) for v in variables_in(nodes)}
    met &= {id(x) for x in wanted}
    asked = [x for x in wanted if id(x) in met]
    if not asked:
        return [None] * len(wanted)
    operation = Gradients(loss, begins, asked)
    outputs = iter(operation(*begins))
    return [next(outputs) if id(x) in met else None for x in wanted]


class Gradients(Operation):
    """Derivatives of one tensor of a graph with respect to others and to variables.

    Args:
        loss: KerasTensor.
        begins: List of KerasTensors that the loss is computed from: the arguments of the operation.
        asked: List of those of them, and of variables, whose derivatives are the results.
    """

    def __init__(self, loss, begins, asked):
        super().__init__()
        self.graph = Function(list(begins), loss)
        place = {id(x): i for i, x in enumerate(begins)}
        self._sources = [place.get(id(x), x) for x in asked]

    def call(self, *values):
        """The derivatives where the graph has these values."""
        values = list(map(ops.convert_to_tensor, values))
        variables = [x for x in self._sources if isinstance(x, Variable)]
        places = [x for x in self._sources if not isinstance(x, Variable)]

        def loss(tensors, held):
            given = [*values]
            for place, tensor in zip(places, tensors, strict=True):
                given[place] = tensor
            return ops.sum(with_values(lambda: self.graph.run(given), variables, held).outputs)

        here = [values[place] for place in places], [v.value for v in variables]
        of_tensors, of_variables = map(iter, ops.grad(loss, (0, 1))(*here))
        return [
            next(of_variables if isinstance(x, Variable) else of_tensors) for x in self._sources
        ]

    def compute_output_spec(self, *values):
        """Tensors like those that the derivatives are taken with respect to."""
        like = [x if isinstance(x, Variable) else values[x] for x in self._sources]
        return [KerasTensor(x.shape, x.dtype) for x in like]


def part_of_graph(ends, begins):
    """The part of a graph that leads from `begins`, and from inputs beside them, to `ends`.

    Returns:
        `(begins, nodes)`: list of KerasTensors where it begins, and of the nodes to run.
    """
    stopped = {id(x) for x in begins}
    found, nodes, seen = [], [], set()
    stack = list(ends)
    while stack:
        tensor = stack.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        node = node_of(tensor)
        if id(tensor) in stopped or node is None or node.is_input:
            found.append(tensor)
            continue
        nodes.append(node)
        stack.extend(node.input_tensors)
    return found, nodes


def variables_in(nodes) -> list:
    """The variables that nodes of a graph read: those of layers, and arguments of ops."""
    found = {}
    for node in nodes:
        operation = node.operation
        if isinstance(operation, Gradients):
            variables = variables_in(operation.graph._nodes)
        else:
            variables = getattr(operation, "variables", ())
        captured = [x for x in tree.flatten((node.args, node.kwargs)) if isinstance(x, Variable)]
        found.update((id(v), v) for v in (*variables, *captured))
    return list(found.values())


def _leads_to(begin, end) -> bool:
    """Whether one symbolic tensor is computed from another."""
    return any(x is begin for x in part_of_graph([end], [begin])[0])
