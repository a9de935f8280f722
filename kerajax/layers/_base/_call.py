"""The stages of calling a layer, in the order in which `Layer.__call__` names them."""

import functools
import inspect
import operator
import warnings
from contextlib import contextmanager

from kerajax import tree
from kerajax._checks import noted
from kerajax.backend import (
    KerasTensor,
    Node,
    context,
    get_keras_mask,
    is_array_like,
    is_float_dtype,
    set_keras_mask,
    standardize_dtype,
    standardize_shape,
)
from kerajax.graph import abstract_call
from kerajax.layers._base._input_spec import assert_input_compatibility, no_tensor


class CallContext:
    """What the calls inside one outermost call share.

    Attributes:
        layer: The layer called from outside.
        training: Bool or None: what calls inside get unless they say otherwise.
        masks: Masks of tensors that take no attributes, by id.
    """

    def __init__(self, layer):
        self.layer = layer
        self.training = None
        self.masks = {}


class Signature:
    """What a layer's `call` accepts, read once for each class."""

    def __init__(self, call):
        parameters = list(inspect.signature(call).parameters.values())[1:]
        self.names = [p.name for p in parameters if p.kind not in _VARIADIC]
        several = [p.name for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL]
        self.variadic = several[0] if several else None
        self.variadic_keywords = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
        self.has_training = "training" in self.names
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self.bind = inspect.Signature(parameters).bind


_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@functools.cache
def signature_of(layer_class) -> Signature:
    """The `Signature` of a class' `call`."""
    return Signature(layer_class.call)


class Call:
    """One call of a layer: its arguments as given, and by name.

    Attributes:
        args, kwargs: As they will be passed to `layer.call`.
        tensors: Dict of argument name to the (nested) tensors given for it, in order.
        user_kwargs: Keyword arguments the caller gave; what a graph node keeps.
        uncast: Symbolic tensors in the compute dtype, by id, to those that were given. A node keeps
            the given ones, since the layer casts whenever it runs.
        training: What the caller gave for `training`, or None.
        symbolic_masks: Masks of symbolic tensors, by the argument of `call` that takes them. A node
            does not keep them, since masks are computed with the tensors when the graph runs.
    """

    def __init__(self, layer, args, kwargs):
        self.signature = signature_of(type(layer))
        self.uncast = {}
        self.symbolic_masks = {}
        self.kwargs = dict(kwargs)
        self.training = self.kwargs.get("training")
        if not self.signature.has_training and not self.signature.variadic_keywords:
            self.kwargs.pop("training", None)
        self.args = args
        if self.signature.has_training:
            self._name_training()
        self._name_tensors(layer)
        self.user_kwargs = dict(self.kwargs)

    def _name_training(self):
        """Makes a keyword of `training` where it stands among the positions."""
        names = self.signature.names
        position = names.index("training")
        if position < len(self.args):
            self.kwargs.update(zip(names[position:], self.args[position:], strict=False))
            self.training, self.args = self.kwargs["training"], self.args[:position]

    def _name_tensors(self, layer):
        try:
            bound = self.signature.bind(*self.args, **self.kwargs).arguments
        except TypeError as error:
            raise TypeError(
                f"{type(layer).__name__}.call() {error}. It takes the arguments "
                f"{self.signature.names}."
            ) from None
        several = self.signature.variadic
        if several in bound:
            # Each of `*args` is an argument; `call(*args)` of one is like `call(inputs)`.
            values = bound.pop(several)
            names = (
                [several] if len(values) == 1 else [f"{several}_{i}" for i in range(len(values))]
            )
            bound = {**bound, **dict(zip(names, values, strict=True))}
        self.bound = bound
        self.tensors = {
            name: value
            for name, value in bound.items()
            if name != "training" and any(map(is_array_like, _leaves(value)))
        }
        self.symbolic = any(
            isinstance(x, KerasTensor) for v in self.tensors.values() for x in _leaves(v)
        )

    @property
    def first(self):
        """The first argument, whatever its name."""
        if self.args:
            return self.args[0]
        return next(iter(self.kwargs.values()), None)


@contextmanager
def calling(layer, call):
    """Enters the call context, or opens it where `layer` is called from outside."""
    outer = context.call
    if outer is None:
        context.call = CallContext(layer)
    shared = context.call
    outer_training = shared.training
    outer_building, context.building = context.building, False
    if call.training is None:
        call.training = outer_training
    if call.training is None:
        call.training = call.signature.defaults.get("training")
    shared.training = call.training
    try:
        with noted(layer, **call.tensors):
            yield
    finally:
        context.call = outer
        context.building = outer_building
        shared.training = outer_training


def convert_inputs(layer, call) -> None:
    """Arrays become jax arrays in the layer's compute dtype (floats only, where it autocasts)."""
    policy, autocast = layer.dtype_policy, layer.autocast
    dtype = standardize_dtype(layer.input_dtype)

    def convert(x):
        if not is_array_like(x):
            return x
        mask = get_keras_mask(x)
        if isinstance(x, KerasTensor):
            if not autocast or x.dtype == dtype or not is_float_dtype(x.dtype):
                return x
            converted = KerasTensor(x.shape, dtype, sparse=x.sparse, record_history=False)
            call.uncast[id(converted)] = x
        else:
            converted = policy.convert_input(x, autocast, dtype)
        if mask is not None and converted is not x:
            set_keras_mask(converted, mask)
        return converted

    if not layer._convert_input_args:
        return
    for x in _leaves(call.first):
        if isinstance(x, (str, bytes)):
            raise no_tensor(x, layer.name)
    args = tuple(tree.map_structure(convert, a) for a in call.args)
    kwargs = {k: tree.map_structure(convert, v) for k, v in call.kwargs.items()}
    if all(map(operator.is_, (*args, *kwargs.values()), (*call.args, *call.kwargs.values()))):
        return
    call.args, call.kwargs, call.user_kwargs = args, kwargs, dict(kwargs)
    call._name_tensors(layer)


def check_inputs(layer, call) -> None:
    """Raises where the first argument does not fit the layer's `input_spec`."""
    if layer.input_spec is not None:
        assert_input_compatibility(layer.input_spec, call.first, layer.name)


def build_if_needed(layer, call) -> None:
    """Creates the layer's weights at its first call."""
    if layer.built:
        return
    shapes = {
        name: tree.map_shape_structure(_real_shape, shapes_of(value))
        for name, value in call.tensors.items()
    }
    layer._build_at_call(shapes)


def _real_shape(shape):
    """`shape` without the number that stands for an unknown batch size in shape inference."""
    unknown = context.symbolic
    if unknown and unknown is not True and shape and shape[0] == unknown:
        return (None, *shape[1:])
    # What is no array, a number in a dict of inputs, has no shape.
    return None if shape is None else tuple(shape)


def build_arguments(layer, shapes: dict) -> list:
    """The shapes that `layer.build` asks for, in its order.

    A `build` with one argument gets the shape of the first input. One with several gets, for each
    argument `x_shape`, the shape of the input `x`.
    """
    names = list(inspect.signature(layer.build).parameters)
    if len(names) == 1:
        return [next(iter(shapes.values()), None)]
    arguments = []
    for name in names:
        wanted = name.removesuffix("_shape")
        if wanted in shapes:
            arguments.append(shapes[wanted])
        elif not arguments and shapes:
            arguments.append(next(iter(shapes.values())))
        else:
            arguments.append(None)
    return arguments


def resolve_training(layer, call) -> None:
    """Passes `training` on where `call` takes it."""
    if call.signature.has_training and call.training is not None:
        call.kwargs.setdefault("training", call.training)
        if call.kwargs["training"] is None:
            call.kwargs["training"] = call.training


def collect_masks(layer, call) -> None:
    """Takes masks from the inputs and passes them on where `call` takes them."""
    names = list(call.tensors)
    call.masks = {n: tree.map_structure(get_keras_mask, call.tensors[n]) for n in names}
    found = {}
    for position, name in enumerate(names):
        argument = "mask" if position == 0 and "mask" in call.signature.names else f"{name}_mask"
        if argument not in call.signature.names or call.bound.get(argument) is not None:
            continue
        if _any(call.masks[name]) and argument not in call.signature.names[: len(call.args)]:
            found[argument] = call.masks[name]
    if not call.symbolic:
        call.kwargs.update(found)
    elif found:
        taken = inspect.signature(layer.compute_output_spec).parameters
        is_open = any(p.kind is p.VAR_KEYWORD for p in taken.values())
        call.symbolic_masks = {k: mask for k, mask in found.items() if is_open or k in taken}


def record(layer, call, outputs) -> None:
    """Leaves a node in the graph."""
    args, kwargs = call.args, call.user_kwargs
    if call.uncast:
        args, kwargs = tree.map_structure(lambda x: call.uncast.get(id(x), x), (args, kwargs))
    Node(layer, args, kwargs, outputs)


def set_output_masks(layer, call, outputs) -> None:
    """Computes the outputs' masks from the inputs' and hangs them on the outputs."""
    # As in Keras, the first argument is the one whose mask goes on, unless a `mask` was given.
    previous = call.kwargs.get("mask")
    if previous is None:
        previous = next(iter(call.masks.values()), None)
    has_mask = _any(previous)
    if not layer.supports_masking:
        if has_mask and not call.symbolic:
            warnings.warn(
                f"Layer '{layer.name}' (of type {type(layer).__name__}) was passed an input with "
                "a mask attached to it. However, this layer does not support masking and will "
                "therefore destroy the mask information. Downstream layers will not see the mask.",
                stacklevel=4,
            )
        return
    if not has_mask and layer._mask_is_passed_on:
        return
    inputs = next(iter(call.tensors.values()), None)
    # Shapes alone are at hand for symbolic inputs; the mask has no place in the graph, since it
    # is computed anew with the tensors when the graph runs.
    compute = (
        functools.partial(abstract_call, layer.compute_mask)
        if call.symbolic
        else (layer.compute_mask)
    )
    output_masks = compute(inputs, previous if has_mask else None)
    if output_masks is None:
        return
    flat_masks = tree.flatten(output_masks)
    for output, mask in zip(tree.flatten(outputs), flat_masks, strict=False):
        if mask is not None and output is not None and get_keras_mask(output) is None:
            set_keras_mask(output, mask)


def shapes_of(value):
    """The shapes of nested tensors, each as a tuple with None for unknown sizes."""
    return tree.map_structure(lambda x: tuple(x.shape) if hasattr(x, "shape") else None, value)


def _leaves(value):
    return tree.flatten(value) if isinstance(value, (list, tuple, dict)) else [value]


def _any(masks) -> bool:
    return any(mask is not None for mask in tree.flatten(masks))


def shape_argument(cls, kwargs):
    """Takes the arguments that describe the input of a first layer out of `kwargs`."""
    shape = kwargs.pop("batch_shape", kwargs.pop("batch_input_shape", None))
    shape = None if shape is None else tuple(shape)
    if kwargs.get("input_shape") is not None:
        given = kwargs["input_shape"]
        shape = (None, *([given] if isinstance(given, int) else given))
    elif kwargs.get("input_dim") is not None:
        shape = (None, kwargs["input_dim"])
    for name in ("input_shape", "input_dim"):
        kwargs.pop(name, None)
    if kwargs:
        raise cls._unknown_arguments(kwargs, "")
    return None if shape is None else standardize_shape(shape)
