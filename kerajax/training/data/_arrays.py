"""ArrayData: batches from arrays in memory."""

from typing import NamedTuple

import numpy as np

from kerajax import tree
from kerajax.backend import KerasTensor, canonical_dtype, floatx, is_tensor
from kerajax.training.data._sparse_rows import SparseRows, is_scipy_sparse, rows_of


class InputsAlone(NamedTuple):
    """A batch of inputs that a step of the user's gets as they are, and not in a tuple."""

    x: object
    y: None = None
    sample_weight: None = None


class PairAsGiven(NamedTuple):
    """A batch `(x, None)`, whose None a step of the user's gets with it."""

    x: object
    y: None = None
    sample_weight: None = None


class ThreeAsGiven(NamedTuple):
    """A batch `(x, y, None)`, whose None a step of the user's gets with it."""

    x: object
    y: object = None
    sample_weight: None = None


def with_what_is_none(batch, count):
    """A batch `(x, y, sample_weight)` for steps of the user's, where `count` parts were given."""
    kind = {2: PairAsGiven, 3: ThreeAsGiven}.get(count)
    return batch if kind is None or batch[count - 1] is not None else kind(*batch)


class ArrayData:
    """Arrays whose first axis counts the samples.

    Args:
        x: Array, or a list, tuple or dict of arrays: the inputs. pandas objects and sparse
            matrices of scipy count as arrays; batches of the latter are dense.
        y: The same for the targets, or None.
        sample_weight: The same for the weights of the samples, or None.
        batch_size: Int, the samples of a batch; 32 by default.
        shuffle: Bool, or `"batch"` to shuffle whole batches only.
        class_weight: Optional dict of class index to weight.
        as_given: Bool. Whether batches are `InputsAlone` where inputs were passed alone, and not in
            a list or tuple.

    Attributes:
        arrays: `(x, y, sample_weight)` as numpy or jax arrays; floats in the default float type.
        size: Number of samples.

    Raises:
        ValueError: If the lengths differ, if there are no samples, or if an array holds objects.
    """

    def __init__(
        self,
        x,
        y=None,
        sample_weight=None,
        batch_size=None,
        shuffle=False,
        class_weight=None,
        as_given=False,
    ):
        if class_weight is not None:
            sample_weight = weights_of_classes(y, class_weight, sample_weight)
        self.arrays = (
            as_arrays(x, "x"),
            as_arrays(y, "y"),
            as_arrays(sample_weight, "sample_weight"),
        )
        if as_given and y is None and sample_weight is None and not isinstance(x, (list, tuple)):
            self.arrays = InputsAlone(self.arrays[0])
        self.size = _common_length(self.arrays)
        self.batch_size = _batch_size(batch_size)
        self.shuffle = shuffle

    @property
    def num_batches(self) -> int:
        """Batches in one pass, the last and perhaps shorter one included."""
        return -(-self.size // self.batch_size)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(a.nbytes for a in tree.flatten(self.arrays) if a is not None)

    def order(self, rng):
        """The indices of the samples for one pass, int32; None for the order they have."""
        if not self.shuffle:
            return None
        if self.shuffle != "batch":
            return rng.permutation(self.size).astype(np.int32)
        full = self.size // self.batch_size * self.batch_size
        order = np.arange(self.size, dtype=np.int32)
        batches = order[:full].reshape(-1, self.batch_size)
        order[:full] = rng.permutation(batches).reshape(-1)
        return order

    def batches(self, rng=None, first=0):
        """The batches of one pass from batch `first` on, each `(x, y, sample_weight)`."""
        order = self.order(rng)
        for start in range(first * self.batch_size, self.size, self.batch_size):
            stop = min(start + self.batch_size, self.size)
            yield self.take(slice(start, stop) if order is None else order[start:stop])

    def take(self, index):
        """The samples at `index`, a slice or an array of indices."""
        return tree.map_structure(lambda a: None if a is None else a[index], self.arrays)


def as_arrays(data, argument):
    """Nested data as arrays: lists of numbers become arrays, pandas objects their values."""
    if data is None or _is_ready(data):
        return data
    if isinstance(data, (list, tuple)) and data and _is_numbers(data):
        try:
            data = np.asarray(data)
        except ValueError as error:
            raise ValueError(
                f"`{argument}` is a list whose rows have different lengths: {data!r:.80}. Pad "
                "them, for instance with `kerajax.utils.pad_sequences`."
            ) from error
        return _as_array(data, argument)
    return tree.map_structure(lambda a: None if a is None else _as_array(a, argument), data)


def _is_ready(data) -> bool:
    """Whether data is an array that needs no conversion, as most are."""
    if type(data) is not np.ndarray:
        return is_tensor(data)
    code = data.dtype.char
    return code in "iB?" or code == "f" and floatx() == "float32"


def _is_numbers(data) -> bool:
    first = data[0]
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return isinstance(first, (int, float, bool, np.number))


def _as_array(a, argument):
    if is_tensor(a) or isinstance(a, SparseRows):
        return a
    if is_scipy_sparse(a):
        return rows_of(a)
    if isinstance(a, KerasTensor):
        raise ValueError(
            f"`{argument}` must hold data, but it is symbolic: {a}. Pass numpy arrays."
        )
    if hasattr(a, "to_numpy"):
        a = a.to_numpy()
    if hasattr(a, "detach"):
        a = a.detach().cpu()
    if isinstance(a, (str, bytes)) or not (hasattr(a, "__array__") or np.isscalar(a)):
        raise ValueError(
            f"`{argument}` must be an array or a list, tuple or dict of arrays, but received "
            f"{type(a).__name__}: {a!r:.80}."
        )
    a = np.asarray(a)
    if a.dtype == object:
        raise ValueError(
            f"`{argument}` is an array of Python objects (dtype=object, shape {a.shape}), which "
            "has no numeric form. Give all rows the same length and convert it, for instance "
            f"with `np.stack({argument})` or `{argument}.astype('float32')`."
        )
    if a.dtype.kind in "US" and argument != "x":
        raise ValueError(
            f"`{argument}` is an array of strings (dtype {a.dtype}, shape {a.shape}). Turn them "
            f"into numbers, for instance with `np.unique({argument}, return_inverse=True)[1]`."
        )
    if a.dtype.kind == "f":
        return a.astype(floatx(), copy=False)
    if a.dtype.kind in "iuc":
        return a.astype(canonical_dtype(a.dtype), copy=False)
    return a


def _common_length(arrays) -> int:
    lengths = {}
    for argument, part in zip(("x", "y", "sample_weight"), arrays, strict=True):
        for path, a in tree.flatten_with_path(part):
            if a is None:
                continue
            name = argument + "".join(f"[{key!r}]" for key in path)
            if a.ndim == 0:
                raise ValueError(
                    f"`{name}` must have a first axis that counts samples, but it is the scalar "
                    f"{a!r}. Wrap it: np.array([{a!r}])."
                )
            lengths[name] = a.shape[0]
    if not lengths:
        raise ValueError("There is no data: `x` holds no array.")
    if len(set(lengths.values())) > 1:
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of "
            "samples. Sizes: " + ", ".join(f"{n}: {size}" for n, size in lengths.items())
        )
    size = next(iter(lengths.values()))
    if size == 0:
        raise ValueError(
            f"There is no data: the arrays have no samples ({', '.join(lengths)} of length 0)."
        )
    return size


def as_long_as_the_first(x):
    """A list of inputs, each as long as the first of them: what is longer is cut.

    Until Keras 2.3 `predict` took as many samples as its first input had.
    """
    if not isinstance(x, (list, tuple)) or not x or not all(hasattr(a, "shape") for a in x):
        return x
    size = x[0].shape[0]
    return [a if a.shape[0] <= size else a[:size] for a in x]


def weights_of_classes(y, class_weight, sample_weight):
    """Sample weights from class weights; `y` holds class indices or one-hot rows.

    Raises:
        ValueError: If there are no targets, several of them, or sample weights besides.
    """
    weights = _by_class(class_weight)
    if y is None:
        raise ValueError(
            "`class_weight` weights each sample by the class of its target, but there are no "
            "targets: y=None. Pass `y`, or let the source yield `(x, y)`; leave `class_weight` out "
            "where a model learns from inputs alone."
        )
    nested = isinstance(y, dict) or isinstance(y, (list, tuple)) and y and not _is_numbers(y)
    if nested and len(tree.flatten(y)) > 1:
        raise ValueError(
            "`class_weight` is only supported for models with a single output, but `y` has "
            f"{len(tree.flatten(y))} parts. Pass `sample_weight` for each output instead."
        )
    if sample_weight is not None:
        raise ValueError(
            "You cannot use `class_weight` and `sample_weight` at the same time. Multiply the "
            "class weights into the sample weights."
        )
    labels = np.asarray(next(iter(tree.flatten(as_arrays(y, "y"))), ()))
    if labels.ndim > 1:
        labels = labels.argmax(-1) if labels.shape[-1] > 1 else labels[..., 0]
    classes, place = np.unique(np.round(labels).astype(np.int64), return_inverse=True)
    table = np.array([weights.get(int(c), 1.0) for c in classes], floatx())
    return table[place.reshape(labels.shape)]


def _by_class(class_weight) -> dict:
    try:
        return {int(index): float(weight) for index, weight in class_weight.items()}
    except (AttributeError, TypeError, ValueError):
        raise ValueError(
            "`class_weight` must be a dict of class index to weight, but received: "
            f"{class_weight!r}. Write {{0: 1.0, 1: 5.0}}."
        ) from None


def _batch_size(batch_size) -> int:
    if batch_size is None:
        return 32
    if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__") or batch_size < 1:
        raise ValueError(
            f"`batch_size` must be a positive integer, but received: batch_size={batch_size!r}."
        )
    return batch_size.__index__()
