"""Model: a layer that can be trained, saved and summarized.

A model is made in three ways: from symbolic inputs and outputs (`Model(inputs, outputs)`), by
subclassing with a `call`, or as a `Sequential`. The first kind holds a `graph.Function`.
"""

import functools
import json
import warnings

from kerajax import tree
from kerajax.backend import KerasTensor, set_keras_mask, standardize_shape
from kerajax.eras import MODERN, layer_name
from kerajax.graph import Function, abstract_call
from kerajax.layers import Layer
from kerajax.models._functional_config import functional_config, functional_from_config
from kerajax.models._host_part import (
    Prepared,
    as_inputs,
    graph_of_steps,
    host_part_of,
    refuse_strings,
)
from kerajax.models._input_layers import from_input_layers
from kerajax.models._layer_list import LayerList
from kerajax.models._old_methods import OldMethods
from kerajax.models._pickled import reduced
from kerajax.models._standardize import asked_for, standardize_inputs
from kerajax.models._summary import print_summary
from kerajax.objects import (
    LegacySpellingWarning,
    current_era,
    hook,
    publish,
    serialize_keras_object,
)
from kerajax.quantizers._forms import calibrate, is_chosen
from kerajax.training import Trainer


@publish("keras.Model", "keras.models.Model")
class Model(OldMethods, Trainer, Layer):
    """A layer with `fit`, `evaluate`, `predict` and `save`.

    Args:
        *args: `(inputs, outputs)` for a functional model; nothing for a subclass with a `call`.
        **kwargs: `inputs` and `outputs` by name, `name`, and the arguments of every layer.

    Example:

    >>> inputs = kerajax.Input((4,))
    >>> outputs = kerajax.layers.Dense(2)(inputs)
    >>> model = kerajax.Model(inputs, outputs)
    >>> model(np.ones((3, 4))).shape
    (3, 2)
    """

    _extra_arguments = frozenset(("inputs", "outputs"))
    # Whether inputs must have the sizes that the symbolic ones say.
    _fixed_sizes = True
    # Whether what a call in the graph says of `training` counts before the model's mode.
    _calls_keep_modes = False

    def __new__(cls, *args, **kwargs):
        if cls is Model and _is_functional(args, kwargs):
            return object.__new__(Functional)
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        graph = None
        if _is_functional(args, kwargs):
            given = dict(zip(("inputs", "outputs", "name"), args, strict=False))
            kwargs = {**kwargs, **given}
            graph = kwargs.pop("inputs"), kwargs.pop("outputs")
            args = ()
        self._init_trainer()
        Layer.__init__(self, *args, **kwargs)
        self._graph = None
        if graph is not None:
            self._connect(*graph)

    def _connect(self, inputs, outputs):
        """Makes the model compute `outputs` from `inputs`."""
        # A list of the caller's must not change the model when it changes.
        inputs, outputs = tree.map_structure(lambda x: x, (inputs, outputs))
        inputs, outputs = from_input_layers(inputs, outputs)
        self._graph = graph = Function(inputs, outputs, name=self.name)
        self._outputs_struct = _alone(outputs)
        for operation in graph.operations:
            if isinstance(operation, Layer):
                self._tracker.add("layers", operation)
        self._convert_input_args = False
        self._calls_keep_modes = current_era() != MODERN
        self.built = True
        shapes = tree.map_structure(lambda x: x.shape, inputs)
        self._build_shapes_dict = {"input_shape": shapes}
        self.output_names = [x._keras_history.operation.name for x in graph.outputs]
        self.input_names = [x._keras_history.operation.name for x in graph.inputs]

    def build(self, input_shape):
        """Creates the weights for inputs of a shape, or of nested shapes."""
        if self.built or self._building and type(self).build is not Model.build:
            # The `build` of a subclass, which calls this one, says itself what is built.
            return
        self._build_on(tree.map_shape_structure(KerasTensor, _with_tuples(input_shape)))

    def _build_at_call(self, shapes):
        if type(self).build is Model.build:
            # The layers inside build one by one as the call reaches them.
            first = next(iter(shapes.values()), None)
            self._build_shapes_dict = None if first is None else {"input_shape": first}
            self.built = True
        else:
            super()._build_at_call(shapes)

    def _build_on(self, specs):
        """Runs the model abstractly on symbolic inputs, so that all layers build."""
        abstract_call(lambda x: self(x), specs)
        self.built = True

    def compute_output_spec(self, *args, **kwargs):
        """The outputs for symbolic inputs, as KerasTensors."""
        if self._graph is not None and type(self).call is Model.call and len(args) == 1:
            given, known = tree.flatten(args[0]), self._graph.inputs
            if [_kind_of(x) for x in given] == [_kind_of(x) for x in known]:
                # The graph was made for these: nothing is to be inferred.
                return tree.map_structure(
                    lambda x: KerasTensor(x.shape, x.dtype, sparse=x.sparse), self._outputs_struct
                )
        return super().compute_output_spec(*args, **kwargs)

    def call(self, inputs, training=None, mask=None):
        """Runs the graph. A subclass defines its own `call`."""
        if self._graph is None:
            raise NotImplementedError(
                f"Model {type(self).__name__} does not have a `call()` method implemented. "
                "Define `def call(self, inputs, training=None): ...`, or make the model from "
                "symbolic tensors: `kerajax.Model(inputs, outputs)`."
            )
        # The model's mode counts before that of a call in the graph, `layer(x, training=...)`, as
        # in Keras 3; before it, the call knew better.
        told = training is not None and not self._calls_keep_modes
        in_mode = functools.partial(_in_mode, training) if told else None
        if isinstance(inputs, Prepared):
            return _alone(host_part_of(self).after.run(list(inputs.tensors), in_mode))
        flat = standardize_inputs(self, inputs)
        if mask is not None:
            for x, m in zip(flat, tree.flatten(mask), strict=True):
                if x is not None and m is not None:
                    set_keras_mask(x, m)
        return _alone(self._graph.run(flat, in_mode))

    call._runs_graph = True  # and a subclass' own may not
    _graph_of_steps = graph_of_steps

    def _on_host(self, x):
        if isinstance(x, dict) and not self._has_own_steps():
            x = asked_for(self, x)
        part = host_part_of(self)
        if part is None and self.jit_compile:
            refuse_strings(x, self)
        if part is None or isinstance(x, Prepared):
            return x
        return part.prepare(standardize_inputs(self, as_inputs(x)))

    def compute_mask(self, inputs, previous_mask):
        # The layers inside have hung their masks on the outputs already.
        return None if self._graph is not None else previous_mask

    @property
    def supports_masking(self) -> bool:
        """True: masks go to the layers inside."""
        return True

    @supports_masking.setter
    def supports_masking(self, value):
        pass

    @property
    def layers(self) -> list:
        """The layers of the graph where the model is one, or else those that are attributes."""
        among = self._layers if self._graph is None else self._graph.operations
        out = self.__dict__.get("_left_out", ())
        return LayerList(self, [x for x in among if isinstance(x, Layer) and x not in out])

    def _leave_out(self, layer):
        self.__dict__["_left_out"] = (*self.__dict__.get("_left_out", ()), layer)

    @layers.setter
    def layers(self, value):
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    def get_layer(self, name=None, index=None):
        """The layer with this name, or with this index in `layers`.

        Raises:
            ValueError: If there is none, or if not exactly one argument is given.
        """
        if (name is None) == (index is None):
            raise ValueError("Provide either a layer `name` or a layer `index` to `get_layer`.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self.layers)} layers."
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        modern = layer_name(str(name), [layer.name for layer in self.layers])
        if modern is not None:
            text = f"The layer '{name}' of ResNet50 is called '{modern}' today."
            warnings.warn(text, LegacySpellingWarning, stacklevel=2)
            return self.get_layer(modern)
        raise ValueError(
            f"No such layer: {name}. Existing layers are: {[layer.name for layer in self.layers]}."
        )

    @property
    def operations(self) -> list:
        """The operations of a functional model, layers and ops, in the order they run."""
        return self._known_graph("operations").operations

    @property
    def inputs(self) -> list:
        """The symbolic inputs of a functional model, as a flat list."""
        return None if self._graph is None else self._graph.inputs

    @property
    def outputs(self) -> list:
        """The symbolic outputs of a functional model, as a flat list."""
        return None if self._graph is None else self._graph.outputs

    @property
    def input(self):
        """The symbolic inputs in the structure they were given in."""
        return self._known_graph("input").input

    @property
    def output(self):
        """The symbolic outputs in the structure they were given in."""
        return self._known_graph("output").output

    @property
    def input_shape(self):
        """Shapes of the inputs, nested as the inputs are."""
        return tree.map_structure(lambda x: x.shape, self.input)

    @property
    def output_shape(self):
        """Shapes of the outputs, nested as the outputs are."""
        return tree.map_structure(lambda x: x.shape, _alone(self.output))

    def _known_graph(self, what) -> Function:
        if self._graph is None:
            raise AttributeError(
                f"{type(self).__name__} '{self.name}' is no functional model (or not built yet), "
                f"so it has no `{what}`. Give it an input shape, or call it on data."
            )
        return self._graph

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Prints the layers, their output shapes and their numbers of parameters.

        Args:
            line_length: Int, columns of a line.
            positions: List of fractions or columns at which the columns end.
            print_fn: Function that takes the text, instead of printing.
            expand_nested: Bool. Whether to show the layers of models inside.
            show_trainable: Bool. Whether to show which layers train.
            layer_range: Pair of names: show the layers from the first to the second only.
        """
        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Saves the model: architecture, weights, and how it was compiled.

        Args:
            filepath: Path that ends in `.keras` or `.h5`.
            overwrite: Bool. Whether to replace a file without asking.
            zipped: Bool. Whether `.keras` is a zip file (the default) or a folder.
            **kwargs: Arguments of the format.
        """
        return hook("save_model")(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Saves the weights to a file that ends in `.weights.h5` (or `.h5`)."""
        return hook("save_weights")(
            self, filepath, overwrite=overwrite, max_shard_size=max_shard_size
        )

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Loads weights that `save_weights` or `save` wrote, in any format of any Keras."""
        return hook("load_weights")(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(
        self,
        filepath,
        format="tf_saved_model",  # noqa: A002 - Keras' name
        verbose=None,
        input_signature=None,
        **kwargs,
    ):
        """Writes the forward pass, as an artifact that runs without the model's code.

        Args:
            filepath: Path of the artifact.
            format: `"jax"`, which `kerajax.export.load` reads; or `"tf_saved_model"`, where
                TensorFlow is installed.
            verbose: Bool. Whether to print what was written; True by default.
            input_signature: List of `InputSpec`, or structures of them; by default the shapes that
                the model was built with, for batches of any size.
            **kwargs: `platforms` of `"jax"`, `jax2tf_kwargs` of `"tf_saved_model"`, `is_static`.
        """
        return hook("export_model")(
            self,
            filepath,
            format=format,
            verbose=verbose,
            input_signature=input_signature,
            **kwargs,
        )

    def quantize(self, mode=None, config=None, filters=None, **kwargs):
        """Stores the weights of the layers in fewer bits.

        `"int8"`, `"int4"` and `"float8"` change all layers with a form for them. `"gptq"` and
        `"awq"` run data through blocks of layers and change the layers in these.

        Args:
            mode: `"int8"`, `"int4"`, `"float8"`, `"gptq"` or `"awq"`; the config's if None.
            config: `QuantizationConfig`; the mode's defaults if None.
            filters: Which layers to quantize: a regular expression that is searched in the name, a
                list of them, or a function of the layer; all if None.
            **kwargs: `type_check=False` quantizes layers of derived classes, too.

        Raises:
            ValueError: If the arguments contradict each other, the model is not built, or the mode
                needs blocks and nobody names them.

        Example:

        >>> model = kerajax.Sequential([kerajax.Input((8,)), kerajax.layers.Dense(4)])
        >>> model.quantize("int8")
        >>> model.layers[0].dtype_policy.name
        'int8_from_float32'
        """
        type_check = kwargs.pop("type_check", True)
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}. "
                "`quantize` takes mode, config, filters and type_check."
            )
        structure, within = None, [self]
        if hasattr(config, "quantization_layer_structure"):
            structure = self._quantization_structure(mode, config)
            within = structure.get("sequential_blocks", ())
        layers = {id(x): x for top in within for x in top._flatten_layers() if not x._layers}
        for layer in layers.values():
            if layer is self or not is_chosen(layer, filters):
                continue
            try:
                layer.quantize(mode, type_check=type_check, config=config)
            except NotImplementedError as error:
                if layer.weights:
                    warnings.warn(str(error), stacklevel=3)
        if structure is not None:
            calibrate(config, structure, filters)
        if self.compiled:
            self._compiled.forget()

    def get_quantization_layer_structure(self, mode=None):
        """The blocks that modes with calibration quantize one after another; None by default.

        Override it to return a dict with lists of layers: `"pre_block_layers"`, which the inputs
        go through first, such as an embedding, and `"sequential_blocks"`.

        Args:
            mode: String.
        """

    def _quantization_structure(self, mode, config):
        structure = config.quantization_layer_structure
        if structure is None:
            structure = self.get_quantization_layer_structure(mode)
        if structure is None:
            raise ValueError(
                f"For mode='{mode}', a valid quantization structure must be provided either via "
                "`config.quantization_layer_structure` or by overriding "
                "`model.get_quantization_layer_structure(mode)`. The structure should be a "
                "dictionary with keys 'pre_block_layers' and 'sequential_blocks'."
            )
        return structure

    def __reduce__(self):
        return reduced(self)

    def to_json(self, **kwargs) -> str:
        """The architecture as JSON; `kerajax.models.model_from_json` reads it."""
        return json.dumps(serialize_keras_object(self), **kwargs)

    def get_config(self):
        if self._graph is not None and type(self).__init__ in _PLAIN:
            return functional_config(self)
        return super().get_config()

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model from its config."""
        if "layers" in config and "input_layers" in config and cls.__init__ in _PLAIN:
            cls = Functional if cls is Model else cls
            return functional_from_config(cls, config, custom_objects)
        return super().from_config(config)


class _OfGraphs(type(Model)):
    """Makes every model of a graph an instance of `Functional`, as those of subclasses of `Model`.

    Keras exchanges the bases of such a subclass for this.
    """

    def __instancecheck__(cls, x):
        if cls is Functional and isinstance(x, Model) and not hasattr(x, "_stack"):
            return getattr(x, "_graph", None) is not None
        return super().__instancecheck__(x)


class Functional(Model, metaclass=_OfGraphs):
    """A model made from symbolic inputs and outputs."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, inputs, outputs, name=None, **kwargs):
        Model.__init__(self, inputs=inputs, outputs=outputs, name=name, **kwargs)


publish("keras.src.models.functional.Functional", "keras.models.Functional")(Functional)
# Constructors that take the ends of a graph.
_PLAIN = (Model.__init__, Functional.__init__)


def _in_mode(training, operation):
    """What runs an operation of a graph in the model's mode."""

    def run(*args, **kwargs):
        if "training" in kwargs:
            kwargs["training"] = training
        return operation(*args, **kwargs)

    return run


def _kind_of(x):
    return (x.shape, x.dtype, x.sparse) if isinstance(x, KerasTensor) else None


def _is_functional(args, kwargs) -> bool:
    return (
        len(args) >= 2
        or (len(args) == 1 and ("outputs" in kwargs or "output" in kwargs))
        or ("inputs" in kwargs and "outputs" in kwargs)
        or ("input" in kwargs and "output" in kwargs)
    )


def _with_tuples(shape):
    return tree.map_shape_structure(standardize_shape, shape)


def _alone(outputs):
    """The only one of a list or tuple of one: a model of `[output]` gives out what it holds."""
    return outputs[0] if isinstance(outputs, (list, tuple)) and len(outputs) == 1 else outputs
