"""Hashes of byte strings that are the same everywhere: FarmHash Fingerprint64 and SipHash-2-4.

TensorFlow assigns strings to bins by these two, so that saved models depend on each bit. Strings of
one length are hashed together: a row of bytes for each, and 64-bit words as columns.
"""

import numpy as np

_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995
_WORD = 0xFFFFFFFFFFFFFFFF


def fingerprint64(strings) -> np.ndarray:
    """FarmHash's Fingerprint64 of each string.

    Args:
        strings: List of bytes.

    Returns:
        uint64 array `(len(strings),)`.

    Example:

    >>> fingerprint64([b"A", b""]).tolist()
    [16915294056622060564, 11160318154034397263]

    Reference:
        FarmHash, Google, 2014, https://github.com/google/farmhash
    """
    return _by_length(strings, _farmhash)


def siphash24(strings, key) -> np.ndarray:
    """SipHash-2-4 of each string, with a key.

    Args:
        strings: List of bytes.
        key: Pair of ints, of 64 bits each.

    Returns:
        uint64 array `(len(strings),)`.

    Example:

    >>> key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    >>> hex(siphash24([bytes(range(15))], key)[0])
    '0xa129ca6149be45e5'

    Reference:
        Aumasson and Bernstein, 2012, "SipHash: a fast short-input PRF",
        https://eprint.iacr.org/2012/351
    """
    return _by_length(strings, lambda rows: _siphash(rows, key))


def join64(left, right) -> np.ndarray:
    """Joins two fingerprints, where order counts, as TensorFlow does for crossed features.

    Args:
        left: uint64 array.
        right: uint64 array of the same shape.

    Example:

    >>> one, two = np.uint64([1]), np.uint64([2])
    >>> bool(join64(one, two)[0] == join64(two, one)[0])
    False
    """
    mixed = left ^ _u(_CAT) ^ (_shift_mix(right * _u(_CAT)) * _u(_CAT))
    return _shift_mix(_shift_mix(mixed * _u(_CAT)) * _u(_CAT))


def _by_length(strings, hash_rows):
    """`hash_rows` of the strings of each length, `(count, length)` bytes, put in order."""
    lengths = np.fromiter(map(len, strings), "int64", len(strings))
    hashes = np.empty(len(strings), "uint64")
    for length in np.unique(lengths):
        index = np.flatnonzero(lengths == length)
        joined = b"".join([strings[i] for i in index])
        rows = np.frombuffer(joined, "uint8").reshape(len(index), length)
        hashes[index] = hash_rows(rows)
    return hashes


def _farmhash(rows):
    length = rows.shape[1]
    if length > 64:
        return _farmhash_long(rows)
    if length > 32:
        return _farmhash_33_to_64(rows)
    if length > 16:
        mul = _u(_K2 + 2 * length)
        a, b = _word(rows, 0) * _u(_K1), _word(rows, 8)
        c, d = _word(rows, -8) * mul, _word(rows, -16) * _u(_K2)
        return _finish(
            _rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + _u(_K2), 18) + c, mul
        )
    if length >= 8:
        mul = _u(_K2 + 2 * length)
        a, b = _word(rows, 0) + _u(_K2), _word(rows, -8)
        return _finish(_rotate(b, 37) * mul + a, (_rotate(a, 25) + b) * mul, mul)
    if length >= 4:
        first, last = _word(rows, 0, "<u4"), _word(rows, -4, "<u4")
        return _finish(_u(length) + (first << _u(3)), last, _u(_K2 + 2 * length))
    if length:
        a, b, c = (rows[:, i].astype("uint64") for i in (0, length >> 1, length - 1))
        y, z = a + (b << _u(8)), _u(length) + (c << _u(2))
        return _shift_mix((y * _u(_K2)) ^ (z * _u(_K0))) * _u(_K2)
    return np.full(len(rows), _K2, "uint64")


def _farmhash_33_to_64(rows):
    mul = _u(_K2 + 2 * rows.shape[1])
    a, b = _word(rows, 0) * _u(_K2), _word(rows, 8)
    c, d = _word(rows, -8) * mul, _word(rows, -16) * _u(_K2)
    y = _rotate(a + b, 43) + _rotate(c, 30) + d
    z = _finish(y, a + _rotate(b + _u(_K2), 18) + c, mul)
    e, f = _word(rows, 16) * mul, _word(rows, 24)
    g, h = (y + _word(rows, -32)) * mul, (z + _word(rows, -24)) * mul
    return _finish(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, mul)


def _farmhash_long(rows):
    length = rows.shape[1]
    zeros = np.zeros(len(rows), "uint64")
    seed = 81
    y = zeros + _u(seed * _K1 + 113)
    z = _shift_mix(y * _u(_K2) + _u(113)) * _u(_K2)
    x = zeros + _u(seed * _K2) + _word(rows, 0)
    v, w = (zeros, zeros), (zeros, zeros)
    for start in range(0, (length - 1) // 64 * 64, 64):
        x, y, z, v, w = _farmhash_block(rows, start, x, y, z, v, w, _u(_K1), _u(1))
    mul = _u(_K1) + ((z & _u(0xFF)) << _u(1))
    first_of_v = v[0] + w[0] + _u((length - 1) % 64)
    w = (w[0] + _u((length - 1) % 64) + first_of_v, w[1])
    v = (first_of_v, v[1])
    # The last 64 bytes overlap what was read already.
    x, y, z, v, w = _farmhash_block(rows, length - 64, x, y, z, v, w, mul, _u(9))
    left = _finish(v[0], w[0], mul) + _shift_mix(y) * _u(_K0) + z
    return _finish(left, _finish(v[1], w[1], mul) + x, mul)


def _farmhash_block(rows, start, x, y, z, v, w, mul, times):
    x = _rotate(x + y + v[0] + _word(rows, start + 8), 37) * mul
    y = _rotate(y + v[1] + _word(rows, start + 48), 42) * mul
    x = x ^ (w[1] * times)
    y = y + v[0] * times + _word(rows, start + 40)
    z = _rotate(z + w[0], 33) * mul
    v = _weak_32(rows, start, v[1] * mul, x + w[0])
    w = _weak_32(rows, start + 32, z + w[1], y + _word(rows, start + 16))
    return z, y, x, v, w


def _weak_32(rows, start, a, b):
    words = [_word(rows, start + 8 * i) for i in range(4)]
    a = a + words[0]
    b = _rotate(b + a + words[3], 21)
    c = a
    a = a + words[1] + words[2]
    return a + words[3], b + _rotate(a, 44) + c


def _finish(u, v, mul):
    return _shift_mix((v ^ _shift_mix((u ^ v) * mul)) * mul) * mul


def _siphash(rows, key):
    length = rows.shape[1]
    k0, k1 = (_u(part) for part in key)
    zeros = np.zeros(len(rows), "uint64")
    names = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    state = [zeros + (_u(name) ^ k) for name, k in zip(names, (k0, k1, k0, k1), strict=True)]
    full = length // 8 * 8
    last = np.zeros((len(rows), 8), "uint8")
    last[:, : length - full] = rows[:, full:]
    last[:, 7] = length % 256
    for word in [*(_word(rows, i) for i in range(0, full, 8)), _word(last, 0)]:
        state[3] = state[3] ^ word
        state = _sip_round(*_sip_round(*state))
        state[0] = state[0] ^ word
    state[2] = state[2] ^ _u(0xFF)
    for _ in range(4):
        state = _sip_round(*state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _sip_round(a, b, c, d):
    a, c = a + b, c + d
    b, d = _rotate(b, 51) ^ a, _rotate(d, 48) ^ c
    a = _rotate(a, 32)
    c, a = c + b, a + d
    b, d = _rotate(b, 47) ^ c, _rotate(d, 43) ^ a
    return [a, b, _rotate(c, 32), d]


def _word(rows, start, dtype="<u8"):
    """The word that begins at byte `start` of each row, as uint64."""
    size = np.dtype(dtype).itemsize
    start %= rows.shape[1]
    columns = np.ascontiguousarray(rows[:, start : start + size])
    return columns.view(dtype)[:, 0].astype("uint64")


def _rotate(x, bits):
    """`x` rotated to the right."""
    return (x >> _u(bits)) | (x << _u(64 - bits))


def _shift_mix(x):
    return x ^ (x >> _u(47))


def _u(number):
    """A constant that does not overflow, as arrays of one item do not warn that they do."""
    return np.full(1, int(number) & _WORD, "uint64")
