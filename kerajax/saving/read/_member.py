"""A member of an archive that is stored as it is, read in place as a file of its own.

Its weights need not be in memory twice then.
"""

import io
import mmap
import os
import struct
import threading
from contextlib import contextmanager, suppress

from ._errors import BrokenFileError

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_SIGNATURE = b"PK\x03\x04"


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
        self.size = size
        self._start, self._at, self._lock = start, 0, threading.Lock()
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by `close`

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=os.SEEK_SET):
        self._at = offset + {os.SEEK_CUR: self._at, os.SEEK_END: self.size}.get(whence, 0)
        return self._at

    def readinto(self, buffer):
        view = memoryview(buffer).cast("B")
        done = self._fill(self._at, [view[: max(self.size - self._at, 0)]])
        self._at += done
        return done

    def read_at(self, at, buffers):
        """Fills buffers with what begins at a byte, one after the other; several threads may do so.

        Args:
            at: Int.
            buffers: List of memoryviews of bytes, at most 1024.

        Raises:
            OSError: If there is less than that.
        """
        nbytes = sum(map(len, buffers))
        if at + nbytes > self.size or self._fill(at, buffers) < nbytes:
            raise OSError(f"the file ends within the {nbytes} bytes from byte {at} on")

    def _fill(self, at, views):
        done, views = 0, list(views)
        while views and (count := self._read_into(views, self._start + at + done)):
            done += count
            # The system may stop anywhere, after 2 GiB at the latest.
            while views and count >= len(views[0]):
                count -= len(views.pop(0))
            if views:
                views[0] = views[0][count:]
        return done

    def _read_into(self, views, place):
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), views, place)
        with self._lock:
            self._file.seek(place)
            return self._file.readinto(views[0])

    def close(self):
        self._file.close()
        super().close()

    @contextmanager
    def mapped(self):
        """Yields the bytes as a view of memory that the file is mapped into."""
        begin = self._start - self._start % mmap.ALLOCATIONGRANULARITY
        length = self._start - begin + self.size
        mapping = mmap.mmap(self._file.fileno(), length, offset=begin, access=mmap.ACCESS_READ)
        view = memoryview(mapping)[self._start - begin :]
        try:
            yield view
        finally:
            # Slices that an error holds on to keep the mapping until they are gone.
            with suppress(BufferError):
                view.release()
                mapping.close()


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
