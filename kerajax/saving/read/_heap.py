"""The global heaps of an HDF5 file, checked before HDF5 walks them.

Strings of variable length lie in heaps: blocks that start with `GCOL` and hold numbered objects
one after the other. HDF5 steps from object to object by the sizes in the file; an empty object
marked as free space makes it step on the spot for ever. The format is described in the HDF5
specification, section "Disk Format: Level 1E - Global Heap".
"""

import mmap
import os
import re
import struct
from contextlib import contextmanager
from itertools import islice

from ._budget import size
from ._errors import BrokenFileError, UnsafeFileError

# Signature and version; HDF5 reads no other version.
_START = re.compile(rb"GCOL\x01")
_HEAP = struct.Struct("<8xQ")
_OBJECT = struct.Struct("<HH4xQ")
_FREE_SPACE = 0
# Offsets of the two bytes with the width of addresses and of sizes, by superblock version.
_WIDTHS_AT = {0: 13, 1: 13, 2: 9, 3: 9}
_VERSION_AT = 8


def check_heaps(source, meter):
    r"""Refuse heaps that cannot be walked, and return the size of the largest object.

    Args:
        source: Path, or a seekable binary file object (left at its start).
        meter: `Meter` of the file.

    Returns:
        Int, in bytes; 0 if the file has no heap.

    Example:

    >>> import io
    >>> from kerajax.saving.read import Budget, Meter
    >>> start = b"\x89HDF\r\n\x1a\n" + bytes(5) + b"\x08\x08"
    >>> check_heaps(io.BytesIO(start + bytes(100)), Meter("m.h5", 115, Budget()))
    0
    """
    with _content(source) as data:
        _check_widths(data, meter)
        largest = 0
        for start in _candidates(data, meter):
            end = _heap_end(data, start)
            if end is not None:
                largest = max(largest, _largest_object(data, start, end, meter))
    return largest


def _candidates(data, meter):
    # A list, because a search in progress would keep the memory map from closing. Heaps may be
    # made to overlap, so each occurrence is checked, and all count towards the budget.
    limit = meter.budget.max_objects
    starts = [match.start() for match in islice(_START.finditer(data), limit + 1)]
    if len(starts) > limit:
        raise UnsafeFileError(
            f"{meter.name}: has more than {limit} heaps of texts, and the budget allows no more. "
            "If you trust the file, raise `max_objects` of the Budget."
        )
    return starts


def _check_widths(data, meter):
    at = _WIDTHS_AT.get(data[_VERSION_AT]) if len(data) > _VERSION_AT else None
    if at is None or data[at : at + 2] != b"\x08\x08":
        raise BrokenFileError(
            f"{meter.name}: should be an HDF5 file with a superblock of version 0 to 3 and sizes "
            "of 8 bytes, as Keras writes it, but it is not. It is damaged or of another program."
        )


def _heap_end(data, start):
    """Return where a heap ends, or None for these five bytes anywhere else, as in weights."""
    if start + _HEAP.size > len(data):
        return None
    (length,) = _HEAP.unpack_from(data, start)
    # HDF5 does not read heaps that reach past the end of the file either.
    return start + length if _HEAP.size <= length <= len(data) - start else None


def _largest_object(data, start, end, meter):
    largest, position = 0, start + _HEAP.size
    while position + _OBJECT.size <= end:
        meter.add_object("heap of texts")
        index, _, length = _OBJECT.unpack_from(data, position)
        if index == _FREE_SPACE:
            step = length  # the header of free space is part of it
        else:
            largest = max(largest, length)
            step = _OBJECT.size + (length + 7) // 8 * 8
        if step < _OBJECT.size or step > end - position:
            raise UnsafeFileError(
                f"{meter.name}: the heap of texts at byte {start} has an object of {length} bytes "
                f"at byte {position}, which does not fit into the {size(end - position)} left "
                "there. The file is damaged, or made to stall HDF5; fetch or save it again."
            )
        position += step
    return largest


@contextmanager
def _content(source):
    """Yield the bytes of a source without copying them where that is possible."""
    if isinstance(source, (str, os.PathLike)):
        with (
            open(source, "rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            yield data
        return
    source.seek(0)
    yield source.getvalue() if hasattr(source, "getvalue") else source.read()
    source.seek(0)
