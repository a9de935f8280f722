"""Damage to model files, decided by a number: the same case is the same bytes on every machine.

Weights are most of a file and any bits are weights, so damage goes to the rest of it: the structure
of HDF5, the text of configs, the tables of a zip. What a `.keras` archive holds is damaged inside
and packed again with right checksums, because whoever damages files on purpose does that too.
"""

import copy
import functools
import io
import json
import random
import struct
import zipfile

import h5py

# Numbers that readers are apt to take badly, as unsigned integers of a width.
_EDGES = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFE, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000)
_WIDE = (0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1, (1 << 64) - 8)
_SIGNATURES = (b"TREE", b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"FRHP", b"BTHD", b"\x89HDF")
_VALUES = (None, True, -1, 0, 1, 2**31, 2**63, 1e308, -0.5, "", "x", "../x", [], {}, [[]], "None")


def damaged(content, case):
    """Returns the bytes of a model file with the damage of one case.

    Args:
        content: Bytes of a whole HDF5, zip or JSON file.
        case: Int.
    """
    rng = random.Random(case)
    if content.startswith(b"PK"):
        return _damaged_archive(content, rng)
    if content.startswith(b"{"):
        return _damaged_json(content, rng)
    return _damaged_bytes(content, rng, _places(content))


def _damaged_archive(content, rng):
    if rng.random() < 0.2:
        return _damaged_bytes(content, rng, _ends(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(["model.weights.h5", "model.weights.h5", "config.json", *members])
    if rng.random() < 0.05:
        del members[name]
    elif name.endswith(".json"):
        members[name] = _damaged_json(members[name], rng)
    elif members[name].startswith(b"\x89HDF"):
        members[name] = _damaged_bytes(members[name], rng, _places(members[name]))
    else:
        members[name] = _damaged_bytes(members[name], rng, range(len(members[name])))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _damaged_json(content, rng):
    if rng.random() < 0.2:
        return _damaged_bytes(content, rng, range(len(content)))
    config = json.loads(content)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        container, key = rng.choice(list(_entries(config)) or [(config, None)])
        if key is None:
            continue
        others = [inner[at] for inner, at in _entries(config)]
        choice = rng.random()
        if choice < 0.5:
            container[key] = copy.deepcopy(rng.choice(_VALUES))
        elif choice < 0.8:
            container[key] = json.loads(json.dumps(rng.choice(others)))
        elif isinstance(container, dict):
            container[rng.choice(["name", "class_name", "config", "layers", "x"])] = container.pop(
                key
            )
        else:
            container.insert(key, container[key])
    return json.dumps(config).encode()


def _entries(config):
    """`(container, key)` of everything in nested lists and dicts."""
    for key in list(config) if isinstance(config, dict) else range(len(config)):
        yield config, key
        if isinstance(config[key], (dict, list)):
            yield from _entries(config[key])


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
    if rng.random() < 0.03:
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
