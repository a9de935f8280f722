"""get_file: cached, checked, contained."""

import hashlib
import io
import os
import tarfile
import warnings
import zipfile
from pathlib import Path

import pytest

from kerajax.utils import get_file

TEXT = b"some data"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "data.txt"
    path.write_bytes(TEXT)
    return path


@pytest.fixture
def fetch(tmp_path):
    """get_file with a cache of its own."""
    return lambda **options: get_file(cache_dir=str(tmp_path / "cache"), **options)


def tar_of(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc"
            member.size = len(TEXT) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(TEXT) if member.size else None)
    return path


def test_a_file_is_fetched_once(fetch, source):
    """The second call reads the cache, unless it is told to download again."""
    path = fetch(origin=source.as_uri(), cache_subdir="sub")
    assert path.endswith(os.path.join("cache", "sub", "data.txt"))
    source.write_bytes(b"changed")
    assert Path(fetch(origin=source.as_uri(), cache_subdir="sub")).read_bytes() == TEXT
    path = fetch(origin=source.as_uri(), cache_subdir="sub", force_download=True)
    assert Path(path).read_bytes() == b"changed"


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_hash_is_checked(fetch, source, algorithm):
    """A right hash passes; a wrong one keeps nothing; a changed cache is fetched again."""
    digest = hashlib.new(algorithm, TEXT).hexdigest()
    path = fetch(origin=source.as_uri(), file_hash=digest)
    Path(path).write_bytes(b"broken")
    assert Path(fetch(origin=source.as_uri(), file_hash=digest.upper())).read_bytes() == TEXT
    with pytest.raises(ValueError, match="corrupted"):
        fetch(fname="other", origin=source.as_uri(), file_hash="0" * len(digest))
    assert os.listdir(os.path.dirname(path)) == ["data.txt"]


def test_md5_hash_is_the_old_name(fetch, source):
    digest = hashlib.md5(TEXT).hexdigest()
    assert fetch(origin=source.as_uri(), md5_hash=digest)


def test_archives_are_unpacked(fetch, tmp_path):
    """Tar and zip, into folders named as Keras names them."""
    tar = tar_of(tmp_path / "a.tar.gz", ("in/x.txt", tarfile.REGTYPE))
    folder = fetch(fname="a.tar.gz", origin=tar.as_uri(), untar=True)
    assert folder.endswith("a_extracted")
    assert Path(os.path.join(folder, "in", "x.txt")).read_bytes() == TEXT
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("y.txt", TEXT)
    folder = fetch(origin=(tmp_path / "b.zip").as_uri(), extract=True)
    assert folder.endswith("b.zip") and os.listdir(folder) == ["y.txt"]
    assert fetch(origin=(tmp_path / "b.zip").as_uri(), extract=True) == folder


@pytest.mark.parametrize(
    "member", [("../x.txt", tarfile.REGTYPE), ("link", tarfile.SYMTYPE), ("fifo", tarfile.FIFOTYPE)]
)
def test_archives_cannot_leave_their_folder(fetch, tmp_path, member):
    """Names with `..`, links and special files are refused; nothing half unpacked is left."""
    tar = tar_of(tmp_path / "a.tgz", ("ok.txt", tarfile.REGTYPE), member)
    with pytest.raises(ValueError, match="holds"):
        fetch(fname="a.tgz", origin=tar.as_uri(), extract=True)
    assert os.listdir(tmp_path / "cache" / "datasets") == ["a.tgz"]
    assert not (tmp_path / "cache" / "x.txt").exists()


def test_zip_names_stay_inside(fetch, tmp_path):
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("../y.txt", TEXT)
    with pytest.raises(ValueError, match="outside of its folder"):
        fetch(origin=(tmp_path / "b.zip").as_uri(), extract=True)


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/b", ".."])
def test_names_stay_in_the_cache(fetch, source, name):
    with pytest.raises(ValueError, match="plain name"):
        fetch(fname=name, origin=source.as_uri())


def test_errors(fetch, source, tmp_path):
    with pytest.raises(ValueError, match="needs `origin`"):
        fetch(fname="x")
    with pytest.raises(ValueError, match="Pass `fname`"):
        fetch(origin="https://example.org/")
    with warnings.catch_warnings():
        # urllib leaves the failed handle of a file: URL to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(OSError, match="URL fetch failure"):
            fetch(origin=(tmp_path / "nothing").as_uri())
    with pytest.raises(ValueError, match="no archive"):
        fetch(origin=source.as_uri(), extract=True)
    with pytest.raises(ValueError, match="'auto', 'tar' or 'zip'"):
        fetch(origin=source.as_uri(), extract=True, archive_format="rar")
