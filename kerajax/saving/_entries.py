"""`H5IOStore`: a file of named arrays, which libraries write and read beside their models.

The layout is that of `.weights.h5`: the arrays of an entry lie below `<path>/vars`.
"""

import os
from contextlib import ExitStack

import h5py

from ._atomic import replacing
from ._weights_h5 import write_array
from .read import open_model_file


class H5IOStore:
    """Arrays in an HDF5 file, in entries that have a path.

    KerasHub keeps its LoRA weights so. Written files appear under their name when they are closed.

    Args:
        path_or_io: Path of the file.
        archive: Must be None; `model.save` writes archives.
        mode: `"w"` or `"r"`.

    Raises:
        ValueError: If the mode is another one or an archive is given.

    Example:

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "extra.h5")
    >>> store = H5IOStore(path, mode="w")
    >>> store.make("lora/0")["kernel"] = np.ones((2, 3))
    >>> store.close()
    >>> H5IOStore(path).get("lora/0")["kernel"].shape
    (2, 3)
    >>> folder.cleanup()
    """

    def __init__(self, path_or_io, archive=None, mode="r"):
        if mode not in ("w", "r"):
            raise ValueError(f"`mode` should be either 'w' or 'r'. Received: {mode}")
        if archive is not None or not isinstance(path_or_io, (str, os.PathLike)):
            raise ValueError(
                "H5IOStore writes and reads files by their path, but received: "
                f"path_or_io={path_or_io!r}, archive={archive!r}. Use `model.save` for archives."
            )
        self.mode = mode
        self._open = ExitStack()
        if mode == "w":
            temporary = self._open.enter_context(replacing(path_or_io))
            self._file = self._open.enter_context(h5py.File(temporary, "w"))
        else:
            self._record = self._open.enter_context(open_model_file(path_or_io))

    def make(self, path, metadata=None):
        """The entry at `path`, to put arrays into; `metadata` are attributes of it."""
        self._check("make", "w")
        return _Entry(self._file, path, metadata or {})

    def get(self, path):
        """The arrays of the entry at `path` by their names; none where there is no entry."""
        self._check("get", "r")
        group = self._record.groups.get(path)
        return {} if group is None else {name: x.read() for name, x in group.arrays.items()}

    def close(self) -> None:
        """Ends reading or writing."""
        self._open.close()

    def _check(self, method, mode):
        if self.mode != mode:
            raise ValueError(f"`{method}` needs mode={mode!r}, but the mode is {self.mode!r}.")


class _Entry:
    """Arrays that are written as they are set; without any there is no group."""

    def __init__(self, file, path, attributes):
        self._file, self._path = file, f"{path}/vars" if path else "vars"
        if attributes:
            self._group().attrs.update(attributes)

    def _group(self):
        return self._file.require_group(self._path)

    def __setitem__(self, name, value):
        write_array(self._group(), name, value)
