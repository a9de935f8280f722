"""`K.gradients`: derivatives between tensors of a graph, as an operation of the graph."""

from kerajax.backend import KerasTensor, Variable, context
from kerajax.graph import Function
from kerajax.graph._pure import with_values
from kerajax.ops._derivatives import gradients_of_sum
from kerajax.ops._operation import Operation

_MSG_NO_GRAPH = (
    "K.gradients finds its way from `loss` to `variables` in a graph of symbolic tensors, but "
    "received: {name}={value!r:.80}, which has none. Where values are computed, in a layer or a "
    "loss, use `jax.grad` of a function."
)


def gradients(loss, variables):
    """The gradients of the sum of `loss`, as symbolic tensors; None where it does not depend.

    In `get_updates` of an optimizer, those of the loss that it was given.

    Args:
        loss: Symbolic tensor, or a list of them.
        variables: Symbolic tensor from which `loss` was computed, a variable of a layer on the
            way, or a list of these.

    Returns:
        A list, in the order of `variables`.

    Raises:
        ValueError: If one of them is no tensor of a graph.

    Example:

    >>> from kerajax.legacy import _backend as K
    >>> x = kerajax.Input((2,))
    >>> f = K.function([x], K.gradients(K.square(x), x))
    >>> f([np.ones((1, 2))])[0].tolist()
    [[2.0, 2.0]]
    """
    wanted = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    if context.listing is not None:
        return context.listing.gradients(loss, wanted)
    losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
    for name, values, kinds in (
        ("loss", losses, KerasTensor),
        ("variables", wanted, (KerasTensor, Variable)),
    ):
        for value in values:
            if not isinstance(value, kinds):
                raise ValueError(_MSG_NO_GRAPH.format(name=name, value=value))
    weights = [x for x in wanted if isinstance(x, Variable)]
    found = _of_weights(losses, weights) if weights else {}
    for x in wanted:
        if isinstance(x, KerasTensor) and id(x) not in found:
            # One by one: what leads from one to the loss may lead through another.
            found[id(x)] = _of_tensor(losses, x)
    return [found.get(id(x)) for x in wanted]


def _of_tensor(losses, x):
    others, used = _ways(losses, x)
    if id(x) not in used:
        return None
    inputs = [x, *others]
    return Gradients(Function(inputs, losses), 1)(*inputs)[0]


def _of_weights(losses, weights):
    inputs, used = _ways(losses)
    weights = [w for w in {id(w): w for w in weights}.values() if id(w) in used]
    if not weights:
        return {}
    found = Gradients(Function(inputs, losses), 0, weights)(*inputs)
    return dict(zip(map(id, weights), found, strict=True))


class Gradients(Operation):
    """Gradients of the sum of a function's outputs.

    Args:
        function: `Function` of a flat list of tensors.
        count: Int. With respect to how many of its first inputs.
        weights: List of variables of its layers, with respect to which as well.
    """

    def __init__(self, function, count, weights=(), name=None):
        super().__init__(name=name)
        self._function, self._count, self._weights = function, count, weights

    def call(self, *tensors):
        """A list of gradients: of the inputs, then of the weights."""
        count, weights = self._count, self._weights

        def outputs(values):
            inputs = [*values[:count], *tensors[count:]]
            ran = with_values(lambda: self._function(inputs), weights, values[count:])
            return ran.outputs

        return gradients_of_sum(outputs, [*tensors[:count], *(w.value for w in weights)])


def _ways(losses, target=None):
    """The inputs of the losses besides `target`, and ids of tensors and weights on the way."""
    others, used, stack = [], set(), list(losses)
    while stack:
        tensor = stack.pop()
        if id(tensor) in used:
            continue
        used.add(id(tensor))
        history = tensor._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if tensor is target:
            continue
        if node.is_input:
            others.append(tensor)
        else:
            used.update(map(id, getattr(node.operation, "variables", ())))
            stack.extend(node.input_tensors)
    return others, used
