"""An HDF5 file as a tree of inert records: names, attributes, and arrays read when asked for.

`hdf5_tree` visits the whole file once, by hard links only, and refuses everything through which
an HDF5 file can reach beyond itself (external and soft links, external storage, virtual
datasets, filters loaded from plugins) or claim more memory than it stores. What follows works
on the tree and never asks HDF5 for a name again. Files of the layout that Keras writes are read
without HDF5 (`_plain`), which is faster; all others here.
"""

import math
import zlib
from contextlib import ExitStack, contextmanager

import h5py
import numpy as np

from ._budget import shorten, size
from ._content import closed_error, content_of
from ._errors import BrokenFileError, UnsafeFileError
from ._free_lists import check_free_lists
from ._headers import TextReferences
from ._heap import check_heaps
from ._plain import plain_tree
from ._records import Group, aligned, array_record, damage_reported, text_of
from ._trees import check_trees

# Any other filter would make HDF5 look for a plugin, a shared library, to load.
_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
_CHECKSUM_BYTES = 4


@contextmanager
def hdf5_tree(source, meter):
    """Open an HDF5 file and yield what is in it; arrays can be read until the block ends.

    Args:
        source: Path, `Member`, or a seekable binary file object.
        meter: `Meter` of the file.

    Yields:
        The root `Group`, and the `Content` of the file, which can read arrays ahead.

    Example:

    >>> import io
    >>> from kerajax.saving.read import Budget, Meter
    >>> stream = io.BytesIO()
    >>> with h5py.File(stream, "w") as file:
    ...     file["kernel"] = np.ones((2, 3))
    >>> with hdf5_tree(stream, Meter("memory", len(stream.getvalue()), Budget())) as (root, _):
    ...     root.find("kernel").shape
    (2, 3)
    """
    with ExitStack() as stack:
        with damage_reported(meter, "/"):
            content = stack.enter_context(content_of(source, meter))
            with content.mapped() as data:
                root = plain_tree(data, meter, content)
                if root is None:
                    heaps = check_heaps(data, meter)
                    check_trees(data, meter)
                    check_free_lists(data, meter)
                    file = stack.enter_context(h5py.File(source, "r"))
                    texts = TextReferences(data, heaps, meter)
                    root = _Walk(meter, heaps.largest, texts).group(file.id, "", 0)
        yield root, content


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
            items = [_text_of(item, where, self._meter) for item in items]
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
        stored = _number_dtype(dataset_id)
        return array_record(
            path,
            shape,
            math.prod(shape) * itemsize,
            stored,
            attributes.get("dtype"),
            meter,
            lambda: _read_array(dataset_id, path, shape, stored, filters, meter),
            dataset_id.get_type().__class__.__name__,
        )


def _text_of(item, where, meter):
    if not isinstance(item, bytes):
        item = b"" if item is None else item.encode("utf-8", "surrogateescape")
    return text_of(item, where, meter)


def _number_dtype(dataset_id):
    """Return the NumPy dtype of an array of numbers (or opaque numbers), else None."""
    try:
        dtype = dataset_id.dtype
    except TypeError:
        return None
    return dtype.newbyteorder("=") if dtype.kind in "biufcV" and dtype.names is None else None


def _read_array(dataset_id, path, shape, dtype, filters, meter):
    if not dataset_id.valid:
        raise closed_error(path, meter)
    if filters:
        _check_chunks(dataset_id, path, filters, meter)
    values = aligned(shape, dtype)
    if values.size:
        dataset_id.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return values


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
