"""Which callbacks a batch is told to."""

from kerajax.callbacks import Callback, CallbackList


class Heard(Callback):
    def __init__(self):
        super().__init__()
        self.batches = []

    def on_batch_end(self, batch, logs=None):
        self.batches.append(batch)


def test_only_those_that_hear_are_called():
    """By class, by alias, by instance; added ones at once, and hooks set between epochs."""
    by_alias, late, silent = Heard(), Heard(), Callback()
    callbacks = CallbackList([by_alias, silent])
    callbacks.on_train_begin()
    callbacks.on_train_batch_end(0)
    callbacks.append(late)
    callbacks.on_train_batch_end(1)
    assert by_alias.batches == [0, 1] and late.batches == [1]
    assert [f.__self__ for f in callbacks._listeners["on_train_batch_end"]] == [by_alias, late]
    seen = []
    silent.on_train_batch_begin = lambda batch, logs: seen.append(batch)
    callbacks.on_epoch_begin(1)
    callbacks.on_train_batch_begin(2)
    assert seen == [2]
