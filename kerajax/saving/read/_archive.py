"""`.keras`: a zip of `metadata.json`, `config.json`, `model.weights.h5` and assets.

Nothing is extracted to disk. Every member is checked before the first is read: its name, its
kind, and what it declares against what it stores.
"""

import functools
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from ._budget import shorten
from ._era import Writer, writer_of
from ._errors import BrokenFileError, UnsafeFileError
from ._hdf5 import hdf5_tree
from ._json import parse_json
from ._member import stored_member
from ._weights_h5 import WeightsFile, weights_file

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
ASSETS = "assets/"
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Asset:
    """A file kept for a layer, such as a vocabulary.

    Args:
        name: String. Path below `assets/`, with `/` between its parts.
        nbytes: Int. Its size.

    Example:

    >>> Asset("layers/text/vocabulary.txt", 2, lambda: b"ok").read()
    b'ok'
    """

    name: str
    nbytes: int
    _read: Callable[[], bytes] = field(repr=False, compare=False)

    def read(self):
        """Return the content as bytes; the archive must still be open."""
        return self._read()


@dataclass(frozen=True)
class Archive:
    """A `.keras` archive.

    Args:
        writer: `Writer`.
        metadata: Dict with `keras_version` and `date_saved`.
        config: Dict of the model, `compile_config` included.
        weights: `WeightsFile`, or None if the archive holds none.
        assets: Dict of `Asset` by name.

    Example:

    >>> Archive(Writer("3"), {}, {"class_name": "Sequential"}, None, {}).config["class_name"]
    'Sequential'
    """

    writer: Writer
    metadata: Mapping[str, object]
    config: Mapping[str, object]
    weights: WeightsFile | None
    assets: Mapping[str, Asset]


@contextmanager
def archive(source, meter):
    """Open a `.keras` archive; its arrays and assets can be read until the block ends.

    Args:
        source: Path, or a seekable binary file object.
        meter: `Meter` of the file.

    Yields:
        An `Archive`.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> stream = io.BytesIO()
    >>> with zipfile.ZipFile(stream, "w") as file:
    ...     file.writestr("metadata.json", '{"keras_version": "3.15.1"}')
    ...     file.writestr("config.json", '{"class_name": "Sequential"}')
    >>> with archive(stream, Meter("m.keras", len(stream.getvalue()), Budget())) as model:
    ...     model.writer.era
    '3'
    """
    with _damage_reported(meter):
        file = zipfile.ZipFile(source)
    with file:
        members = _checked_members(file, meter)
        config = parse_json(_read(file, members, CONFIG, meter), CONFIG, meter)
        metadata = parse_json(_read(file, members, METADATA, meter), METADATA, meter)
        writer = writer_in(metadata)
        assets = {
            name.removeprefix(ASSETS): _asset(file, members, name, meter)
            for name in members
            if name.startswith(ASSETS) and not name.endswith("/")
        }
        if WEIGHTS not in members:
            yield Archive(writer, metadata, config, None, assets)
            return
        # The bytes of the member are what the arrays may claim now, the archive's own are spent.
        meter.add_file(members[WEIGHTS].file_size)
        with (
            _weights_stream(file, source, members, meter) as (stream, crc),
            hdf5_tree(stream, meter) as (root, content),
        ):
            weights = weights_file(root, writer, functools.partial(content.ahead, crc))
            yield Archive(writer, metadata, config, weights, assets)


@contextmanager
def _weights_stream(file, source, members, meter):
    """The weights as a file, and the sum of its bytes if it is still to be compared."""
    info = members[WEIGHTS]
    in_place = isinstance(source, (str, os.PathLike)) and info.compress_type == zipfile.ZIP_STORED
    if not in_place or info.compress_size != info.file_size:
        yield io.BytesIO(_read(file, members, WEIGHTS, meter)), None
        return
    with _damage_reported(meter):
        file.open(info).close()  # compares the two headers of the member
    with stored_member(source, info, meter) as member:
        yield member, info.CRC


def writer_in(metadata):
    """The `Writer` that the metadata of an archive names."""
    version = metadata.get("keras_version")
    return writer_of(version if isinstance(version, str) else None)


def _asset(file, members, name, meter):
    def read():
        return _read(file, members, name, meter)

    return Asset(name.removeprefix(ASSETS), members[name].file_size, read)


def _checked_members(file, meter):
    """Return the members by name, after checking all of them."""
    members = {}
    for info in file.infolist():
        meter.add_object(info.filename)
        problem = _problem(info)
        if info.filename in members:
            problem = "is in the archive twice"
        if problem:
            raise UnsafeFileError(
                f"{meter.name}: member {shorten(info.filename)!r} {problem}, which no archive "
                "that Keras wrote has. Do not use this file."
            )
        compressed = info.compress_type == zipfile.ZIP_DEFLATED
        meter.add_array(info.filename, info.file_size, info.compress_size, compressed)
        members[info.filename] = info
    return members


def _problem(info):
    name = info.filename
    parts = name.removesuffix("/").split("/")
    if "\\" in name or ":" in name or "\0" in info.orig_filename or name.startswith("/"):
        return "has a name that is no relative path"
    if any(part in ("", ".", "..") for part in parts):
        return "has a name that leads out of the archive"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is compressed with method {info.compress_type}"
    return None


def _read(file, members, name, meter):
    """Read one member whole; `zipfile` stops at the declared size and checks the sum."""
    if name not in members:
        raise BrokenFileError(
            f"{meter.name}: should be a `.keras` archive with '{name}', but it holds "
            f"{shorten(repr(sorted(members)), 200)}. It is another kind of zip, or is damaged."
        )
    if name.endswith(".json") and members[name].file_size > meter.budget.max_json_bytes:
        raise UnsafeFileError(
            f"{meter.name}: '{name}' has {members[name].file_size} bytes, and the budget allows "
            f"{meter.budget.max_json_bytes}. If you trust the file, raise `max_json_bytes`."
        )
    with _damage_reported(meter):
        return file.read(members[name])


@contextmanager
def _damage_reported(meter):
    try:
        yield
    # zipfile raises ValueError for a closed archive and for offsets before the file's start.
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise BrokenFileError(
            f"{meter.name}: should be a whole `.keras` zip archive, but it cannot be read "
            f"({shorten(str(error), 200)}). The file is truncated or damaged; fetch or save it "
            "again."
        ) from error
