"""Sequential: a stack of layers, each with one input and one output."""

import inspect

from kerajax import tree
from kerajax.backend import KerasTensor, standardize_shape
from kerajax.graph import abstract_call
from kerajax.layers import Input, InputLayer, Layer
from kerajax.models._added import warn_of_ends
from kerajax.models._host_part import as_inputs, runs_on_host
from kerajax.models._layer_list import LayerList
from kerajax.models._model import Model
from kerajax.objects import (
    bounded_reading,
    custom_object_scope,
    deserialize_keras_object,
    publish,
    serialize_keras_object,
)
from kerajax.objects._bounds import shown


@publish("keras.Sequential", "keras.models.Sequential")
class Sequential(Model):
    """Layers one after the other.

    Weights are created as soon as the input shape is known: from a `kerajax.Input` in front, from
    `input_shape` of the first layer, or from the first data.

    Args:
        layers: List of layers.
        trainable: Bool.
        name: String.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((8,)), kerajax.layers.Dense(3)])
    >>> model.add(kerajax.layers.Dense(1))
    >>> model.output_shape
    (None, 1)
    """

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    # A stack takes inputs of other sizes than it was built with wherever its layers do.
    _fixed_sizes = False

    def __init__(self, layers=None, trainable=True, name=None):
        Model.__init__(self, trainable=trainable, name=name)
        self._stack = []
        for layer in layers if isinstance(layers, (list, tuple)) else [layers] * bool(layers):
            self._append(layer)
        self._build_if_shape_is_known()

    def add(self, layer, rebuild=True):
        """Puts a layer (or a `kerajax.Input` in front) on the stack.

        Raises:
            ValueError: If it is no layer, or if its name is taken.
        """
        before = len(self._stack)
        self._append(layer)
        if not rebuild:
            self._forget_graph()
            return
        try:
            self._build_if_shape_is_known()
        except Exception:
            # The model is what it was without a layer that does not fit.
            for added in self._stack[before:]:
                self._tracker.untrack(added)
            del self._stack[before:]
            self._build_if_shape_is_known()
            raise

    def pop(self, rebuild=True):
        """Takes the last layer off the stack and returns it."""
        if not self._stack:
            raise TypeError("There are no layers in the model.")
        layer = self._stack.pop()
        self._tracker.untrack(layer)
        self._forget_graph()
        if rebuild:
            self._build_if_shape_is_known()
        return layer

    def _append(self, layer):
        if isinstance(layer, KerasTensor) and layer._keras_history is not None:
            layer = layer._keras_history.operation
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only instances of `kerajax.Layer` can be added to a Sequential model. Received: "
                f"{layer} (of type {type(layer)}). Wrap a function in `layers.Lambda`."
            )
        if isinstance(layer, InputLayer) and self._stack:
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._first_shape()}. You cannot add a different Input layer to it."
                if isinstance(self._stack[0], InputLayer)
                else "An Input can only be the first layer of a Sequential model."
            )
        if not self._stack and not isinstance(layer, InputLayer):
            shape = getattr(layer, "_input_shape_arg", None)
            if shape is not None:
                self._stack.append(InputLayer(batch_shape=shape, dtype=_input_dtype(layer)))
            elif isinstance(layer, Model) and layer._graph is not None and len(layer.inputs) == 1:
                reference = layer.inputs[0]
                self._stack.append(InputLayer(batch_shape=reference.shape, dtype=reference.dtype))
        if any(layer.name == other.name for other in self._stack):
            raise ValueError(
                "All layers added to a Sequential model should have unique names. Name "
                f"'{layer.name}' is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name."
            )
        if runs_on_host(layer):
            # Strings cannot become tensors before this layer has seen them.
            self._convert_input_args = False
        self._stack.append(layer)

    def _first_shape(self):
        return self._stack[0].batch_shape

    def _build_if_shape_is_known(self):
        self._forget_graph()
        inputs = self._known_inputs()
        if inputs is not None:
            self._building = True
            try:
                with self._open_name_scope():
                    self._chain(inputs)
            finally:
                self._building = False

    def _known_inputs(self):
        """The symbolic inputs that the stack begins with; None where it does not say them."""
        first = self._stack[0] if self._stack else None
        if isinstance(first, InputLayer):
            return first.output if len(self._stack) > 1 else None
        if isinstance(first, Model) and first._graph is not None and len(first.inputs) > 1:
            # Its own: stacks that begin with a merge may share some of them.
            return list(first.inputs)
        return None

    def _forget_graph(self):
        self._graph = None
        self.built = False
        if self._compiled is not None:
            self._compiled.forget()

    def _chain(self, x):
        inputs = x
        for layer in self._stack:
            if isinstance(layer, InputLayer):
                continue
            try:
                x = layer(x)
            except NotImplementedError:
                # A layer that cannot say its output's shape: the stack runs without a graph.
                return
            except TypeError as error:
                _check_takes_one_input(layer, error)
                raise
        outer, self._tracker.locked_by = self._tracker.locked_by, None
        self._connect(inputs, x)
        self._tracker.locked_by = outer

    def build(self, input_shape=None):
        """Creates the weights for inputs of a shape."""
        if not self._stack:
            raise ValueError(
                f"Sequential model '{self.name}' cannot be built because it has no layers. Call "
                "`model.add(layer)`."
            )
        if self._graph is not None or isinstance(self._stack[0], InputLayer):
            self._check_against_input(input_shape)
        if self._graph is not None:
            return
        if input_shape is None:
            raise ValueError(
                f"Sequential model '{self.name}' needs an `input_shape` to be built, since its "
                "first layer has none. Call `model.build((None, 8))`."
            )
        if isinstance(self._stack[0], InputLayer):
            self._chain(self._stack[0].output)
            return
        if _is_nested(input_shape):
            # Layers that take several tensors at once run without a graph.
            abstract_call(self.call, tree.map_shape_structure(KerasTensor, input_shape))
            self.built = True
            return
        shape = standardize_shape(input_shape)
        dtype = _input_dtype(self._stack[0])
        self._chain(Input(batch_shape=shape, dtype=dtype))

    def _check_against_input(self, input_shape):
        if input_shape is None or not isinstance(self._stack[0], InputLayer):
            return
        expected, shape = self._first_shape(), tuple(input_shape)
        if len(expected) != len(shape) or any(
            a is not None and b is not None and a != b for a, b in zip(expected, shape, strict=True)
        ):
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{expected}. You cannot build it with input_shape {shape}."
            )

    def _build_on(self, specs):
        if isinstance(specs, KerasTensor) and all(
            type(layer).compute_output_shape is Layer.compute_output_shape
            or not isinstance(layer, Model)
            for layer in self._stack
        ):
            with self._open_name_scope():
                self._chain(Input(batch_shape=(None, *specs.shape[1:]), dtype=specs.dtype))
        else:
            super()._build_on(specs)

    def _on_host(self, x):
        if self._graph is None and any(map(runs_on_host, self._stack)):
            x = as_inputs(x)
            self.build((None, *x.shape[1:]))
        return super()._on_host(x)

    def call(self, inputs, training=None, mask=None, **kwargs):
        """Runs the layers in order."""
        if self._graph is not None:
            return super().call(inputs, training=training, mask=mask)
        if not self._stack:
            raise ValueError(
                f"Sequential model '{self.name}' cannot be called because it has no layers. Call "
                "`model.add(layer)`."
            )
        outputs = inputs
        for layer in self._stack:
            if not isinstance(layer, InputLayer):
                outputs = layer(outputs)
        return outputs

    call._runs_graph = True

    @property
    def layers(self) -> list:
        """The layers of the stack, without the input."""
        return LayerList(self, [x for x in self._stack if not isinstance(x, InputLayer)])

    def _leave_out(self, layer):
        if layer is self._stack[-1]:
            self.pop()

    @layers.setter
    def layers(self, value):
        raise AttributeError(
            "`Sequential.layers` attribute is reserved and should not be used. Use `add()` and "
            "`pop()` to change the layers in this model."
        )

    @property
    def inputs(self) -> list:
        """The symbolic input, in a list; there is none before the shape is known."""
        return self._known_graph("inputs").inputs

    @property
    def outputs(self) -> list:
        """The symbolic output, in a list; there is none before the shape is known."""
        return self._known_graph("outputs").outputs

    @property
    def input_shape(self):
        """Shape of the input; a list of shapes where the first layer merges several inputs."""
        shapes = [tensor.shape for tensor in self._known_graph("input_shape").inputs]
        return shapes if len(shapes) > 1 else shapes[0]

    def get_config(self):
        """The layers as configs, and the shape the model was built with."""
        warn_of_ends(self)
        config = self._base_config()
        config.pop("activity_regularizer", None)
        config["layers"] = [serialize_keras_object(layer) for layer in self._stack]
        if self._graph is not None:
            config["build_input_shape"] = tuple(self._graph.inputs[0].shape)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model that `get_config` described."""
        if isinstance(config, list):
            # Keras up to 2.2.2 wrote the layers alone.
            config = {"name": None, "layers": config}
        if not isinstance(config, dict) or not {"name", "layers"} <= config.keys():
            raise ValueError(
                "A Sequential model configuration must be a dictionary containing the 'name' and "
                f"'layers' keys. Received: config={shown(config)}"
            )
        model = cls(name=config.get("name"))
        with bounded_reading(config), custom_object_scope(custom_objects or {}):
            for layer in config["layers"]:
                if isinstance(layer, dict) and "config" not in layer:
                    raise ValueError(
                        f"The config of Sequential '{model.name}' has a layer {layer}. Expected a "
                        "dictionary containing a 'config' key."
                    )
                model.add(deserialize_keras_object(layer), rebuild=False)
            model._build_if_shape_is_known()
            shape = config.get("build_input_shape")
            if model._graph is None and shape and model._stack:
                model.build(tree.map_shape_structure(tuple, shape))
        if "trainable" in config and not config["trainable"]:
            model.trainable = False
        return model


def _input_dtype(layer) -> str:
    return getattr(layer, "input_dtype", None) or layer.compute_dtype


def _is_nested(shape) -> bool:
    return isinstance(shape, dict) or any(isinstance(s, (tuple, list, dict)) for s in shape)


def _check_takes_one_input(layer, error):
    parameters = inspect.signature(layer.call).parameters.values()
    required = [p.name for p in parameters if p.default is p.empty and p.kind <= 1]
    if len(required) > 1:
        raise ValueError(
            "Layers added to a Sequential model can only have a single positional argument, the "
            f"input tensor. Layer {type(layer).__name__} has multiple positional arguments: "
            f"{required}. Give the others defaults, or use the functional API."
        ) from error
