"""Conversions between Python values, numpy, jax arrays, variables and symbolic tensors."""

import sys

import jax
import jax.numpy as jnp
import numpy as np

from kerajax._checks import note_inner
from kerajax.backend._dtypes import canonical_dtype
from kerajax.backend._keras_tensor import KerasTensor
from kerajax.backend._variable import Variable


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """`x` as a `jax.Array` of `dtype`; symbolic tensors pass through.

    Python floats become the default float type, ints int32, as JAX makes them. Sparse tensors
    stay sparse unless `sparse` is False.
    """
    if isinstance(x, jax.Array) and (dtype is None or x.dtype == dtype):
        return x
    if isinstance(x, Variable):
        x = x.value
    if isinstance(x, KerasTensor):
        return x
    if is_sparse(x):
        x = x.todense() if sparse is False else x
        return x if dtype is None else x.astype(canonical_dtype(dtype))
    if dtype is None and isinstance(x, jax.Array):
        return x
    if dtype is None and isinstance(x, float):
        dtype = "float"
    try:
        return jnp.asarray(x, dtype=None if dtype is None else canonical_dtype(dtype))
    except (TypeError, ValueError) as error:
        note_inner(error, "`convert_to_tensor`", {"x": x, "dtype": dtype})
        raise


def filled(shape, value, dtype):
    """A `jax.Array` with one value everywhere, made on the host.

    `jnp.full` would compile a program for every new shape, which costs tens of milliseconds; a
    model has many shapes.
    """
    return jax.device_put(np.full(shape, value, canonical_dtype(dtype)))


def convert_to_numpy(x):
    """`x` as a numpy array that shares nothing with a tensor."""
    return np.array(to_dense(x.value if isinstance(x, Variable) else x))


def cast(x, dtype):
    """`x` in another dtype; complex to real drops the imaginary part."""
    dtype = canonical_dtype(dtype)
    x = convert_to_tensor(x)
    if is_sparse(x):
        return x.astype(dtype)
    if jnp.iscomplexobj(x) and not dtype.startswith("complex"):
        x = jnp.real(x)
    return x if x.dtype == dtype else x.astype(dtype)


def is_tensor(x) -> bool:
    """Whether `x` is a `jax.Array` (tracers included) or a sparse tensor, not numpy."""
    return isinstance(x, jax.Array) or is_sparse(x)


def as_array(x):
    """`x` as a `jax.Array`. For those that are one, this is ten times faster than `jnp.asarray`."""
    return x if isinstance(x, jax.Array) else jnp.asarray(x)


def is_sparse(x) -> bool:
    """Whether `x` is a sparse tensor of JAX, such as `jax.experimental.sparse.BCOO`."""
    # Importing that package takes a fifth of a second; where nobody did, there is no such tensor.
    module = sys.modules.get("jax.experimental.sparse")
    return module is not None and isinstance(x, module.JAXSparse)


def to_dense(x):
    """`x`, or the dense form of a sparse tensor."""
    return x.todense() if is_sparse(x) else x


def is_array_like(x) -> bool:
    """Whether `x` carries shape and dtype: arrays of any library, variables, symbolic tensors."""
    return (
        isinstance(x, (jax.Array, np.ndarray, np.generic, Variable, KerasTensor))
        or (hasattr(x, "__array__") and hasattr(x, "shape"))
        or is_sparse(x)
    )


def shape_of(x) -> tuple:
    """Static shape, None where unknown."""
    if hasattr(x, "shape"):
        return tuple(x.shape)
    return np.shape(x)


def is_traced(x) -> bool:
    """Whether JAX is tracing the function that holds `x`."""
    return isinstance(x, jax.core.Tracer)
