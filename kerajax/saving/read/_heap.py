"""The global heaps of an HDF5 file, checked before HDF5 walks them.

Strings of variable length lie in heaps: blocks that start with `GCOL` and hold numbered objects
one after the other. HDF5 steps from object to object by the sizes in the file; an empty object
marked as free space makes it step on the spot for ever. The format is described in the HDF5
specification, section "Disk Format: Level 1E - Global Heap".
"""

import re
import struct
from typing import NamedTuple

from ._budget import size
from ._errors import BrokenFileError, UnsafeFileError

# Signature and version; HDF5 reads no other version.
_START = re.compile(rb"GCOL\x01")
_HEAP = struct.Struct("<8xQ")
_OBJECT = struct.Struct("<HH4xQ")
_FREE_SPACE = 0
_VERSION_AT = 8


class _Places(NamedTuple):
    """Offsets in a superblock: widths of addresses and sizes, and what addresses count from."""

    widths: int
    base: int


# By version of the superblock.
_PLACES = {0: _Places(13, 24), 1: _Places(13, 28), 2: _Places(9, 12), 3: _Places(9, 12)}


class Heaps(NamedTuple):
    """The objects in the heaps of a file.

    Args:
        sizes: Dict of sizes in bytes, by address of the heap and number of the object in it.

    Example:

    >>> Heaps({(2048, 1): 10, (2048, 2): 30}).largest
    30
    """

    sizes: dict[tuple[int, int], int]

    @property
    def largest(self):
        """Size of the largest object, 0 if there is none."""
        return max(self.sizes.values(), default=0)


def check_heaps(data, meter):
    r"""Refuse heaps that cannot be walked, and say what is in the others.

    Args:
        data: Bytes of the file, or a memory map.
        meter: `Meter` of the file.

    Returns:
        `Heaps`.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> start = b"\x89HDF\r\n\x1a\n" + bytes(5) + b"\x08\x08"
    >>> check_heaps(start + bytes(100), Meter("m.h5", 115, Budget()))
    Heaps(sizes={})
    """
    _check_superblock(data, meter)
    sizes = {}
    # Heaps may be made to overlap, so each occurrence is checked and counts for the budget.
    for start in meter.starts(_START, data, "heaps of texts"):
        end = heap_end(data, start)
        if end is None:
            continue
        for index, _, length in heap_objects(data, start, end, meter):
            # An index that is there twice counts as the smaller.
            sizes[start, index] = min(length, sizes.get((start, index), length))
    return Heaps(sizes)


def _check_superblock(data, meter):
    places = _PLACES.get(data[_VERSION_AT]) if len(data) > _VERSION_AT else None
    if places is None or data[places.widths : places.widths + 2] != b"\x08\x08":
        raise BrokenFileError(
            f"{meter.name}: should be an HDF5 file with a superblock of version 0 to 3 and sizes "
            "of 8 bytes, as Keras writes it, but it is not. It is damaged or of another program."
        )
    if any(data[places.base : places.base + 8]):
        raise BrokenFileError(
            f"{meter.name}: should be an HDF5 file whose addresses count from its start, as Keras "
            "writes it, but they do not. It is damaged or of another program."
        )


def heap_end(data, start):
    """Return where a heap ends, or None for these five bytes anywhere else, as in weights.

    Example:

    >>> heap_end(b"GCOL" + bytes(4) + struct.pack("<Q", 16), 0)
    16
    """
    if start + _HEAP.size > len(data):
        return None
    (length,) = _HEAP.unpack_from(data, start)
    # HDF5 does not read heaps that reach past the end of the file either.
    return start + length if _HEAP.size <= length <= len(data) - start else None


def heap_objects(data, start, end, meter):
    """Yield number, place and size of the objects in a heap.

    Args:
        data: Bytes of the file, or a memory map.
        start: Int. Where the heap begins.
        end: Int. Where it ends.
        meter: `Meter` that counts them.

    Raises:
        UnsafeFileError: If HDF5 would not come to the end of the heap.
    """
    position = start + _HEAP.size
    while position + _OBJECT.size <= end:
        meter.add_object("heap of texts")
        index, _, length = _OBJECT.unpack_from(data, position)
        if index == _FREE_SPACE:
            step = length  # the header of free space is part of it
        else:
            yield index, position + _OBJECT.size, length
            step = _OBJECT.size + (length + 7) // 8 * 8
        if step < _OBJECT.size or step > end - position:
            raise UnsafeFileError(
                f"{meter.name}: the heap of texts at byte {start} has an object of {length} bytes "
                f"at byte {position}, which does not fit into the {size(end - position)} left "
                "there. The file is damaged, or made to stall HDF5; fetch or save it again."
            )
        position += step
