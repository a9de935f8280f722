"""Thread-local context: which values variables have, where names go, what calls leave behind.

Layers keep state in `Variable`s. To run a layer as a pure function, a `StatelessScope` gives
variables other values for a while and catches what is assigned, so that nothing outside changes.
Only `graph/_pure.py` opens one to run a layer. All other scopes here are small settings.
"""

import contextlib
import threading
from typing import NamedTuple

from kerajax.backend._stacks import Stack


class _Context(threading.local):
    """What the scopes of this thread are. Attributes are stacks or the innermost value."""

    def __init__(self):
        self.stateless: StatelessScope | None = None
        self.symbolic = False
        self.call = None
        self.building = False  # whether a layer's `build` runs, and no call inside it
        self.names: list[str] = []
        # For whom, and as what, the innermost name scope was opened.
        self.named_by: tuple | None = None
        self.autocast: str | None | bool = False
        self.distribution = None
        self.device: str | None = None
        self.remat = None
        self.offloads = False  # whether optimizers being made keep their state on the host
        self.equal_calls: dict | None = None
        self.repeats: dict | None = None
        self.variable_meter = None
        self.later_values = None
        self.graph_values: tuple | None = None
        self.kept_values: dict | None = None
        self.listing = None
        self.read_outside = None
        self.settings: dict = {}


context = _Context()


class StatelessScope:
    """Variables read from and write to this scope instead of to themselves.

    Args:
        state_mapping: Optional list of `(variable, value)` pairs: what the variables are to hold.
        collect_losses: Whether layers add the losses they find to `losses` of this scope.
        initialize_variables: Kept for Keras' signature. Variables made inside a scope get their
            value at once here, so there is nothing to postpone.

    Example:

    >>> v = kerajax.Variable([1.0, 2.0])
    >>> with kerajax.StatelessScope(state_mapping=[(v, np.array([3.0, 4.0]))]) as scope:
    ...     _ = v.assign(v.value * 2)
    >>> scope.get_current_value(v).tolist(), v.numpy().tolist()
    ([6.0, 8.0], [1.0, 2.0])

    Attributes:
        sealed: Whether a layer runs as a pure function here, which may make no new variables.
    """

    sealed = False

    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        self.state_mapping = {}
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.losses = []
        self.masks = {}
        self._outer = None
        for variable, value in state_mapping or ():
            shape = getattr(value, "shape", None)
            if shape is not None and tuple(shape) != tuple(variable.shape):
                raise ValueError(
                    f"StatelessScope needs a value of shape {variable.shape} for variable "
                    f"'{variable.path}', but received shape {tuple(shape)}."
                )
            self.state_mapping[id(variable)] = value
            if isinstance(variable, Stack):
                for i, member in enumerate(variable.variables):
                    self.state_mapping[id(member)] = _Row(variable, i)

    def add_loss(self, loss):
        """Keeps a loss that was found while running."""
        self.losses.append(loss)

    def add_update(self, update):
        """Records `(variable, value)`: the value is what the variable holds in this scope."""
        variable, value = update
        held = self.state_mapping.get(id(variable))
        if type(held) is _Row:
            stack = self.state_mapping[id(held.stack)]
            variable, value = held.stack, stack.at[held.index].set(value)
        self.state_mapping[id(variable)] = value

    def get_current_value(self, variable):
        """The value of `variable` in this scope, or None if the scope does not know it."""
        value = self.state_mapping.get(id(variable))
        return self.state_mapping[id(value.stack)][value.index] if type(value) is _Row else value

    def holds(self, variable) -> bool:
        """Whether this scope itself has a value for `variable`."""
        return id(variable) in self.state_mapping

    def nearest_value(self, variable):
        """The value of `variable` in this scope or the nearest one around it that knows it."""
        scope = self
        while scope is not None:
            value = scope.get_current_value(variable)
            if value is not None:
                return value
            scope = scope._outer
        return None

    def __enter__(self):
        self._outer = context.stateless
        context.stateless = self
        return self

    def __exit__(self, *exc_info):
        context.stateless = self._outer


class _Row(NamedTuple):
    """Where the value of a variable is that belongs to a `Stack`."""

    stack: object
    index: int


def in_stateless_scope() -> bool:
    """Whether a `StatelessScope` is open in this thread."""
    return context.stateless is not None


def get_stateless_scope():
    """The innermost open `StatelessScope`, or None."""
    return context.stateless


class SymbolicScope:
    """Marks that shapes are being inferred: there are no values, only their specifications."""

    def __enter__(self):
        self._outer = context.symbolic
        context.symbolic = True
        return self

    def __exit__(self, *exc_info):
        context.symbolic = self._outer


def in_symbolic_scope() -> bool:
    """Whether shapes are being inferred in this thread."""
    return context.symbolic


class name_scope:  # noqa: N801 - Keras' name
    """Puts `name` in front of the paths of variables that are created inside.

    Args:
        name: String without slashes.
        caller: Optional object on whose behalf the scope is opened. A scope of the same name
            directly inside one of the same caller adds nothing.
        deduplicate: Bool. Whether that holds.
        override_parent: Optional string, the path that stands in front of `name` in place of
            those of the scopes outside.

    Example:

    >>> with kerajax.name_scope("encoder"):
    ...     v = kerajax.Variable(0.0, name="scale")
    >>> v.path
    'encoder/scale'
    """

    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                f"`name` of name_scope must be a string without '/', but received: name={name!r}."
            )
        self.name = name
        self.caller = caller
        self.deduplicate = deduplicate
        self.override_parent = override_parent
        if override_parent is None and deduplicate:
            # Of a layer, the place where it was first called.
            self.override_parent = getattr(caller, "_parent_path", None)

    def __enter__(self):
        self._outer = context.names, context.named_by
        is_repeated = self.deduplicate and self.caller is not None
        if self.override_parent is not None:
            context.names = [*filter(None, self.override_parent.split("/")), self.name]
        elif not (is_repeated and context.named_by == (id(self.caller), self.name)):
            context.names = [*context.names, self.name]
        context.named_by = id(self.caller), self.name
        return self

    def __exit__(self, *exc_info):
        context.names, context.named_by = self._outer


def current_path() -> str:
    """The names of the open name scopes, joined by slashes."""
    return "/".join(context.names)


@contextlib.contextmanager
def detached_names():
    """Leaves all open name scopes for a while, as an initializer or optimizer needs it."""
    outer, context.names = context.names, []
    try:
        yield
    finally:
        context.names = outer


class AutocastScope:
    """Inside, reading a float variable that may be cast gives it in `dtype` (None: as stored)."""

    def __init__(self, dtype):
        self.dtype = dtype

    def __enter__(self):
        self._outer = context.autocast
        context.autocast = self.dtype
        return self

    def __exit__(self, *exc_info):
        context.autocast = self._outer


class VariableMeterScope:
    """Asks before a variable is made from an initializer, so that nothing too large is allocated.

    Args:
        meter: Function of the variable's path and its size in bytes; it raises to refuse.

    Example:

    >>> with VariableMeterScope(lambda path, nbytes: print(path, nbytes)):
    ...     v = kerajax.Variable("zeros", shape=(2, 3), name="kernel")
    kernel 24
    """

    def __init__(self, meter):
        self.meter = meter

    def __enter__(self):
        self._outer = context.variable_meter
        context.variable_meter = self.meter
        return self

    def __exit__(self, *exc_info):
        context.variable_meter = self._outer


def variable_meter():
    """The function of the `VariableMeterScope` that is open, or None."""
    return context.variable_meter


def meter_memory(what: str, nbytes: int) -> None:
    """Tells the `VariableMeterScope`, if there is one, of memory that is taken for other things.

    Args:
        what: String. What the memory is for.
        nbytes: Int.

    Example:

    >>> with VariableMeterScope(lambda what, nbytes: print(what, nbytes)):
    ...     meter_memory("thresholds", 800)
    thresholds 800
    """
    if context.variable_meter is not None:
        context.variable_meter(what, nbytes)


class LaterValuesScope:
    """Variables made inside have no value yet, since a file has it.

    Those that have got none when the scope ends get what their initializer draws, at once or where
    it can wait, when they are read; and so do those that are read before.

    Example:

    >>> with LaterValuesScope():
    ...     v, w = (kerajax.Variable("ones", shape=(2,)) for _ in range(2))
    ...     _ = w.assign([3.0, 4.0])
    >>> v.numpy().tolist(), w.numpy().tolist()
    ([1.0, 1.0], [3.0, 4.0])
    """

    def __init__(self):
        self._waiting = []

    def __enter__(self):
        self._outer, context.later_values = context.later_values, self
        return self

    def add(self, variable):
        """Notes a variable that waits."""
        self._waiting.append(variable)

    def __exit__(self, kind, *exc_info):
        context.later_values = self._outer
        if kind is None:
            for variable in self._waiting:
                if variable._first is None:
                    variable._value  # noqa: B018 - reading it draws it, if it is not there
        self._waiting.clear()


def get_autocast_dtype():
    """The dtype that float variables are read in now, or None for their own."""
    return context.autocast or None


_name_counts: dict[str, int] = {}


def auto_name(prefix: str) -> str:
    """`prefix`, then `prefix_1`, `prefix_2`: a name not given before in this process."""
    count = _name_counts.get(prefix, 0)
    _name_counts[prefix] = count + 1
    return prefix if count == 0 else f"{prefix}_{count}"


def get_uid(prefix: str = "") -> int:
    """A number, counted up from 1, that is new for this `prefix`.

    Example:

    >>> kerajax.backend.get_uid("nowhere_used")
    1
    """
    _name_counts[prefix] = _name_counts.get(prefix, 0) + 1
    return _name_counts[prefix]


def reset_uids() -> None:
    """Starts all automatic names again."""
    _name_counts.clear()
