"""The CRC-32 of many bytes by NumPy: 10 GB/s on a core where zlib 1.2.13 does 3.5.

A sum is a remainder: the bits of a message are the coefficients of a polynomial over {0, 1}, the
first bit those of the highest power, and the sum is what is left of it modulo a polynomial of
degree 32. Modulo that polynomial `x^(8 FAR) = x^(8 (FAR - NEAR)) + 1`. So a byte may be left out
if it is added, by an exclusive or, to the bytes NEAR and FAR after it, which are then left out in
turn. That takes long arrays, a few at a time, to the last FAR bytes, of which zlib makes the sum.

Reference:
    Russell, 2024, "Chorba: A novel CRC32 implementation", https://arxiv.org/abs/2412.16398, which
    leaves out bytes in this way with smaller distances and more terms. With these two, found by
    search, each step is long enough for NumPy.
"""

import functools
import zlib

import numpy as np

NEAR, FAR = 293_400, 831_248
# Of fewer bytes zlib makes the sum sooner.
_FEW = 1 << 22
_POLYNOMIAL = 0xEDB88320
_ONE, _X, _ONES = 1 << 31, 1 << 30, (1 << 32) - 1
# Powers of x come again after so many.
_ORDER = (1 << 32) - 1


def crc32_of(pieces, nbytes) -> int:
    """The CRC-32 of pieces of bytes, one after the other.

    Args:
        pieces: Iterable of buffers.
        nbytes: Int. Their bytes, all together.

    Example:

    >>> crc32_of([b"a", b"bc"], 3) == zlib.crc32(b"abc")
    True
    """
    if nbytes < _FEW:
        return functools.reduce(lambda total, piece: zlib.crc32(piece, total), pieces, 0)
    rest = _last_bytes(pieces)
    # zlib begins with ones and ends with their complement, which has no part in the remainder.
    remainder = zlib.crc32(rest, _ONES) ^ _ONES
    # The bytes were moved behind the end of the message, which multiplied them.
    return product(remainder, power_of_x(_ORDER - 8 * FAR)) ^ _ONES


def _last_bytes(pieces):
    """What is left of a message when all of its bytes are added to the FAR bytes after its end."""
    ring = np.zeros(FAR, "uint8")
    # CRC-32 adds ones to the first 32 bits.
    ring[:4] = 0xFF
    parts = [ring[at : at + NEAR] for at in range(0, FAR, NEAR)]
    # The bytes NEAR before those of each part; the bytes FAR before are in the part itself.
    before = [ring[-NEAR:], *parts]
    turn = filled = 0
    for piece in pieces:
        data = np.frombuffer(piece, "uint8")
        while data.size:
            part = parts[turn][filled : filled + data.size]
            part ^= data[: part.size]
            filled, data = filled + part.size, data[part.size :]
            if filled == parts[turn].size:
                parts[turn] ^= before[turn][:filled]
                turn, filled = (turn + 1) % len(parts), 0
    parts[turn][:filled] ^= before[turn][:filled]
    rest = np.roll(ring, -(turn * NEAR + filled))
    rest[:NEAR] ^= rest[-NEAR:]
    return rest


def power_of_x(n) -> int:
    """`x^n` modulo the polynomial, as a sum: its highest bit is the coefficient of 1."""
    power, square = _ONE, _X
    while n:
        power = product(power, square) if n & 1 else power
        square, n = product(square, square), n >> 1
    return power


def product(a, b) -> int:
    """The product of two sums modulo the polynomial."""
    total = 0
    for bit in range(31, -1, -1):
        total ^= b if a >> bit & 1 else 0
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return total
