"""The bytes of an HDF5 file: in a file, in a part of one, or in memory.

Arrays that lie in one piece are read from here at their places, without HDF5. A thread can do that
before they are asked for, while a model is built for them. Whoever asks for the first one adds up
what was read, to compare it with the sum that an archive notes.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import numpy as np

from ._budget import shorten
from ._container import size_of
from ._errors import BrokenFileError
from ._member import Member
from ._records import aligned, damage_reported
from ._sums import crc32_of

# Bytes that are read too early at most; by the first call while Python is busy; and by any other.
_MOST, _MUCH, _LITTLE = 256 << 20, 64 << 20, 16 << 20
# Linux takes so many in one call.
_MOST_BUFFERS = 1024
_PIECE = 1 << 21


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
        self._early, self._sum, self._open = {}, None, True

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
            self._compare()
            values, filled = self._early.pop(place, (None, None))
            if filled is None:
                values = aligned(*place[1:])
                self._part.read_at(place[0], [_bytes_of(values)])
            else:
                filled.result()
            return values

        return read

    @contextmanager
    def ahead(self, crc=None, busy=False):
        """Reads arrays before they are asked for, and compares the sum of all bytes.

        An array is given out after that.

        Args:
            crc: Int, a CRC-32 of all bytes; None if none is known.
            busy: Bool. Whether Python is busy inside the block, as it is while a model is built.

        Raises:
            BrokenFileError: If the sum is another.
        """
        reader = ThreadPoolExecutor(1)
        try:
            with damage_reported(self._meter, "/"):
                self._start(reader, crc, busy)
            yield
            self._compare()
        finally:
            self._early, self._sum = {}, None
            reader.shutdown(cancel_futures=True)

    def _start(self, reader, crc, busy):
        # Memory comes from this thread, whose arena has what was freed before. After each call to
        # the system the other thread waits, milliseconds if Python is busy: so the first call reads
        # much. Those after it read little, so that the sum does not wait for all of them.
        runs = self._runs(_MUCH if busy else _LITTLE)
        for run in runs:
            run.filled = reader.submit(self._part.read_at, run.start, run.buffers)
            self._early.update((place, (values, run.filled)) for place, values in run.arrays)
        if crc is not None:
            self._sum = runs, crc

    def _compare(self):
        if self._sum is None:
            return
        runs, crc = self._sum
        with damage_reported(self._meter, "/"):
            found = crc32_of(self._pieces(runs), self._part.size)
        if found != crc:
            raise BrokenFileError(
                f"{self._meter.name}: the weights in this archive do not have the checksum "
                "(CRC) that it notes for them. The file is damaged; fetch or save it again."
            )
        self._sum = None

    def _runs(self, first):
        """Parts of the file, the first of about so many bytes, with memory for their arrays."""
        runs, end, left = [], 0, _MOST
        for place in sorted(self.places, key=lambda place: place[0]):
            start, nbytes = place[0], _nbytes(place)
            left -= nbytes
            if left < 0:
                break
            if start < end:
                continue
            if not runs or not runs[-1].has_room(start, nbytes):
                runs.append(_Run(start, _LITTLE if runs else first))
            runs[-1].add(place, aligned(*place[1:]))
            end = start + nbytes
        return runs

    def _pieces(self, runs):
        """All bytes in order, those that are read ahead when they are there."""
        end = 0
        for run in runs:
            yield from self._unread(end, run.start)
            run.filled.result()
            yield from run.buffers
            end = run.end
        yield from self._unread(end, self._part.size)

    def _unread(self, start, end):
        for at in range(start, end, _PIECE):
            view = _bytes_of(np.empty(min(_PIECE, end - at), "uint8"))
            self._part.read_at(at, [view])
            yield view


def nothing_ahead(busy=False):
    """What `Content.ahead` is for contents that are in several files."""
    return nullcontext()


class _Run:
    """A part of a file that is read by one call: arrays, and the little that is between them.

    Args:
        start: Int. Its first byte.
        most: Int. Bytes that it may have.

    Attributes:
        arrays: List of pairs of a place and an array.
        buffers: List of memoryviews to read into.
        filled: Future of the reading.
    """

    def __init__(self, start, most):
        self.start, self.end, self._most = start, start, most
        self.arrays, self.buffers, self.filled = [], [], None

    def has_room(self, start, nbytes):
        """Whether an array that begins at a byte may be added."""
        fits = len(self.buffers) + 2 <= _MOST_BUFFERS and start - self.end <= _PIECE
        return fits and start + nbytes - self.start <= self._most

    def add(self, place, values):
        """Adds an array that begins at the end, or later."""
        if place[0] > self.end:
            self.buffers.append(_bytes_of(np.empty(place[0] - self.end, "uint8")))
        self.arrays.append((place, values))
        self.buffers.append(_bytes_of(values))
        self.end = place[0] + values.nbytes


class _Memory:
    """Bytes with the interface of a `Member`."""

    def __init__(self, data):
        self._data, self.size = data, len(data)

    def mapped(self):
        return nullcontext(self._data)

    def read_at(self, at, buffers):
        data = memoryview(self._data)
        for buffer in buffers:
            buffer[:] = data[at : at + len(buffer)]
            at += len(buffer)


def closed_error(path, meter):
    """What is wrong with reading an array too late."""
    return BrokenFileError(
        f"{meter.name}: array '/{shorten(path)}' is read after the file was closed. Read it "
        "inside the `with open_model_file(...)` block."
    )


def _bytes_of(values):
    return memoryview(values.reshape(-1).view("uint8"))


def _nbytes(place):
    return math.prod(place[1]) * place[2].itemsize
