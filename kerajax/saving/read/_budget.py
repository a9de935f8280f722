"""How much a file may ask for, checked before anything is allocated.

A model file is mostly weights, so the memory it needs and the bytes it stores are nearly the
same. A file of a few kilobytes that declares gigabytes is an accident or an attack. `Budget`
holds the limits, `Meter` adds up what one file (with its shards) has asked for so far.
"""

import math
from dataclasses import dataclass, fields
from itertools import islice

from kerajax.objects import MOST_ITEMS

from ._errors import UnsafeFileError

_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30


@dataclass(frozen=True)
class Budget:
    """Limits for reading one model file.

    Args:
        max_bytes: Int. Bytes that all arrays and archive members together may occupy.
        max_expansion: Int. How many times more than it stores a compressed array, or a
            compressed archive member, may declare.
        allowance: Int. Bytes that a file may declare beyond that, all its arrays together, so
            that small compressed arrays pass.
        max_objects: Int. Number of groups, arrays, attributes, archive members and shards.
        max_depth: Int. Nesting of groups.
        max_attribute_bytes: Int. Size of one HDF5 attribute.
        max_text_bytes: Int. Size that the texts in one attribute may add up to, if each were as
            long as the longest in the file.
        max_json_bytes: Int. Size of one JSON text.
        max_json_depth: Int. Nesting of lists and objects in a JSON text.
        max_json_items: Int. Number of brackets, commas and colons in a JSON text.

    Example:

    >>> Budget(max_bytes=2**20).max_bytes
    1048576
    """

    max_bytes: int = 64 * _GIB
    max_expansion: int = 100
    allowance: int = 16 * _MIB
    max_objects: int = 500_000
    max_depth: int = 64
    max_attribute_bytes: int = 16 * _MIB
    max_text_bytes: int = 2 * _GIB
    max_json_bytes: int = 64 * _MIB
    max_json_depth: int = 256
    max_json_items: int = MOST_ITEMS

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(
                    f"Budget needs a whole number >= 0 for `{field.name}`, but received "
                    f"{value!r}. Pass `Budget({field.name}={field.default})` or leave it out."
                )


class Meter:
    """Counts what one file asks for and refuses at the first excess.

    Args:
        name: String. What error messages call the file.
        stored: Int. Size of the file in bytes.
        budget: `Budget`.

    Example:

    >>> Meter("model.h5", stored=4096, budget=Budget()).add_object("dense", depth=1)
    """

    def __init__(self, name, stored, budget):
        self.name = name
        self.budget = budget
        self._file_bytes = stored
        self._claimed_bytes = 0
        self._declared_bytes = 0
        self._unbacked_bytes = 0
        self._objects = 0

    def add_file(self, stored):
        """Admit a further file (a shard) of `stored` bytes to the same account."""
        self._file_bytes += stored

    def add_object(self, where, depth=0):
        """Count one group, array, attribute, member or shard at nesting `depth`."""
        self._objects += 1
        if self._objects > self.budget.max_objects:
            self._refuse(where, "objects", self._objects, "max_objects")
        if depth > self.budget.max_depth:
            self._refuse(where, "levels of groups", depth, "max_depth")

    def starts(self, signature, data, what):
        """Where a signature occurs in the bytes of a file, at most as often as objects may.

        Args:
            signature: Compiled pattern of bytes.
            data: Bytes of the file, or a memory map.
            what: String. What begins with the signature, for the message.

        Raises:
            UnsafeFileError: If it occurs more often.
        """
        limit = self.budget.max_objects
        # A list, because a search in progress would keep a memory map from closing.
        found = [match.start() for match in islice(signature.finditer(data), limit + 1)]
        if len(found) > limit:
            raise UnsafeFileError(
                f"{self.name}: has more than {limit} {what}, and the budget allows no more. "
                "If you trust the file, raise `max_objects` of the Budget."
            )
        return found

    def add_array(self, where, declared, stored, compressed):
        """Count `declared` bytes of memory, for which the file stores `stored` bytes."""
        self._declared_bytes += declared
        self._claimed_bytes += stored
        if self._declared_bytes > self.budget.max_bytes:
            self._refuse(where, "bytes of arrays", self._declared_bytes, "max_bytes")
        if self._claimed_bytes > self._file_bytes:
            raise UnsafeFileError(
                f"{self.name}: the parts up to '{where}' claim {size(self._claimed_bytes)} of "
                f"stored data, but the file has only {size(self._file_bytes)}, so parts of it "
                "overlap. Keras never writes such files; get the file again from its source."
            )
        backed = stored * self.budget.max_expansion if compressed else stored
        self._unbacked_bytes += max(declared - backed, 0)
        if self._unbacked_bytes > self.budget.allowance:
            raise UnsafeFileError(
                f"{self.name}: '{where}' declares {size(declared)} but stores only "
                f"{size(stored)}, which is how a decompression bomb looks. Get the file from a "
                "source you trust; if you do trust it, raise `max_expansion` or `allowance` of "
                "the Budget."
            )

    def check_attribute(self, where, declared):
        """Refuse an attribute larger than the budget before it is read."""
        if declared > self.budget.max_attribute_bytes:
            self._refuse(where, "bytes in one attribute", declared, "max_attribute_bytes")

    def check_texts(self, where, declared):
        """Refuse an attribute whose texts could add up to more than the budget."""
        if declared > self.budget.max_text_bytes:
            self._refuse(where, "bytes of text in one attribute", declared, "max_text_bytes")

    def _refuse(self, where, what, count, limit):
        raise UnsafeFileError(
            f"{self.name}: reached {count} {what} at '{shorten(where)}', and the budget allows "
            f"{getattr(self.budget, limit)}. If you trust the file, raise `{limit}` of the Budget."
        )


def size(count):
    """Say a number of bytes in readable units.

    Example:

    >>> size(3 * 2**20)
    '3.0 MiB'
    """
    if count < _KIB:
        return f"{count} bytes"
    power = min(int(math.log(count, _KIB)), 4)
    return f"{count / _KIB**power:.1f} {('KiB', 'MiB', 'GiB', 'TiB')[power - 1]}"


def shorten(text, length=120):
    """Cut a name from a file to what fits into an error message.

    Example:

    >>> shorten("abcdefgh", length=5)
    'ab...'
    """
    return text if len(text) <= length else text[: length - 3] + "..."
