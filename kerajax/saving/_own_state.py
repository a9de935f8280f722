"""The variables that one object keeps in a file, written and read through a dict of arrays."""

from collections.abc import Mapping
from contextlib import contextmanager

import numpy as np

from kerajax.backend import assign_unshared
from kerajax.layers import Layer
from kerajax.layers._adaptable import Adaptable
from kerajax.metrics import Metric
from kerajax.optimizers import Optimizer

# Bytes that are held on the host until they are assigned.
_AT_ONCE = 64 << 20


class LazyStore(Mapping):
    """Arrays of one object in a file, by key, each read when it is asked for.

    Args:
        arrays: Dict of `LazyArray` by key.

    Example:

    >>> len(LazyStore({}))
    0
    """

    def __init__(self, arrays):
        self._arrays = arrays
        self._read = {}

    def __getitem__(self, key):
        if key not in self._read:
            self._read[key] = self._arrays[key].read()
        return self._read[key]

    def lazy(self, key):
        """The `LazyArray` under a key."""
        return self._arrays[key]

    def fits(self, variables):
        """Whether there is an array for each variable, under `"0"`, `"1"`, ..., of its shape."""
        return len(self) == len(variables) and all(
            key in self._arrays and tuple(self._arrays[key].shape) == tuple(variable.shape)
            for key, variable in _numbered(variables).items()
        )

    def reordered(self, variables):
        """The arrays under the keys they have today, for the variables of an optimizer."""
        arrays = in_todays_order(variables, list(self._arrays.values()))
        return LazyStore({str(i): array for i, array in enumerate(arrays)})

    def __iter__(self):
        return iter(self._arrays)

    def __len__(self):
        return len(self._arrays)


def in_todays_order(variables, arrays) -> list:
    """Arrays of an optimizer's state in the order of its variables.

    The product of momenta that Nadam keeps, a scalar, stood before the slots until Keras 3.6 or so,
    and stands after them today.

    Args:
        variables: List of the optimizer's variables.
        arrays: List of arrays with shapes, in the order of the file.
    """
    ours, theirs = (_late_scalars(items) for items in (variables, arrays))
    if len(variables) != len(arrays) or len(ours) != 1 or len(theirs) != 1:
        return list(arrays)
    arrays = list(arrays)
    arrays.insert(ours[0], arrays.pop(theirs[0]))
    return arrays


def _late_scalars(items):
    """Places of scalars after the first two, the number of steps and the rate."""
    return [i for i, item in enumerate(items) if i > 1 and tuple(item.shape) == ()]


def has_own_state(x) -> bool:
    """Whether an object writes variables of its own (perhaps none)."""
    return isinstance(x, Metric) or hasattr(x, "save_own_variables")


def own_state(x) -> dict:
    """The variables of an object as arrays by key; arrays may share the memory of the variables."""
    variables = _by_number(x, "save_own_variables")
    if variables is None:
        store = {}
        x.save_own_variables(store)
        return {key: np.asarray(value) for key, value in store.items()}
    if isinstance(x, Optimizer) and x.decays:
        variables = [v for v in variables if v is not x.learning_rate]
    return {key: on_host(variable) for key, variable in _numbered(variables).items()}


def on_host(variable):
    """The value of a variable as a numpy array to read from: on a CPU it is the same memory."""
    return np.asarray(variable.value)


class Assignments:
    """Variables and the arrays of a file that they will be assigned, as many at once as may be.

    Example:

    >>> Assignments().flush()
    """

    def __init__(self):
        self._pairs, self._nbytes = [], 0

    def add(self, variable, array):
        """Adds a variable and an array that nobody else can reach."""
        self._pairs.append((variable, array))
        self._nbytes += array.nbytes
        if self._nbytes > _AT_ONCE:
            self.flush()

    def flush(self):
        """Assigns what was added."""
        assign_unshared(self._pairs)
        self._pairs, self._nbytes = [], 0


def set_own_state(x, store, assignments) -> None:
    """Assigns what `own_state` gave, or adds it to what will be assigned.

    Args:
        x: Object with state.
        store: `LazyStore`.
        assignments: `Assignments`.

    Raises:
        ValueError: If the number of arrays or a shape differs.
    """
    if isinstance(x, Optimizer):
        if is_fresh(x.variables, store.values()):
            for variable, value in zip(x.variables, store.values(), strict=False):
                variable.assign(value)
            return
        store = store.reordered(x.variables)
    variables = _by_number(x, "load_own_variables")
    if variables is not None and store.fits(variables):
        for key, variable in _numbered(variables).items():
            assignments.add(variable, store.lazy(key).read())
        return
    # What else loads itself may look at the others.
    assignments.flush()
    if hasattr(x, "load_own_variables"):
        x.load_own_variables(store)
        return
    variables = x.variables
    if len(store) != len(variables):
        raise ValueError(
            f"{type(x).__name__} '{x.name}' has {len(variables)} variables, but the file holds "
            f"{len(store)} for it."
        )
    for i, variable in enumerate(variables):
        variable.assign(store[str(i)])


def is_fresh(variables, arrays) -> bool:
    """Whether an optimizer was saved before its first step: it had the steps and the rate alone."""
    count = len(arrays)
    return 0 < count < len(variables) and all(
        tuple(array.shape) == () for array in (*variables[:count], *arrays)
    )


def slots_of(optimizer) -> dict:
    """The variables of each slot of an optimizer, in the order of the weights."""
    groups = optimizer.slots if isinstance(optimizer.slots, tuple) else (optimizer.slots,)
    found = {}
    for slot in (slot for group in groups for slot in group):
        variables = [v for v in optimizer.variables if v.name.endswith(f"_{slot}")]
        if variables:
            found[slot] = variables
    return found


@contextmanager
def unchanged_on_error():
    """Gives variables their values back if the block fails.

    Arrays do not change in place, so this keeps references and copies nothing.

    Yields:
        Function of a list of variables, to call before they are assigned.

    Example:

    >>> v = kerajax.Variable(1.0)
    >>> try:
    ...     with unchanged_on_error() as keep:
    ...         keep([v])
    ...         _ = v.assign(2.0)
    ...         raise KeyError
    ... except KeyError:
    ...     float(v)
    1.0
    """
    before = []
    try:
        yield lambda variables: before.extend((v, v._stored()) for v in variables)
    except BaseException:
        for variable, value in before:
            variable.assign(value)
        raise


def _by_number(x, method):
    """The variables that an object keeps under `"0"`, `"1"`, ..., None if it has its own way.

    Args:
        x: Object with state.
        method: `"save_own_variables"` or `"load_own_variables"`, which the user may have written.
    """
    own = getattr(getattr(x, method, None), "__func__", None)
    if own is None or own is getattr(Optimizer, method):
        return list(x.variables) if own or not hasattr(x, method) else None
    adaptable = own is getattr(Adaptable, method) and x._form is None
    if adaptable or own is getattr(Layer, method):
        return x._trainable_variables + x._non_trainable_variables
    return None


def _numbered(items):
    return {str(i): item for i, item in enumerate(items)}
