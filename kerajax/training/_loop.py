"""The loops: epochs of training, one pass of evaluation, one pass of prediction."""

import contextlib
import functools
import gc
import signal
import threading

import numpy as np

from kerajax import tree
from kerajax.callbacks import LazyLogs
from kerajax.training._batch_groups import groups_of
from kerajax.training._prediction import prediction_of


def train(
    model, feed, *, callbacks, epochs, initial_epoch, chunk, validate, place, target, layout=None
):
    """Runs the epochs of `fit`.

    Args:
        model: Compiled model.
        feed: Where the batches come from.
        callbacks: `CallbackList`.
        epochs: Int, the epoch to stop before.
        initial_epoch: Int, the epoch to start with.
        chunk: Int or None: how many steps one compiled call joins. Where it is given, callbacks
            count as if the last call joined as many.
        validate: Function `(epoch) -> dict of logs or None`, called after each epoch.
        place: `Place`, which counts what the steps have taken from the feed.
        target: Seconds that one compiled call may take.
        layout: Optional `LayerScan`, the form of the state that the steps run on.
    """
    programs = model._programs("train", layout)
    loan = model._loan(layout)
    model.stop_training = False
    callbacks.on_train_begin()
    # A callback that resumes a training says here where it goes on.
    initial_epoch = model.__dict__.pop("_initial_epoch", None) or initial_epoch
    with interruptible() as interrupted:
        for epoch in range(initial_epoch, epochs):
            if not place.skip:
                model._reset_metrics_on(loan)
            callbacks.on_epoch_begin(epoch)
            step, logs = 0, LazyLogs()
            # A resumed epoch begins inside itself, where a call must not begin before.
            joined = 1 if place.skip and chunk is None else chunk
            for steps, run in feed.epoch(programs, place.rng, joined, epochs - epoch, target):
                if step < place.skip:
                    step += steps
                    continue
                callbacks.on_train_batch_begin(step)
                with _WithoutCollections():
                    values, state = run(loan.borrow())
                loan.put(state)
                logs = LazyLogs(programs.named(values))
                place.advance(steps)
                callbacks.on_train_batch_end(step + max(steps, chunk or 1) - 1, logs)
                step += steps
                interrupted.check()
                if model.stop_training:
                    break
            if step == 0:
                raise ValueError(
                    f"The training data ended before epoch {epoch + 1}: it yielded no batch. Give "
                    "`fit` a source that can be read once for each epoch, or set "
                    "`steps_per_epoch` and `epochs` so that the batches suffice."
                )
            if not logs:
                # All steps of this epoch were run before training was interrupted.
                logs = LazyLogs(model.get_metrics_result())
            place.end_epoch()
            validation_logs = validate(epoch) or {}
            logs = logs.with_others({f"val_{k}": v for k, v in validation_logs.items()})
            # A copy: what callbacks add to the logs of an epoch is not told at the end of training.
            callbacks.on_epoch_end(epoch, logs.with_others({}))
            interrupted.check()
            if model.stop_training:
                break
    loan.rest()
    model.optimizer.finalize_variable_values(model._state_variables()[0])
    callbacks.on_train_end(logs if epochs > initial_epoch else None)


def evaluate(model, feed, *, callbacks, chunk, target, layout=None):
    """One pass of `evaluate`. Returns the logs."""
    programs = model._programs("test", layout)
    loan = model._loan(layout)
    model.stop_evaluating = False
    callbacks.on_test_begin()
    model._reset_metrics_on(loan)
    logs, step = LazyLogs(), 0
    with interruptible() as interrupted:
        for steps, run in feed.epoch(programs, None, chunk, 1, target):
            callbacks.on_test_batch_begin(step)
            values, state = run(loan.borrow())
            loan.put(state)
            logs = LazyLogs(programs.named(values))
            callbacks.on_test_batch_end(step + max(steps, chunk or 1) - 1, logs)
            step += steps
            interrupted.check()
            if model.stop_evaluating:
                break
    callbacks.on_test_end(logs)
    return logs


def predict(model, data, *, steps, callbacks, alone, target):
    """One pass of `predict`. Returns the outputs of all batches, joined, as numpy arrays.

    Args:
        model: Built model.
        data: `ArrayData` or `StreamData`.
        steps: Int or None, the batches to stop after.
        callbacks: `CallbackList`.
        alone: Bool. Whether each batch must come alone.
        target: Seconds that one compiled call may take.
    """
    prediction = prediction_of(model)
    model.stop_predicting = False
    callbacks.on_predict_begin()
    outputs, step = [], 0
    values = prediction.values()
    groups = None if alone or steps else groups_of(prediction, data)
    if groups is None:
        runs = (
            (1, functools.partial(prediction.program, values, b)) for b in _pass_over(data, steps)
        )
    else:
        runs = groups.runs(values, data, target)
    with interruptible() as interrupted:
        for count, run in runs:
            callbacks.on_predict_batch_begin(step)
            output, changes = run()
            if changes:
                prediction.keep(values, changes)
            outputs.append(output)
            step += count
            callbacks.on_predict_batch_end(step - 1, {"outputs": output})
            interrupted.check()
            if model.stop_predicting:
                break
    callbacks.on_predict_end()
    if not outputs:
        raise ValueError("`predict` received no data: the source yielded no batch.")
    return tree.map_structure(join, *outputs)


def _pass_over(data, steps):
    """The batches of one pass, no more than `steps` of them where that is not None."""
    if hasattr(data, "on_epoch_begin"):
        data.on_epoch_begin()
    for i, batch in enumerate(data.batches()):
        if i == steps:
            break
        yield batch
    if hasattr(data, "on_epoch_end"):
        data.on_epoch_end()


def join(*parts):
    """The parts, as one numpy array."""
    if len(parts) == 1:
        # A copy, since arrays that JAX holds cannot be written to.
        return np.array(parts[0])
    return np.concatenate([np.asarray(part) for part in parts])


class _WithoutCollections:
    """Python's garbage collector waits while a call runs, since the first one compiles.

    Tracing makes many small objects, and in the middle of them the collector goes through all that
    was ever imported, three times longer than through a new model.
    """

    def __enter__(self):
        self.waits = gc.isenabled()
        gc.disable()

    def __exit__(self, *exc_info):
        if self.waits:
            gc.enable()


class _Interrupt:
    """Whether Ctrl-C was pressed since the loop began."""

    def __init__(self):
        self.pressed = False

    def check(self):
        """Raises KeyboardInterrupt if it was."""
        if self.pressed:
            self.pressed = False
            raise KeyboardInterrupt


@contextlib.contextmanager
def interruptible():
    """Holds Ctrl-C back until the running step is finished and its state is kept.

    A step takes the buffers of the state over, so an exception between the call and keeping its
    result would lose the weights. A second Ctrl-C is not held back.
    """
    interrupt = _Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    outer = signal.getsignal(signal.SIGINT)
    if outer is not signal.default_int_handler:
        # Somebody else (a notebook, an outer loop) handles it; that handler stays in charge.
        yield interrupt
        return

    def handler(number, frame):
        if interrupt.pressed:
            signal.default_int_handler(number, frame)
        interrupt.pressed = True

    signal.signal(signal.SIGINT, handler)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, outer)
