"""The variables of an optimizer: how they are made, named, counted and saved.

Names and order are Keras': files hold the variables by position, so the order is a contract.
"""

import functools
import warnings
from typing import Any

import numpy as np

from kerajax import initializers
from kerajax.backend import Variable, context, detached_names, filled, name_scope
from kerajax.backend._filling import Filling
from kerajax.graph._tracking import Tracker
from kerajax.objects import Configurable

# Set on the way of every constructor; they hold variables of others, which are not the state.
_UNTRACKED = frozenset(("_tracker", "_variables", "_trainable_variables", "_indices", "_keys"))


class Stateful(Configurable):
    """An object with a name and an ordered list of variables, which its attributes add to."""

    name: str
    _revision = 0

    def _start_tracking(self):
        self._variables = []
        self._tracker = Tracker({"variables": (is_variable, self._variables)})
        self._trainable_variables = []
        self._indices = {}
        self._keys = {}
        self._offloads = context.offloads
        self.built = False

    def __setattr__(self, name, value):
        cls = type(self)
        if name not in _UNTRACKED and not isinstance(getattr(cls, name, None), property):
            if "_tracker" not in self.__dict__:
                raise RuntimeError(
                    f"In optimizer '{cls.__name__}', you forgot to call `super().__init__()` as "
                    "the first statement in the `__init__()` method. Go add it!"
                )
            value = self._tracker.track(value)
            if not name.startswith("_") and context.listing is None:
                self.__dict__["_revision"] = self._revision + 1
        super().__setattr__(name, value)

    def _wrapped(self):
        """Objects of this kind that this one hands its variables to."""
        return ()

    @property
    def revision(self) -> int:
        """Counts changes of hyperparameters: what was compiled for another is out of date."""
        return self._revision + sum(inner.revision for inner in self._wrapped())

    @property
    def variables(self) -> list:
        """All state as a list of variables, in Keras' order: iteration, rate, averages, slots.

        Those of wrapped optimizers come last.
        """
        return self._variables + [v for inner in self._wrapped() for v in inner.variables]

    @property
    def weights(self) -> list:
        """The same list, by the name it had until Keras 2."""
        return self.variables

    def _know(self, variables):
        """Keeps the list of variables to train, their positions and a name for each."""
        self._trainable_variables = list(variables)
        self._indices = {v: i for i, v in enumerate(self._trainable_variables)}
        taken = {}
        for variable in self._trainable_variables:
            path = path_of(variable)
            taken[path] = taken.get(path, 0) + 1
            count = taken[path]
            self._keys[variable] = path if count == 1 else f"{path}#{count}"

    def _get_variable_index(self, variable):
        return self._indices[variable]

    def _scalar(self, value, dtype, name):
        """A variable that belongs to no weight."""
        return self.add_variable((), Filled(value), dtype, "only_first_replica", name=name)

    def add_variable(
        self,
        shape,
        initializer: Any = "zeros",
        dtype=None,
        aggregation="none",
        layout=None,
        name=None,
    ):
        """Creates a variable of the optimizer's state.

        Args:
            shape: Tuple of ints.
            initializer: An initializer or its name.
            dtype: String; the default float if absent.
            aggregation: See `kerajax.Variable`.
            layout: Optional layout over devices.
            name: String without slashes.
        """
        extra = {} if layout is None else {"layout": layout}
        with detached_names(), name_scope(self.name):
            variable = Variable(
                Filled(0) if initializer == "zeros" else initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
                **extra,
            )
        if self._offloads and variable.ndim:
            variable.keep_on_host()
        self._tracker.add("variables", variable)
        return variable

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """Creates a variable of another one's shape and dtype, named `path_of_the_other_name`."""
        return self.add_variable(
            shape=reference_variable.shape,
            initializer=initializer,
            dtype=reference_variable.dtype,
            name=self._slot_name(reference_variable, name or "var"),
            layout=getattr(reference_variable, "layout", None),
        )

    def _slot_name(self, variable, slot):
        path = path_of(variable).replace("/", "_").replace(":", "_")
        return f"{path}_{slot}"

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Creates one variable, or several, for each of a list of variables.

        Args:
            trainable_variables: List of variables. One that its gradient overwrites gets None.
            name: String, or list of strings.
            initializer: Initializer, or a list of as many as names.

        Returns:
            A list of variables, or a tuple of lists, one for each name.
        """
        names = [name] if isinstance(name, str) else list(name)
        listed = isinstance(initializer, (list, tuple))
        starts = list(initializer) if listed else [initializer] * len(names)
        if len(names) != len(starts):
            raise ValueError(
                "The number of provided names must match the number of provided initializers. "
                f"Received name='{name}', initializer='{initializer}'"
            )
        made = tuple([] for _ in names)
        for variable in trainable_variables:
            for one, start, into in zip(names, starts, made, strict=True):
                skipped = is_overwritten(variable)
                into.append(
                    None if skipped else self.add_variable_from_reference(variable, one, start)
                )
        return made[0] if isinstance(name, str) else made

    def assign(self, variable, value):
        """Gives `variable` a value, in `update_step`."""
        variable.assign(value)

    def assign_add(self, variable, value):
        """Adds to `variable`, in `update_step`."""
        variable.assign_add(value)

    def assign_sub(self, variable, value):
        """Subtracts from `variable`, in `update_step`."""
        variable.assign_sub(value)

    def get_weights(self) -> list:
        """The state as numpy arrays, in the order of `weights`."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights):
        """Sets the state from arrays in the order of `weights`.

        Raises:
            ValueError: If the optimizer is not built or an array has another shape. Nothing has
                changed then.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. Call "
                "`optimizer.build(trainable_variables)` before."
            )
        self._assign_all(list(zip(self.weights, weights, strict=False)))

    def save_own_variables(self, store):
        """Writes the state into a dict of arrays, by position: `"0"`, `"1"`, ..."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Reads what `save_own_variables` wrote; another number of arrays is left alone, warned of.

        Raises:
            ValueError: If an array has another shape. Nothing has changed then.
        """
        variables = self.variables
        if len(store.keys()) != len(variables):
            built = "" if self.built else " The optimizer has not been built yet."
            warnings.warn(
                f"Skipping variable loading for optimizer '{self.name}', because it has "
                f"{len(variables)} variables whereas the saved optimizer has {len(store.keys())} "
                f"variables.{built}",
                stacklevel=2,
            )
            return
        self._assign_all([(v, store[str(i)]) for i, v in enumerate(variables)])

    def _assign_all(self, pairs):
        for variable, value in pairs:
            if tuple(variable.shape) != tuple(np.shape(value)):
                raise ValueError(
                    f"Optimizer variable '{variable.path}' has shape {variable.shape}, not "
                    f"compatible with the given array of shape {tuple(np.shape(value))}. The state "
                    "belongs to another model or optimizer."
                )
        for variable, value in pairs:
            variable.assign(value)


class Filled:
    """An initializer that fills with a value without compiling anything, as `jnp.full` would.

    Args:
        value: A number, or an array of the shape that will be asked for.
    """

    def __init__(self, value):
        self.value = value

    def __call__(self, shape, dtype=None):
        return filled(shape, self.value, dtype)

    def _later(self, shape, dtype):
        if isinstance(self.value, (int, float)):
            return Filling(shape, self.value, dtype)
        return functools.partial(np.full, shape, self.value, dtype)


def is_variable(value) -> bool:
    """Whether `value` is a variable."""
    return isinstance(value, Variable)


def is_overwritten(variable) -> bool:
    """Whether the gradient of `variable` is its next value, as for the scales of float8."""
    return getattr(variable, "overwrite_with_gradient", False)


def path_of(variable) -> str:
    """The path of a variable, or its name if it comes from elsewhere."""
    return str(getattr(variable, "path", None) or variable.name)
