"""Damage to HDF5 files that stay whole files: other attributes, arrays and links."""

import contextlib
import io

import h5py
import numpy as np

from tests.security import mutate_config

_STRINGS = ("", "0.3.3", "1.0.1", "1.2.2", "2.1.2", "2.15.0", "3.0.0", "99", "x", "theano", "é" * 9)
_VALUES = (
    np.float32(2),
    np.int64(-1),
    np.zeros((0,)),
    np.zeros((2, 2), "S3"),
    np.array([1, 2, 3]),
    np.array([b"\xff\xfe", b"x"]),
    np.array(["a/b", "../..", ""], object),
    np.zeros(2, [("a", "f4"), ("b", "S2")]),
    np.bool_(True),
    h5py.Empty("f4"),
    h5py.Empty(h5py.string_dtype()),
)
_DTYPES = ("f2", ">f4", "f8", "i8", "u1", "?", "c8", "S3", "V2", [("r", "f4")], "O", "ref", "enum")


def damaged(content, rng):
    """The bytes of a file with the damage that `rng` draws.

    Args:
        content: Bytes of an HDF5 file.
        rng: `random.Random`.
    """
    stream = io.BytesIO(content)
    with h5py.File(stream, "r+") as file:
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            items: list = [file]
            file.visititems(lambda _, item, items=items: items.append(item))
            attributes = [(item, name) for item in items for name in sorted(item.attrs)]
            arrays = [item for item in items if isinstance(item, h5py.Dataset)]
            choice = rng.random()
            # What h5py itself does not write is no case.
            with contextlib.suppress(ValueError, TypeError, KeyError, OSError, RuntimeError):
                if choice < 0.5 and attributes:
                    _attribute(*rng.choice(attributes), attributes, rng)
                elif choice < 0.85 and arrays:
                    _array(file, rng.choice(arrays), rng)
                elif len(items) > 1:
                    _link(file, rng.choice(items[1:]).name, rng.choice(items).name, rng)
    return stream.getvalue()


def _attribute(item, name, all_attributes, rng):
    value = item.attrs[name]
    choice = rng.random()
    if choice < 0.1:
        del item.attrs[name]
    elif choice < 0.2:
        item.attrs[name] = rng.choice(_VALUES)
    elif choice < 0.25:
        other, at = rng.choice(all_attributes)
        item.attrs[name] = other.attrs[at]
    elif choice < 0.3:
        item.attrs[rng.choice(("layer_names", "weight_names", "model_config", "x"))] = value
    elif isinstance(value, np.ndarray):
        item.attrs[name] = _names(value, rng)
    else:
        text = value.encode() if isinstance(value, str) else value
        parsed = mutate_config.parts(text) if isinstance(text, bytes) else None
        if parsed is None:
            item.attrs[name] = rng.choice(_STRINGS)
        else:
            item.attrs[name] = mutate_config.damaged(parsed, rng).decode("utf-8", "replace")


def _names(value, rng):
    """A list of names of which one is gone, there twice, in another place or another name."""
    names = [name.decode() if isinstance(name, bytes) else name for name in value.tolist()]
    at = rng.randrange(len(names) + 1)
    choice = rng.random()
    if choice < 0.3:
        names[at : at + 1] = []
    elif choice < 0.5:
        names.insert(at, rng.choice(names or ["x"]))
    elif choice < 0.7:
        rng.shuffle(names)
    else:
        names.insert(at, rng.choice(("", "x", "/", ".", "..", "a/b:0", "x" * 300, "é")))
    return np.array(names, object if rng.random() < 0.5 else "S")


def _array(file, array, rng):
    """Another array in the place of one."""
    name, shape, dtype = array.name, array.shape or (), array.dtype
    choice, options = rng.random(), {}
    if choice < 0.3:
        given = rng.choice(_DTYPES)
        kinds = {
            "O": h5py.string_dtype(),
            "ref": h5py.ref_dtype,
            "enum": h5py.enum_dtype({"a": 1}, "i1"),
        }
        dtype = kinds.get(given, given) if isinstance(given, str) else np.dtype(given)
    elif choice < 0.6:
        at = rng.randrange(len(shape) + 1)
        others = (
            shape[::-1],
            (*shape[:at], 1, *shape[at:]),
            (*shape[:at], *shape[at + 1 :]),
            tuple(size + (i == at) for i, size in enumerate(shape)),
            tuple(0 if i == at else size for i, size in enumerate(shape)),
            (int(np.prod(shape)),),
            (),
            None,
        )
        shape = rng.choice(others)
    elif choice < 0.75:
        options = {
            "chunks": True,
            "compression": rng.choice((None, "gzip", "lzf")),
            "shuffle": True,
        }
        shape = shape or (1,)
        if rng.random() < 0.3:
            options["maxshape"] = (None,) * len(shape)
    elif choice < 0.85:
        # Chunks that nobody wrote take no bytes.
        shape, options = (rng.choice((1 << 20, 1 << 33, 1 << 50)),), {"chunks": (1 << 16,)}
    else:
        value = rng.choice((np.nan, np.inf, -1, 1e30, 0))
        with np.errstate(all="ignore"):
            array[...] = np.full(shape, value).astype(dtype)
        return
    del file[name]
    if shape is None:
        file.create_dataset(name, data=h5py.Empty(dtype))
    else:
        file.create_dataset(name, shape, dtype, **options)


def _link(file, name, other, rng):
    choice = rng.random()
    if choice < 0.25:
        del file[name]
    elif choice < 0.5:
        file.move(name, f"{other}/{rng.choice(('x', '0', name.rpartition('/')[2]))}")
    elif choice < 0.65:
        target = file[other]
        del file[name]
        file[name] = target
    elif choice < 0.8:
        del file[name]
        file[name] = (
            h5py.SoftLink(other) if rng.random() < 0.5 else h5py.ExternalLink("x.h5", other)
        )
    elif choice < 0.9:
        del file[name]
        file.create_group(name)
    else:
        del file[name]
        file[name] = np.zeros((2, 3), "f4")
