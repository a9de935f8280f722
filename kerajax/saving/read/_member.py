"""A member of an archive that is stored as it is, read in place as a file of its own.

Its weights need not be in memory twice then. The checksum that the archive notes for the member is
compared in a thread beside the reading, since the sum takes longer than reading what is in memory.
"""

import io
import mmap
import os
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from ._errors import BrokenFileError

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_SIGNATURE = b"PK\x03\x04"
_PIECE = 1 << 20


class Member(io.RawIOBase):
    """Part of a file as a file that can be read and sought in.

    Args:
        path: Path of the file.
        start: Int. Byte at which the part begins.
        size: Int. Its bytes.

    Example:

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(b"abcdef")
    ...     file.flush()
    ...     with Member(file.name, 2, 3) as member:
    ...         member.read()
    b'cde'
    """

    def __init__(self, path, start, size):
        super().__init__()
        self._path, self._start, self._size, self._at = path, start, size, 0
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by `close`

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=os.SEEK_SET):
        self._at = offset + {os.SEEK_CUR: self._at, os.SEEK_END: self._size}.get(whence, 0)
        return self._at

    def readinto(self, buffer):
        view = memoryview(buffer).cast("B")
        view = view[: max(self._size - self._at, 0)]
        self._file.seek(self._start + self._at)
        done = 0
        while done < len(view) and (count := self._file.readinto(view[done:])):
            done += count
        self._at += done
        return done

    def close(self):
        self._file.close()
        super().close()

    @contextmanager
    def mapped(self):
        """Yields the bytes as a view of memory that the file is mapped into."""
        begin = self._start - self._start % mmap.ALLOCATIONGRANULARITY
        length = self._start - begin + self._size
        mapping = mmap.mmap(self._file.fileno(), length, offset=begin, access=mmap.ACCESS_READ)
        view = memoryview(mapping)[self._start - begin :]
        try:
            yield view
        finally:
            # Slices that an error holds on to keep the mapping until they are gone.
            with suppress(BufferError):
                view.release()
                mapping.close()

    @contextmanager
    def checked(self, expected, name):
        """Compares the sum of all bytes with the one that is expected, when the block ends well.

        Args:
            expected: Int, a CRC-32.
            name: String. What the message calls the file.

        Raises:
            BrokenFileError: If they differ.
        """
        stop = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(self._sum, stop)
            try:
                yield
            except BaseException:
                stop.set()
                raise
        if found.result() != expected:
            raise BrokenFileError(
                f"{name}: the weights in this archive do not have the checksum (CRC) that it notes "
                "for them. The file is damaged; fetch or save it again."
            )

    def _sum(self, stop):
        """Reads with a position and a buffer of its own."""
        total, left = 0, self._size
        buffer = memoryview(bytearray(min(_PIECE, left)))
        with open(self._path, "rb", buffering=0) as file:
            file.seek(self._start)
            while left and not stop.is_set() and (count := file.readinto(buffer[:left])):
                total, left = zlib.crc32(buffer[:count], total), left - count
        return total


def stored_member(path, info, meter):
    """A `Member` for the entry of an archive whose content is not compressed.

    Args:
        path: Path of the archive.
        info: `ZipInfo` of the entry.
        meter: `Meter` of the archive.

    Raises:
        BrokenFileError: If the entry is not where the archive says, or is cut off.
    """
    with open(path, "rb") as file:
        file.seek(info.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        end = file.seek(0, os.SEEK_END)
    start = info.header_offset + _LOCAL_HEADER.size
    if len(header) == _LOCAL_HEADER.size:
        signature, *lengths = _LOCAL_HEADER.unpack(header)
        start += sum(lengths)
        if signature == _SIGNATURE and start + info.file_size <= end:
            return Member(path, start, info.file_size)
    raise BrokenFileError(
        f"{meter.name}: member '{info.filename}' is not where the directory of this archive says "
        "that it is. The file is truncated or damaged; fetch or save it again."
    )
