"""An HDF5 file written from its first byte to its last, as a member of a zip has to be.

HDF5 goes back and forth while it writes. So it writes a file with all but the large arrays, for
which it leaves room, on disk but without taking space there. Then that file is copied, with each
array in its place: nothing is in memory or on the disk twice.
"""

import os
import tempfile

import h5py

from ._weights_h5 import label_array, write_array, write_weights
from .read import advance, crc32_of

# Bytes from which on an array is left out at first.
_LARGE = 1 << 16
_PIECE = 1 << 20


def stream_weights(model, target, folder):
    """Writes the state of a model as `write_weights` does.

    Args:
        model: Model.
        target: Binary file that is written to and not sought in.
        folder: Path where a temporary file may be.

    Returns:
        Tuple of the number of bytes, and of their CRC-32.

    Example:

    ```python
    with open("model.weights.h5", "wb") as file:
        nbytes, crc = stream_weights(model, file, ".")
    ```
    """
    late = {}

    def write(group, key, value):
        if value.nbytes < _LARGE or value.dtype.kind not in "biufcV":
            write_array(group, key, value)
            return
        dataset = group.create_dataset(key, value.shape, value.dtype, dcpl=_with_room())
        label_array(dataset, value.dtype)
        late[dataset.id.get_offset()] = value

    def written(rest):
        for piece in _pieces(rest, late):
            target.write(piece)
            yield piece

    with tempfile.TemporaryFile(dir=folder) as rest:
        with h5py.File(rest, "w") as file:
            write_weights(model, file, write=write)
        nbytes = rest.seek(0, os.SEEK_END)
        return nbytes, crc32_of(written(rest), nbytes)


def _pieces(rest, late):
    """All bytes in order: those of a file, and of arrays that have room there."""
    rest.seek(0)
    for offset, value in sorted(late.items(), key=lambda item: item[0]):
        yield from _read(rest, offset - rest.tell())
        yield value.reshape(-1).view("uint8").data
        advance(value.nbytes)
        rest.seek(offset + value.nbytes)
    yield from _read(rest)


def _read(file, length=None):
    """The next `length` bytes of a file, or all that are left."""
    while piece := file.read(_PIECE if length is None else min(_PIECE, length)):
        yield piece
        length = None if length is None else length - len(piece)


def _with_room():
    """Settings of a dataset whose place in the file is fixed at once, and is not filled."""
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    settings.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    return settings
