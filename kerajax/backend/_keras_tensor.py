"""KerasTensor: what a tensor will be (shape, dtype), and Node: which call produced it.

`kerajax.Input` returns one, operations called on one return others, and the nodes between them
are the graph that `graph.Function` runs. The arithmetic operators are installed by `ops`.
"""

from typing import TYPE_CHECKING, Any

import jax

from kerajax.backend._dtypes import standardize_dtype
from kerajax.backend._graph_values import value_of_symbol
from kerajax.backend._scopes import auto_name

_MSG_NO_VALUE = (
    "A KerasTensor has no value: it is a symbolic placeholder with only a shape and a dtype, so "
    "{what} it is not possible. {hint}"
)
_HINT = (
    "Inside a functional model use `kerajax.ops` or layers, which accept it; to run other code, "
    "put it into the `call` of a layer:\n"
    "    class MyLayer(kerajax.Layer):\n"
    "        def call(self, x):\n"
    "            return jax_or_numpy_function(x)"
)


class KerasTensor:
    """A symbolic tensor: shape with `None` for unknown sizes, dtype, and where it comes from.

    Args:
        shape: Tuple of ints and None.
        dtype: String.
        sparse: Bool. Whether it stands for a sparse tensor.
        ragged: Bool. Kept for Keras' signature; only False is supported.
        record_history: Bool. Whether operations on it are recorded in a graph.
        name: String, generated if absent.
        ragged_rank: Kept for Keras' signature.
        row_splits_dtype: Kept for Keras' signature.

    Example:

    >>> x = kerajax.KerasTensor((None, 3))
    >>> (x + 1).shape
    (None, 3)
    """

    if TYPE_CHECKING:
        # `ops` installs these and the reversed ones; type checkers read the class alone.
        __array_priority__: int
        __array_ufunc__: None

        def _of_two(self, other: Any) -> "KerasTensor": ...
        def _of_one(self) -> "KerasTensor": ...
        def __round__(self, ndigits: int | None = None) -> "KerasTensor": ...
        def reshape(self, newshape: Any) -> "KerasTensor": ...
        def squeeze(self, axis: Any = None) -> "KerasTensor": ...

        __add__ = __sub__ = __mul__ = __matmul__ = __truediv__ = __floordiv__ = _of_two
        __mod__ = __pow__ = __and__ = __or__ = __xor__ = _of_two
        __radd__ = __rsub__ = __rmul__ = __rmatmul__ = __rtruediv__ = __rfloordiv__ = _of_two
        __rmod__ = __rpow__ = __rand__ = __ror__ = __rxor__ = _of_two
        __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = _of_two
        __neg__ = __abs__ = __invert__ = _of_one

    def __init__(
        self,
        shape,
        dtype="float32",
        sparse=False,
        ragged=False,
        record_history=True,
        name=None,
        ragged_rank=None,
        row_splits_dtype=None,
    ):
        if ragged:
            raise ValueError(
                "KerasTensor cannot be ragged with the JAX backend. Pad the data and use a mask."
            )
        self._shape = standardize_shape(shape)
        self._dtype = standardize_dtype(dtype)
        self._sparse = bool(sparse)
        self.name = name or auto_name("keras_tensor")
        self.record_history = record_history
        self._keras_history = None

    @property
    def shape(self) -> tuple:
        """Tuple of ints and None."""
        return self._shape

    @property
    def _keras_shape(self) -> tuple:
        """`shape`, as layers of users read it until Keras 2.3."""
        return self._shape

    @property
    def dtype(self) -> str:
        """Name of the dtype."""
        return self._dtype

    @property
    def sparse(self) -> bool:
        """Whether it stands for a sparse tensor."""
        return self._sparse

    @property
    def ragged(self) -> bool:
        """Always False."""
        return False

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._shape)

    def __iter__(self):
        raise _NotIterable(_MSG_NO_VALUE.format(what="iterating over", hint=_HINT))

    def __bool__(self):
        raise TypeError(
            _MSG_NO_VALUE.format(
                what="using the truth of",
                hint="Use `ops.where` or `ops.cond` to choose by a tensor's value.",
            )
        )

    def __array__(self, *args, **kwargs):
        raise ValueError(_MSG_NO_VALUE.format(what="making a numpy array of", hint=_HINT))

    def __jax_array__(self):
        value = value_of_symbol(self)
        if value is not None:
            return value
        raise ValueError(_MSG_NO_VALUE.format(what="making a jax array of", hint=_HINT))

    def __float__(self):
        raise _NoNumber(_MSG_NO_VALUE.format(what="making a float of", hint=_HINT))

    def __int__(self):
        raise _NoNumber(_MSG_NO_VALUE.format(what="making an int of", hint=_HINT))

    def __hash__(self):
        return id(self)

    def __repr__(self):
        sparse = ", sparse=True" if self._sparse else ""
        return f"<KerasTensor shape={self._shape}, dtype={self._dtype}{sparse}, name={self.name}>"


class _NoNumber(ValueError, TypeError):
    """What Keras raises, and what Python expects of things that are no numbers."""


class _NotIterable(NotImplementedError, TypeError):
    """What Keras raises, and what Python expects of things that cannot be iterated over."""


class Node:
    """One call of an operation on symbolic tensors.

    Attributes:
        operation: What was called.
        args, kwargs: With what; nested structures with KerasTensors among them.
        input_tensors: The KerasTensors among the arguments, in order.
        output_tensors: The KerasTensors that came out, in order.
        outputs: The structure that came out.
    """

    def __init__(self, operation, args=(), kwargs=None, outputs=None):
        self.operation = operation
        self.args = args
        self.kwargs = kwargs or {}
        self.outputs = outputs
        self.input_tensors = keras_tensors_in((self.args, self.kwargs))
        self.output_tensors = keras_tensors_in(outputs)
        nodes = operation._inbound_nodes
        for index, tensor in enumerate(self.output_tensors):
            tensor._keras_history = KerasHistory((operation, len(nodes), index))
        nodes.append(self)
        for tensor in self.input_tensors:
            if tensor._keras_history is not None:
                producer, node_index, _ = tensor._keras_history
                producer._inbound_nodes[node_index].operation._outbound_nodes.append(self)

    @property
    def is_input(self) -> bool:
        """Whether this node stands for an input of the graph, and not for a value that it holds."""
        return not (self.input_tensors or self.args)

    @property
    def parent_nodes(self) -> list:
        """The nodes that produced the arguments."""
        return [
            t._keras_history.operation._inbound_nodes[t._keras_history.node_index]
            for t in self.input_tensors
            if t._keras_history is not None
        ]

    def __repr__(self):
        return f"<Node operation={self.operation.name} outputs={self.outputs}>"


class KerasHistory(tuple):
    """`(operation, node_index, tensor_index)` with names."""

    operation = property(lambda self: self[0])
    node_index = property(lambda self: self[1])
    tensor_index = property(lambda self: self[2])


def keras_tensors_in(structure) -> list:
    """The KerasTensors in a nested structure, depth first."""
    return [x for x in jax.tree_util.tree_leaves(structure) if isinstance(x, KerasTensor)]


def any_keras_tensor(args=(), kwargs=None) -> bool:
    """Whether a KerasTensor is among nested arguments."""
    return bool(keras_tensors_in((args, kwargs or {})))


def is_keras_tensor(x) -> bool:
    """Whether `x` is a symbolic tensor.

    Example:

    >>> kerajax.backend.is_keras_tensor(kerajax.Input((3,)))
    True
    """
    return isinstance(x, KerasTensor)


def standardize_shape(shape) -> tuple:
    """`shape` as a tuple of ints and None, checked.

    Raises:
        ValueError: If it is None or has an entry that is no size.
    """
    if shape is None or isinstance(shape, (int, str)) or not hasattr(shape, "__iter__"):
        raise ValueError(
            f"A shape must be a tuple of ints and None, but received: {shape!r}. "
            "Write (3,) for one axis of size 3."
        )
    sizes = []
    for size in shape:
        if size is not None:
            if not hasattr(size, "__index__") or isinstance(size, bool):
                raise ValueError(
                    f"Cannot convert '{shape}' to a shape. Found invalid entry {size!r} of type "
                    f"{type(size)}; expected an int or None."
                )
            size = size.__index__()
            if size < 0:
                raise ValueError(
                    f"Cannot convert '{shape}' to a shape. Negative dimensions are not allowed; "
                    "use None for an unknown size."
                )
        sizes.append(size)
    return tuple(sizes)
