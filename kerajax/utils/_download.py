"""get_file: a file from the network, kept in a folder of the user's, checked against its hash."""

import hashlib
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.parse
import zipfile

from kerajax.backend import keras_home
from kerajax.config import is_interactive_logging_enabled

_CHUNK = 1 << 16
# Text and sparse arrays shrink thirty times or so; a thousand times is what zeros do.
_MAX_EXPANSION = 200
_ALLOWANCE = 64 << 20
_HASH_LENGTHS = {32: "md5", 64: "sha256"}


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """The path of a file from `origin`, downloaded unless it is in the cache.

    A download goes to a temporary file first; it takes its place when it is complete and its hash
    is right. Archives are unpacked without members that would leave their folder.

    Args:
        fname: Name in the cache; the last part of `origin` by default.
        origin: URL.
        untar: Bool. Older name of `extract`.
        md5_hash: Older name of `file_hash`, for MD5.
        file_hash: Hex digest that the file must have.
        cache_subdir: Folder below `cache_dir`, or an absolute path.
        hash_algorithm: `"md5"`, `"sha256"` or `"auto"`, which goes by the length of the digest.
        extract: Bool. Whether to unpack an archive (tar, zip) and return the folder.
        archive_format: `"auto"`, `"tar"`, `"zip"`, a list of them, or None for no archive.
        cache_dir: Folder; `$KERAS_HOME` or `~/.keras` by default.
        force_download: Bool. Whether to download again.

    Returns:
        Path of the file, or of the folder it was unpacked to.

    Raises:
        ValueError: If `origin` is missing, `fname` is no plain name, the hash is wrong, or the
            archive cannot be unpacked within its folder.
        OSError: If the download fails.

    Example:

    ```python
    path = kerajax.utils.get_file(origin="https://example.org/flowers.tgz", extract=True)
    ```
    """
    if not origin:
        raise ValueError('get_file needs `origin`, a URL such as "https://example.org/data.npz".')
    name = os.fspath(fname) if fname else _name_of(origin)
    unpacks = extract or untar
    archive, unpacked = _archive_names(name, given=bool(fname)) if unpacks else (name, name)
    folder = _cache_folder(cache_dir, cache_subdir)
    path = _contained(folder, archive)
    digest = file_hash or md5_hash
    algorithm = "md5" if md5_hash and not file_hash else hash_algorithm
    if force_download or not os.path.exists(path) or not _has_hash(path, digest, algorithm):
        _download(origin, path, digest, algorithm)
    if not unpacks:
        return path
    return _extract(path, _contained(folder, unpacked), "tar" if untar else archive_format)


def _archive_names(name, given):
    """Names in the cache of an archive and of the folder it is unpacked to, as Keras has them."""
    if given and "." in name:
        return name, f"{name.partition('.')[0]}_extracted"
    return f"{name}_archive", name


def _cache_folder(cache_dir, subdir):
    root = os.path.expanduser(cache_dir or keras_home())
    if not os.path.isdir(root):
        try:
            os.makedirs(root)
        except OSError:
            root = os.path.join(tempfile.gettempdir(), ".keras")
    elif not os.access(root, os.W_OK):
        root = os.path.join(tempfile.gettempdir(), ".keras")
    folder = os.path.join(root, subdir)
    os.makedirs(folder, exist_ok=True)
    return folder


def _name_of(origin):
    name = os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(origin).path))
    if not name:
        raise ValueError(f"get_file cannot name the file of {origin!r}. Pass `fname`.")
    return name


def _contained(folder, name):
    path = os.path.join(folder, name)
    if os.path.basename(name) != name or name in ("", ".", ".."):
        raise ValueError(
            f"get_file keeps files in {folder}, but received: fname={name!r}. Pass a plain name, "
            "and another folder as `cache_dir` or `cache_subdir`."
        )
    return path


def _hash_of(path, algorithm):
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _has_hash(path, digest, algorithm):
    if digest is None:
        return True
    if algorithm == "auto":
        algorithm = _HASH_LENGTHS.get(len(digest), "sha256")
    return _hash_of(path, algorithm) == digest.lower()


def _download(origin, path, digest, algorithm):
    if is_interactive_logging_enabled():
        print(f"Downloading data from {origin}")
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), suffix=".part")
    try:
        # Most who import this package download nothing.
        from urllib.request import urlopen

        with os.fdopen(handle, "wb") as file, urlopen(origin) as response:
            shutil.copyfileobj(response, file, _CHUNK)
            expected = response.headers.get("Content-Length")
        if expected is not None and os.path.getsize(temporary) != int(expected):
            raise OSError(
                f"The download of {origin} ended after {os.path.getsize(temporary)} of {expected} "
                "bytes. Try again."
            )
        if not _has_hash(temporary, digest, algorithm):
            raise ValueError(
                f"Incomplete or corrupted file detected: the hash of {origin} is not the expected "
                f"{digest}. Nothing was kept."
            )
        os.replace(temporary, path)
    except urllib.error.URLError as error:
        raise OSError(f"URL fetch failure on {origin}: {error}") from error
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def _extract(path, folder, formats):
    """Unpacks an archive to `folder`, and returns it."""
    if formats is None:
        return path
    wanted = [formats] if isinstance(formats, str) else list(formats)
    if "auto" in wanted:
        wanted = ["tar", "zip"]
    unknown = [kind for kind in wanted if kind not in _ARCHIVES]
    if unknown:
        raise ValueError(
            f"`archive_format` must be 'auto', 'tar' or 'zip', but received: {unknown[0]!r}."
        )
    for kind in wanted:
        is_archive, unpack = _ARCHIVES[kind]
        if is_archive(path):
            if not os.path.isdir(folder):
                _unpack_whole(unpack, path, folder)
            return folder
    raise ValueError(f"{path} is no archive of the format {' or '.join(wanted)}.")


def _unpack_whole(unpack, path, folder):
    # A half unpacked folder must not be taken for a whole one by the next run.
    temporary = tempfile.mkdtemp(dir=os.path.dirname(path), suffix=".part")
    try:
        unpack(path, temporary)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _unpack_tar(path, folder):
    with tarfile.open(path) as archive:
        declared = 0
        for member in archive:
            _check_member(member.name, folder, path)
            declared += member.size
            _check_size(declared, path)
            # Links could lead later members out of the folder; special files are never data.
            if not (member.isfile() or member.isdir()):
                raise ValueError(f"{path} holds {member.name!r}, which is no file or folder.")
            member.mode = 0o755 if member.isdir() else 0o644
            archive.extract(member, folder, **_FILTER)


def _unpack_zip(path, folder):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            _check_member(name, folder, path)
        _check_size(sum(member.file_size for member in archive.infolist()), path)
        archive.extractall(folder)


def _check_member(name, folder, path):
    root = os.path.realpath(folder)
    inside = os.path.realpath(os.path.join(root, name))
    if inside != root and not inside.startswith(root + os.sep):
        raise ValueError(f"{path} holds {name!r}, which would be unpacked outside of its folder.")


def _check_size(declared, path):
    if declared > os.path.getsize(path) * _MAX_EXPANSION + _ALLOWANCE:
        raise ValueError(
            f"{path} would unpack to {declared:,} bytes or more, from "
            f"{os.path.getsize(path):,}, which is how a decompression bomb looks. Unpack it with a "
            "tool of its own if you trust it."
        )


# Python 3.11.0 to 3.11.3 have no filters; the checks above do what is needed.
_FILTER: dict = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}

_ARCHIVES = {
    "tar": (tarfile.is_tarfile, _unpack_tar),
    "zip": (zipfile.is_zipfile, _unpack_zip),
}
