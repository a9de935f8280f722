"""The bytes of an HDF5 file: in a file, in a part of one, or in memory.

Arrays that lie in one piece are read from here at their places, without HDF5. Threads can do that
before they are asked for, while a model is built for them, and sum up all bytes on the way, to
compare them with the sum that an archive notes.
"""

import math
import os
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

from ._budget import shorten
from ._container import size_of
from ._errors import BrokenFileError
from ._member import Member
from ._records import aligned, damage_reported
from ._sums import joined

_READERS = 2
_PIECE = 1 << 22
# A thread does not pay for an array of fewer bytes; and no more in all are read too early.
_FEW, _MOST = 1 << 17, 256 << 20


@contextmanager
def content_of(source, meter):
    """Yield the `Content` of a source without copying it where that is possible.

    Args:
        source: Path, `Member`, or a seekable binary file object (left at its start).
        meter: `Meter` of the file, for its name in messages.

    Example:

    >>> import io
    >>> from kerajax.saving.read import Budget, Meter
    >>> with content_of(io.BytesIO(b"abc"), Meter("memory", 3, Budget())) as content:
    ...     with content.mapped() as data:
    ...         data[1:]
    b'bc'
    """
    if isinstance(source, (str, os.PathLike)):
        opened = Member(source, 0, size_of(source))
    elif isinstance(source, Member):
        opened = nullcontext(source)
    else:
        source.seek(0)
        opened = nullcontext(
            _Memory(source.getvalue() if hasattr(source, "getvalue") else source.read())
        )
        source.seek(0)
    with opened as part:
        content = Content(part, meter)
        try:
            yield content
        finally:
            content.close()


class Content:
    """What an HDF5 file consists of, and where its arrays are.

    Args:
        part: `Member`, or bytes with its interface.
        meter: `Meter` of the file, for its name in messages.

    Attributes:
        places: List of what `reader` takes, for all arrays that have elements.
    """

    def __init__(self, part, meter):
        self._part, self._meter = part, meter
        self.places = []
        self._early, self._open = {}, True

    def mapped(self):
        """A context that yields all bytes without reading them into memory."""
        return self._part.mapped()

    def close(self):
        """Ends reading."""
        self._open = False

    def reader(self, path, place):
        """A function that reads an array.

        Args:
            path: String. Path of the array.
            place: Tuple of its first byte, its shape and its dtype.
        """

        def read():
            if not self._open:
                raise closed_error(path, self._meter)
            early = self._early.pop(place, None)
            return self._filled(_empty(place), place)[0] if early is None else early.result()[0]

        return read

    @contextmanager
    def ahead(self, crc=None):
        """Reads arrays before they are asked for, and compares the sum of all bytes at the end.

        Args:
            crc: Int, a CRC-32 of all bytes; None if none is known.

        Raises:
            BrokenFileError: If the sum is another. What was read does not count then.
        """
        stop = threading.Event()
        with ThreadPoolExecutor(_READERS) as readers, ThreadPoolExecutor(1) as adder:
            try:
                with damage_reported(self._meter, "/"):
                    for place in self._first_places():
                        # Memory comes from this thread, whose arena has what was freed before.
                        fill = readers.submit(self._filled, _empty(place), place, stop, crc)
                        self._early[place] = fill
                if crc is not None:
                    found = adder.submit(self._sum, list(self._early.items())[::-1], stop)
                yield
            except BaseException:
                stop.set()
                raise
            finally:
                self._early = {}
            if crc is None:
                return
            with damage_reported(self._meter, "/"):
                same = found.result() == crc
            if not same:
                raise BrokenFileError(
                    f"{self._meter.name}: the weights in this archive do not have the checksum "
                    "(CRC) that it notes for them. The file is damaged; fetch or save it again."
                )

    def _first_places(self):
        left = _MOST
        for place in sorted(self.places, key=lambda place: place[0]):
            left -= _nbytes(place)
            if left < 0:
                return
            if _nbytes(place) >= _FEW:
                yield place

    def _filled(self, values, place, stop=None, crc=None):
        """An array with its values, and the sum of its bytes if one is compared."""
        view, total = memoryview(values.reshape(-1).view("uint8")), 0
        step = len(view) if crc is None else _PIECE
        for at in range(0, len(view), step or 1):
            if stop is not None and stop.is_set():
                break
            piece = view[at : at + step]
            self._part.read_at(place[0] + at, piece)
            total = 0 if crc is None else zlib.crc32(piece, total)
        return values, total

    def _sum(self, waiting, stop):
        """The sum of all bytes, those of arrays as they were read."""
        total, at = 0, 0
        while waiting and not stop.is_set():
            place, early = waiting.pop()
            if place[0] >= at:
                total = self._sum_of_file(total, at, place[0], stop)
                total = joined(total, early.result()[1], _nbytes(place))
                at = place[0] + _nbytes(place)
        return self._sum_of_file(total, at, self._part.size, stop)

    def _sum_of_file(self, total, at, end, stop):
        buffer = memoryview(bytearray(min(_PIECE, end - at)))
        while at < end and not stop.is_set():
            piece = buffer[: end - at]
            self._part.read_at(at, piece)
            total, at = zlib.crc32(piece, total), at + len(piece)
        return total


class _Memory:
    """Bytes with the interface of a `Member`."""

    def __init__(self, data):
        self._data, self.size = data, len(data)

    def mapped(self):
        return nullcontext(self._data)

    def read_at(self, at, buffer):
        buffer[:] = memoryview(self._data)[at : at + len(buffer)]


def closed_error(path, meter):
    """What is wrong with reading an array too late."""
    return BrokenFileError(
        f"{meter.name}: array '/{shorten(path)}' is read after the file was closed. Read it "
        "inside the `with open_model_file(...)` block."
    )


def _empty(place):
    return aligned(*place[1:])


def _nbytes(place):
    return math.prod(place[1]) * place[2].itemsize
