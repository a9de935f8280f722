"""Dtype names, and the promotion lattice of Keras.

A dtype is a string everywhere in kerajax (`"float32"`). Promotion follows JAX, with two
differences that Keras documents: Python scalars are weak (`2.5` beside an int32 gives the default
float), and 64-bit results appear only where a 64-bit type came in.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from kerajax.backend._config import floatx

FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
FLOAT8_TYPES = ("float8_e4m3fn", "float8_e5m2")
INT_TYPES = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
COMPLEX_TYPES = ("complex64", "complex128")
ALLOWED_DTYPES = frozenset(
    (*FLOAT_TYPES, *FLOAT8_TYPES, *INT_TYPES, *COMPLEX_TYPES, "bool", "string", "int", "float")
    + ("int4", "uint4")
)
_PYTHON_DTYPES = {bool: "bool", int: "int32", float: "float32", str: "string", complex: "complex64"}
_64_TO_32 = {"float64": "float32", "int64": "int32", "uint64": "uint32", "complex128": "complex64"}


def standardize_dtype(dtype) -> str:
    """The name of `dtype`, which may be a string, a type of numpy, JAX, Python or torch, or None.

    `None` is the default float type; Python's `int` is `"int32"` and `float` is `"float32"`
    or the default float type.

    Raises:
        ValueError: If `dtype` is not a dtype.

    Example:

    >>> kerajax.backend.standardize_dtype(np.int16)
    'int16'
    >>> kerajax.backend.standardize_dtype(None)
    'float32'
    """
    if isinstance(dtype, str) and dtype in ALLOWED_DTYPES:
        return _resolve_weak(dtype)
    if dtype is None:
        return floatx()
    return _name_of(dtype)


@functools.cache
def _name_of(dtype) -> str:
    if dtype in _PYTHON_DTYPES:
        return _PYTHON_DTYPES[dtype]
    name = getattr(dtype, "name", None)
    if not isinstance(name, str):
        # torch prints its types as "torch.float32".
        name = str(dtype).rpartition(".")[2] if "torch" in str(dtype) else None
    if name is None:
        name = getattr(dtype, "__name__", None) or str(dtype)
    if name.startswith("str"):
        name = "string"
    if name not in ALLOWED_DTYPES:
        raise ValueError(
            f"Invalid dtype: {dtype!r}. Expected one of {sorted(ALLOWED_DTYPES)}, or a type of "
            "numpy or JAX with such a name."
        )
    return name


def _resolve_weak(name: str) -> str:
    if name == "int":
        return "int32"
    if name == "float":
        return floatx()
    return name


def is_float_dtype(dtype) -> bool:
    """Whether `dtype` is a real floating type, float8 included.

    Example:

    >>> kerajax.backend.is_float_dtype("bfloat16")
    True
    """
    return standardize_dtype(dtype).startswith(("float", "bfloat"))


def is_int_dtype(dtype) -> bool:
    """Whether `dtype` is a signed or unsigned integer type.

    Example:

    >>> kerajax.backend.is_int_dtype("float32")
    False
    """
    return standardize_dtype(dtype).startswith(("int", "uint"))


def result_type(*dtypes) -> str:
    """The dtype of an operation on arguments of these dtypes, by Keras' promotion rules.

    Args:
        *dtypes: Dtype names or types. Python's `int` and `float` (also as the strings `"int"` and
            `"float"`) are weak: they take the other side's precision. `None` is the default float.

    Raises:
        ValueError: If one of them is a float8 type, which has no implicit promotion.

    Example:

    >>> kerajax.backend.result_type("int32", "float16")
    'float16'
    >>> kerajax.backend.result_type(int, "bfloat16")
    'bfloat16'
    """
    return _result_type(tuple(floatx() if d is None else d for d in dtypes), floatx())


@functools.cache
def _result_type(dtypes: tuple, default_float: str) -> str:
    if not dtypes:
        return default_float
    strong, weak = [], []
    for dtype in dtypes:
        if dtype in (int, "int"):
            weak.append(0)
        elif dtype in (float, "float"):
            weak.append(1)
        else:
            strong.append(standardize_dtype(dtype))
    for name in strong:
        if name in FLOAT8_TYPES:
            raise ValueError(
                f"There is no implicit conversion from {name}. Cast it first, for instance with "
                "`ops.cast(x, 'float32')`."
            )
    wants_float = bool(weak) and max(weak) == 1
    if not strong:
        return default_float if wants_float else "int32"
    if any(name == "string" for name in strong):
        return "string"
    result = functools.reduce(_promote, strong)
    if wants_float and not (is_float_dtype(result) or result in COMPLEX_TYPES):
        return default_float
    if weak and result == "bool":
        return "int32"
    return result


def _promote(a: str, b: str) -> str:
    if a == b:
        return a
    # jnp.promote_types canonicalizes to 32 bits unless x64 is on; the lattice itself does not.
    with jax.enable_x64(True):
        result = jnp.promote_types(a, b).name
    if result == "float64" and "float64" not in (a, b):
        result = floatx()
    return result


def canonical_dtype(dtype) -> str:
    """The dtype that JAX will really use: 64-bit types become 32-bit ones unless x64 is on."""
    name = standardize_dtype(dtype)
    return name if jax.config.jax_enable_x64 else _64_TO_32.get(name, name)


def dtype_of(x) -> str:
    """The dtype of an array, variable, symbolic tensor or Python scalar, as a promotion sees it."""
    if hasattr(x, "dtype"):
        return standardize_dtype(x.dtype)
    if isinstance(x, bool):
        return "bool"
    if isinstance(x, int):
        return "int"
    if isinstance(x, float):
        return "float"
    return standardize_dtype(np.asarray(x).dtype)
