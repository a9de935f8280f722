"""Pictures of a model's graph, drawn by Graphviz through `pydot`."""

import os

from kerajax import tree

_MSG_PYDOT = (
    "A picture of a model needs the package `pydot`, which is not installed. Run "
    "`pip install 'kerajax[viz]'`, or look at `model.summary()`."
)
_MSG_GRAPHVIZ = (
    "A picture of a model needs the program `dot` of Graphviz, which was not found. Install it "
    "from https://graphviz.org/download/ or with the system's package manager, or write the "
    "graph as text: kerajax.utils.model_to_dot(model).write_raw('model.dot')."
)


def model_to_dot(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    subgraph=False,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    r"""The graph of a model as a `pydot.Dot`.

    Args:
        model: Model. One that is neither functional nor Sequential is drawn as its layers.
        show_shapes: Bool. Whether to show the shapes of inputs and outputs.
        show_dtype: Bool. Whether to show dtypes.
        show_layer_names: Bool. Whether to show names beside types.
        rankdir: `"TB"` (top to bottom), `"LR"` (left to right), `"BT"` or `"RL"`.
        expand_nested: Bool. Whether to draw models inside as boxes around their layers.
        dpi: Int, dots per inch.
        subgraph: Bool. Whether to return a `pydot.Cluster` to put into another graph.
        show_layer_activations: Bool. Whether to show activation functions.
        show_trainable: Bool. Whether to show which layers train.
        splines: How Graphviz draws edges: `"ortho"`, `"curved"`, `"polyline"` ...
        **kwargs: `layer_range` alone is known: a pair of names of the first and last layer.

    Raises:
        ImportError: If pydot is not installed.
        ValueError: If the model is not built, or a keyword is unknown.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2, name="out")])
    >>> graph = kerajax.utils.model_to_dot(model, show_shapes=True)
    >>> [node.get_label() for node in graph.get_nodes()][-1]
    '"out (Dense)\\n(None, 3) -> (None, 2)"'
    """
    try:
        import pydot
    except ImportError as error:
        raise ImportError(_MSG_PYDOT) from error
    layer_range = kwargs.pop("layer_range", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {sorted(kwargs)}.")
    if not model.built:
        raise ValueError(
            "This model has not yet been built, so its graph is not known. Call it on data, or "
            "call `model.build(input_shape)`."
        )
    shown = {
        "shapes": show_shapes,
        "dtype": show_dtype,
        "names": show_layer_names,
        "activations": show_layer_activations,
        "trainable": show_trainable,
    }
    style = {"rankdir": rankdir, "splines": splines, "dpi": dpi}
    return _Drawing(pydot, shown, expand_nested).graph(model, style, subgraph, layer_range)


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_dtype=False,
    show_layer_names=False,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Draws the graph of a model into a file.

    Args:
        model: Model.
        to_file: Path; its suffix says the format: `.png`, `.svg`, `.pdf` ...
        show_shapes: As in `model_to_dot`, like the arguments that follow.
        show_dtype: Bool.
        show_layer_names: Bool.
        rankdir: String.
        expand_nested: Bool.
        dpi: Int.
        show_layer_activations: Bool.
        show_trainable: Bool.
        splines: String.
        **kwargs: `layer_range`.

    Returns:
        In a notebook, the image; elsewhere None.

    Raises:
        ImportError: If pydot or Graphviz is not installed.

    Example:

    ```python
    kerajax.utils.plot_model(model, "model.svg", show_shapes=True)
    ```
    """
    graph = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
        **kwargs,
    )
    to_file = os.fspath(to_file)
    suffix = os.path.splitext(to_file)[1][1:] or "png"
    try:
        graph.write(to_file, format=suffix)
    except FileNotFoundError as error:
        raise ImportError(_MSG_GRAPHVIZ) from error
    if suffix == "pdf":
        return None
    try:
        from IPython import display, get_ipython  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    if get_ipython() is None:
        return None
    return display.SVG(to_file) if suffix == "svg" else display.Image(filename=to_file)


class _Drawing:
    """Boxes for operations and arrows for tensors."""

    def __init__(self, pydot, shown, expand_nested):
        self.pydot = pydot
        self.shown = shown
        self.expand_nested = expand_nested

    def graph(self, model, style, as_cluster=False, layer_range=None):
        if as_cluster:
            graph = self.pydot.Cluster(graph_name=model.name, label=model.name, style="dashed")
        else:
            graph = self.pydot.Dot(graph_type="digraph", **style)
        graph.set_node_defaults(shape="box", style="rounded", fontname="Helvetica")
        operations = _between(_operations(model), layer_range)
        drawn = {id(operation) for operation in operations}
        for operation in operations:
            if self._is_expanded(operation):
                graph.add_subgraph(self.graph(operation, {}, as_cluster=True))
            else:
                graph.add_node(self.pydot.Node(_key(operation), label=self._label(operation)))
        for source, target in _arrows(model, operations):
            if id(source) in drawn and id(target) in drawn:
                start, end = self._last(source), self._first(target)
                graph.add_edge(self.pydot.Edge(_key(start), _key(end)))
        return graph

    def _is_expanded(self, operation):
        return self.expand_nested and getattr(operation, "layers", None) and operation.built

    def _first(self, operation):
        return self._first(_operations(operation)[0]) if self._is_expanded(operation) else operation

    def _last(self, operation):
        return self._last(_operations(operation)[-1]) if self._is_expanded(operation) else operation

    def _label(self, operation):
        kind = type(operation).__name__
        lines = [f"{operation.name} ({kind})" if self.shown["names"] else kind]
        activation = getattr(operation, "activation", None)
        if self.shown["activations"] and activation is not None:
            lines.append(f"activation: {getattr(activation, '__name__', activation)}")
        nodes = operation._inbound_nodes
        if nodes and (self.shown["shapes"] or self.shown["dtype"]):
            ins, outs = self._specs(nodes[0].input_tensors), self._specs(nodes[0].output_tensors)
            lines.append(f"{ins} -> {outs}" if ins else outs)
        if self.shown["trainable"] and getattr(operation, "weights", None):
            lines.append("trainable" if operation.trainable else "not trainable")
        return '"' + "\\n".join(line.replace('"', "'") for line in lines) + '"'

    def _specs(self, tensors):
        def text(x):
            parts = [str(tuple(x.shape))] if self.shown["shapes"] else []
            return " ".join(parts + ([x.dtype] if self.shown["dtype"] else []))

        return ", ".join(map(text, tensors))


def _operations(model):
    graph = getattr(model, "_graph", None)
    return model.layers if graph is None else graph.operations


def _between(operations, layer_range):
    if not layer_range:
        return operations
    names = [operation.name for operation in operations]
    missing = [name for name in layer_range if name not in names]
    if missing or len(layer_range) != 2:
        raise ValueError(
            f"`layer_range` must be a pair of layer names, but received: {layer_range!r}. The "
            f"names are: {names}."
        )
    first, last = sorted(map(names.index, layer_range))
    return operations[first : last + 1]


def _arrows(model, operations):
    """Pairs of operations: what the second takes comes from the first."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return []
    pairs = [
        (x._keras_history.operation, node.operation)
        for node in graph._nodes
        for x in tree.flatten(node.input_tensors)
        if x._keras_history is not None
    ]
    return list(dict.fromkeys(pairs))


def _key(operation):
    return str(id(operation))
