"""An HDF5 file as a tree of inert records: names, attributes, and arrays read when asked for.

`hdf5_tree` visits the whole file once, by hard links only, and refuses everything through which
an HDF5 file can reach beyond itself (external and soft links, external storage, virtual
datasets, filters loaded from plugins) or claim more memory than it stores. What follows works
on the tree and never asks HDF5 for a name again.
"""

import math
import zlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import h5py
import ml_dtypes
import numpy as np

from ._budget import shorten, size
from ._errors import BrokenFileError, UnsafeFileError
from ._free_lists import check_free_lists
from ._headers import TextReferences
from ._heap import check_heaps, content_of
from ._plain import plain_heaps
from ._progress import advance
from ._trees import check_trees

# Any other filter would make HDF5 look for a plugin, a shared library, to load.
_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
_CHECKSUM_BYTES = 4
_BOUNDARY = 64
# What h5py raises, by what HDF5 or Python's own conversions found wrong.
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


@contextmanager
def hdf5_tree(source, meter):
    """Open an HDF5 file and yield its root `Group`; arrays can be read until the block ends.

    Args:
        source: Path, or a seekable binary file object.
        meter: `Meter` of the file.

    Yields:
        A `Group`.

    Example:

    >>> import io
    >>> from kerajax.saving.read import Budget, Meter
    >>> stream = io.BytesIO()
    >>> with h5py.File(stream, "w") as file:
    ...     file["kernel"] = np.ones((2, 3))
    >>> with hdf5_tree(stream, Meter("memory", len(stream.getvalue()), Budget())) as root:
    ...     root.find("kernel").shape
    (2, 3)
    """
    with ExitStack() as stack:
        with _damage_reported(meter, "/"), content_of(source) as data:
            places = plain_heaps(data, meter)
            heaps = check_heaps(data, meter, places)
            if places is None:
                check_trees(data, meter)
                check_free_lists(data, meter)
            file = stack.enter_context(h5py.File(source, "r"))
            texts = TextReferences(data, heaps, meter)
            root = _Walk(meter, heaps.largest, texts).group(file.id, "", 0)
        yield root


class _Walk:
    """Visits every object of a file once."""

    def __init__(self, meter, longest_text, texts):
        self._meter = meter
        self._longest_text = longest_text
        self._texts = texts
        self._seen = set()

    def group(self, group_id, path, depth):
        address = h5py.h5o.get_info(group_id).addr
        if address in self._seen:
            raise UnsafeFileError(
                f"{self._meter.name}: group '/{shorten(path)}' is linked from two places, so the "
                "file could be walked without end. Keras never writes such files."
            )
        self._seen.add(address)
        attributes = self._attributes(group_id, address, path, depth)
        children = {}
        for raw_name, link in self._links(group_id):
            name = self._name(raw_name, path)
            child_path = f"{path}/{name}" if path else name
            self._meter.add_object(child_path, depth + 1)
            self._check_link(link, child_path)
            child_id = h5py.h5o.open(group_id, raw_name)
            if isinstance(child_id, h5py.h5g.GroupID):
                children[name] = self.group(child_id, child_path, depth + 1)
            elif isinstance(child_id, h5py.h5d.DatasetID):
                children[name] = self._array(child_id, child_path, depth + 1)
            else:
                raise UnsafeFileError(
                    f"{self._meter.name}: '/{shorten(child_path)}' is neither a group nor an "
                    "array. Keras never writes anything else."
                )
        return Group(path, attributes, children)

    def _links(self, group_id):
        """Names and types of links, in HDF5's order, and not many more than there may be."""
        links = []

        def add(name, info):
            links.append((name, info.type))
            # An error cannot be raised from here; anything but None ends the visit.
            return True if len(links) > self._meter.budget.max_objects else None

        group_id.links.iterate(add, info=True)
        return links

    def _name(self, raw_name, path):
        try:
            name = raw_name.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BrokenFileError(
                f"{self._meter.name}: a name in group '/{shorten(path)}' should be UTF-8 text, but "
                f"it is {raw_name[:40]!r}. The file is damaged; fetch or save it again."
            ) from error
        if name in ("", ".", "..") or "\0" in name:
            raise UnsafeFileError(
                f"{self._meter.name}: group '/{shorten(path)}' has a member called {name!r}, "
                "which no Keras file has."
            )
        return name

    def _check_link(self, kind, path):
        if kind == h5py.h5l.TYPE_HARD:
            return
        label = {
            h5py.h5l.TYPE_SOFT: "a soft link (SoftLink)",
            h5py.h5l.TYPE_EXTERNAL: "an external link (ExternalLink)",
        }
        raise UnsafeFileError(
            f"{self._meter.name}: '/{shorten(path)}' is {label.get(kind, 'a user-defined link')}, "
            "which is not followed, because it can lead to another file. Copy the model with "
            "`h5repack`, or save it again, so that the file holds its own data."
        )

    def _attributes(self, object_id, header, path, depth):
        attributes = {}
        for index in range(h5py.h5a.get_num_attrs(object_id)):
            attribute = h5py.h5a.open(object_id, index=index)
            name = attribute.name.decode("utf-8", "replace")
            where = f"{path}@{name}"
            self._meter.add_object(where, depth)
            value = self._attribute_value(attribute, where, header)
            if value is not None:
                attributes[name] = value
        return attributes

    def _attribute_value(self, attribute, where, header):
        """Read an attribute; None for one that is empty or of a type Keras does not use."""
        kind = attribute.get_type()
        text = isinstance(kind, h5py.h5t.TypeStringID)
        number = isinstance(kind, (h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID))
        if not (text or number) or attribute.get_space().get_simple_extent_type() == h5py.h5s.NULL:
            return None
        count = math.prod(attribute.shape)
        self._meter.check_attribute(where, count * kind.get_size())
        if text and kind.is_variable_str():
            # Each element is a reference, and all of them may be to the longest text there is.
            self._meter.check_texts(where, count * self._longest_text)
            self._texts.check(header, attribute.name, where)
        value = np.empty(attribute.shape, dtype=attribute.dtype)
        attribute.read(value)
        items = value.ravel().tolist()
        if text:
            items = [_decode(item, where, self._meter) for item in items]
        return items if value.ndim else items[0]

    def _array(self, dataset_id, path, depth):
        meter = self._meter
        attributes = self._attributes(dataset_id, h5py.h5o.get_info(dataset_id).addr, path, depth)
        creation = dataset_id.get_create_plist()
        if creation.get_layout() == h5py.h5d.VIRTUAL:
            raise UnsafeFileError(
                f"{meter.name}: array '/{shorten(path)}' is a virtual dataset, whose values are in "
                "other files. Copy it into one file (`h5repack`), or save the model again."
            )
        if creation.get_external_count():
            raise UnsafeFileError(
                f"{meter.name}: array '/{shorten(path)}' keeps its values in another file "
                f"({creation.get_external(0)[0]!r}), which is not opened. Copy it into one file "
                "(`h5repack`), or save the model again."
            )
        filters = [creation.get_filter(i)[0] for i in range(creation.get_nfilters())]
        shape = tuple(int(n) for n in dataset_id.shape)
        itemsize = dataset_id.get_type().get_size()
        chunked = creation.get_layout() == h5py.h5d.CHUNKED
        # One element of a compressed array costs the decompression of its whole chunk.
        chunk = math.prod(creation.get_chunk()) if chunked else 0
        meter.add_array(
            path,
            declared=max(math.prod(shape), chunk) * itemsize,
            stored=dataset_id.get_storage_size(),
            compressed=bool(filters),
        )
        stored_dtype = _number_dtype(dataset_id)
        dtype = _OPAQUE_DTYPES.get(attributes.get("dtype"), stored_dtype)
        if stored_dtype is not None and dtype.itemsize != stored_dtype.itemsize:
            raise BrokenFileError(
                f"{meter.name}: array '/{shorten(path)}' is labelled {dtype}, but its elements "
                f"have {stored_dtype.itemsize} bytes. The file is damaged; save the model again."
            )

        def read():
            return _read_array(dataset_id, path, shape, stored_dtype, dtype, filters, meter)

        return LazyArray(
            name=path,
            shape=shape,
            dtype="object" if stored_dtype is None else dtype.name,
            nbytes=math.prod(shape) * itemsize,
            _read=read,
        )


def _decode(item, where, meter):
    if not isinstance(item, bytes):
        item = b"" if item is None else item.encode("utf-8", "surrogateescape")
    try:
        return item.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenFileError(
            f"{meter.name}: the attribute '{shorten(where)}' should be UTF-8 text, but holds "
            f"{item[:40]!r}. The file is damaged; fetch or save it again."
        ) from error


def _number_dtype(dataset_id):
    """Return the NumPy dtype of an array of numbers (or opaque numbers), else None."""
    try:
        dtype = dataset_id.dtype
    except TypeError:
        return None
    return dtype.newbyteorder("=") if dtype.kind in "biufcV" and dtype.names is None else None


def _read_array(dataset_id, path, shape, stored_dtype, dtype, filters, meter):
    if not dataset_id.valid:
        raise BrokenFileError(
            f"{meter.name}: array '/{shorten(path)}' is read after the file was closed. Read it "
            "inside the `with open_model_file(...)` block."
        )
    unnamed = stored_dtype is not None and stored_dtype.kind == "V" and dtype == stored_dtype
    if stored_dtype is None or unnamed:
        raise BrokenFileError(
            f"{meter.name}: '/{shorten(path)}' should be an array of numbers, but its type is "
            f"{dataset_id.get_type().__class__.__name__}. It is not a weight that Keras wrote."
        )
    with _damage_reported(meter, path):
        if filters:
            _check_chunks(dataset_id, path, filters, meter)
        values = aligned(shape, stored_dtype)
        if values.size:
            dataset_id.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    advance(values.nbytes)
    return values.view(dtype) if dtype != stored_dtype else values


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


def _check_chunks(dataset_id, path, filters, meter):
    """Refuse unknown filters, and chunks that decompress to more than a chunk.

    HDF5 inflates whatever a chunk holds, however large, and only then looks at the size.
    """
    unknown = set(filters) - _FILTERS
    if unknown:
        raise UnsafeFileError(
            f"{meter.name}: array '/{shorten(path)}' is compressed with HDF5 filter "
            f"{sorted(unknown)}, for which code would be loaded from a plugin. Rewrite the file "
            "with gzip (`h5repack -f GZIP=4`), or save the model again."
        )
    if h5py.h5z.FILTER_DEFLATE not in filters:
        return
    creation = dataset_id.get_create_plist()
    limit = math.prod(creation.get_chunk()) * dataset_id.get_type().get_size() + _CHECKSUM_BYTES
    skipped_bit = 1 << filters.index(h5py.h5z.FILTER_DEFLATE)
    for index in range(dataset_id.get_num_chunks()):
        offset = dataset_id.get_chunk_info(index).chunk_offset
        mask, data = dataset_id.read_direct_chunk(offset)
        if mask & skipped_bit:
            continue
        inflated = zlib.decompressobj().decompress(data, limit + 1)
        if len(inflated) > limit:
            raise UnsafeFileError(
                f"{meter.name}: a chunk of array '/{shorten(path)}' inflates to more than the "
                f"{size(limit)} it should hold, which is how a decompression bomb looks. Do not "
                "use this file."
            )


@contextmanager
def _damage_reported(meter, where):
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
