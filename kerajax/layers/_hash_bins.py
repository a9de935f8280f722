"""Bins for strings by their hashes, as TensorFlow assigns them."""

import numpy as np

from kerajax.layers._fingerprints import fingerprint64, siphash24
from kerajax.layers._host_layer import as_bytes


def hash_key(salt, owner):
    """The key of a salted hash: a pair of ints, or None.

    Raises:
        ValueError: If `salt` is anything but an int, a pair of them, or None.
    """
    if salt is None:
        return None
    if isinstance(salt, (tuple, list)) and len(salt) == 2:
        return tuple(salt)
    if isinstance(salt, int):
        return (salt, salt)
    raise ValueError(
        f"The `salt` argument for `{type(owner).__name__}` can only be a tuple of size 2 "
        f"integers, or a single integer. Received: salt={salt}."
    )


def hash_bins(strings, count, key) -> np.ndarray:
    """The bin of each string, int64: by SipHash with a key, by FarmHash without.

    Args:
        strings: List of bytes.
        count: Int. Number of bins.
        key: Pair of ints, or None.
    """
    hashes = fingerprint64(strings) if key is None else siphash24(strings, key)
    return (hashes % np.uint64(count)).astype("int64")


def as_hashed_strings(values) -> list:
    """Values as the strings that are hashed for them, a flat list of bytes.

    Args:
        values: Array of numpy: Python strings as objects, or numbers. Floats are cut to integers.

    Example:

    >>> as_hashed_strings(np.array([1.7, -2.0]))
    [b'1', b'-2']
    """
    flat = values.ravel()
    if flat.dtype.kind == "O":
        return as_bytes(flat)
    if flat.dtype.kind == "b":
        return [b"true" if value else b"false" for value in flat.tolist()]
    return [b"%d" % value for value in flat.astype("int64").tolist()]
