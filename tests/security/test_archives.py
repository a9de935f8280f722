"""Archives that `get_file` unpacks: CVE-2024-55459, CVE-2025-12060, CVE-2025-12638, and bombs."""

import io
import tarfile
import warnings
import zipfile

import numpy as np
import pytest

import kerajax
from kerajax.saving import load_model
from kerajax.utils import get_file

from .containment import MIB, contained


def _member(name, content=b"x", **attributes):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for key, value in attributes.items():
        setattr(member, key, value)
    return member, io.BytesIO(content if member.isreg() else b"")


def _tar(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            archive.addfile(member, content)
    return path


def _fetch(path, tmp_path, **kwargs):
    return get_file(
        origin=path.as_uri(),
        fname=path.name,
        extract=True,
        cache_dir=tmp_path / "cache",
        cache_subdir="data",
        **kwargs,
    )


def _links(secrets):
    """Members by what is wrong with them: paths, links of both kinds, and what is no file."""
    outside, secret = str(secrets.folder), str(secrets.file)
    symbolic, hard = {"type": tarfile.SYMTYPE}, {"type": tarfile.LNKTYPE}
    deep = "/".join(["d" * 200] * 20)
    return {
        "parent": [_member("../../../secrets/canary")],
        "absolute": [_member(str(secrets.canary))],
        "inside and out": [_member("a/b/../../../../../secrets/canary")],
        "symlink": [_member("link", b"", linkname=outside, **symbolic), _member("link/canary")],
        "relative symlink": [
            _member("link", b"", linkname="../../../secrets", **symbolic),
            _member("link/canary"),
        ],
        "hard link": [_member("link", b"", linkname=secret, **hard), _member("link", b"changed")],
        "deep symlink": [
            _member(f"{deep}/link", b"", linkname="../" * 21 + "secrets", **symbolic),
            _member(f"{deep}/link/canary"),
        ],
        "device": [_member("null", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
        "pipe": [_member("pipe", b"", type=tarfile.FIFOTYPE)],
    }


KINDS = (
    "parent, absolute, inside and out, symlink, relative symlink, hard link, deep symlink, device, "
    "pipe"
).split(", ")


@pytest.mark.parametrize("kind", KINDS)
def test_members_of_a_tar_stay_in_their_folder(kind, secrets, tmp_path):
    """Nothing is written outside, and nothing of the archive is kept."""
    path = _tar(tmp_path / "a.tar.gz", *_links(secrets)[kind])
    with (
        contained(secrets, fetches=True),
        pytest.raises(ValueError, match="outside|no file or folder"),
    ):
        _fetch(path, tmp_path)
    kept = [p.name for p in (tmp_path / "cache" / "data").iterdir()]
    assert kept == ["a.tar.gz"]


@pytest.mark.parametrize("name", ["../../../secrets/canary", "/secrets/canary", "a/../../../b"])
def test_members_of_a_zip_stay_in_their_folder(name, secrets, tmp_path):
    """The same for zips; links in them are files, not links."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x")
    with contained(secrets, fetches=True), pytest.raises(ValueError, match="outside"):
        _fetch(path, tmp_path)
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr(link, str(secrets.folder))
        archive.writestr("ok.txt", b"x")
    with contained(secrets, fetches=True):
        _fetch(tmp_path / "b.zip", tmp_path)
    assert not any(p.is_symlink() for p in (tmp_path / "cache").rglob("*"))


def test_bombs_are_not_unpacked(secrets, tmp_path):
    """What claims far more than it holds is refused before the disk is full."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100 * MIB))
    path = _tar(tmp_path / "a.tar.gz", _member("zeros", bytes(100 * MIB)))
    for file in (tmp_path / "a.zip", path):
        with contained(secrets, fetches=True), pytest.raises(ValueError, match="bomb"):
            _fetch(file, tmp_path)
    assert sum(p.stat().st_size for p in (tmp_path / "cache").rglob("*")) < MIB


def test_names_from_the_network_are_plain(secrets, tmp_path):
    """A name with folders in it would lead out of the cache."""
    for name in ("../../secrets/canary", str(secrets.canary), ".."):
        with contained(secrets, fetches=True), pytest.raises(ValueError, match="plain name"):
            get_file(name, origin=secrets.file.as_uri(), cache_dir=tmp_path / "cache")


class _Attack:
    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return open, (self.place, "w")


@pytest.mark.parametrize("kind", ["pickled", "bomb"])
def test_npz_files_are_no_models(kind, secrets, tmp_path):
    """Arrays of numpy, which may hold pickles, are not read in place of a model or of weights."""
    path = tmp_path / "m.weights.h5"
    if kind == "pickled":
        with open(path, "wb") as file:
            np.savez(file, a=np.array([_Attack(str(secrets.canary))], dtype=object))
    else:
        with open(path, "wb") as file:
            np.savez_compressed(file, a=np.zeros(100 * MIB, "uint8"))
    model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(1)])
    for load in (load_model, model.load_weights, kerajax.saving.KerasFileEditor):
        with contained(secrets), pytest.raises(ValueError, match="archive|declares"):
            load(path)


def _zip_bomb(path, kind):
    """An archive whose member claims or holds far more than it stores."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(600 * MIB) if kind == "deflate" else b"x" * 4000)
    data = bytearray(path.read_bytes())
    table = data.rindex(b"PK\x01\x02")
    if kind == "claim":
        # The size in the table of the archive: 4 GiB.
        data[table + 24 : table + 28] = b"\xfe\xff\xff\xff"
    elif kind == "overlap":
        # All members begin at the first one.
        at = 0
        while (at := data.find(b"PK\x01\x02", at)) >= 0:
            data[at + 42 : at + 46] = bytes(4)
            at += 4
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["deflate", "claim", "overlap"])
def test_zip_bombs_in_place_of_a_model(kind, secrets, tmp_path):
    """Neither inflated nor believed."""
    path = _zip_bomb(tmp_path / "m.keras", kind)
    with contained(secrets), pytest.raises(ValueError):
        load_model(path)


@pytest.mark.parametrize("name", ["config.json", "assets/x"])
def test_zip_bombs_of_members_that_are_there_twice(name, secrets, tmp_path):
    """Two readers would see two models."""
    path = tmp_path / "m.keras"
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(path, "w") as archive:
        for content in ("{}", "{}"):
            for member in ("metadata.json", name):
                archive.writestr(member, content)
    with contained(secrets), pytest.raises(ValueError, match="twice"):
        load_model(path)
