"""The object headers of an HDF5 file, read far enough to check texts before HDF5 reads them.

A text of variable length is a reference in its attribute: the length, where its heap is, and the
number of the text in the heap. HDF5 allocates the length that the reference claims, up to 4 GiB,
and looks into the heap afterwards. `TextReferences` compares the two first. The format is described
in the HDF5 specification, "Disk Format: Level 2A - Data Object Headers".
"""

import math
import struct

from ._budget import shorten, size
from ._errors import BrokenFileError, UnsafeFileError

_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10
SHARED = 0x02
VARIABLE_LENGTH = 9
_NULL_SPACE = 2
REFERENCE = struct.Struct("<IQI")
_REFERENCE_SIZE = struct.pack("<I", REFERENCE.size)
_PREFIX_1 = struct.Struct("<BxHII4x")
_MESSAGE_1 = struct.Struct("<HHB3x")
_MESSAGE_2 = struct.Struct("<BHB")
_BLOCK = struct.Struct("<QQ")
_SIZES = struct.Struct("<BBHHH")
_CHECKSUM_BYTES = 4


class TextReferences:
    """The references to texts in the attributes of a file.

    Args:
        data: Bytes of the file, or a memory map.
        heaps: `Heaps` of the file.
        meter: `Meter` of the file.

    Example:

    ```python
    references = TextReferences(data, check_heaps(data, meter), meter)
    references.check(header_address, b"model_config", "@model_config")
    ```
    """

    def __init__(self, data, heaps, meter):
        self._data = data
        self._heaps = heaps
        self._meter = meter
        self._known = None, {}

    def check(self, address, name, where):
        """Refuse an attribute whose references claim other lengths than their texts have.

        Args:
            address: Int. Where the header of the object is that has the attribute.
            name: Bytes. Name of the attribute.
            where: String. The place of the attribute, for messages.

        Raises:
            UnsafeFileError: If a text is longer in its reference than in its heap.
            BrokenFileError: If the attribute is not in the header.
        """
        if self._known[0] != address:
            self._known = address, self._attributes(address)
        values = self._known[1].get(name)
        if values is None:
            raise BrokenFileError(
                f"{self._meter.name}: the texts of attribute '{shorten(where)}' are kept in a way "
                "in which they cannot be checked before HDF5 allocates memory for them. Copy the "
                "file with `h5repack`, or save the model again."
            )
        for length, heap, index in REFERENCE.iter_unpack(values):
            stored = self._heaps.sizes.get((heap, index), 0)
            if heap and length > stored:
                raise UnsafeFileError(
                    f"{self._meter.name}: attribute '{shorten(where)}' claims a text of "
                    f"{size(length)}, but the file stores {size(stored)} of it. The file is "
                    "damaged; fetch or save it again."
                )

    def _attributes(self, address):
        """References by name of attribute; twice the same name counts as none."""
        found, twice = {}, set()
        try:
            for kind, flags, body in messages(self._data, address, self._meter):
                if kind == _ATTRIBUTE and not flags & SHARED:
                    name, values = attribute_texts(body)
                    if name in found:
                        twice.add(name)
                    found[name] = values
        except (struct.error, IndexError) as error:
            raise BrokenFileError(
                f"{self._meter.name}: the header of an object at byte {address} is cut off. The "
                "file is truncated or damaged; fetch or save it again."
            ) from error
        return {name: values for name, values in found.items() if values and name not in twice}


def messages(data, address, meter):
    """The messages of an object header, those of further blocks included.

    Args:
        data: Bytes of the file, or a memory map.
        address: Int. Where the header is.
        meter: `Meter` that counts them.

    Yields:
        Triples of a type, flags and the body in bytes.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> header = bytes([1]) + bytes(7) + struct.pack("<Q", 16) + bytes([3, 0, 8]) + bytes(13)
    >>> [(kind, len(body)) for kind, _, body in messages(header, 0, Meter("m", 32, Budget()))]
    [(3, 8)]
    """
    modern = data[address : address + 4] == b"OHDR"
    blocks = [_first_block_2(data, address) if modern else _first_block_1(data, address)]
    prefix = _MESSAGE_2 if modern else _MESSAGE_1
    seen = set()
    while blocks:
        start, end, ordered = blocks.pop()
        if start in seen or not 0 <= start <= end <= len(data):
            raise IndexError("a block of a header lies outside of the file")
        seen.add(start)
        # What is left at the end of a block of version 2 may be too little for a message.
        skip = prefix.size + (2 if ordered else 0)
        while start + skip <= end:
            meter.add_object("message of a header")
            kind, length, flags = prefix.unpack_from(data, start)
            start += skip + length
            if start > end:
                raise IndexError("a message reaches beyond its block")
            body = bytes(data[start - length : start])
            if kind == _CONTINUATION:
                place, length = _BLOCK.unpack_from(body)
                inside = (place + 4, place + length - _CHECKSUM_BYTES)
                blocks.append((*(inside if modern else (place, place + length)), ordered))
            yield kind, flags, body


def _first_block_1(data, address):
    _, _, _, length = _PREFIX_1.unpack_from(data, address)
    start = address + _PREFIX_1.size
    return start, start + length, False


def _first_block_2(data, address):
    flags = data[address + 5]
    start = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 0x03)
    length = int.from_bytes(data[start : start + width], "little")
    return start + width, start + width + length, bool(flags & 0x04)


def attribute_texts(body):
    """Name and references of an attribute message; None for references if it has no such texts.

    Args:
        body: Bytes of the message.

    Example:

    >>> integers = bytes([1, 0, 2, 0, 8, 0, 8, 0]) + b"n".ljust(8, bytes(1)) + bytes(16)
    >>> attribute_texts(integers)
    (b'n', None)
    """
    name, datatype, space, values = attribute_parts(body)
    shared = body[0] > 1 and body[1] & 0x03
    if shared or not datatype or datatype[0] & 0x0F != VARIABLE_LENGTH:
        return name, None
    if datatype[4:8] != _REFERENCE_SIZE:
        return name, None  # HDF5 would step through the references by this size
    count = math.prod(dimensions(space) or ())
    values = values[: count * REFERENCE.size]
    return name, values if len(values) == count * REFERENCE.size else None


def attribute_parts(body):
    """Name, datatype, dataspace and values of an attribute message, as bytes.

    Args:
        body: Bytes of the message.
    """
    version, _, *sizes = _SIZES.unpack_from(body)
    at = _SIZES.size + (1 if version == 3 else 0)
    step = 8 if version == 1 else 1
    parts = []
    for length in sizes:
        parts.append(body[at : at + length])
        at += -(-length // step) * step
    if at > len(body):
        raise IndexError("an attribute reaches beyond its message")
    name, datatype, space = parts
    return name.split(b"\0")[0], datatype, space, body[at:]


def dimensions(space):
    """Sizes in a dataspace message; None if it says that there are no elements.

    Args:
        space: Bytes of the message.

    Example:

    >>> dimensions(bytes([1, 2, 0, 0, 0, 0, 0, 0]) + struct.pack("<QQ", 3, 4))
    (3, 4)
    """
    version, rank = space[0], space[1]
    if version == 2 and space[3] == _NULL_SPACE:
        return None
    return struct.unpack_from(f"<{rank}Q", space, 8 if version == 1 else 4)
