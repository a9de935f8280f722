"""Losses and metrics that are computed inside the graph of a functional model.

Until Keras 2 a script could add a symbolic tensor of the graph to the model's losses or metrics.
The graph then computes these tensors with its outputs and hands their values over when it runs.
"""

import warnings

from kerajax.graph import Function
from kerajax.layers import Layer


class WithAdded(Function):
    """A graph that computes more tensors than its outputs.

    Args:
        graph: The `Function` of the model.
        added: List of pairs: a KerasTensor of the graph, and a function that takes its value each
            time the graph runs.
    """

    def __init__(self, graph, added):
        super().__init__(graph.input, graph.output, name=graph.name)
        self.added = added
        self._whole = Function(graph.input, [graph.output, [tensor for tensor, _ in added]])

    @property
    def all_operations(self) -> list:
        """The operations of the graph, those that only what is added needs included."""
        return self._whole.operations

    def run(self, inputs, operation_fn=None):
        """The outputs, after the other values have been handed over."""
        outputs, values = self._whole.run(inputs, operation_fn)
        for (_, take), value in zip(self.added, values, strict=True):
            take(value)
        return outputs


def warn_of_added(model) -> None:
    """Says that a config leaves out what was added to the graph, where there is such."""
    added = getattr(model._graph, "added", ())
    if added:
        names = ", ".join(f"'{tensor.name}'" for tensor, _ in added)
        warnings.warn(
            f"The config of model '{model.name}' leaves out the losses and metrics that were added "
            f"to it as symbolic tensors: {names}. Call `add_loss` and `add_metric` again on a "
            "model that is loaded or cloned, or add them in the `call` of a layer, which is saved.",
            stacklevel=4,
        )


def add_to_graph(model, tensor, take) -> None:
    """Makes the graph of a functional model compute `tensor` as well and give its value to `take`.

    Raises:
        ValueError: If the inputs of the model do not lead to the tensor.
    """
    graph = model._known_graph("losses and metrics of its own tensors")
    added = [*getattr(graph, "added", ()), (tensor, take)]
    model._graph = graph = WithAdded(graph, added)
    for operation in graph.all_operations:
        if isinstance(operation, Layer):
            model._tracker.add("layers", operation)
    if model._compiled is not None:
        model._compiled.forget()
