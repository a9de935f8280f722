"""VocabularyCounts: how often values occur, from which a vocabulary is learned."""

from collections import Counter

import numpy as np


class VocabularyCounts:
    """Counts values, and the samples that hold them.

    Example:

    >>> counts = VocabularyCounts()
    >>> counts.update([["a", "b", "b"], ["c"]])
    >>> counts.most_common(skip=(), limit=2)
    ['b', 'c']
    """

    def __init__(self):
        self._values = Counter()
        self._documents_with = Counter()
        self._documents = 0

    def __bool__(self):
        return bool(self._values)

    def update(self, rows, documents=False) -> None:
        """Counts samples.

        Args:
            rows: List of lists of values, which may be nested.
            documents: Bool. Whether to count the samples that hold each value as well.
        """
        for row in rows:
            values = list(_flattened(row))
            self._values.update(values)
            if documents:
                self._documents_with.update(set(values))
        if documents:
            self._documents += len(rows)

    def most_common(self, skip, limit=None) -> list:
        """The values by falling frequency, of equal ones the greater first.

        Args:
            skip: Values to leave out.
            limit: Optional int, the most values to return.
        """
        counted = ((n, value) for value, n in self._values.items() if value not in skip)
        return [value for _, value in sorted(counted, reverse=True)[:limit]]

    def idf_weights(self, values) -> np.ndarray:
        """`log(1 + documents / (1 + documents with the value))` for each value."""
        frequency = np.array([self._documents_with[value] for value in values], "float64")
        return np.log(1 + self._documents / (1 + frequency))


def _flattened(row):
    for item in row:
        if isinstance(item, list):
            yield from _flattened(item)
        else:
            yield item
