"""The part of Layer that owns variables: creating, listing, getting and setting them."""

import math

from kerajax import constraints, initializers, regularizers
from kerajax.backend import (
    Variable,
    context,
    convert_to_numpy,
    get_stateless_scope,
    is_float_dtype,
    standardize_dtype,
    standardize_shape,
)
from kerajax.graph import Tracker
from kerajax.objects import find
from kerajax.random import SeedGenerator


def is_layer(x) -> bool:
    """Whether `x` is a layer (told by a mark, so that mixins need not import Layer)."""
    return getattr(type(x), "_is_layer", False)


def is_metric(x) -> bool:
    """Whether `x` is a metric (metrics stand on the same floor, so they are told by a mark)."""
    return getattr(type(x), "_is_metric", False)


# The predicates of the tracker are functions with names, so that layers can be pickled.
def _is_trainable(x) -> bool:
    return isinstance(x, Variable) and x.trainable


def _is_variable(x) -> bool:
    return isinstance(x, Variable)


def _is_pair(x) -> bool:
    return isinstance(x, (list, tuple)) and len(x) == 2 and isinstance(x[0], Variable)


def _is_seed_generator(x) -> bool:
    return isinstance(x, SeedGenerator)


class LayerWeights:
    """Variables of a layer and of the layers inside it."""

    def _init_weights(self):
        self._trainable_variables = []
        self._non_trainable_variables = []
        self._layers = []
        self._metrics = []
        self._seed_generators = []
        self._losses = []
        self._tracker = Tracker(
            {
                "trainable_variables": (_is_trainable, self._trainable_variables),
                "non_trainable_variables": (_is_variable, self._non_trainable_variables),
                "metrics": (is_metric, self._metrics),
                "layers": (is_layer, self._layers),
                "seed_generators": (_is_seed_generator, self._seed_generators),
            }
        )

    def add_weight(
        self,
        *args,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
    ):
        """Creates a variable that belongs to the layer.

        Args:
            *args: `shape` and `initializer`, or, as Keras 2 had it, `name`, `shape`, `dtype` and
                `initializer`.
            shape: Tuple of ints; `()` by default.
            initializer: Initializer, its name, or a function. By default Glorot uniform for
                floats and zeros otherwise.
            dtype: String; the layer's variable dtype by default.
            trainable: Bool. Whether training changes it.
            autocast: Bool. Whether `call` reads it in the layer's compute dtype.
            regularizer: Regularizer, its name, or a function of the value that gives a loss.
            constraint: Constraint, its name, or a function applied after each training step.
            aggregation: How replicas would combine it; see `kerajax.Variable`.
            overwrite_with_gradient: Bool. Whether the optimizer replaces the value by the
                gradient, as float8 scaling factors need it.
            name: String.

        Returns:
            `kerajax.Variable`.
        """
        self._check_super_called()
        if args:
            old = isinstance(args[0], str)
            order = ("name", "shape", "dtype", "initializer") if old else ("shape", "initializer")
            given = {"name": name, "shape": shape, "dtype": dtype, "initializer": initializer}
            given.update(zip(order, args, strict=False))
            name, shape, dtype, initializer = given.values()
        dtype = standardize_dtype(dtype) if dtype is not None else self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if is_float_dtype(dtype) else "zeros"
        with self._open_name_scope():
            variable = Variable(
                initializers.get(initializer),
                shape=standardize_shape(() if shape is None else shape),
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._track_variable(variable)
        return variable

    def add_variable(
        self,
        shape,
        initializer,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        name=None,
    ):
        """`add_weight` with the shape and the initializer required."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    def add_metric(self, value, name=None, aggregation=None, **kwargs):
        """Shows the mean of a tensor among the metrics of the model, as until Keras 2.

        Today a metric is an attribute of the layer, which `call` updates.

        Args:
            value: Tensor, inside `call`.
            name: String, the name in the logs.
            aggregation: `"mean"`, or None for it.
            **kwargs: `inputs`, which was needed once.

        Raises:
            ValueError: If it is called outside of `call`, if there is no name, or if the
                aggregation is another one.

        Example:

        >>> class Sized(kerajax.Layer):
        ...     def call(self, x):
        ...         self.add_metric(kerajax.ops.mean(x), name="size")
        ...         return x
        >>> layer = Sized()
        >>> _ = layer(np.full((2, 2), 3.0))
        >>> float(layer.metrics[0].result())
        3.0
        """
        kwargs.pop("inputs", None)
        if kwargs:
            raise TypeError(f"`add_metric()` of '{self.name}' does not know {sorted(kwargs)}.")
        self._check_metric(name, aggregation)
        if context.call is None:
            raise ValueError(
                f"`add_metric()` of '{self.name}' needs to be called inside `call()`, on a tensor, "
                f"or on a symbolic tensor of a functional model. Received: value={value!r}"
            )
        known = {metric.name: metric for metric in self._metrics}
        own = self.__dict__.setdefault("_added_metrics", {})
        if name in known and name not in own:
            # The layer keeps the metric itself, and gave its result.
            return
        if name not in own:
            try:
                own[name] = find("keras.metrics.Mean")(name=name)
            except ValueError as error:
                raise ValueError(
                    f"`add_metric()` of '{self.name}' meets name={name!r} inside a compiled step "
                    "for the first time, where no metric can be made: `call` has not run before, "
                    "since the layer has a `compute_output_shape` of its own. Call the layer once "
                    "before training, remove that method, or make the metric in `__init__`: "
                    f"`self.{name} = keras.metrics.Mean(name={name!r})`."
                ) from error
            self._tracker.add("metrics", own[name])
        own[name].update_state(value)

    def _check_metric(self, name, aggregation):
        if aggregation not in (None, "mean") or not isinstance(name, str):
            raise ValueError(
                f"`add_metric()` of '{self.name}' needs a name, and means are what it shows. "
                f"Received: name={name!r}, aggregation={aggregation!r}. Pass name='kl', "
                "aggregation='mean'."
            )

    def _weight(self, name, shape, **options):
        """`add_weight` with the initializer, regularizer and constraint the layer has for it."""
        for option in ("initializer", "regularizer", "constraint"):
            options.setdefault(option, getattr(self, f"{name}_{option}", None))
        return self.add_weight(shape=shape, name=name, **options)

    def _known_size(self, shape, axis) -> int:
        """The size of one axis of an input shape, which the weights depend on."""
        if not shape or shape[axis] is None:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' needs an input whose axis {axis} has "
                "a known size: the input tensor should have a defined dimension but the layer "
                f"received an input with shape {shape}. Pass `kerajax.Input` a shape with this "
                "size, or call `layer.build(input_shape)` first."
            )
        return shape[axis]

    def _track_variable(self, variable):
        store = "trainable_variables" if variable.trainable else "non_trainable_variables"
        self._tracker.add(store, variable)
        if not self.trainable:
            # It stays among the variables that the layer would train, and waits there.
            variable.trainable = False

    @property
    def variables(self) -> list:
        """All variables: weights, then the states of seed generators; inner layers' after."""
        return _unique(v for layer in self._flatten_layers() for v in layer._own_variables())

    def _own_variables(self):
        yield from self._trainable_variables
        yield from self._non_trainable_variables
        for generator in self._seed_generators:
            yield generator.state

    @property
    def trainable_variables(self) -> list:
        """The variables that training changes now."""
        if not self.trainable:
            return []
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self) -> list:
        """The variables that training leaves alone, as `variables` orders them."""
        if not self.trainable:
            return self.variables
        return [v for v in self.variables if not v.trainable]

    @property
    def weights(self) -> list:
        """The variables without the states of seed generators."""
        return _unique(
            v
            for layer in self._flatten_layers()
            for v in (*layer._trainable_variables, *layer._non_trainable_variables)
        )

    @property
    def trainable_weights(self) -> list:
        """The weights that training changes now."""
        if not self.trainable:
            return []
        return [v for v in self.weights if v.trainable]

    @trainable_weights.setter
    def trainable_weights(self, variables):
        # `build` of layers from the time of Keras 1 names its weights so.
        for variable in variables:
            self._tracker.add("trainable_variables", variable)

    @property
    def _trainable_weights(self) -> list:
        """The layer's own weights to train; layers of Keras 2 append to the list."""
        return self._trainable_variables

    @_trainable_weights.setter
    def _trainable_weights(self, variables):
        self.trainable_weights = variables

    @property
    def _non_trainable_weights(self) -> list:
        """The layer's own weights that do not train; layers of Keras 2 append to the list."""
        return self._non_trainable_variables

    @_non_trainable_weights.setter
    def _non_trainable_weights(self, variables):
        for variable in variables:
            self._tracker.add("non_trainable_variables", variable)

    @property
    def non_trainable_weights(self) -> list:
        """The weights that training leaves alone."""
        if not self.trainable:
            return self.weights
        return [v for v in self.weights if not v.trainable]

    @property
    def metrics(self) -> list:
        """The metrics of this layer and of the layers inside it."""
        return _unique(m for layer in self._flatten_layers() for m in layer._metrics)

    @property
    def metrics_variables(self) -> list:
        """The variables of those metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    @property
    def trainable(self) -> bool:
        """Whether training changes this layer. Setting it sets the variables and inner layers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        value = bool(value)
        self._trainable = value
        for variable in self.__dict__.get("_trainable_variables", ()):
            variable.trainable = value
        for layer in self.__dict__.get("_layers", ()):
            layer.trainable = value

    def count_params(self) -> int:
        """Number of scalars in the weights.

        Raises:
            ValueError: If the layer has no weights yet because it is not built.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't "
                "built. Build it with `layer.build(input_shape)` or call it on data."
            )
        return sum(math.prod(v.shape) for v in self.weights)

    def get_weights(self) -> list:
        """The weights as a list of numpy arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights) -> None:
        """Sets the weights from a list of arrays in the order of `get_weights()`.

        Raises:
            ValueError: If their number or a shape differs. No weight is changed then.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of "
                f"length {len(weights)}, but the layer was expecting {len(variables)} weights."
            )
        for variable, value in zip(variables, weights, strict=True):
            shape = tuple(getattr(value, "shape", ()))
            if variable.shape != shape:
                raise ValueError(
                    f"Layer {self.name} weight shape {variable.shape} is not compatible with "
                    f"provided weight shape {shape} (weight '{variable.path}')."
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def save_own_variables(self, store) -> None:
        """Writes the layer's own variables into the dict-like `store` under "0", "1", ..."""
        for i, variable in enumerate(self._trainable_variables + self._non_trainable_variables):
            store[str(i)] = convert_to_numpy(variable)

    def load_own_variables(self, store) -> None:
        """Reads what `save_own_variables` wrote.

        Raises:
            ValueError: If the number of arrays or a shape differs. Nothing is changed then.
        """
        self._load(self._trainable_variables + self._non_trainable_variables, store)

    def _load(self, variables, store):
        """Gives variables the arrays under "0", "1", ... in `store`, if all of them fit."""
        if len(store.keys()) != len(variables):
            raise ValueError(
                f"Layer '{self.name}' expected {len(variables)} variables, but received "
                f"{len(store.keys())} variables during loading. "
                + (
                    "Expected: " + str([v.path for v in variables])
                    if self.built
                    else "The layer was never built: call it, or give the model an input shape."
                )
            )
        for i, variable in enumerate(variables):
            shape = tuple(store[str(i)].shape)
            if shape != variable.shape:
                raise ValueError(
                    f"Layer '{self.name}': the shapes of variable '{variable.path}' and of its "
                    f"value must match, but they are {variable.shape} and, in the file, {shape}."
                )
        for i, variable in enumerate(variables):
            variable.assign(store[str(i)])

    def _flatten_layers(self, include_self=True, recursive=True) -> list:
        """This layer and those inside it, each before what it contains."""
        found, seen = [], set()
        stack = [self] if include_self else list(reversed(self._layers))
        while stack:
            layer = stack.pop()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            found.append(layer)
            if recursive or layer is self:
                stack.extend(reversed(layer._layers))
        return found

    def add_update(self, updates, inputs=None) -> None:
        """Assigns to variables where training runs the layer, as until Keras 2.

        Today `call` assigns by itself: `if training: variable.assign(value)`.

        Args:
            updates: `(variable, value)`, or a list of such pairs. What `K.update` gives is passed
                over: it has been assigned already.
            inputs: Not looked at.
        """
        if context.call is None or not context.call.training:
            return
        pairs = [updates] if _is_pair(updates) else updates
        for pair in pairs if isinstance(pairs, (list, tuple)) else ():
            if _is_pair(pair):
                pair[0].assign(pair[1])

    def add_loss(self, loss, inputs=None) -> None:
        """Adds a scalar (or a list of them) to the loss that training minimizes.

        Call it inside `call`, where each run adds anew.

        Args:
            loss: Tensor, or a list of them.
            inputs: Not looked at: until Keras 2 it said what the loss depends on.

        Example:

        >>> class Penalty(kerajax.Layer):
        ...     def call(self, x):
        ...         self.add_loss(kerajax.ops.mean(x))
        ...         return x
        >>> layer = Penalty()
        >>> _ = layer(np.ones((2, 2)))
        >>> float(layer.losses[0])
        1.0
        """
        losses = loss if isinstance(loss, (list, tuple)) else [loss]
        for value in losses:
            if not hasattr(value, "shape") and not isinstance(value, (int, float)):
                raise ValueError(
                    "`add_loss()` can only be called from inside `build()` or `call()`, on a "
                    f"tensor. Received invalid value: {value!r}"
                )
        scope = get_stateless_scope()
        if scope is not None:
            if scope.collect_losses:
                for value in losses:
                    scope.add_loss(value)
        else:
            self._losses.extend(losses)

    @property
    def losses(self) -> list:
        """Losses added in the last call, and the values of the weight regularizers."""
        scope = get_stateless_scope()
        if scope is not None and scope.collect_losses:
            added = list(scope.losses)
        else:
            added = [x for layer in self._flatten_layers() for x in layer._losses]
        return added + self._regularization_losses()

    def _clear_losses(self):
        for layer in self._flatten_layers():
            layer._losses.clear()

    def _regularization_losses(self) -> list:
        return [v.regularizer(v) for v in self.trainable_weights if v.regularizer is not None]


def _unique(items) -> list:
    return list({id(x): x for x in items}.values())
