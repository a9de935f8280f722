"""ProgbarLogger: the progress bar of `fit`, `evaluate` and `predict`.

The bar must not slow training down, so it follows three rules. It writes at most every twentieth
of a second. It waits for the device only to show a result or to keep Python from running far ahead,
and then for a call that is about to finish while later ones are queued. And lines of epochs shorter
than a twentieth of a second are written several at a time.
"""

import time
from collections import deque
from typing import NamedTuple

from kerajax import tree
from kerajax.callbacks import _bar
from kerajax.callbacks._callback import Callback
from kerajax.callbacks._console import Console, Turn
from kerajax.objects import publish

# How many calls may be queued on the device while somebody watches: enough to keep it busy, few
# enough that what is shown is true, and Ctrl-C is heard.
_AHEAD = 2
# Seconds between two looks at what a call gave. Calls in between are neither waited for nor kept:
# waiting takes longer than short steps do, and results that are kept take new memory for each.
_LOOK = 1e-3


class _Epoch(NamedTuple):
    """A finished epoch that is yet to be shown."""

    header: str
    seen: int
    target: int | None
    start: float
    first: tuple
    end: float
    logs: dict


@publish("keras.callbacks.ProgbarLogger")
class ProgbarLogger(Callback):
    """Shows progress and metrics. `fit`, `evaluate` and `predict` add one where `verbose` is not 0.

    With `verbose=1` a bar moves on a terminal and in a notebook; files and pipes get one line an
    epoch, and one now and then inside long epochs. With `verbose=2` every output gets one line an
    epoch. With interactive logging off, lines go to the logger `"kerajax"`.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = np.ones((64, 2)), np.ones((64, 1))
    >>> _ = model.fit(x, y, epochs=2, verbose=2)
    Epoch 1/2
    2/2 - ...s - .../step - loss: ...
    Epoch 2/2
    2/2 - ...s - .../step - loss: ...
    """

    each_batch = False

    def __init__(self):
        super().__init__()
        self.seen = 0
        self.target = None
        self.verbose = 1
        self.epochs = 1
        # The list of all callbacks of the run, which `CallbackList` gives.
        self.neighbours = ()
        self._called_in_fit = False
        self._turn = self._console = None
        self._done = []  # Epochs that are yet to be shown.
        # (start of the epoch, steps, logs) of calls that the device may not have finished.
        self._queue = deque()
        self._header = ""
        self._start, self._first = 0.0, None
        self._due = self._draw_from = self._look = 0.0
        self._defers = self._quick = False

    def __del__(self):
        # A run that ended with an exception told nobody.
        if self.__dict__.get("_done"):
            self._show_done()

    def set_params(self, params):
        """Takes the dict `params`."""
        self.params = params
        self.verbose = 1 if params["verbose"] == "auto" else int(params["verbose"])
        self.epochs = params["epochs"]
        self.target = params["steps"]

    def on_train_begin(self, logs=None):
        # Called inside `fit`, evaluations are silent.
        self._called_in_fit = True
        self._open()

    def on_train_end(self, logs=None):
        self._called_in_fit = False
        self._close()

    def on_epoch_begin(self, epoch, logs=None):
        self._begin(f"Epoch {epoch + 1}/{self.epochs}\n" if self.epochs > 1 else "")

    def on_train_batch_end(self, batch, logs=None):
        self._advance(batch + 1, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        self._end(logs)

    def on_test_begin(self, logs=None):
        if not self._called_in_fit:
            self._open()
            self._begin("")

    def on_test_batch_end(self, batch, logs=None):
        if not self._called_in_fit:
            self._advance(batch + 1, logs or {})

    def on_test_end(self, logs=None):
        if not self._called_in_fit:
            self._end(logs)
            self._close()

    def on_predict_begin(self, logs=None):
        self._open()
        self._begin("")

    def on_predict_batch_end(self, batch, logs=None):
        self._advance(batch + 1, _Outputs(logs))

    def on_predict_end(self, logs=None):
        self._end(None)
        self._close()

    def _open(self):
        if self.verbose == 0:
            return
        self._console = Console()
        self._turn = Turn(self._console, self._show_done)
        self._due = 0.0
        # What callbacks of the user print has its place between the lines of the epochs, so these
        # may not come late.
        self._defers = not any(_may_print(callback) for callback in self.neighbours)
        self._quick = False

    def _close(self):
        if self._turn is not None:
            self._turn.release()
            self._turn = None

    def _begin(self, header):
        if self.verbose == 0:
            return
        if self._turn is None:
            self._open()
        self._header = header
        self.seen, self._first = 0, None
        self._start = time.perf_counter()
        can_draw = self.verbose == 1 and self._console.kind != "log"
        self._draw_from = self._start if can_draw else float("inf")
        if can_draw and not self._console.has_row:
            self._draw_from = _bar.next_plain(self._start, self._start)
        if not self._quick or not self._defers:
            self._show_done()

    def _advance(self, seen, logs):
        if self.verbose == 0:
            return
        self.seen = seen
        now = time.perf_counter()
        if self._first is None:
            self._first = (seen, now)
        if now < self._look:
            return
        queue = self._queue
        queue.append((self._start, seen, logs))
        finished = None
        while len(queue) > _AHEAD:
            finished = queue.popleft()
        if finished is not None:
            _wait_for(finished[2])
            now = time.perf_counter()
        self._look = now + _LOOK
        if now >= self._due and now >= self._draw_from:
            while queue and _is_ready(queue[0][2]):
                finished = queue.popleft()
            if finished is not None and finished[0] == self._start:
                self._draw(*finished[1:], now)

    def _end(self, logs):
        if self.verbose == 0:
            return
        now = time.perf_counter()
        if self.target is None:
            self.target = self.seen
        self._done.append(
            _Epoch(self._header, self.seen, self.target, self._start, self._first, now, logs or {})
        )
        self._header = ""
        self._quick = now - self._start < self._console.interval
        if now >= self._due or not self._quick or not self._defers:
            self._show_done()

    def _draw(self, seen, logs, now):
        console = self._console
        above = self._take_done() + self._header
        self._header = ""
        per_step = _bar.step_seconds(self._start, now, seen, self._first)
        progress = _bar.Progress(
            seen, self.target, now - self._start, per_step, tuple(logs.items()), False
        )
        if console.has_row:
            console.draw(*progress.as_row(console.style, console.columns), above)
            # Reading and writing took time, too.
            self._due = time.perf_counter() + console.interval
        else:
            console.write(f"{above}{progress.as_line()}\n")
            self._draw_from = _bar.next_plain(self._start, now)

    def _show_done(self):
        """Writes the lines of finished epochs, and the header of one that began."""
        text = self._take_done() + self._header
        self._header = ""
        if text:
            self._console.write(text)
        self._due = time.perf_counter() + self._console.interval

    def _take_done(self):
        done, self._done = self._done, []
        if not done:
            return ""
        end, last = done[-1].end, done[-1].logs
        if not _is_ready(last):
            _wait_for(last)
            end = time.perf_counter()
        self._queue.clear()
        # Python is ahead of the device by some calls, so only the time of all epochs together is
        # known well; epochs that are shown together are alike.
        seconds = (end - done[0].start) / len(done)
        as_text = _bar.Progress.as_line
        if self.verbose == 1 and self._console.has_row:
            style, columns = self._console.style, self._console.columns
            as_text = lambda progress: progress.as_row(style, columns)[0]  # noqa: E731
        lines = []
        for header, seen, target, start, first, _, logs in done:
            if len(done) > 1:
                start, first = end - seconds, None
            per_step = _bar.step_seconds(start, end, seen, first)
            progress = _bar.Progress(seen, target, seconds, per_step, tuple(logs.items()), True)
            lines.append(f"{header}{as_text(progress)}\n")
        return "".join(lines)


class _Outputs:
    """Logs of a prediction: what the device works on, of which nothing is shown."""

    def __init__(self, logs):
        self._outputs = tree.flatten((logs or {}).get("outputs"))

    def values(self):
        return self._outputs

    def items(self):
        return ()


def _unread(logs):
    """One of the values that the device may still be computing; None if there is none."""
    # Unlike `values` of LazyLogs, that of dict does not read them.
    values = dict.values(logs) if isinstance(logs, dict) else logs.values()
    return next((value for value in values if hasattr(value, "is_ready")), None)


def _is_ready(logs) -> bool:
    """Whether the device has finished the call that gave these logs."""
    value = _unread(logs)
    return value is None or value.is_ready()


def _wait_for(logs) -> None:
    """Waits until it has."""
    value = _unread(logs)
    if value is not None:
        value.block_until_ready()


def _may_print(callback) -> bool:
    own = type(callback).__module__.startswith("kerajax.")
    return not own or getattr(callback, "runs_code_of_users", False)
