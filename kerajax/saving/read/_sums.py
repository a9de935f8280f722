"""CRC-32 sums of parts, joined to the sum of the whole, so that threads can share the work.

A sum is a polynomial of 32 bits modulo another; bytes that follow multiply it by a power of x. That
is how zlib's `crc32_combine`, which Python does not offer, does it.
"""

import functools

_POLYNOMIAL = 0xEDB88320
_ONE, _X = 1 << 31, 1 << 30


def joined(first, second, length):
    """The CRC-32 of two pieces of bytes, one after the other.

    Args:
        first: Int. Sum of the first.
        second: Int. Sum of the second.
        length: Int. Bytes in the second.

    Example:

    >>> import zlib
    >>> joined(zlib.crc32(b"first "), zlib.crc32(b"second"), 6) == zlib.crc32(b"first second")
    True
    """
    return _product(first, _shift(length)) ^ second


@functools.lru_cache(maxsize=256)
def _shift(length):
    """The power of x by which a sum is multiplied when so many bytes follow."""
    power, square, bits = _ONE, _X, 8 * length
    while bits:
        if bits & 1:
            power = _product(power, square)
        square, bits = _product(square, square), bits >> 1
    return power


def _product(a, b):
    """Product modulo the polynomial; the highest bit is the coefficient of 1."""
    product = 0
    for bit in range(31, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product
