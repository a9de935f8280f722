"""Losses and metrics that are computed inside the graph of a functional model.

Until Keras 2 a script could add a symbolic tensor of the graph to the model's losses or metrics.
The graph then ends in layers that take these tensors, `AddLoss` and `AddMetric`, beside its
outputs; they run with it and are written into its config, as TensorFlow's Keras has it.
"""

import functools
import warnings

from kerajax.graph import Function
from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.layers.AddLoss")
class AddLoss(Layer):
    """Adds its input to the loss of the model, and passes it on.

    Args:
        unconditional: Bool, kept for files: whether the loss depends on no input.
        **kwargs: Arguments of every layer.

    Example:

    >>> layer = kerajax.legacy.layers.AddLoss()
    >>> _ = layer(kerajax.ops.ones(()))
    >>> float(layer.losses[0])
    1.0
    """

    _any_arguments = True

    def __init__(self, unconditional=False, **kwargs):
        super().__init__(**kwargs)
        self.unconditional = unconditional

    def call(self, inputs):
        self.add_loss(inputs)
        return inputs


@publish("keras.layers.AddMetric")
class AddMetric(Layer):
    """Shows the mean of its input among the metrics of the model, and passes it on.

    Args:
        aggregation: `"mean"`, or None for it.
        metric_name: String, the name in the logs.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If the aggregation is another one, or if there is no name.

    Example:

    >>> layer = kerajax.legacy.layers.AddMetric("mean", "size")
    >>> layer(kerajax.ops.ones((1,))).shape, layer.metrics[0].name
    ((1,), 'size')
    """

    def __init__(self, aggregation=None, metric_name=None, **kwargs):
        super().__init__(**kwargs)
        self.aggregation = aggregation
        self.metric_name = metric_name
        self._check_metric(metric_name, aggregation)

    def call(self, inputs):
        self.add_metric(inputs, self.metric_name, self.aggregation)
        return inputs


class WithEnd(Function):
    """A graph that computes one tensor more than another.

    Args:
        graph: `Function`, perhaps one with ends already.
        end: KerasTensor that its inputs lead to.

    Raises:
        ValueError: If they do not.
    """

    def __init__(self, graph, end):
        self.ends = [*ends_of(graph), end]
        self._shorter = graph
        super().__init__(graph.input, graph.output, name=graph.name)

    def _connect(self, inputs, outputs):
        super()._connect(inputs, [outputs, self.ends])
        self._outputs_struct, self._outputs = outputs, self._shorter.outputs
        # What was there keeps its place: files hold weights in this order. So ends come one by one.
        first = self._shorter.operations
        known = {id(operation) for operation in first}
        self._operations = [*first, *(x for x in self._operations if id(x) not in known)]


def with_ends(graph, ends):
    """The graph that computes `ends` as well."""
    return functools.reduce(WithEnd, ends, graph)


def ends_of(graph) -> list:
    """The tensors that a graph computes beside its outputs."""
    return getattr(graph, "ends", [])


def add_to_graph(model, ends) -> None:
    """Makes the graph of a functional model compute more tensors.

    Args:
        model: Functional model.
        ends: List of KerasTensors: outputs of `AddLoss` and `AddMetric` layers.

    Raises:
        ValueError: If the inputs of the model do not lead to one of them.
    """
    graph = model._known_graph("losses and metrics of its own tensors")
    model._graph = graph = with_ends(graph, ends)
    for operation in graph.operations:
        if isinstance(operation, Layer):
            model._tracker.add("layers", operation)
    if model._compiled is not None:
        model._compiled.forget()


def found_ends(graph, operations) -> list:
    """The ends among the operations that a config made: layers that no output needs."""
    inside = {id(operation) for operation in graph.operations}
    return [
        tensor
        for operation in operations
        if isinstance(operation, (AddLoss, AddMetric)) and id(operation) not in inside
        for node in operation._inbound_nodes
        for tensor in node.output_tensors
    ]


def end_layer(model, cls, *args):
    """A layer to end the graph of a model in, with a name that is new in it."""
    taken = {operation.name for operation in model._known_graph("graph").operations}
    layer = cls(*args)
    while layer.name in taken:
        layer = cls(*args)
    return layer


def warn_of_ends(model) -> None:
    """Says that the config of a model which is no graph leaves its added losses out."""
    ends = ends_of(model._graph)
    if ends:
        names = ", ".join(f"'{tensor._keras_history.operation.name}'" for tensor in ends)
        warnings.warn(
            f"The config of {type(model).__name__} model '{model.name}' leaves out the losses and "
            f"metrics that were added to it as symbolic tensors: {names}. To save them, make the "
            "model a functional one, `kerajax.Model(model.inputs, model.outputs)`, and add them "
            "to that; or add them in the `call` of a layer.",
            stacklevel=4,
        )
