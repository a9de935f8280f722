"""HDF5 files of the layout that Keras writes, read without HDF5.

That layout is groups with symbol tables, arrays of numbers in one piece, and attributes in the
headers, each thing with one pointer to it. The pointers are followed from the root. Nothing is read
that lies outside the file, and together the things may claim no more bytes than the file has, so
that none takes more time or memory than its size. Whatever else there is in a file, HDF5 reads
after other checks (`_hdf5`), which also say what is wrong with it. The format is described in the
HDF5 specification, levels 0A, 1A, 1B, 1D, 1E and 2A.
"""

import copy
import functools
import math
import struct

import h5py
import numpy as np

from ._budget import Budget, Meter
from ._errors import UnreadableFileError
from ._headers import (
    REFERENCE,
    SHARED,
    attribute_parts,
    dimensions,
    messages,
)
from ._heap import heap_end, heap_objects
from ._records import Group, array_record, text_of

_UNDEFINED = (1 << 64) - 1
_SUPERBLOCK = struct.Struct("<8xB4xBBxHH4xQQQQ")
_ROOT_ENTRY_AT = 56
_ENTRY = struct.Struct("<QQI4xQQ")
_NODE = struct.Struct("<4sBBHQQ")
_KEY, _CHILD_AND_KEY = struct.Struct("<Q"), struct.Struct("<QQ")
_SYMBOLS = struct.Struct("<4sBxH")
_PAIR = struct.Struct("<QQ")
_COUNT = struct.Struct("<H")
_NAMES = struct.Struct("<5s3xQQQ")
_NO_PIECE = 1
_CACHED_NOTHING, _CACHED_TABLE = 0, 1

_DATASPACE, _DATATYPE, _LAYOUT, _ATTRIBUTE, _SYMBOL_TABLE = 0x01, 0x03, 0x08, 0x0C, 0x11
_KEPT = frozenset({_DATASPACE, _DATATYPE, _LAYOUT, _SYMBOL_TABLE})
# Beside these: nothing, fill values (old and new), continuations, times of change.
_MESSAGES = _KEPT | {0x00, 0x04, 0x05, _ATTRIBUTE, 0x0E, 0x10, 0x12}
_FILL_VALUE = 0x05
# First bytes of messages of known versions.
_STARTS = {_DATASPACE: {1}, _FILL_VALUE: {1, 2}, _ATTRIBUTE: {1}, 0x12: {1}}
# Class and version of texts of fixed length; those of variable length.
_STRING, _TEXT = 0x13, "text"
_REFERENCE_SIZE = struct.pack("<I", REFERENCE.size)
_ZERO_ENDED, _ZERO_PADDED = 0, 1
_HEADER_VERSION, _LAYOUT_VERSION, _CONTIGUOUS = 1, 3, 1
_MOST_AXES = 32


class _NotPlain(Exception):
    """The file is of another layout, perhaps a damaged one."""


def plain_tree(data, meter, content):
    """The root of a file if its layout is plain.

    Args:
        data: Bytes of the file, or a memory map.
        meter: `Meter` of the file.
        content: `Content` of the file, which is told the places of the arrays.

    Returns:
        `Group`; None if the layout is another, or something is wrong with the file.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> plain_tree(bytes(100), Meter("m.h5", 100, Budget()), None) is None
    True
    """
    # What was counted of a file that is not plain does not count.
    trial = copy.copy(meter)
    walk = _Walk(data, trial, content)
    try:
        root = walk.root()
    except (_NotPlain, UnreadableFileError, struct.error, LookupError, ValueError):
        return None
    meter.__dict__.update(trial.__dict__)
    content.places = walk.places
    return root


class _Walk:
    """Follows the pointers of one file."""

    def __init__(self, data, meter, content):
        self._data, self._meter, self._content = data, meter, content
        # Steps are counted apart from objects.
        self._steps = Meter(meter.name, len(data), Budget(max_objects=meter.budget.max_objects * 4))
        self._unclaimed = len(data)
        self._seen = set()
        self._heaps = {}
        self.places = []

    def root(self):
        version, offsets, lengths, leaf, internal, base, free, end, driver = (
            _SUPERBLOCK.unpack_from(self._data)
        )
        _require((version, offsets, lengths, base) == (0, 8, 8, 0))
        _require(free == driver == _UNDEFINED and end <= len(self._data))
        self._most_symbols, self._most_children = 2 * leaf, 2 * internal
        _, *entry = _ENTRY.unpack_from(self._data, _ROOT_ENTRY_AT)
        root = self._object(entry, "", 0)
        _require(isinstance(root, Group))
        return root

    def _once(self, address, nbytes=0):
        """Admits what is at an address, of so many bytes."""
        self._steps.add_object("")
        if address in self._seen:
            raise _NotPlain
        self._seen.add(address)
        self._claim(nbytes)

    def _claim(self, nbytes):
        self._unclaimed -= nbytes
        if self._unclaimed < 0:
            raise _NotPlain

    def _object(self, entry, path, depth):
        """The group or array that an entry of a group leads to."""
        address, cache, *cached = entry
        self._once(address)
        _require(self._data[address] == _HEADER_VERSION)
        found, attributes, (left,) = {}, {}, _COUNT.unpack_from(self._data, address + 2)
        for kind, flags, body in messages(self._data, address, self._steps):
            left -= 1
            self._claim(len(body))
            if kind not in _MESSAGES or flags & SHARED:
                raise _NotPlain
            if kind in _STARTS and body[0] not in _STARTS[kind]:
                raise _NotPlain
            if kind == _ATTRIBUTE:
                name, value = self._attribute(body, path, depth)
                _require(name not in attributes)
                attributes[name] = value
            elif kind in _KEPT:
                _require(kind not in found)
                found[kind] = body
            elif kind == _FILL_VALUE:
                _require(_is_whole(body))
        _require(not left)
        attributes = {
            name.decode("utf-8", "replace"): value
            for name, value in sorted(attributes.items())
            if value is not None
        }
        if _SYMBOL_TABLE not in found:
            # What HDF5 keeps in an entry about a group, it must not know of an array.
            _require(cache == _CACHED_NOTHING)
            return self._array(found, attributes, path)
        _require(len(found) == 1)
        table = _PAIR.unpack_from(found[_SYMBOL_TABLE])
        _require(cache == _CACHED_NOTHING or (cache == _CACHED_TABLE and table == tuple(cached)))
        children = {}
        for name, entry in self._members(*table):
            child_path = f"{path}/{name}" if path else name
            self._meter.add_object(child_path, depth + 1)
            children[name] = self._object(entry, child_path, depth + 1)
        return Group(path, attributes, children)

    def _members(self, tree, names):
        """Names in a group, and the entries for them."""
        signature, length, free, content = _NAMES.unpack_from(self._data, names)
        self._once(names, length)
        _require(signature == b"HEAP\0" and content + length <= len(self._data))
        texts = bytes(self._data[content : content + length])
        while free != _NO_PIECE:
            self._steps.add_object("")
            following, size = _PAIR.unpack_from(texts, free)
            # Forwards alone, so that there is an end.
            _require(size >= _PAIR.size and free + size <= length)
            _require(following == _NO_PIECE or following >= free + size)
            free = following
        last = b""
        for at, *entry in self._entries(tree):
            name = texts[at : texts.index(b"\0", at)]
            # In order, so that HDF5 would find each, and none twice.
            _require(last < name and name not in (b".", b"..") and b"/" not in name)
            last = name
            yield name.decode("utf-8"), entry

    def _entries(self, tree):
        """Entries of all nodes of symbols below the root of a tree, level by level."""
        level, nodes = None, [(tree, None)]
        while True:
            children, before = [], 0
            around = [_UNDEFINED, *(address for address, _ in nodes), _UNDEFINED]
            for i, (address, last) in enumerate(nodes):
                self._once(address)
                signature, kind, height, count, left, right = _NODE.unpack_from(self._data, address)
                level = height if level is None else level
                _require(signature == b"TREE" and kind == 0 and height == level)
                _require((left, right) == (around[i], around[i + 2]))
                start = address + _NODE.size
                _require(count <= self._most_children)
                _require(_KEY.unpack_from(self._data, start) == (before,))
                for n in range(count):
                    at = start + _KEY.size + n * _CHILD_AND_KEY.size
                    children.append(_CHILD_AND_KEY.unpack_from(self._data, at))
                # Around each child are the places of the greatest names before it and in it.
                _require(last is None or (count and children[-1][1] == last))
                before = last
            if level == 0:
                return [entry for child in children for entry in self._symbols(*child)]
            level, nodes = level - 1, children
            _require(nodes)

    def _symbols(self, address, last):
        self._once(address)
        signature, version, count = _SYMBOLS.unpack_from(self._data, address)
        _require(signature == b"SNOD" and version == 1 and 0 < count <= self._most_symbols)
        start, entry = address + _SYMBOLS.size, ()
        for at in range(start, start + count * _ENTRY.size, _ENTRY.size):
            self._steps.add_object("")
            entry = _ENTRY.unpack_from(self._data, at)
            yield entry
        _require(entry[0] == last)

    def _array(self, found, attributes, path):
        _require(found.keys() == {_DATASPACE, _DATATYPE, _LAYOUT})
        shape, dtype = _shape(found[_DATASPACE]), _types().get(_padded(found[_DATATYPE]))
        _require(isinstance(dtype, np.dtype))
        layout, nbytes = found[_LAYOUT], math.prod(shape) * dtype.itemsize
        _require(layout[:2] == bytes((_LAYOUT_VERSION, _CONTIGUOUS)))
        start, length = _PAIR.unpack_from(layout, 2)
        _require(length == nbytes and (not nbytes or start + nbytes <= len(self._data)))
        self._meter.add_array(path, declared=nbytes, stored=nbytes, compressed=False)
        place = (start, shape, dtype)
        if nbytes:
            self.places.append(place)
        read = self._content.reader(path, place)
        label = attributes.get("dtype")
        return array_record(path, shape, nbytes, dtype, label, self._meter, read, "TypeOpaqueID")

    def _attribute(self, body, path, depth):
        """Name and value of an attribute; None for one that is empty or of no type of Keras."""
        name, datatype, space, values = attribute_parts(body)
        _require(_COUNT.unpack_from(body, 2) == (len(name) + 1,))
        where = f"{path}@{name.decode('utf-8', 'replace')}"
        self._meter.add_object(where, depth)
        shape, kind = _shape(space), datatype[0]
        count, width = math.prod(shape), int.from_bytes(datatype[4:8], "little")
        self._meter.check_attribute(where, count * width)
        _require(width and count * width <= len(values))
        if kind == _STRING:
            _require(datatype[1] & 0x0F in (_ZERO_ENDED, _ZERO_PADDED))
            items = [values[at : at + width] for at in range(0, count * width, width)]
            items = [item.rstrip(b"\0") for item in items]
        else:
            dtype = _types().get(_padded(datatype))
            _require(dtype is not None)
            if isinstance(dtype, np.dtype):
                # Truth and opaque bytes are no values that Keras notes.
                items = np.ndarray((count,), dtype, values).tolist()
                return name, None if dtype.kind in "bV" else items if shape else items[0]
            references = list(REFERENCE.iter_unpack(values[: count * width]))
            self._meter.check_texts(where, sum(length for length, _, _ in references))
            items = [self._referred(*reference) for reference in references]
        _require(all(b"\0" not in item for item in items))
        items = [text_of(item, where, self._meter) for item in items]
        return name, items if shape else items[0]

    def _referred(self, length, heap, index):
        if not heap:
            return b""
        if heap not in self._heaps:
            end = heap_end(self._data, heap)
            _require(end is not None and self._data[heap : heap + 5] == b"GCOL\x01")
            self._once(heap)
            self._heaps[heap] = {}
            for number, place, stored in heap_objects(self._data, heap, end, self._steps):
                _require(number not in self._heaps[heap])
                self._heaps[heap][number] = place, stored
        place, stored = self._heaps[heap][index]
        self._claim(length)
        _require(length <= stored)
        return bytes(self._data[place : place + length])


def _is_whole(fill_value):
    """Whether a message about values that were not written holds what it says."""
    version, _, _, defined = fill_value[:4]
    (length,) = struct.unpack_from("<i", fill_value, 4) if version == 1 or defined else (0,)
    return defined in (0, 1) and 4 + length <= len(fill_value)


def _shape(space):
    """Sizes in a dataspace message, which are as large as they may become or smaller."""
    shape, limited = dimensions(space), space[2]
    _require(shape is not None and len(shape) <= _MOST_AXES and limited in (0, 1))
    if limited:
        most = struct.unpack_from(f"<{len(shape)}Q", space, 8 + 8 * len(shape))
        _require(all(size <= limit for size, limit in zip(shape, most, strict=True)))
    return shape


@functools.cache
def _types():
    """What HDF5 writes for types: dtypes of numbers, and of the opaque bytes that Keras labels."""
    dtypes = [np.dtype(code) for code in "bBhHiIlLqQefd?"] + [np.dtype("V1"), np.dtype("V2")]
    # The first two bytes say that a type follows.
    types = {_padded(_written(dtype)[2:]): dtype for dtype in dtypes}
    for encoding in ("utf-8", "ascii"):
        text = _written(h5py.string_dtype(encoding))[2:]
        # A text is a reference in a file, and an address, which is shorter, in memory.
        types[_padded(text[:4] + _REFERENCE_SIZE + text[8:])] = _TEXT
    return types


def _written(dtype):
    return h5py.h5t.py_create(dtype, logical=True).encode()


def _padded(datatype):
    return datatype + bytes(-len(datatype) % 8)


def _require(condition):
    if not condition:
        raise _NotPlain
