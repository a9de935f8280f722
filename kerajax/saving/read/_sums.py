"""CRC-32 sums of parts, joined to the sum of the whole, so that threads can share the work.

A sum is a polynomial of 32 bits modulo another; bytes that follow multiply it by a power of x. That
is how zlib's `crc32_combine`, which Python does not offer, does it.
"""

import functools
import threading
import zlib

_POLYNOMIAL = 0xEDB88320
_ONE, _X = 1 << 31, 1 << 30
# To join two sums takes longer than to add up so many pieces.
_FEW = 4


class SharedSum:
    """The CRC-32 of pieces of bytes, which several threads add up together.

    Args:
        pieces: List of pairs of a length and a function that gives so many bytes.

    Example:

    >>> total = SharedSum([(1, lambda: b"a"), (2, lambda: b"bc")])
    >>> total.work()
    >>> total.value() == zlib.crc32(b"abc")
    True
    """

    def __init__(self, pieces):
        self._pieces, self._shares, self._lock = pieces, [], threading.Lock()

    def work(self):
        """Adds up what no thread has begun, then half of what another has left, to the end."""
        while share := self._share():
            while (read := self._next(share)) is not None:
                share.total = zlib.crc32(read(), share.total)

    def cancel(self):
        """Ends the work of other threads soon; there is no value then."""
        with self._lock:
            self._pieces = []
            for share in self._shares:
                share.end = share.next

    def value(self):
        """The sum, when all threads have come back from `work`."""
        first, *rest = sorted(self._shares, key=lambda share: share.start)
        total = first.total
        for share in rest:
            nbytes = sum(length for length, _ in self._pieces[share.start : share.end])
            total = joined(total, share.total, nbytes)
        return total

    def _share(self):
        """What the calling thread adds up next; None if it is too little to be shared."""
        with self._lock:
            start, end = 0, len(self._pieces)
            if self._shares:
                most = max(self._shares, key=lambda share: share.end - share.next)
                if most.end - most.next < _FEW:
                    return None
                start, end = (most.next + most.end + 1) // 2, most.end
                most.end = start
            self._shares.append(_Share(start, end))
            return self._shares[-1]

    def _next(self, share):
        with self._lock:
            if share.next == share.end:
                return None
            share.next += 1
            return self._pieces[share.next - 1][1]


class _Share:
    """Pieces that one thread adds up, from the first to the one before `end`."""

    def __init__(self, start, end):
        self.start = self.next = start
        self.end, self.total = end, 0


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


def _shift(length):
    """The power of x by which a sum is multiplied when so many bytes follow."""
    power, bits = _ONE, 8 * length
    for i in range(bits.bit_length()):
        if bits >> i & 1:
            power = _product(power, _squared(i))
    return power


@functools.cache
def _squared(times):
    """x, squared so many times."""
    return _product(_squared(times - 1), _squared(times - 1)) if times else _X


def _product(a, b):
    """Product modulo the polynomial; the highest bit is the coefficient of 1."""
    product = 0
    for bit in range(31, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product
