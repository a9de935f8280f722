"""HostLayer: base of layers that look values up in Python, and how data of any kind reaches them.

Strings have no place in JAX, and a vocabulary is a table of Python. These layers therefore work on
numpy arrays, outside of compiled code. Models know them by `_runs_on_host` and run them, with all
that leads to them, before their compiled part (`models/_host_part.py`).
"""

import itertools

import numpy as np

from kerajax import tree
from kerajax._checks import described
from kerajax.backend import in_tensorflow_graph, is_keras_tensor, is_tensor, is_traced
from kerajax.layers._base import Layer

_MSG_TRACED = (
    "{who} looks values up in Python, so it cannot run inside a compiled function, but it was "
    "called on a traced array. Call it on the data before the compiled function sees it, as in "
    "`x = layer(x)`, or make it a layer of a Functional or Sequential model, which runs it before "
    "its compiled part; a model with a `call` of its own can be compiled with `run_eagerly=True`."
)


class HostLayer(Layer):
    """A layer whose `call` works on numpy arrays; strings in them are Python strings."""

    _runs_on_host = True
    _built_at_once = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._convert_input_args = False

    def __call__(self, inputs, *args, **kwargs):
        """Runs the layer on arrays, lists, tables or strings, or records it in a graph."""
        return super().__call__(self._from_anything(inputs), *args, **kwargs)

    def _from_anything(self, inputs):
        """What the user passed, as a numpy array, unless it is symbolic."""
        if is_keras_tensor(inputs) or in_tensorflow_graph(inputs):
            return inputs
        refuse_traced(self, inputs)
        return as_host_array(inputs, self)


def refuse_traced(layer, inputs) -> None:
    """Raises where JAX is tracing the code that calls the layer.

    Raises:
        ValueError: If an array among the inputs has no value.
    """
    if any(is_traced(x) for x in tree.flatten(inputs)):
        raise ValueError(_MSG_TRACED.format(who=described(layer)))


def as_host_array(x, owner) -> np.ndarray:
    """Data as a numpy array; strings as an object array of Python strings.

    Args:
        x: Number or string, nested list of them, array of any library, or pandas object. Bytes are
            UTF-8.
        owner: Whose data it is, for messages.

    Raises:
        ValueError: If rows have several lengths, or an entry is no string, such as None.

    Example:

    >>> as_host_array([b"a", "b"], "Demo").tolist()
    ['a', 'b']
    """
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    elif hasattr(x, "detach"):
        x = x.detach().cpu()
    if isinstance(x, (list, tuple)):
        # numpy would make strings of numbers that stand among strings.
        x = np.asarray(x, object)
    x = np.asarray(x)
    if x.dtype.kind == "O":
        try:
            plain = np.asarray(x.tolist())
        except ValueError:
            raise ValueError(
                f"{described(owner)} needs rows of equal length, but received rows of several "
                f"lengths: {x!r:.80}. Pad them, or pass them one by one."
            ) from None
        if plain.dtype.kind in "biuf":
            # Without rows, nothing but the shape tells how long they are.
            return plain if x.size else plain.reshape(x.shape)
    if x.dtype.kind in "SUTO":
        strings = [_as_string(item, owner) for item in x.ravel().tolist()]
        x = objects(strings).reshape(x.shape)
    return x


def objects(items) -> np.ndarray:
    """An object array with one axis, whatever the items are."""
    array = np.empty(len(items), object)
    array[:] = items
    return array


def _as_string(item, owner):
    if isinstance(item, str):
        return item
    if isinstance(item, bytes):
        return item.decode("utf-8", "surrogateescape")
    if isinstance(item, np.str_):
        return str(item)
    raise ValueError(
        f"{described(owner)} needs strings, but received {item!r} (of type "
        f"{type(item).__name__}) among them. Replace missing values, for instance by "
        "`data.fillna('')`, and numbers by `data.astype(str)`."
    )


def as_bytes(strings) -> list:
    """A flat array of Python strings as a list of UTF-8 bytes."""
    return [s.encode("utf-8", "surrogateescape") for s in strings.tolist()]


def batches_of(data, owner, steps=None):
    """The batches that `adapt` is to see: data in memory is one batch.

    Args:
        data: Array, list, pandas object; or a source of batches: generator, `PyDataset`, grain or
            TensorFlow data set, any iterable.
        owner: Whose data it is, for messages.
        steps: Optional int: the batches after which to stop.

    Yields:
        Batches as `as_host_array` gives them. Data in memory with one axis gains a second, since
        each entry is a sample.
    """
    if in_memory(data):
        array = as_host_array(data, owner)
        yield array[:, None] if array.ndim == 1 else array
        return
    for batch in itertools.islice(iterate(data), steps):
        yield as_host_array(batch, owner)


def in_memory(data) -> bool:
    """Whether `data` is an array, list or table, rather than a source of batches."""
    return (
        isinstance(data, (list, tuple, str, bytes, np.ndarray))
        or is_tensor(data)
        or hasattr(data, "to_numpy")
    )


def iterate(source):
    """The batches of a source; one with indices and a length needs no iterator.

    Raises:
        TypeError: If it is no source of batches.
    """
    if hasattr(source, "__iter__"):
        return iter(source)
    if hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        return (source[i] for i in range(len(source)))
    raise TypeError(
        "`adapt` needs an array, a list, a pandas object, or an iterable of batches, such as a "
        f"generator, a `PyDataset` or a data set. Received: {type(source).__name__}."
    )
