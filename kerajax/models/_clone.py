"""clone_model: the same architecture with new layers and new weights."""

from kerajax import tree
from kerajax.backend import KerasTensor
from kerajax.graph import clone_graph
from kerajax.layers import Input, InputLayer
from kerajax.models._added import add_to_graph, ends_of
from kerajax.models._model import Functional, Model
from kerajax.models._sequential import Sequential
from kerajax.objects import (
    OwnObjectsScope,
    deserialize_keras_object,
    serialize_keras_object,
)


def clone_model(
    model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs
):
    """A model of new layers, connected and compiled like those of `model`, with new weights.

    A layer that is used twice is cloned once. Subclassed models are rebuilt from their config.

    Args:
        model: Functional, Sequential or subclassed model.
        input_tensors: Optional symbolic inputs to build upon, in the structure of `model.input`.
        clone_function: Function of a layer that returns the layer to use in its place; by default
            `lambda layer: type(layer).from_config(layer.get_config())`. Inputs are not passed.
        call_function: For functional models, a function `(layer, *args, **kwargs)` that calls the
            new layer, by default `layer(*args, **kwargs)`. It may add other layers.
        recursive: Bool. Whether models inside are cloned by `clone_model` with the same
            functions, rather than by `clone_function` as a whole.
        **kwargs: None are known.

    Returns:
        A model of the same kind, with the same names.

    Raises:
        ValueError: If an argument does not fit the kind of the model.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2)])
    >>> clone = kerajax.models.clone_model(model)
    >>> clone.layers[0].name == model.layers[0].name, clone.layers[0] is model.layers[0]
    (True, False)
    """
    clones = kwargs.pop("cache", {})
    if kwargs:
        raise ValueError(f"clone_model does not know the keyword arguments {sorted(kwargs)}.")
    functions = {"clone_function": clone_function, "call_function": call_function}
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise TypeError(f"`{name}` must be a function, but received: {function!r}")
    cloner = _Cloner(clone_function, call_function, recursive, clones)
    if isinstance(model, Sequential):
        clone = _clone_sequential(model, cloner, input_tensors)
    elif isinstance(model, Model) and model._graph is not None:
        clone = _clone_functional(model, cloner, input_tensors)
    else:
        return _clone_subclassed(model, {"input_tensors": input_tensors, **functions})
    with OwnObjectsScope():
        config = model.get_compile_config()
        if config is not None:
            clone.compile_from_config(config)
    return clone


class _Cloner:
    """Clones each layer once."""

    def __init__(self, clone_function, call_function, recursive, clones):
        self.clone_function = clone_function or _from_config
        self.call_function = call_function
        self.recursive = recursive
        self.clones = clones

    def clone(self, operation):
        """The clone of a layer or of another operation of a graph."""
        key = id(operation)
        if key not in self.clones:
            # The original is kept beside its clone, so that its id stays taken.
            self.clones[key] = operation, self._new(operation)
        return self.clones[key][1]

    def _new(self, operation):
        inner = isinstance(operation, Model) and operation._graph is not None
        if not self.recursive or not (inner or isinstance(operation, Sequential)):
            return self.clone_function(operation)
        of_graphs = None if isinstance(operation, Sequential) else self.call_function
        return clone_model(
            operation,
            clone_function=self.clone_function,
            call_function=of_graphs,
            recursive=True,
            cache=self.clones,
        )


def _from_config(operation):
    # Functions that are here already go into the clone as they are, not through bytecode.
    with OwnObjectsScope():
        return type(operation).from_config(operation.get_config())


def _clone_sequential(model, cloner, input_tensors):
    if cloner.call_function is not None:
        raise ValueError(
            "`call_function` argument is not supported with Sequential models: their layers are "
            "listed, not called. Use it with functional models, or use `clone_function`."
        )
    first = model._stack[0] if model._stack else None
    layers = [cloner.clone(layer) for layer in model.layers]
    if input_tensors is not None:
        tensors = tree.flatten(input_tensors)
        if len(tensors) != 1 or not isinstance(tensors[0], KerasTensor):
            raise ValueError(
                "Argument `input_tensors` must contain a single tensor made by `kerajax.Input`, "
                f"since the model is Sequential, but received: {input_tensors!r}"
            )
        layers.insert(0, tensors[0])
    elif isinstance(first, InputLayer):
        layers.insert(0, _from_config(first))
    return Sequential(layers, trainable=model.trainable, name=model.name)


def _clone_functional(model, cloner, input_tensors):
    if input_tensors is None:
        input_tensors = tree.map_structure(_new_input, model.input)
    else:
        _check_inputs(model, input_tensors)

    def call(operation, args, kwargs):
        new = cloner.clone(operation)
        if cloner.call_function is None:
            return new(*args, **kwargs)
        return cloner.call_function(new, *args, **kwargs)

    wanted = [model.output, ends_of(model._graph)]
    outputs, ends = clone_graph(model.inputs, wanted, call, tree.flatten(input_tensors))
    takes_a_graph = type(model).__init__ in (Model.__init__, Functional.__init__)
    kind = type(model) if takes_a_graph else Functional
    clone = kind(inputs=input_tensors, outputs=outputs, name=model.name)
    add_to_graph(clone, ends)
    return clone


def _new_input(tensor):
    name = tensor._keras_history.operation.name
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=name)


def _check_inputs(model, input_tensors):
    if not all(isinstance(x, KerasTensor) for x in tree.flatten(input_tensors)):
        raise ValueError(
            "All entries in `input_tensors` must be KerasTensors, as `kerajax.Input` makes them. "
            f"Received: input_tensors={input_tensors!r}"
        )
    try:
        tree.assert_same_structure(input_tensors, model.input)
    except ValueError as error:
        raise ValueError(
            "`input_tensors` must have the same structure as model.input.\n"
            f"Reference structure: {model.input}\nReceived structure: {input_tensors}"
        ) from error


def _clone_subclassed(model, given):
    given = [name for name, value in given.items() if value is not None]
    if not isinstance(model, Model) or given:
        raise ValueError(
            f"clone_model can rebuild {type(model).__name__} from its config alone, since it is "
            f"no functional or Sequential model, but received: {', '.join(given) or repr(model)}."
            " Put the changes into `get_config` and `from_config` of the class."
        )
    with OwnObjectsScope():
        config = serialize_keras_object(model)
        return deserialize_keras_object(config, custom_objects={type(model).__name__: type(model)})
