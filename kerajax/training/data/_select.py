"""Choosing the data class for what the user passed, and splitting arrays for validation."""

import types

from kerajax import tree
from kerajax.backend import is_array_like
from kerajax.training.data._arrays import ArrayData, as_arrays
from kerajax.training.data._sparse_rows import SparseRows, is_scipy_sparse
from kerajax.training.data._streams import StreamData


def make_data(
    x,
    y=None,
    sample_weight=None,
    *,
    batch_size=None,
    shuffle=False,
    class_weight=None,
    prepare=None,
    loading=None,
    as_given=False,
):
    """An `ArrayData` or `StreamData` over what was passed.

    `prepare` is applied to the inputs of each batch of a source that yields batches; `loading` says
    how those of an indexed source are computed, `as_given` whether inputs alone stay so.

    Raises:
        ValueError: If `y`, `sample_weight` or `batch_size` come beside a source that yields whole
            batches by itself.
    """
    if not is_stream(x):
        return ArrayData(x, y, sample_weight, batch_size, shuffle, class_weight, as_given)
    kind = type(x).__name__
    for argument, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"When `x` is a {kind}, it yields whole batches, so `{argument}` must not be "
                f"passed. Let it yield `(x, y)` or `(x, y, sample_weight)`. Received: "
                f"{argument}={type(value).__name__}"
            )
    return StreamData(x, shuffle, class_weight, prepare, loading, as_given)


def is_stream(x) -> bool:
    """Whether `x` yields batches, rather than being the data."""
    if x is None or is_array_like(x) or hasattr(x, "to_numpy") or is_scipy_sparse(x):
        return False
    if isinstance(x, (list, tuple, dict, str, bytes)):
        return False
    if isinstance(x, types.GeneratorType) or hasattr(x, "__next__"):
        return True
    return hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


def split(x, y, sample_weight, fraction):
    """Splits arrays: the last `fraction` of the samples is for validation.

    Returns:
        `(x, y, sample_weight)` for training, the same for validation.

    Raises:
        ValueError: If one of the parts would be empty, or if `x` is not made of arrays.
    """
    if is_stream(x):
        raise ValueError(
            "`validation_split` is only supported for arrays, but `x` is a "
            f"{type(x).__name__}. Pass `validation_data` instead."
        )
    if not 0 < fraction < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1, but received: {fraction}.")
    arrays = tuple(
        as_arrays(part, name)
        for part, name in ((x, "x"), (y, "y"), (sample_weight, "sample_weight"))
    )
    size = next(a.shape[0] for a in tree.flatten(arrays) if a is not None)
    at = int(size * (1 - fraction))
    if at in (0, size):
        raise ValueError(
            f"Training data contains {size} samples, which is not sufficient to split it into a "
            f"validation and training set as specified by `validation_split={fraction}`. Either "
            "provide more data, or a different value for the `validation_split` argument."
        )

    def part(index):
        return tree.map_structure(lambda a: _rows(a, index), arrays)

    return part(slice(0, at)), part(slice(at, None))


def _rows(a, index):
    if a is None:
        return None
    return a.part(index) if isinstance(a, SparseRows) else a[index]
