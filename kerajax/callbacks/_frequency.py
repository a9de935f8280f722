"""BatchCount: when a callback that acts every so many batches is due."""


class BatchCount:
    """Counts batches by their numbers, since several steps may come as one.

    Args:
        frequency: Int, batches between two actions; `"epoch"` is never due.

    Attributes:
        last: Int, number of the last batch in its epoch.

    Example:

    >>> from kerajax.callbacks._frequency import BatchCount
    >>> count = BatchCount(3)
    >>> [count.is_due(batch) for batch in (0, 1, 2, 0, 2)]
    [False, False, True, False, True]
    """

    def __init__(self, frequency):
        self.frequency = frequency
        self.last = 0
        self._since = 0

    def is_due(self, batch) -> bool:
        """Takes the number of a batch that ended; says whether it is time to act."""
        if self.frequency == "epoch":
            return False
        self._since += self.step_to(batch)
        self.last = batch
        if self._since < self.frequency:
            return False
        self._since = 0
        return True

    def step_to(self, batch) -> int:
        """How many batches end with this one."""
        return batch + 1 if batch <= self.last else batch - self.last
