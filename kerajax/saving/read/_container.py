"""Which kind of container a file is, told from its first bytes and never from its suffix.

TensorFlow up to 2.12 wrote HDF5 into files called `model.keras`, and users rename files.
"""

import os
import re
import stat
from pathlib import Path

from ._budget import shorten
from ._errors import BrokenFileError, MissingFileError, UnsafeFileError

_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_ZIP_SIGNATURE = b"PK\x03\x04"
# The entries that `model.to_yaml()` wrote, one of which comes first.
_YAML_START = re.compile(rb"(---\s+)?(backend|class_name|config|keras_version):\s")
_START_LENGTH = 64


def identify(source):
    """Say what a file is.

    Args:
        source: Path, or a seekable binary file object (left at its start).

    Returns:
        `"hdf5"`, `"zip"`, `"json"`, `"yaml"`, or `"folder"` for an archive that is not zipped.

    Raises:
        MissingFileError: If there is no such file.
        BrokenFileError: If it is empty, a folder, or starts like none of these.
        UnsafeFileError: If it is a pipe or a device.

    Example:

    >>> import io
    >>> identify(io.BytesIO(b'{"class_name": "Sequential"}'))
    'json'
    """
    if isinstance(source, (str, os.PathLike)) and _is_model_folder(Path(source)):
        return "folder"
    start = _first_bytes(source)
    if start.startswith(_HDF5_SIGNATURE):
        return "hdf5"
    if start.startswith(_ZIP_SIGNATURE):
        return "zip"
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "json"
    if _YAML_START.match(start):
        return "yaml"
    found = "is empty" if not start else f"starts with {start[:12]!r}"
    raise BrokenFileError(
        f"{name_of(source)}: should be a Keras model or weights file (HDF5, a `.keras` zip, "
        f"JSON or YAML), but it {found}. The file is damaged, was only partly downloaded, or is "
        "of another kind; fetch or save it again."
    )


def name_of(source):
    """Return what messages call a source: its path, or `<file in memory>`.

    Example:

    >>> name_of("model.h5")
    'model.h5'
    """
    if isinstance(source, (str, os.PathLike)):
        return shorten(os.fspath(source), 300)
    return "<file in memory>"


def size_of(source):
    """Return the size of a source in bytes.

    Example:

    >>> import io
    >>> size_of(io.BytesIO(b"abc"))
    3
    """
    if isinstance(source, (str, os.PathLike)):
        return os.stat(source).st_size
    end = source.seek(0, os.SEEK_END)
    source.seek(0)
    return end


def _is_model_folder(path):
    return path.is_dir() and (path / "config.json").exists() and (path / "metadata.json").exists()


def _first_bytes(source):
    if not isinstance(source, (str, os.PathLike)):
        if not hasattr(source, "seek"):
            raise BrokenFileError(
                f"File format not supported: {source!r:.80} (of type {type(source).__name__}) is "
                "no path and no open file. Pass the path of a `.keras` or `.h5` file."
            )
        source.seek(0)
        start = source.read(_START_LENGTH)
        source.seek(0)
        return start
    path = Path(source)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise MissingFileError(
            f"{name_of(source)}: File not found. There should be a Keras model or weights file "
            f"here, looked up from {Path.cwd()}. Please ensure the file is an accessible "
            f"one, and check the spelling of the path.{_suffix_hint(path)}"
        ) from error
    if stat.S_ISDIR(mode):
        raise BrokenFileError(
            f"{name_of(source)}: should be a file, but it is a folder{_folder_hint(path)}"
        )
    if not stat.S_ISREG(mode):
        raise UnsafeFileError(
            f"{name_of(source)}: should be a regular file, but it is a pipe, socket or device. "
            "Copy the model into a file first."
        )
    with path.open("rb") as file:
        return file.read(_START_LENGTH)


def _suffix_hint(path):
    if path.suffix in (".keras", ".h5", ".hdf5", ".json", ".yaml"):
        return ""
    return f" File format not supported: '{path.suffix}'. Models end in `.keras` or `.h5`."


def _folder_hint(path):
    if (path / "saved_model.pb").exists():
        return ", a TensorFlow SavedModel. Save the model as `.keras` or `.h5` in TensorFlow first."
    if (path / "config.json").exists():
        return ", an unpacked `.keras` archive without 'metadata.json'. Get the whole archive."
    return ". Pass the path of the file in it."
