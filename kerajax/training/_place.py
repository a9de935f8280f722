"""Place: where a training is in its data, so that another process can go on there.

A training that is resumed has to see the batches that an uninterrupted one would have seen. The
orders of all passes follow from one seed, so the seed and a few counts say it all.
"""

import numpy as np

from kerajax.training._streamed import StreamedFeed


class Place:
    """Counts what a training has taken from its feed.

    Args:
        feed: Feed of the training.
        rng: numpy Generator that shuffles, or None.
        seed: Int, what `rng` was made from.

    Attributes:
        epochs: Int, epochs that are over.
        batch: Int, steps of the present epoch that are over.
        skip: Int, steps of the first epoch that were run before.
    """

    def __init__(self, feed, rng, seed):
        self.feed, self.rng, self.seed = feed, rng, seed
        self.epochs = self.batch = self.skip = 0

    def as_dict(self) -> dict:
        """All that another process needs to know, as plain numbers."""
        passes, drawn = self.epochs, self.batch
        if isinstance(self.feed, StreamedFeed):
            passes, drawn = self.feed.passes, self.feed.drawn
        counts = {"epochs": self.epochs, "batch": self.batch, "passes": passes, "drawn": drawn}
        return {"seed": self.seed, **counts}

    def resume(self, seed, epochs, batch, passes, drawn) -> None:
        """Goes to the place that `as_dict` of another process said.

        Sources that are read once, as generators, begin anew: they belong to this process.
        """
        data = self.feed.data
        self.epochs, self.batch, self.skip = epochs, batch, batch
        if getattr(data, "one_pass", False):
            self.feed.resume(0, 0, batch)
            return
        self.seed = seed
        if self.rng is not None:
            self.rng = np.random.default_rng(seed)
        for _ in range(epochs):
            # Data sets of users may shuffle themselves there.
            for tell in ("on_epoch_begin", "on_epoch_end"):
                getattr(data, tell, _nothing)()
        for _ in range(passes):
            data.order(self.rng)
        if isinstance(self.feed, StreamedFeed):
            self.feed.resume(passes, drawn, batch)

    def advance(self, steps) -> None:
        """So many more steps of this epoch are over."""
        self.batch += steps

    def end_epoch(self) -> None:
        """The epoch is over."""
        self.epochs += 1
        self.batch = self.skip = 0


def new_rng(shuffle):
    """`(rng, seed)` for the orders of a training; `(None, None)` for data in its own order."""
    if not shuffle:
        return None, None
    seed = int(np.random.randint(1 << 31))
    return np.random.default_rng(seed), seed


def _nothing():
    pass
