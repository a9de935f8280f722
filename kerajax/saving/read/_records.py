"""What an HDF5 file becomes: groups of attributes and arrays, whoever has read its structure."""

import functools
import math
import zlib
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import ml_dtypes
import numpy as np

from ._budget import shorten
from ._errors import BrokenFileError, UnsafeFileError
from ._progress import advance

_BOUNDARY = 64
# What HDF5, zlib and Python's own conversions find wrong, as exceptions of any kind.
_DAMAGE = (OSError, RuntimeError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError)
# HDF5 knows none of these, so Keras stores them as opaque bytes and notes the name beside them.
_OPAQUE_DTYPES = {
    name: np.dtype(getattr(ml_dtypes, name))
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2")
}


@dataclass(frozen=True)
class LazyArray:
    """An array in a file: its shape and dtype are known, its values are read on request.

    Args:
        name: String. Path inside the file.
        shape: Tuple of ints.
        dtype: String such as `"float32"`; `"object"` for what is no array of numbers.
        nbytes: Int. Memory that `read()` will fill.

    Example:

    >>> weights = LazyArray("dense/kernel", (2,), "float32", 8, lambda: np.zeros(2, "float32"))
    >>> weights.read().shape
    (2,)
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    _read: Callable[[], np.ndarray] = field(repr=False, compare=False)

    def read(self):
        """Read the values; the file must still be open.

        Returns:
            A NumPy array in native byte order.

        Raises:
            BrokenFileError: If the file is closed, damaged, or holds no numbers here.
        """
        return self._read()


@dataclass(frozen=True)
class Group:
    """One HDF5 group.

    Args:
        path: String. Path from the root, `""` for the root itself.
        attributes: Dict of strings, lists of strings, numbers and lists of numbers.
        children: Dict of `Group` and `LazyArray` by name, in HDF5's (alphabetical) order.

    Example:

    >>> leaf = Group("a/b", {}, {})
    >>> Group("", {}, {"a": Group("a", {}, {"b": leaf})}).find("a/b") is leaf
    True
    """

    path: str
    attributes: Mapping[str, object]
    children: Mapping[str, "Group | LazyArray"]

    def find(self, path):
        """Return the group or array at a relative `path`, or None."""
        node = self
        for part in path.split("/"):
            if not isinstance(node, Group) or part not in node.children:
                return None
            node = node.children[part]
        return node

    def groups(self):
        """Return the child groups by name."""
        return {k: v for k, v in self.children.items() if isinstance(v, Group)}

    def arrays(self):
        """Return the child arrays by name."""
        return {k: v for k, v in self.children.items() if isinstance(v, LazyArray)}

    def text(self, name):
        """Return a string attribute, or None if there is none of that name."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name, meter):
        """Return a list attribute, joined if it was split into `name0`, `name1`, ...

        HDF5 keeps an attribute below 64 KiB, so Keras splits longer lists. NumPy turns an empty
        list into an array of floats, so an empty list of any type is an empty list of strings.

        Args:
            name: String.
            meter: `Meter` of the file, for its name in messages.

        Returns:
            A list of strings, or None if there is no such attribute.
        """
        if name in self.attributes:
            values = self.attributes[name]
        elif f"{name}0" in self.attributes:
            values, index = [], 0
            while f"{name}{index}" in self.attributes:
                part = self.attributes[f"{name}{index}"]
                values.extend(part if isinstance(part, list) else [part])
                index += 1
        else:
            return None
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise BrokenFileError(
                f"{meter.name}: the attribute '{name}' of group '/{shorten(self.path)}' should be "
                f"a list of names, but it is {shorten(repr(values), 60)}. The file was not "
                "written by Keras, or was changed since."
            )
        return values


def array_record(path, shape, nbytes, stored, label, meter, read, kind):
    """A `LazyArray` whose values are stored as numbers of one dtype and may be labelled another.

    Args:
        path: String. Path inside the file.
        shape: Tuple of ints.
        nbytes: Int. Size of all elements.
        stored: NumPy dtype of the elements, an opaque one included; None for anything else.
        label: Attribute `dtype` of the array, None if it has none.
        meter: `Meter` of the file.
        read: Function that gives an array of that shape and dtype `stored`.
        kind: String. What messages call the type of the elements.

    Raises:
        BrokenFileError: If the label is that of elements of another size.
    """
    dtype = _OPAQUE_DTYPES.get(label, stored) if isinstance(label, str) else stored
    if stored is not None and dtype.itemsize != stored.itemsize:
        raise BrokenFileError(
            f"{meter.name}: array '/{shorten(path)}' is labelled {dtype}, but its elements "
            f"have {stored.itemsize} bytes. The file is damaged; save the model again."
        )

    def values():
        if stored is None or (stored.kind == "V" and dtype == stored):
            raise BrokenFileError(
                f"{meter.name}: '/{shorten(path)}' should be an array of numbers, but its type is "
                f"{kind}. It is not a weight that Keras wrote."
            )
        with damage_reported(meter, path):
            array = read()
        advance(array.nbytes)
        return array.view(dtype) if dtype != stored else array

    return LazyArray(
        name=path,
        shape=shape,
        dtype="object" if stored is None else _name(dtype),
        nbytes=nbytes,
        _read=values,
    )


@functools.cache
def _name(dtype):
    # NumPy makes the name anew each time.
    return dtype.name


def text_of(item, where, meter) -> str:
    """A text from an attribute, decoded."""
    try:
        return item.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenFileError(
            f"{meter.name}: the attribute '{shorten(where)}' should be UTF-8 text, but holds "
            f"{item[:40]!r}. The file is damaged; fetch or save it again."
        ) from error


def aligned(shape, dtype):
    """An array without values, in memory that JAX takes over on a CPU without a copy.

    Example:

    >>> aligned((2, 3), "float32").ctypes.data % 64
    0
    """
    dtype = np.dtype(dtype)
    nbytes = math.prod(shape) * dtype.itemsize
    memory = np.empty(nbytes + _BOUNDARY, np.uint8)
    start = -memory.ctypes.data % _BOUNDARY
    return memory[start : start + nbytes].view(dtype).reshape(shape)


@contextmanager
def damage_reported(meter, where):
    """Turn what h5py, HDF5 and zlib raise on damaged data into `BrokenFileError`."""
    try:
        yield
    except (UnsafeFileError, BrokenFileError):
        raise
    except (*_DAMAGE, zlib.error) as error:
        raise BrokenFileError(
            f"{meter.name}: should be a whole HDF5 file, but '{shorten(where)}' cannot be read "
            f"({shorten(str(error), 200)}). The file is truncated or damaged; fetch or save it "
            "again."
        ) from error
