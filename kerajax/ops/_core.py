"""Conversions, shape and dtype."""

import inspect
import math

import jax.numpy as jnp
import numpy as np

from kerajax import backend
from kerajax.backend import KerasTensor, as_array, canonical_dtype, standardize_dtype
from kerajax.ops._op import OPERATIONS, OpOperation, op


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """`x` as a tensor of `dtype`; symbolic tensors pass through.

    Args:
        x: Tensor, array, Variable, number or nested lists of numbers.
        dtype: String. By default that of `x`; Python floats become the default float type.
        sparse: Bool. False makes a sparse tensor dense; otherwise it stays sparse.
        ragged: None or False: tensors are not ragged.

    Example:

    >>> kerajax.ops.convert_to_tensor([1, 2]).dtype.name
    'int32'
    """
    if ragged:
        raise ValueError("convert_to_tensor: ragged tensors are not supported. Pad and use a mask.")
    if not isinstance(x, KerasTensor):
        return backend.convert_to_tensor(x, dtype, sparse)
    if (dtype is None or canonical_dtype(dtype) == x.dtype) and not (x.sparse and sparse is False):
        return x
    return ConvertToTensor(dtype=dtype, sparse=sparse).symbolic_call(x)


class ConvertToTensor(OpOperation):
    """The op `convert_to_tensor` with its settings, as a node of a graph."""

    _op_name = "convert_to_tensor"
    _parameters = tuple(inspect.signature(convert_to_tensor).parameters.values())
    _data, _settings = _parameters[:1], _parameters[1:]

    def call(self, x):
        """`x` as a tensor of the wanted dtype."""
        return convert_to_tensor(x, **self.settings)

    def compute_output_spec(self, x):
        """Shape, dtype and whether it is sparse."""
        sparse = x.sparse and self.settings.get("sparse") is not False
        return KerasTensor(x.shape, self.settings.get("dtype") or x.dtype, sparse=sparse)


OPERATIONS["ConvertToTensor"] = ConvertToTensor


def convert_to_numpy(x):
    """`x` as a numpy array.

    Example:

    >>> kerajax.ops.convert_to_numpy(kerajax.ops.ones((2,)))
    array([1., 1.], dtype=float32)
    """
    return backend.convert_to_numpy(x)


def is_tensor(x):
    """Whether `x` is a tensor (a JAX array), not a numpy array.

    Example:

    >>> kerajax.ops.is_tensor(np.zeros(2)), kerajax.ops.is_tensor(kerajax.ops.zeros((2,)))
    (False, True)
    """
    return backend.is_tensor(x)


def shape(x):
    """The shape as a tuple of ints, with None for unknown sizes of symbolic tensors.

    Example:

    >>> kerajax.ops.shape(kerajax.KerasTensor((None, 3)))
    (None, 3)
    """
    return backend.shape_of(x)


def dtype(x):
    """The name of the dtype.

    Example:

    >>> kerajax.ops.dtype(kerajax.ops.zeros((2,)))
    'float32'
    """
    return standardize_dtype(x.dtype if hasattr(x, "dtype") else as_array(x).dtype)


def ndim(x):
    """The number of axes.

    Example:

    >>> kerajax.ops.ndim([[1, 2]])
    2
    """
    return len(backend.shape_of(x))


def size(x):
    """The number of elements; of a symbolic tensor, a symbolic scalar, int32.

    Example:

    >>> kerajax.ops.size([[1, 2], [3, 4]])
    4
    """
    return _size(x) if isinstance(x, KerasTensor) else math.prod(backend.shape_of(x))


@op(name="Size", spec=lambda x: KerasTensor((), "int32"))
def _size(x):
    return jnp.asarray(math.prod(jnp.shape(x)), "int32")


@op(name="Ndim", spec=lambda x: KerasTensor((), "int32"))
def _ndim(x):
    return jnp.asarray(jnp.ndim(x), "int32")


@op
def cast(x, dtype):
    """`x` in another dtype; floats to integers lose their fraction.

    Example:

    >>> kerajax.ops.cast([1.7, -1.7], "int32").tolist()
    [1, -1]
    """
    return backend.cast(x, dtype)


@op
def saturate_cast(x, dtype):
    """`x` in another dtype, with values out of its range set to the nearest one in it.

    Example:

    >>> kerajax.ops.saturate_cast([-5.0, 300.0], "uint8").tolist()
    [0, 255]
    """
    x = as_array(x)
    dtype = canonical_dtype(dtype)
    if dtype == "bool" or x.dtype == "bool" or x.dtype == dtype:
        return x.astype(dtype)
    limits = _limits(dtype)
    own = _limits(x.dtype.name)
    low, high = max(limits[0], own[0]), min(limits[1], own[1])
    if jnp.issubdtype(x.dtype, jnp.floating) and jnp.issubdtype(dtype, jnp.integer):
        # The largest int32 is no float32; the next float below it is.
        rounded = np.asarray(high).astype(x.dtype)
        high = jnp.nextafter(rounded, x.dtype.type(low)) if float(rounded) > high else rounded
    return jnp.clip(x, low, high).astype(dtype)


def _limits(dtype):
    info = jnp.iinfo(dtype) if jnp.issubdtype(dtype, jnp.integer) else jnp.finfo(dtype)
    return (int if jnp.issubdtype(dtype, jnp.integer) else float)(info.min), (
        int if jnp.issubdtype(dtype, jnp.integer) else float
    )(info.max)


@op
def view(x, dtype=None):
    """The bytes of `x` read as another dtype; the last axis grows or shrinks with the item size.

    Example:

    >>> kerajax.ops.view(np.array([1.0], "float32"), "int32").tolist()
    [1065353216]
    """
    return as_array(x).view(None if dtype is None else canonical_dtype(dtype))
