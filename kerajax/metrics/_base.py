"""Metric: state that is updated batch by batch and read as one value.

A metric keeps its state in variables. `update_state` adds a batch, `result` reads, `reset_state`
begins anew; the `stateless_` forms do the same on values that are passed in and returned, which is
what compiled training steps use.
"""

import functools
import inspect

from kerajax import dtype_policies, initializers, ops
from kerajax._checks import noted
from kerajax.backend import Variable, auto_name, floatx, name_scope
from kerajax.graph import Tracker, with_values
from kerajax.objects import Configurable, publish
from kerajax.ops._operation import snake_case

# What Keras 2 took, in its order, and what of it there is nothing to do with.
_OLD_ORDER = ("name", "shape", "aggregation", "synchronization", "initializer", "dtype")
_FOR_REPLICAS = ("aggregation", "synchronization")


def _name_first(add_weight):
    """`add_weight` that understands the arguments of Keras 2, too."""

    @functools.wraps(add_weight)
    def call(self, *args, **kwargs):
        if args and isinstance(args[0], str):
            args, kwargs = (), {**dict(zip(_OLD_ORDER, args, strict=False)), **kwargs}
        for option in _FOR_REPLICAS:
            kwargs.pop(option, None)
        return add_weight(self, *args, **kwargs)

    return call


@publish("keras.metrics.Metric", "keras.Metric")
class Metric(Configurable):
    """Base of all metrics: make variables in `__init__`, override `update_state` and `result`.

    Metrics that hang on a metric's attributes are part of it.

    Args:
        dtype: String or dtype policy (its compute dtype counts); the default float if absent.
        name: Optional string.

    Attributes:
        variables: Variables of this metric, then those of the metrics inside it.

    Example:

    >>> class Largest(kerajax.metrics.Metric):
    ...     def __init__(self, name="largest", **kwargs):
    ...         super().__init__(name=name, **kwargs)
    ...         self.value = self.add_variable((), "zeros", name="value")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.value.assign(kerajax.ops.maximum(self.value, kerajax.ops.max(y_pred)))
    ...     def result(self):
    ...         return self.value.value
    >>> metric = Largest()
    >>> metric.update_state(None, np.array([1.0, 3.0]))
    >>> float(metric.result())
    3.0
    """

    # Layers and models recognise metrics by this, since they may not import this package.
    _is_metric = True
    _config_skip = frozenset({"dtype"})

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # Before Keras 2.5 subclasses wrote the plural.
        if "reset_states" in vars(cls) and "reset_state" not in vars(cls):
            cls.reset_state = cls.reset_states
        if inspect.isfunction(vars(cls).get("update_state")):
            cls.update_state = _noting_owner(cls.update_state)

    def __init__(self, dtype=None, name: str | None = None):
        self.name = name or auto_name(snake_case(type(self).__name__))
        self._dtype_policy = dtype_policies.get(dtype or floatx())
        self._dtype = self._dtype_policy.compute_dtype
        self._metrics = []
        self._variables = []
        self._tracker = Tracker(
            {
                "variables": (_is_variable, self._variables),
                "metrics": (_is_metric, self._metrics),
            }
        )

    @property
    def dtype(self):
        """Name of the dtype of the computation."""
        return self._dtype

    @property
    def variables(self):
        """List of the variables, those of inner metrics last."""
        return [*self._variables, *(v for metric in self._metrics for v in metric.variables)]

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """Makes a variable of the metric's state.

        Args:
            shape: Tuple of ints.
            initializer: Initializer, or its name.
            dtype: String; the default float if absent.
            aggregation: How replicas combine it.
            name: Optional string.

        Returns:
            A `Variable`.
        """
        self._check_super_called()
        if initializer is None:
            initializer = "zeros"
        with name_scope(self.name.replace("/", ">")):
            # Sums over an epoch stay in their own dtype where layers compute in lower precision.
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape),
                dtype=dtype,
                trainable=False,
                autocast=False,
                aggregation=aggregation,
                synchronization="on_read",
                name=name,
            )
        self._tracker.add("variables", variable)
        return variable

    @_name_first
    def add_weight(self, shape=(), initializer=None, dtype=None, name=None):
        """Makes a variable, as `add_variable`.

        Keras 2 had the name first, then the shape: `add_weight("total", (), ...)`.
        """
        return self.add_variable(shape, initializer, dtype=dtype, name=name)

    def update_state(self, *args, **kwargs):
        """Adds a batch to the state, to be written by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `update_state`.")

    def result(self):
        """The value of the metric, a tensor or a dict of them, to be written by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `result`.")

    def reset_state(self):
        """Sets all variables to zero."""
        self._zero()

    def reset_states(self):
        """The name of `reset_state` before Keras 2.5."""
        self._zero()

    def _zero(self):
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """What the variables hold after an update, from what they held before.

        Args:
            metric_variables: List of arrays, one for each of `variables`.
            *args: As for `update_state`.
            **kwargs: As for `update_state`.

        Returns:
            List of arrays.
        """
        self._check_count(metric_variables)
        update = functools.partial(self.update_state, *args, **kwargs)
        return with_values(update, self.variables, metric_variables).values

    def stateless_result(self, metric_variables):
        """The value of the metric when its variables hold the arrays `metric_variables`."""
        self._check_count(metric_variables)
        return with_values(self.result, self.variables, metric_variables).outputs

    def stateless_reset_state(self):
        """What the variables hold after a reset: a list of arrays."""

        def reset():
            self.reset_state()
            return [variable.value for variable in self.variables]

        return with_values(reset, [], []).outputs

    def __call__(self, *args, **kwargs):
        """Adds a batch and returns the value so far."""
        self._check_super_called()
        self.update_state(*args, **kwargs)
        return self.result()

    def __setattr__(self, name, value):
        tracker = self.__dict__.get("_tracker")
        super().__setattr__(name, tracker.track(value) if tracker is not None else value)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"

    def _base_config(self):
        return {"name": self.name, "dtype": self.dtype}

    def _obj_type(self):
        return "Metric"

    def _check_super_called(self):
        if "_tracker" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}: you forgot to call `super().__init__()` in `__init__()`. "
                "Make it the first line there."
            )

    def _check_count(self, values):
        if len(values) != len(self.variables):
            raise ValueError(
                "Argument `metric_variables` must be a list of tensors corresponding 1:1 to "
                f"{type(self).__name__}().variables. Received list with length {len(values)}, but "
                f"expected {len(self.variables)} variables. Pass `[v.value for v in "
                "metric.variables]`."
            )


def _noting_owner(update):
    """`update_state` whose errors say by a note which metric was given what."""
    names = list(inspect.signature(update).parameters)[1:]

    @functools.wraps(update)
    def wrapper(self, *args, **kwargs):
        with noted(self, **{**dict(zip(names, args, strict=False)), **kwargs}):
            return update(self, *args, **kwargs)

    return wrapper


# The predicates of the tracker are functions with names, so that metrics can be pickled.
def _is_variable(x) -> bool:
    return isinstance(x, Variable)


def _is_metric(x) -> bool:
    return isinstance(x, Metric)
