"""The B-trees of an HDF5 file, checked before HDF5 walks them.

The nodes of one level of a tree lead from each to the next. HDF5 follows them without a count, so a
node that leads back to an earlier one makes it walk for ever. The format is described in the HDF5
specification, section "Disk Format: Level 1A1 - Version 1 B-trees".
"""

import re
import struct

from ._errors import UnsafeFileError

# Signature, and the two kinds of trees: of groups and of chunks.
_START = re.compile(rb"TREE[\x00\x01]")
_NEXT = struct.Struct("<16xQ")


def check_trees(data, meter):
    r"""Refuse trees whose nodes lead in a circle.

    Args:
        data: Bytes of the file, or a memory map.
        meter: `Meter` of the file.

    Raises:
        UnsafeFileError: If there is such a tree, or more nodes than the budget allows.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> check_trees(b"TREE" + bytes(12) + b"\xff" * 8, Meter("m.h5", 24, Budget()))
    """
    starts = meter.starts(_START, data, "nodes of trees")
    following = {
        start: _NEXT.unpack_from(data, start)[0]
        for start in starts
        if start + _NEXT.size <= len(data)
    }
    done = set()
    for start in following:
        chain = set()
        while start in following and start not in done:
            if start in chain:
                raise UnsafeFileError(
                    f"{meter.name}: the nodes of the tree at byte {start} lead in a circle, which "
                    "HDF5 would walk for ever. The file is damaged; fetch or save it again."
                )
            chain.add(start)
            start = following[start]
        done |= chain
