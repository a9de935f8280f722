"""Arrays of the host that are said by functions without arguments, and made when they are needed.

`Filling` is the one that says its only number, so that a stack of equal ones is made at once.
"""

from typing import NamedTuple

import numpy as np


class Filling(NamedTuple):
    """One number everywhere.

    Example:

    >>> Filling((2,), 1, "float32")()
    array([1., 1.], dtype=float32)
    """

    shape: tuple
    value: float
    dtype: str

    def __call__(self):
        return full(*self)


def full(shape, value, dtype):
    """What `numpy.full` gives; zeros of the system's, which take no memory until they change."""
    return np.full(shape, value, dtype) if value else np.zeros(shape, dtype)


def stacked_rows(rows, shape, dtype):
    """One array of the host whose rows are arrays, or what functions without arguments make.

    Args:
        rows: List of both.
        shape: Tuple of ints, the shape of a row.
        dtype: String.

    Example:

    >>> stacked_rows([Filling((2,), 0, "int32"), np.arange(2)], (2,), "int32").tolist()
    [[0, 0], [0, 1]]
    """
    fillings = {row for row in rows if isinstance(row, Filling)}
    filling = fillings.pop() if len(fillings) == 1 else None
    shape = (len(rows), *shape)
    stack = np.empty(shape, dtype) if filling is None else full(shape, filling.value, dtype)
    for place, row in zip(stack, rows, strict=True):
        if filling is None or not isinstance(row, Filling):
            place[...] = row() if callable(row) else row
    return stack
