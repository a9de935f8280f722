"""The variables that one object keeps in a file, written and read through a dict of arrays."""

from collections.abc import Mapping
from contextlib import contextmanager

import numpy as np

from kerajax.metrics import Metric
from kerajax.optimizers import Optimizer


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
    """The variables of an object as arrays by key."""
    if isinstance(x, Optimizer) and x.decay:
        return _numbered(v for v in x.variables if v is not x.learning_rate)
    if not hasattr(x, "save_own_variables"):
        return _numbered(x.variables)
    store = {}
    x.save_own_variables(store)
    return {key: np.asarray(value) for key, value in store.items()}


def set_own_state(x, store) -> None:
    """Assigns what `own_state` gave.

    Raises:
        ValueError: If the number of arrays or a shape differs.
    """
    if isinstance(x, Optimizer) and isinstance(store, LazyStore):
        if is_fresh(x.variables, store.values()):
            for variable, value in zip(x.variables, store.values(), strict=False):
                variable.assign(value)
            return
        store = store.reordered(x.variables)
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


@contextmanager
def unchanged_on_error(variables):
    """Gives variables their values back if the block fails.

    Arrays do not change in place, so this keeps references and copies nothing.

    Args:
        variables: List of variables.

    Example:

    >>> v = kerajax.Variable(1.0)
    >>> try:
    ...     with unchanged_on_error([v]):
    ...         _ = v.assign(2.0)
    ...         raise KeyError
    ... except KeyError:
    ...     float(v)
    1.0
    """
    before = [(variable, variable.value) for variable in variables]
    try:
        yield
    except BaseException:
        for variable, value in before:
            variable.assign(value)
        raise


def _numbered(variables):
    return {str(i): v.numpy() for i, v in enumerate(variables)}
