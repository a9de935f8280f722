"""`Graph` of Keras 0.x: a model of nodes that are wired up by name."""

from kerajax import layers
from kerajax.legacy._merge import merge
from kerajax.models import Model

_DEFAULTS = {"batch_size": 128, "nb_epoch": 100}


class Graph:
    """A model whose inputs, nodes and outputs have names, which data and losses go by.

    What is not here, such as `get_weights`, `summary` and `load_weights`, is the `Model`'s, which
    is made when the graph is first used.

    Attributes:
        nodes: Dict of name to layer.
        input_order: List of the names of inputs.
        output_order: List of the names of outputs.

    Example:

    >>> graph = Graph()
    >>> graph.add_input(name="x", input_shape=(3,))
    >>> graph.add_node(kerajax.layers.Dense(4), name="left", input="x")
    >>> graph.add_node(kerajax.layers.Dense(4), name="right", input="x")
    >>> graph.add_node(kerajax.layers.Dense(1), name="both", inputs=["left", "right"])
    >>> graph.add_output(name="y", input="both")
    >>> graph.compile("sgd", {"y": "mse"})
    >>> graph.predict({"x": np.ones((2, 3))})["y"].shape
    (2, 1)
    """

    def __init__(self):
        self.nodes = {}
        self.input_order = []
        self.output_order = []
        self._tensors = {}
        self._outputs = {}
        self._made = None

    def add_input(self, name, input_shape=None, batch_input_shape=None, dtype="float"):
        """Adds an input.

        Args:
            name: String that no input or node has.
            input_shape: Shape of a sample.
            batch_input_shape: Shape of a batch, in its place.
            dtype: `"float"` or `"int"`, or the type.
        """
        shape = {"batch_shape": batch_input_shape} if batch_input_shape else {"shape": input_shape}
        dtype = None if dtype in ("float", float) else "int32"
        self._put(name, layers.Input(**shape, name=name, dtype=dtype))
        self.input_order.append(name)

    def add_node(
        self,
        layer,
        name,
        input=None,  # noqa: A002 - Keras' name
        inputs=(),
        merge_mode="concat",
        concat_axis=-1,
        dot_axes=-1,
        create_output=False,
    ):
        """Adds a layer.

        Args:
            layer: Layer, or `Sequential`.
            name: String that no input or node has.
            input: Name of the node that it is applied to.
            inputs: List of several in its place, which are merged before.
            merge_mode: How: `"concat"`, `"sum"`, `"mul"`, `"ave"`, `"dot"` or `"cos"`.
            concat_axis: Axis of `"concat"`.
            dot_axes: Axes of `"dot"` and `"cos"`.
            create_output: Bool. Whether the node is an output as well.
        """
        joined = self._joined([input] if input else inputs, merge_mode, concat_axis, dot_axes)
        self._put(name, layer(joined))
        self.nodes[name] = layer
        if create_output:
            self.add_output(name, input=name)

    def add_shared_node(
        self,
        layer,
        name,
        inputs=(),
        merge_mode=None,
        concat_axis=-1,
        dot_axes=-1,
        outputs=(),
        create_output=False,
    ):
        """Adds a layer that is applied to each of several nodes.

        Args:
            layer: Layer.
            name: String; with `merge_mode` the name of the merged results.
            inputs: List of names.
            merge_mode: How the results are merged; None keeps them apart.
            concat_axis: Axis of `"concat"`.
            dot_axes: Axes of `"dot"` and `"cos"`.
            outputs: Names of the results, where they are kept apart.
            create_output: Bool. Whether the merged results, or each of them, are outputs as well.
        """
        results = [layer(self._tensor(n)) for n in inputs]
        self.nodes[name] = layer
        if merge_mode:
            outputs, results = [name], [merge(results, merge_mode, concat_axis, dot_axes)]
        for output, result in zip(outputs, results, strict=True):
            self._put(output, result)
            if create_output:
                self.add_output(output, input=output)

    def add_output(
        self,
        name,
        input=None,  # noqa: A002 - Keras' name
        inputs=(),
        merge_mode="concat",
        concat_axis=-1,
        dot_axes=-1,
    ):
        """Makes a node, or several that are merged, an output. Arguments as of `add_node`."""
        if name in self._outputs:
            raise ValueError(f"Graph has an output '{name}' already. Choose another name.")
        joined = self._joined([input] if input else inputs, merge_mode, concat_axis, dot_axes)
        # A layer of this name, by which the model knows its output.
        self._outputs[name] = layers.Identity(name=name)(joined)
        self.output_order.append(name)
        self._made = None

    def __call__(self, inputs):
        """Applies the graph, of one input or to a list of tensors for all."""
        return self.model(inputs)

    @property
    def model(self) -> Model:
        """The `Model` of the nodes."""
        if self._made is None:
            inputs = [self._tensors[name] for name in self.input_order]
            outputs = [self._outputs[name] for name in self.output_order]
            self._made = Model(inputs, outputs)
        return self._made

    def __getattr__(self, name):
        if name.startswith("__") or name == "_made":
            raise AttributeError(name)
        return getattr(self.model, name)

    def compile(self, optimizer, loss, loss_weights=None, **kwargs):
        """Sets up training.

        Args:
            optimizer: Optimizer, or its name.
            loss: Dict of an output's name to a loss.
            loss_weights: Optional dict of an output's name to a number.
            **kwargs: Further arguments of `Model.compile`.
        """
        kwargs.pop("sample_weight_modes", None)
        losses = [loss[name] for name in self.output_order]
        if loss_weights:
            kwargs["loss_weights"] = [loss_weights.get(name, 1.0) for name in self.output_order]
        self.model.compile(optimizer, losses, **kwargs)

    def fit(self, data, **kwargs):
        """Trains on a dict of arrays, inputs and targets by name.

        Args:
            data: Dict.
            **kwargs: Arguments of `Model.fit` in Keras 0.x: `batch_size=128`, `nb_epoch=100`,
                `validation_data` (a dict as well), `sample_weight` and `class_weight` (by output).
        """
        if kwargs.get("validation_data"):
            kwargs["validation_data"] = self._split(kwargs["validation_data"])
        return self.model.fit(*self._split(data), **{**_DEFAULTS, **self._by_output(kwargs)})

    def fit_generator(self, generator, samples_per_epoch, nb_epoch, **kwargs):
        """Trains on a generator of dicts, or of pairs of them and of weights by output."""
        held_out = kwargs.get("validation_data")
        if held_out is not None:
            is_dict = isinstance(held_out, dict)
            kwargs["validation_data"] = (self._split if is_dict else self._batches)(held_out)
        return self.model.fit_generator(
            self._batches(generator),
            samples_per_epoch=samples_per_epoch,
            nb_epoch=nb_epoch,
            **self._by_output(kwargs),
        )

    def evaluate(self, data, batch_size=128, verbose=0, **kwargs):
        """The loss on a dict of arrays; with `show_accuracy` also the accuracy."""
        kwargs = {"batch_size": batch_size, "verbose": verbose, **self._by_output(kwargs)}
        return self.model.evaluate(*self._split(data), **kwargs)

    def predict(self, data, batch_size=128, verbose=0):
        """The outputs, a dict by name."""
        inputs = [data[name] for name in self.input_order]
        return self._named(self.model.predict(inputs, batch_size=batch_size, verbose=verbose))

    def predict_on_batch(self, data):
        """The outputs for one batch, a dict by name."""
        return self._named(self.model.predict_on_batch([data[n] for n in self.input_order]))

    def train_on_batch(self, data, **kwargs):
        """A step on one batch; what `evaluate` gives, for it alone."""
        return self.model.train_on_batch(*self._split(data), **self._by_output(kwargs))

    def test_on_batch(self, data, **kwargs):
        """What `evaluate` gives, for one batch."""
        return self.model.test_on_batch(*self._split(data), **self._by_output(kwargs))

    def _put(self, name, tensor):
        if name in self._tensors:
            raise ValueError(f"Graph has a node '{name}' already. Choose another name.")
        self._tensors[name] = tensor

    def _tensor(self, name):
        if name not in self._tensors:
            raise ValueError(
                f"Graph has no node or input '{name}'. Add it first; there are "
                f"{list(self._tensors)}."
            )
        return self._tensors[name]

    def _joined(self, names, *how):
        tensors = [self._tensor(name) for name in names]
        return merge(tensors, *how) if len(tensors) > 1 else tensors[0]

    def _split(self, data):
        """Inputs and targets, as lists in the order of the model."""
        return [data[n] for n in self.input_order], [data[n] for n in self.output_order]

    def _by_output(self, kwargs):
        """Dicts of weights by output, as the model takes them."""
        kwargs = dict(kwargs)
        weights = kwargs.pop("sample_weight", None)
        if weights:
            kwargs["sample_weight"] = [weights.get(name) for name in self.output_order]
        weights = kwargs.pop("class_weight", None)
        if weights:
            if len(self.output_order) > 1:
                raise ValueError(
                    "Graph takes `class_weight` where it has one output, but it has "
                    f"{self.output_order}. Pass `sample_weight`, a dict of one weight a sample."
                )
            kwargs["class_weight"] = weights.get(self.output_order[0], weights)
        return kwargs

    def _batches(self, generator):
        for batch in generator:
            data, weights = batch if isinstance(batch, tuple) else (batch, {})
            kwargs = self._by_output({"sample_weight": weights})
            yield (*self._split(data), *kwargs.values())

    def _named(self, outputs):
        outputs = outputs if isinstance(outputs, list) else [outputs]
        return dict(zip(self.output_order, outputs, strict=True))
