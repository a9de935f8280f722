"""Batches computed ahead, in order, by several threads or processes."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor


def read_ahead(get, indices, workers, size):
    """Yields `get(i)` for each index, in order, while the next ones are computed in threads.

    Args:
        get: Function of an index.
        indices: Iterable of indices; may have no end.
        workers: Int, threads.
        size: Int, how many batches may be computed before they are asked for.

    Raises:
        Exception: What `get` raised, where its batch is asked for.

    Example:

    >>> list(read_ahead(lambda i: i * i, range(4), workers=2, size=3))
    [0, 1, 4, 9]
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="kerajax-dataset")
    waiting: deque = deque()
    try:
        for index in indices:
            waiting.append(pool.submit(get, index))
            if len(waiting) >= size:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
