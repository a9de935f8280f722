"""Class labels as one-hot rows, and vectors of length one."""

import numpy as np

from kerajax import ops
from kerajax._checks import noting
from kerajax.backend import floatx, is_tensor
from kerajax.objects import old_spellings


@old_spellings("to_categorical")
@noting
def to_categorical(x, num_classes=None):
    """Class numbers as one-hot rows.

    Args:
        x: Array of ints in `[0, num_classes)`, of any shape; a last axis of size 1 is dropped.
        num_classes: Optional int; one more than the largest number by default.

    Returns:
        Array `(..., num_classes)`, float, numpy for numpy and lists.

    Example:

    >>> kerajax.utils.to_categorical([0, 2], num_classes=3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if is_tensor(x):
        if x.ndim > 1 and x.shape[-1] == 1:
            x = ops.squeeze(x, -1)
        return ops.one_hot(x, int(ops.max(x)) + 1 if num_classes is None else num_classes)
    numbers = np.array(x, dtype="int64")
    shape = numbers.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    flat = numbers.reshape(-1)
    if num_classes is None:
        num_classes = int(flat.max()) + 1
    rows = np.zeros((flat.size, num_classes), dtype=floatx())
    rows[np.arange(flat.size), flat] = 1
    return rows.reshape((*shape, num_classes))


@old_spellings("normalize")
def normalize(x, axis=-1, order=2):
    """`x / norm(x)` along an axis; vectors of zeros stay zeros.

    Args:
        x: Array.
        axis: Int.
        order: Int > 0, or `inf`, `-inf`: which norm.

    Returns:
        Array of the shape of `x`.

    Raises:
        ValueError: If `order` is not such a number.

    Example:

    >>> kerajax.utils.normalize(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    infinite = order in (np.inf, -np.inf)
    if not infinite and (not isinstance(order, int) or isinstance(order, bool) or order < 1):
        raise ValueError(
            f"Argument `order` must be an int >= 1 or an infinity, but received: order={order!r}."
        )
    if is_tensor(x) and not infinite:
        return ops.normalize(x, axis=axis, order=order)
    x = np.asarray(x)
    norm = np.linalg.norm(np.atleast_1d(x), order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)
