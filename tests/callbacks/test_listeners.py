"""Which callbacks a batch is told to."""

import numpy as np
import pytest

import kerajax
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


@pytest.mark.parametrize("options", [{"validation_split": 0.25}, {"validation_data": "given"}])
def test_callbacks_have_the_validation_data(options):
    """Inputs, targets and weights, as scripts of Keras 2 read them at the end of an epoch."""
    x, y = np.arange(16.0).reshape(8, 2), np.arange(8.0).reshape(8, 1)
    seen = []

    class Seeing(kerajax.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append([np.asarray(a).tolist() for a in self.validation_data])

    if options.get("validation_data"):
        options = {"validation_data": (x[:2], y[:2], np.array([1.0, 0.5]))}
    model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0, callbacks=[Seeing()], **options)
    part = slice(0, 2) if "validation_data" in options else slice(6, 8)
    weights = [1.0, 0.5] if "validation_data" in options else [1.0, 1.0]
    assert seen == [[x[part].tolist(), y[part].tolist(), weights]]
