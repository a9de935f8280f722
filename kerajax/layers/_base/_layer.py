"""Layer: state and a computation on tensors.

Read `__call__` first: it names the stages of a call, which stand in `_call.py`. Variables are in
`_weights.py`. How a layer becomes a pure function is in `graph/_pure.py`.
"""

import functools
import inspect

from kerajax import _checks, dtype_policies, regularizers, tree
from kerajax.backend import (
    AutocastScope,
    KerasTensor,
    current_path,
    name_scope,
    shape_of,
)
from kerajax.backend._distribution import lay_out_outputs
from kerajax.backend._tensorflow_graphs import as_tensorflow_op, in_tensorflow_graph
from kerajax.graph import UNTRACKABLE, abstract_call_as, equal_call, pure
from kerajax.layers._base import _call
from kerajax.layers._base._equal import equality_key
from kerajax.layers._base._old_attributes import OLD_ATTRIBUTES, old_attribute
from kerajax.layers._base._quantization import LayerQuantization, checked_quantize
from kerajax.layers._base._remat import rematerialized
from kerajax.layers._base._weights import LayerWeights
from kerajax.objects import Configurable, may_be_old, publish
from kerajax.ops._operation import Operation


@publish("keras.Layer", "keras.layers.Layer")
class Layer(LayerWeights, LayerQuantization, Configurable, Operation):
    """Base of all layers: weights, and a computation `call` on tensors.

    A subclass creates its weights in `build(input_shape)` and computes in `call(inputs)`. Output
    shapes and the config follow by themselves.

    Args:
        activity_regularizer: Regularizer of the outputs, or its name.
        trainable: Bool. Whether training changes the weights.
        dtype: Dtype name, policy name such as `"mixed_bfloat16"`, or a `DTypePolicy`.
        autocast: Bool. Whether float inputs are cast to the compute dtype.
        name: String, unique in a model; generated if absent.
        **kwargs: `input_shape` (without batch), `input_dim` (one axis) or `batch_shape`, for the
            first layer of a Sequential model.

    Example:

    >>> class Linear(kerajax.Layer):
    ...     def __init__(self, units, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.units = units
    ...     def build(self, input_shape):
    ...         self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
    ...     def call(self, inputs):
    ...         return inputs @ self.kernel
    >>> Linear(4)(np.ones((2, 3))).shape
    (2, 4)
    """

    _is_layer = True
    # What a class attribute says stands for all its layers until an instance says otherwise.
    supports_masking = False
    input_spec = None
    # Whether there is nothing to build, so that a layer is built as soon as it is made.
    _built_at_once = False
    # Whether `call` reads nothing but its arguments and the attributes of the layer.
    _told_by_attributes = False
    # Whether it loses by standing in a loop: a CPU computes it on one core there, a GPU may not
    # choose the layout of its tensors.
    _slow_in_loops = False
    # `weights=[...]` of old constructors: what the weights start from.
    _initial_weights = None
    # The shape of the input that a first layer is told; constructors set it too, where a class
    # took the argument in old eras only.
    _input_shape_arg = None
    _old_attributes = OLD_ATTRIBUTES
    _extra_arguments = frozenset(("input_shape", "input_dim", "batch_shape", "batch_input_shape"))

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _remember_build(cls.__dict__["build"])
        if "quantize" in cls.__dict__:
            cls.quantize = checked_quantize(cls.__dict__["quantize"])
        if "compute_mask" in cls.__dict__ and "supports_masking" not in cls.__dict__:
            cls.supports_masking = True

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype=None,
        autocast=True,
        name=None,
        **kwargs,
    ):
        shape = _call.shape_argument(type(self), kwargs)
        self._init_weights()
        self._track_attributes(self.__dict__)
        Operation.__init__(self, name=name)
        if shape is not None:
            self._input_shape_arg = shape
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.autocast = autocast
        self.dtype_policy = dtype_policies.get(dtype)
        self._trainable = _checks.boolean(trainable, "trainable", self)
        self.built = False
        self._build_shapes_dict = None
        self._parent_path = None
        self._building = False
        self._convert_input_args = True

    def __call__(self, *args, **kwargs):
        """Runs the layer on tensors, or records it where they are symbolic."""
        self._check_super_called()
        if in_tensorflow_graph((args, kwargs)):
            return as_tensorflow_op(self, args, kwargs)
        call = _call.Call(self, args, kwargs)
        with _call.calling(self, call), self._open_name_scope():
            _call.convert_inputs(self, call)
            _call.check_inputs(self, call)
            _call.build_if_needed(self, call)
            _call.resolve_training(self, call)
            _call.collect_masks(self, call)
            outputs = lay_out_outputs(self._run(call))
            self._collect_activity_loss(call, outputs)
            _call.set_output_masks(self, call, outputs)
        if call.symbolic:
            _call.record(self, call, outputs)
        return outputs

    def _run(self, call):
        if call.symbolic:
            return self.compute_output_spec(*call.args, **call.kwargs, **call.symbolic_masks)
        if _call.context.call.layer is self and _call.context.stateless is None:
            self._clear_losses()
        casts = self.autocast and self.compute_dtype != self.variable_dtype
        with AutocastScope(self.compute_dtype if casts else None):
            run = self._computation
            if self._remat_mode is not None:
                run = self.rematerialized_call(run, *call.args, **call.kwargs)
            elif _call.context.equal_calls is not None and self.variables:
                key = equality_key(self)
                run = run if key is None else equal_call(self, run, key)
            return run(*call.args, **call.kwargs)

    def build(self, input_shape):
        """Creates the weights. Called once, with the shape (or shapes) of the first inputs."""
        self.built = True

    def _build_at_call(self, shapes):
        """Builds for the shapes of the first call, a dict by argument name."""
        self.build(*_call.build_arguments(self, shapes))

    def call(self, *args, **kwargs):
        """The computation, on tensors."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `call()` method implemented. Define "
            "`def call(self, inputs): ...` in the class."
        )

    def compute_mask(self, inputs, previous_mask):
        """The mask of the outputs; by default the mask of the inputs."""
        return previous_mask

    @property
    def _mask_is_passed_on(self) -> bool:
        return type(self).compute_mask is Layer.compute_mask

    def compute_output_shape(self, *args, **kwargs):
        """Shape of the outputs for a shape (or nested shapes) of the inputs.

        Example:

        >>> kerajax.layers.Dense(4).compute_output_shape((None, 3))
        (None, 4)
        """
        arguments = [self._spec_of(shape) for shape in args]
        named = {
            name.removesuffix("_shape"): self._spec_of(shape) for name, shape in kwargs.items()
        }
        if "input" in named:
            arguments = [named.pop("input"), *arguments]
        if not self.built:
            shapes = [_call.shapes_of(x) for x in (*arguments, *named.values())]
            names = _call.signature_of(type(self)).names
            self.build(*_call.build_arguments(self, dict(zip(names, shapes, strict=False))))
        call = self._computation
        if type(self).compute_output_shape is not Layer.compute_output_shape:
            # A class of the user's asks its base, which speaks for its own `call` alone.
            call = functools.partial(_base_call(type(self)), self)
        outputs = self._output_spec_of(call, *arguments, **named)
        return tree.map_structure(lambda x: x.shape, outputs)

    def _spec_of(self, shape):
        if shape is None:
            return None  # an argument that may be left out, such as the key of an attention
        return tree.map_shape_structure(lambda s: KerasTensor(s, dtype=self.compute_dtype), shape)

    def compute_output_spec(self, *args, **kwargs):
        """The outputs for symbolic inputs, as KerasTensors."""
        if type(self).compute_output_shape is Layer.compute_output_shape:
            return self._traced_output_spec(*args, **kwargs)
        if type(self).build is Layer.build and not all(layer.built for layer in self._layers):
            # The shape is known without `call`, but the layers inside get theirs from it.
            self._traced_output_spec(*args, **kwargs)
        shapes = [_call.shapes_of(x) for x in args if _has_tensors(x)]
        named = {f"{k}_shape": _call.shapes_of(v) for k, v in kwargs.items() if _has_tensors(v)}
        accepted = inspect.signature(self.compute_output_shape).parameters
        if len(accepted) == 1:
            # Whatever it is called: the first tensor's.
            shapes.extend(named.values())
        named = {k: v for k, v in named.items() if k in accepted and len(accepted) > 1}
        output_shape = self.compute_output_shape(*shapes[: len(accepted)], **named)
        return tree.map_shape_structure(
            lambda s: KerasTensor(s, dtype=self.compute_dtype), output_shape
        )

    def _traced_output_spec(self, *args, **kwargs):
        return self._output_spec_of(self._computation, *args, **kwargs)

    def _output_spec_of(self, call, *args, **kwargs):
        def run(*args, **kwargs):
            casts = self.autocast and self.compute_dtype != self.variable_dtype
            with AutocastScope(self.compute_dtype if casts else None):
                return call(*args, **kwargs)

        key = equality_key(self) if self.built else None
        return abstract_call_as(key, run, *args, **kwargs)

    def stateless_call(
        self,
        trainable_variables,
        non_trainable_variables,
        *args,
        return_losses=False,
        **kwargs,
    ):
        """Calls the layer as a pure function of its variables' values.

        Args:
            trainable_variables: Values of `layer.trainable_variables`.
            non_trainable_variables: Values of `layer.non_trainable_variables`.
            *args: Arguments of the call.
            return_losses: Bool. Whether to return the losses as well.
            **kwargs: Arguments of the call.

        Returns:
            `(outputs, non_trainable_variables)`, and the list of losses if asked for.

        Example:

        >>> layer = kerajax.layers.Dense(2)
        >>> layer.build((None, 3))
        >>> values = [v.value for v in layer.trainable_variables]
        >>> outputs, state = layer.stateless_call(values, [], np.ones((1, 3)))
        >>> outputs.shape, state
        ((1, 2), [])
        """
        self._check_super_called()
        if not self.built:
            raise ValueError(
                f"To call stateless_call, {type(self).__name__} '{self.name}' must be built (i.e. "
                "its variables must have been already created). Build it first by calling it on "
                "some data, or by `build(input_shape)`."
            )
        outputs, state, losses = pure(self)(
            trainable_variables, non_trainable_variables, *args, **kwargs
        )
        return (outputs, state, losses) if return_losses else (outputs, state)

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """`layer_call` as the `RematScope` in which the layer was made wants it for arguments.

        Args:
            layer_call: The layer's `call`.
            *args: Arguments of the call, which tell the size of the outputs.
            **kwargs: The same.

        Returns:
            Function with the arguments of `layer_call`.
        """
        return rematerialized(self, layer_call, args, kwargs)

    def _collect_activity_loss(self, call, outputs):
        if self.activity_regularizer is None or call.symbolic:
            return
        for output in tree.flatten(outputs):
            if output is not None and hasattr(output, "shape"):
                # Per sample, so that the penalty does not depend on the batch size.
                batch = max(shape_of(output)[0], 1) if shape_of(output) else 1
                self.add_loss(self.activity_regularizer(output) / batch)

    @property
    def dtype(self) -> str:
        """Alias of `variable_dtype`."""
        return self.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return self._dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype in which the layer computes."""
        return self._dtype_policy.compute_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype to which float inputs are converted."""
        return self.compute_dtype

    @property
    def path(self) -> str:
        """Name scopes and name of the layer: the front part of its weights' paths."""
        if self.__dict__.get("_parent_path"):
            return f"{self._parent_path}/{self.name}"
        return self.name

    def _open_name_scope(self):
        if self._parent_path is None:
            self._parent_path = current_path()
        return _NestedNames([*filter(None, self._parent_path.split("/")), self.name])

    def get_build_config(self):
        """The shapes the layer was built with, as `build_from_config` takes them; or None."""
        if self._build_shapes_dict is None:
            return None
        if len(self._build_shapes_dict) == 1:
            return {"input_shape": next(iter(self._build_shapes_dict.values()))}
        return {"shapes_dict": dict(self._build_shapes_dict)}

    def build_from_config(self, config) -> None:
        """Builds the layer as `get_build_config` described."""
        if not config:
            return
        if "input_shape" in config:
            self.build(_as_shapes(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**{k: _as_shapes(v) for k, v in config["shapes_dict"].items()})
        self.built = True

    @classmethod
    def _unknown_arguments(cls, unknown, hint):
        parameters = inspect.signature(cls.__init__).parameters.values()
        if all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters):
            # Python itself refuses what a closed constructor does not take.
            return super()._unknown_arguments(unknown, hint)
        hint = hint or "Remove them, or take them in the `__init__` of the class."
        return ValueError(
            f"Unrecognized keyword arguments passed to {cls.__name__}: {unknown}. {hint}"
        )

    def _after_init(self):
        self._check_super_called()
        if self._built_at_once and type(self).build is Layer.build:
            self.built = True

    def _after_build(self):
        self._tracker.locked_by = f"layer '{self.name}'"
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def _base_config(self):
        config = {"name": self.name, "trainable": self.trainable}
        config["dtype"] = dtype_policies.serialize(self.dtype_policy)
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    def __setattr__(self, name, value):
        if type(value) in UNTRACKABLE:
            object.__setattr__(self, name, value)
            return
        tracker = self.__dict__.get("_tracker")
        # What is set before `super().__init__()` is tracked then.
        if tracker is not None and name not in _UNTRACKED:
            value = tracker.track(value)
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        return old_attribute(self, name)

    def _may_have_slashes(self):
        # Names such as "conv1/7x7_s2" were in use until Keras 3.
        return may_be_old()

    def __delattr__(self, name):
        value = self.__dict__.get(name)
        if "_tracker" in self.__dict__:
            for item in [value, *tree.flatten(value)]:
                self._tracker.untrack(item)
        object.__delattr__(self, name)

    def __getstate__(self):
        # The calls lead to all layers of a graph; a copy or a pickled layer begins without any.
        return {**self.__dict__, "_inbound_nodes": [], "_outbound_nodes": []}

    def __setstate__(self, state):
        self.__dict__.update(state)
        # Lists and dicts that report to the tracker come back as plain ones.
        self._track_attributes(n for n, x in state.items() if type(x) in (list, dict, set))

    def _track_attributes(self, names):
        for name in [name for name in names if name not in _UNTRACKED]:
            if type(value := self.__dict__[name]) not in UNTRACKABLE:
                self.__dict__[name] = self._tracker.track(value)

    def _check_super_called(self):
        if "_building" not in self.__dict__:
            raise RuntimeError(
                f"In layer '{type(self).__name__}', you forgot to call `super().__init__()` as "
                "the first statement in the `__init__()` method. Go add it!"
            )

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other


# Attributes of Layer itself whose values are no state of the layer.
_UNTRACKED = frozenset(
    "_inbound_nodes _outbound_nodes _init_record _tracker _trainable_variables _layers _metrics "
    "_non_trainable_variables _seed_generators _losses _build_shapes_dict _outputs_struct "
    "_compiled _graph optimizer _loss_tracker history input_names output_names".split()
)


def _base_call(layer_class):
    """The `call` of the nearest class of kerajax; the layer's own if that is `Layer`."""
    own = layer_class._own_class
    return layer_class.call if own is Layer else own.call


class _NestedNames(name_scope):
    """Names of variables start at the place where the layer was first called."""

    def __init__(self, names):
        self.names = names

    def __enter__(self):
        self.outer, _call.context.names = _call.context.names, self.names
        return self

    def __exit__(self, *exc_info):
        _call.context.names = self.outer


def _remember_build(build):
    """`build` that opens the name scope, keeps the shapes, and marks the layer as built."""
    names = list(inspect.signature(build).parameters)[1:]

    @functools.wraps(build)
    def remembering(self, *args, **kwargs):
        if self._building:
            return build(self, *args, **kwargs)
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        shapes = {k: v for k, v in given.items() if v is not None}
        if self.built and shapes and shapes == self._build_shapes_dict:
            # Inferring a shape may have built the layer before it is told to.
            return None
        self._building = True
        outer_building, _call.context.building = _call.context.building, True
        try:
            with self._open_name_scope():
                build(self, *args, **kwargs)
        finally:
            self._building = False
            _call.context.building = outer_building
        # Built without any argument is a way to be built; with none that is known, it is not.
        self._build_shapes_dict = shapes if shapes or not given else None
        self.built = True
        self._after_build()
        return None

    return remembering


def _as_shapes(value):
    """Lists, as JSON gives shapes, to tuples."""
    if isinstance(value, dict):
        return {k: _as_shapes(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if all(v is None or isinstance(v, int) for v in value):
            return tuple(value)
        return [_as_shapes(v) for v in value]
    return value


def _has_tensors(x) -> bool:
    return any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(x))
