"""The free space in the local heaps of an HDF5 file, checked before HDF5 walks it.

The names of a group's members lie in a local heap, and each unused piece of it says where the next
one is. HDF5 follows them without a count, and takes memory for each: a piece that leads back to an
earlier one fills the computer. The format is described in the HDF5 specification, section "Disk
Format: Level 1D - Local Heaps".
"""

import re
import struct

from ._errors import UnsafeFileError

# Signature and version; HDF5 reads no other version.
_START = re.compile(rb"HEAP\x00")
_HEAP = struct.Struct("<8xQQQ")
_PIECE = struct.Struct("<QQ")
_LAST = 1


def check_free_lists(data, meter):
    """Refuse local heaps whose free space leads in a circle.

    Args:
        data: Bytes of the file, or a memory map.
        meter: `Meter` of the file.

    Raises:
        UnsafeFileError: If there is such a heap, or more of them than the budget allows.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> check_free_lists(b"no heap at all", Meter("m.h5", 14, Budget()))
    """
    for start in meter.starts(_START, data, "heaps of names"):
        if start + _HEAP.size <= len(data) and not free_list_ends(data, start, meter):
            raise UnsafeFileError(
                f"{meter.name}: the free space in the heap of names at byte {start} leads in a "
                "circle, which HDF5 would walk until memory runs out. The file is damaged; fetch "
                "or save it again."
            )


def free_list_ends(data, start, meter) -> bool:
    """Whether HDF5 would come to an end, or to an error, in the free space of a local heap.

    Args:
        data: Bytes of the file, or a memory map.
        start: Int. Where the heap is.
        meter: `Meter` of the file.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> heap = b"HEAP" + bytes(4) + struct.pack("<QQQ", 16, 0, 32)
    >>> meter = Meter("m.h5", 48, Budget())
    >>> [free_list_ends(heap + struct.pack("<QQ", n, 16), 0, meter) for n in (1, 0)]
    [True, False]
    """
    length, piece, content = _HEAP.unpack_from(data, start)
    if content + length > len(data):
        return True  # HDF5 does not read beyond the end of the file
    seen = set()
    while piece != _LAST and piece + _PIECE.size <= length:
        if piece in seen:
            return False
        meter.add_object("heap of names")
        seen.add(piece)
        piece, _ = _PIECE.unpack_from(data, content + piece)
    return True
