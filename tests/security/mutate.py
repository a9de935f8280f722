"""Damage to model files, decided by a number: the same case is the same bytes on every machine.

Weights are most of a file and any bits are weights, so damage goes to the rest of it: the structure
of HDF5, the text of configs, the tables of a zip. What an archive holds is damaged inside and
packed again with right checksums, because whoever damages files on purpose does that too.
"""

import ast
import functools
import io
import random
import struct
import warnings
import zipfile

import h5py

from tests.security import mutate_config, mutate_hdf5

# Numbers that readers are apt to take badly, as unsigned integers of a width.
_EDGES = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFE, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000)
_WIDE = (0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1, (1 << 64) - 8)
_SIGNATURES = (b"TREE", b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"FRHP", b"BTHD", b"\x89HDF")
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NAMES = ("config.json", "metadata.json", "../x", "/tmp/x", "assets/", "assets/x", "x" * 300, "é")
_SHAPES = ((), (0,), (1 << 40,), (-1,), (2, 1 << 62), (True,), 3, None, ((2,),), (3, 2), ("x",))
_DESCRIPTIONS = ("|O", "<f4", ">i8", "|S3", "<U4", "<M8[s]", "x", "", [("a", "<f4")], None, 3)


def damaged(content, case):
    """Returns the bytes of a file with the damage of one case.

    Args:
        content: Bytes of a whole HDF5, zip, JSON, YAML or any other file.
        case: Int.
    """
    return _damaged(content, random.Random(case))


def _damaged(content, rng):
    if content.startswith(b"PK"):
        return _damaged_archive(content, rng)
    if content.startswith(b"\x89HDF"):
        if rng.random() < 0.5:
            return mutate_hdf5.damaged(content, rng)
        return _damaged_bytes(content, rng, _places(content))
    if content.startswith(b"\x93NUMPY") and rng.random() < 0.5:
        return _damaged_header(content, rng)
    parts = mutate_config.parts(content)
    if parts is not None and rng.random() < 0.8:
        return mutate_config.damaged(parts, rng)
    return _damaged_bytes(content, rng, range(len(content))) if content else b"\0"


def _damaged_archive(content, rng):
    if rng.random() < 0.2:
        return _damaged_bytes(content, rng, _ends(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [[name, archive.read(name)] for name in archive.namelist()]
    # One by one, because several small members may lie beside the large one.
    member = rng.choice(members)
    choice, packing = rng.random(), zipfile.ZIP_STORED
    if choice < 0.05:
        members.remove(member)
    elif choice < 0.1:
        member[0] = rng.choice((*_NAMES, *(name for name, _ in members)))
    elif choice < 0.15:
        members.insert(rng.randrange(len(members)), [member[0], rng.choice(members)[1]])
    elif choice < 0.2:
        member[1] = rng.choice((b"", b"{}", b"null", rng.choice(members)[1]))
    else:
        packing = rng.choice(_PACKINGS) if choice < 0.3 else packing
        member[1] = _damaged(member[1], rng)
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", packing) as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, data in members:
            # A date of its own would make other bytes each time.
            archive.writestr(zipfile.ZipInfo(name), data, packing)
    return stream.getvalue()


def _damaged_header(content, rng):
    """An array of numpy's format that says other things of itself."""
    length = int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10 : 10 + length].decode("latin-1"))
    key = rng.choice(("shape", "descr", "fortran_order"))
    header[key] = rng.choice({"shape": _SHAPES, "descr": _DESCRIPTIONS}.get(key, (True, None, 2)))
    if rng.random() < 0.1:
        del header[key]
    text = repr(header).encode() + b"\n"
    return content[:8] + len(text).to_bytes(2, "little") + text + content[10 + length :]


def _damaged_bytes(content, rng, places):
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at = min(places[rng.randrange(len(places))], len(data) - 1)
        width = rng.choice((1, 2, 4, 8))
        choice = rng.random()
        if choice < 0.3:
            data[at] ^= 1 << rng.randrange(8)
        elif choice < 0.4:
            data[at] = rng.randrange(256)
        elif choice < 0.75:
            at -= at % width
            limit = (1 << 8 * width) - 1
            near = int.from_bytes(data[at : at + width], "little") + rng.choice((-8, -1, 1, 8))
            value = rng.choice((*_EDGES, *_WIDE, len(data), rng.randrange(len(data)), near))
            data[at : at + width] = (value & limit).to_bytes(width, "little")
        elif choice < 0.85:
            source = places[rng.randrange(len(places))]
            length = rng.choice((4, 8, 16, 64))
            data[at : at + length] = data[source : source + length]
        elif choice < 0.95:
            data[at : at + 8] = struct.pack("<Q", rng.choice(_addresses(content)))
        else:
            data[at : at + rng.choice((8, 64, 512))] = b""
            break
        del data[len(content) :]
    if data and rng.random() < 0.03:
        del data[rng.randrange(len(data)) :]
    return bytes(data)


@functools.lru_cache
def _addresses(content):
    """Where structures of an HDF5 file begin, for pointers to the wrong one."""
    found = [0]
    for signature in _SIGNATURES:
        at = content.find(signature)
        while at >= 0:
            found.append(at)
            at = content.find(signature, at + 1)
    return found


@functools.lru_cache
def _places(content):
    """Offsets of an HDF5 file that belong to no array."""
    inside = set()

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.id.get_offset() is not None:
            start = item.id.get_offset()
            inside.update(range(start, start + item.id.get_storage_size()))

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(visit)
    # Runs of zeros are mostly space that nothing reads.
    return [
        at
        for at in range(len(content))
        if at not in inside and any(content[max(at - 16, 0) : at + 16])
    ]


def _ends(content):
    """Offsets of a zip near the headers of its members and in its table."""
    found = set()
    for signature in (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"):
        at = content.find(signature)
        while at >= 0:
            found.update(range(at, min(at + 64, len(content))))
            at = content.find(signature, at + 1)
    return sorted(found)
