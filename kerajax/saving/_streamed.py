"""An HDF5 file written from its first byte to its last, as a member of a zip has to be.

HDF5 goes back and forth while it writes. So it writes a file with all but the large arrays, for
which it leaves room, on disk but without taking space there. Then that file is copied, with each
array in its place: nothing is in memory or on the disk twice.
"""

import tempfile

import h5py

from ._weights_h5 import label_array, write_array, write_weights
from .read import advance

# Bytes from which on an array is left out at first.
_LARGE = 1 << 16
_PIECE = 1 << 20


def stream_weights(model, target, folder) -> None:
    """Writes the state of a model as `write_weights` does.

    Args:
        model: Model.
        target: Binary file that is written to and not sought in.
        folder: Path where a temporary file may be.

    Example:

    ```python
    with archive.open("model.weights.h5", "w") as member:
        stream_weights(model, member, folder)
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

    with tempfile.TemporaryFile(dir=folder) as rest:
        with h5py.File(rest, "w") as file:
            write_weights(model, file, write=write)
        rest.seek(0)
        for offset, value in sorted(late.items(), key=lambda item: item[0]):
            _copy(rest, target, offset - rest.tell())
            target.write(value.reshape(-1).view("uint8").data)
            advance(value.nbytes)
            rest.seek(offset + value.nbytes)
        _copy(rest, target)


def _with_room():
    """Settings of a dataset whose place in the file is fixed at once, and is not filled."""
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    settings.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    return settings


def _copy(source, target, length=None):
    """Copies `length` bytes from where `source` is, or all that are left."""
    while piece := source.read(_PIECE if length is None else min(_PIECE, length)):
        target.write(piece)
        length = None if length is None else length - len(piece)
