"""Aliases for public signatures; shapes and dtypes of tensors are said in docstrings.

They are names for readers and type checkers. Nothing checks them at run time, and importing this
module loads neither JAX nor numpy.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

if TYPE_CHECKING:
    import jax
    import numpy as np

    from kerajax.backend import KerasTensor, Variable

Tensor: TypeAlias = Union["jax.Array", "KerasTensor"]
"""What ops return: a concrete or traced array, or a symbolic tensor."""

TensorLike: TypeAlias = Union[
    "jax.Array", "KerasTensor", "Variable", "np.ndarray", Sequence[Any], float, int, bool
]
"""What ops accept."""

Shape: TypeAlias = tuple[int | None, ...]
"""Sizes of the axes, `None` where a size is not known."""

ShapeLike: TypeAlias = Sequence[int | None]
"""What is accepted as a shape."""

DTypeLike: TypeAlias = Union[str, type, "np.dtype[Any]"]
"""A dtype by name, numpy dtype or scalar type."""

Axis: TypeAlias = int | Sequence[int] | None
"""One axis, several, or all of them."""

DataFormat: TypeAlias = Literal["channels_first", "channels_last"]

Initializer: TypeAlias = str | Mapping[str, Any] | Callable[..., Any] | None
"""Anything `initializers.get` resolves."""

Identifier: TypeAlias = str | Mapping[str, Any] | Callable[..., Any] | type | None
"""A name, a config, a class, a callable or nothing: what every `get` resolves."""

Structure: TypeAlias = Any
"""A nested structure in the sense of `kerajax.tree`."""
