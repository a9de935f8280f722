"""The structures of an HDF5 file that HDF5 can come to, found without a look at its arrays.

Heaps and trees are checked before HDF5 walks them. Where they are can be told by a search for their
signatures in the whole file (`_heap`, `_trees`), which takes longer than reading the arrays. Here
the pointers are followed instead, from the root, as HDF5 does it. That is done for the layout alone
that Keras writes: groups with symbol tables, arrays in one piece, attributes in the headers, each
thing with one pointer to it. Whatever else there is in a file, the search is for it. The format is
described in the HDF5 specification, levels 0A, 1A, 1B, 1D and 2A.
"""

import struct

from ._budget import Budget, Meter
from ._errors import UnreadableFileError
from ._free_lists import free_list_ends
from ._headers import REFERENCE, SHARED, attribute_texts, messages

_UNDEFINED = (1 << 64) - 1
_SUPERBLOCK = struct.Struct("<8xB4xBBxHH4xQQQQ")
_ROOT_ENTRY_AT = 56
_ENTRY = struct.Struct("<8xQI4xQQ")
_NODE = struct.Struct("<4sBBHQQ")
_KEY_AND_CHILD = struct.Struct("<8xQ")
_SYMBOLS = struct.Struct("<4sBxH")
_TABLE = struct.Struct("<QQ")
_CACHED_NOTHING, _CACHED_TABLE = 0, 1

_DATATYPE, _LAYOUT, _ATTRIBUTE, _SYMBOL_TABLE = 0x03, 0x08, 0x0C, 0x11
# Beside these: nothing, dataspaces, fill values (old and new), continuations, times of change.
_MESSAGES = frozenset({0x00, 0x01, 0x04, 0x05, 0x0E, 0x10, 0x12}) | {
    _DATATYPE,
    _LAYOUT,
    _ATTRIBUTE,
    _SYMBOL_TABLE,
}
# Integers, floats, strings of fixed length, opaque bytes, enumerations: none holds a pointer.
_PLAIN_TYPES = frozenset({0, 1, 3, 5, 8})
_HEADER_VERSION, _LAYOUT_VERSION = 1, 3
_COMPACT, _CONTIGUOUS = 0, 1


class _NotPlain(Exception):
    """The file is of another layout, perhaps a damaged one."""


def plain_heaps(data, meter):
    """Where the global heaps are that attributes point to, if the layout of the file is plain.

    Args:
        data: Bytes of the file, or a memory map.
        meter: `Meter` of the file; its budget bounds the steps.

    Returns:
        Set of addresses; None if the layout is another, or something is wrong with the file.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> plain_heaps(bytes(100), Meter("m.h5", 100, Budget())) is None
    True
    """
    try:
        return _Walk(data, meter).heaps()
    except (_NotPlain, UnreadableFileError, struct.error, IndexError):
        return None


class _Walk:
    """Follows the pointers of one file."""

    def __init__(self, data, meter):
        self._data = data
        # Steps are counted apart: what is found wrong here is for the search to report.
        self._meter = Meter(meter.name, len(data), Budget(max_objects=meter.budget.max_objects * 4))
        self._seen = set()
        self._heaps = set()

    def heaps(self):
        version, offsets, lengths, leaf, internal, base, free, end, driver = (
            _SUPERBLOCK.unpack_from(self._data)
        )
        _require((version, offsets, lengths, base) == (0, 8, 8, 0))
        _require(free == driver == _UNDEFINED and end <= len(self._data))
        self._most_symbols, self._most_children = 2 * leaf, 2 * internal
        waiting = [_ENTRY.unpack_from(self._data, _ROOT_ENTRY_AT)]
        while waiting:
            waiting += self._object(*waiting.pop())
        return self._heaps

    def _once(self, address):
        self._meter.add_object("")
        _require(address not in self._seen)
        self._seen.add(address)

    def _object(self, address, cache, *cached):
        """Entries of the group at an address; none for an array."""
        self._once(address)
        _require(self._data[address] == _HEADER_VERSION)
        found = {}
        for kind, flags, body in messages(self._data, address, self._meter):
            _require(kind in _MESSAGES and not flags & SHARED)
            if kind == _ATTRIBUTE:
                self._attribute(body)
            elif kind in (_DATATYPE, _LAYOUT, _SYMBOL_TABLE):
                _require(kind not in found)
                found[kind] = body
        if _SYMBOL_TABLE not in found:
            # What HDF5 keeps in an entry about a group, it must not know of an array.
            _require(cache == _CACHED_NOTHING and _LAYOUT in found and _DATATYPE in found)
            _require(found[_DATATYPE][0] & 0x0F in _PLAIN_TYPES)
            version, kind = found[_LAYOUT][:2]
            _require(version == _LAYOUT_VERSION and kind in (_COMPACT, _CONTIGUOUS))
            return ()
        _require(len(found) == 1)
        table = _TABLE.unpack_from(found[_SYMBOL_TABLE])
        _require(cache == _CACHED_NOTHING or (cache == _CACHED_TABLE and table == cached))
        tree, names = table
        self._once(names)
        _require(self._data[names : names + 5] == b"HEAP\0")
        _require(free_list_ends(self._data, names, self._meter))
        return self._entries(tree)

    def _attribute(self, body):
        version, flags = body[0], body[1]
        _require(version == 1 or not flags & 0x03)
        references = attribute_texts(body)[1]
        for _, heap, _ in REFERENCE.iter_unpack(references or b""):
            if heap:
                self._heaps.add(heap)

    def _entries(self, tree):
        """Entries of all nodes of symbols below the root of a tree, level by level."""
        level, nodes = None, [tree]
        while True:
            children = []
            around = [_UNDEFINED, *nodes, _UNDEFINED]
            for i, address in enumerate(nodes):
                self._once(address)
                signature, kind, height, count, left, right = _NODE.unpack_from(self._data, address)
                level = height if level is None else level
                _require(signature == b"TREE" and kind == 0 and height == level)
                _require((left, right) == (around[i], around[i + 2]))
                _require(count <= self._most_children)
                start = address + _NODE.size
                for at in range(start, start + count * _KEY_AND_CHILD.size, _KEY_AND_CHILD.size):
                    children += _KEY_AND_CHILD.unpack_from(self._data, at)
            if level == 0:
                return [entry for child in children for entry in self._symbols(child)]
            level, nodes = level - 1, children
            _require(nodes)

    def _symbols(self, address):
        self._once(address)
        signature, version, count = _SYMBOLS.unpack_from(self._data, address)
        _require(signature == b"SNOD" and version == 1 and count <= self._most_symbols)
        start = address + _SYMBOLS.size
        for at in range(start, start + count * _ENTRY.size, _ENTRY.size):
            self._meter.add_object("")
            yield _ENTRY.unpack_from(self._data, at)


def _require(condition):
    if not condition:
        raise _NotPlain
