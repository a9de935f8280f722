"""Conversions between Python values, numpy, jax arrays, variables and symbolic tensors."""

import jax
import jax.numpy as jnp
import numpy as np

from kerajax.backend._dtypes import canonical_dtype
from kerajax.backend._keras_tensor import KerasTensor
from kerajax.backend._variable import Variable


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """`x` as a `jax.Array` of `dtype`; symbolic tensors pass through.

    Python floats become the default float type, ints int32, as JAX makes them.
    """
    if isinstance(x, Variable):
        x = x.value
    if isinstance(x, KerasTensor):
        return x
    if dtype is not None:
        return jnp.asarray(x, dtype=canonical_dtype(dtype))
    if isinstance(x, jax.Array):
        return x
    if isinstance(x, float):
        return jnp.asarray(x, dtype=canonical_dtype("float"))
    return jnp.asarray(x)


def filled(shape, value, dtype):
    """A `jax.Array` with one value everywhere, made on the host.

    `jnp.full` would compile a program for every new shape, which costs tens of milliseconds; a
    model has many shapes.
    """
    return jax.device_put(np.full(shape, value, canonical_dtype(dtype)))


def convert_to_numpy(x):
    """`x` as a numpy array; on a CPU this may share memory with a jax array."""
    if isinstance(x, Variable):
        return x.numpy()
    return np.asarray(x)


def cast(x, dtype):
    """`x` in another dtype; complex to real drops the imaginary part."""
    dtype = canonical_dtype(dtype)
    x = convert_to_tensor(x)
    if jnp.iscomplexobj(x) and not dtype.startswith("complex"):
        x = jnp.real(x)
    return x if x.dtype == dtype else x.astype(dtype)


def is_tensor(x) -> bool:
    """Whether `x` is a `jax.Array` (tracers included), not numpy."""
    return isinstance(x, jax.Array)


def is_array_like(x) -> bool:
    """Whether `x` carries shape and dtype: arrays of any library, variables, symbolic tensors."""
    return isinstance(x, (jax.Array, np.ndarray, np.generic, Variable, KerasTensor)) or (
        hasattr(x, "__array__") and hasattr(x, "shape")
    )


def shape_of(x) -> tuple:
    """Static shape, None where unknown."""
    if hasattr(x, "shape"):
        return tuple(x.shape)
    return np.shape(x)


def is_traced(x) -> bool:
    """Whether JAX is tracing the function that holds `x`."""
    return isinstance(x, jax.core.Tracer)
