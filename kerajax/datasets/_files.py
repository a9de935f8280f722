"""The files of the data sets: where they come from, and reading them without running anything.

Sequences of unequal length are stored as pickles inside `.npz`, and CIFAR's batches are pickles as
a whole. Such are read by an unpickler that makes arrays and Python's plain values only.
"""

import gzip
import io
import json
import math
import os
import pickle
import re
import zipfile
from contextlib import contextmanager

import numpy as np

from kerajax.saving.read import BrokenFileError, Budget, UnreadableFileError, UnsafeFileError, size
from kerajax.utils import get_file

_STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
# What the pickle of an array calls, by the names that the releases of numpy give it.
_MAKE_ARRAY = np.empty(0).__reduce__()[0]


def stored(name, path=None, file_hash=None, **places) -> str:
    """The path of a file of the store, downloaded unless it is in the cache.

    Args:
        name: Name of the file in the store.
        path: Name in the cache; the same by default.
        file_hash: Hex digest that the file must have.
        **places: Further arguments of `get_file`.
    """
    return get_file(path or name, origin=_STORE + name, file_hash=file_hash, **places)


def name_today(path) -> str:
    """The name in the cache, `.npz` where old scripts say `.pkl` or `_full.pkl`."""
    return re.sub(r"(_full)?\.pkl$", ".npz", os.fspath(path))


@contextmanager
def damage_reported(path):
    """Turns what the libraries raise on a damaged file, errors of many kinds, into one.

    Raises:
        ValueError: If reading in the block fails. It is an `OSError` as well.
    """
    try:
        yield
    except UnreadableFileError:
        raise
    except Exception as error:
        raise BrokenFileError(
            f"{path} cannot be read ({type(error).__name__}: {error}). It is damaged, or is not "
            "what its name says: delete it, and it is downloaded again."
        ) from error


def stored_json(name, path, file_hash) -> dict:
    """The content of a JSON file of the store."""
    path = stored(name, path, file_hash)
    with damage_reported(path), open(path, encoding="utf-8") as file:
        return json.load(file)


def load_gzip(path) -> bytes:
    """What a `.gz` file holds.

    Raises:
        ValueError: If the file would take far more memory than it has bytes, or is damaged.
    """
    budget = Budget()
    most = budget.allowance + budget.max_expansion * os.path.getsize(path)
    with damage_reported(path), gzip.open(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise UnsafeFileError(
            f"{path} unpacks {size(os.path.getsize(path))} to more than {size(most)}. Do not use "
            "it: delete it, and it is downloaded again."
        )
    return content


def load_npz(path, verified=True) -> dict:
    """The arrays of an `.npz` file by name.

    Args:
        path: Path of the file.
        verified: Bool. Whether it was compared with the hash of the official file.

    Raises:
        ValueError: If the file would take far more memory than it has bytes, or is damaged.
        pickle.UnpicklingError: If it asks for anything but arrays and plain values. It is a
            `ValueError` as well.
    """
    with damage_reported(path), zipfile.ZipFile(path) as archive:
        budget, members = Budget(), archive.infolist()
        packed = sum(member.compress_size for member in members)
        whole = sum(member.file_size for member in members)
        if whole > min(budget.max_bytes, budget.allowance + budget.max_expansion * packed):
            raise UnsafeFileError(
                f"{path} unpacks {size(packed)} to {size(whole)}. Do not use it: delete it, and it "
                "is downloaded again."
            )
        # `open` checks each member's checksum, and never gives more than its stated size.
        return {
            member.filename.removesuffix(".npy"): _load_npy(archive.read(member), path, verified)
            for member in members
        }


def _load_npy(content, path, verified):
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_2_0
    if version == (1, 0):
        read = np.lib.format.read_array_header_1_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        return unpickled(file, verified=verified)
    left = len(content) - file.tell()
    if left != math.prod(shape) * dtype.itemsize:
        raise BrokenFileError(
            f"{path} is damaged: an array of shape {shape} and dtype {dtype} has {left:,} bytes "
            "there. Delete the file, and it is downloaded again."
        )
    array = np.frombuffer(content, dtype, offset=file.tell()).copy()
    return array.reshape(shape, order="F" if fortran else "C")


def unpickled(file, encoding="ASCII", verified=False):
    """Arrays, lists, dicts, numbers and strings from a pickle; nothing else is made.

    Args:
        file: Binary file.
        encoding: `"bytes"` for pickles that Python 2 wrote.
        verified: Bool. Whether it was compared with the hash of the official file.

    Raises:
        pickle.UnpicklingError: If the pickle names anything else.
    """
    return (_Verified if verified else _OfAnybody)(file, encoding=encoding).load()


class ForeignPickleError(pickle.UnpicklingError, UnsafeFileError):
    """A pickle asks for something that no data set needs."""


class _ArraysAlone:
    def find_class(self, module, name):
        """The parts of an array; all else is refused."""
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return _empty_array
        raise ForeignPickleError(
            f"The pickle in a data set's file asks for `{module}.{name}`, and only arrays are made "
            "from it. The file is damaged, or is not what its name says: delete it."
        )


# The unpickler in C keeps what it has read in a table, which grows to the largest number that the
# pickle gives, to gigabytes for a file of some bytes. The one in Python is slower and has a dict.
class _OfAnybody(_ArraysAlone, pickle._Unpickler):
    pass


class _Verified(_ArraysAlone, pickle.Unpickler):
    pass


def _empty_array(kind, shape, dtype):
    """What an array begins as, with a size that no file can choose."""
    if kind is not np.ndarray or shape != (0,):
        raise ForeignPickleError(
            f"The pickle in a data set's file makes an array of shape {shape} from nothing, which "
            "numpy never writes. Do not use it."
        )
    return _MAKE_ARRAY(kind, shape, dtype)
