"""The text of a progress bar, and `Progbar`, the bar for loops of one's own."""

import functools
import sys
import time
from typing import NamedTuple

import numpy as np

from kerajax.callbacks._console import Console

WIDTH = 20
_LEAST_WIDTH = 8
# Seconds to the first and between the next lines about a step, where rows cannot be drawn over.
_PLAIN_WAIT, _PLAIN_LONGEST_WAIT = 10.0, 300.0


class Progress(NamedTuple):
    """How far something is.

    Args:
        seen: Int, steps done.
        target: Int or None, steps to do.
        seconds: Float, time since the start.
        per_step: Float, seconds of one step.
        metrics: Pairs of name and value.
        done: Bool, whether this is the end.
        unit: What a step is called.
    """

    seen: int
    target: int | None
    seconds: float
    per_step: float
    metrics: tuple
    done: bool
    unit: str = "step"

    def as_row(self, style, columns=None, width=WIDTH) -> tuple[str, int]:
        """`5/10 ━━━━━───── ETA: 1s 20ms/step - loss: 0.1`, and how many characters are visible.

        A row that goes on is cut to the width of the screen, since only one row can be drawn over.
        A final row is broken between metrics.
        """
        if self.target:
            count = f"{self.seen:{len(str(self.target))}d}/{self.target}"
        else:
            count, width = f"{self.seen:7d}/Unknown", 0
        if self.done or not self.target:
            times = f"{self.seconds:.0f}s {step_time(self.per_step, self.unit)}"
        else:
            left = duration(self.per_step * (self.target - self.seen))
            times = f"ETA: {left} {step_time(self.per_step, self.unit)}"
        metrics = [f" - {name}: {_shown(value)}" for name, value in self.metrics]
        room = None if columns is None else columns - 1 - len(count) - len(times) - 2
        if room is not None and width:
            text_width = sum(map(len, metrics))
            # The bar gives way to metrics, down to a width that still shows something.
            fits = room - text_width
            if not self.done or fits >= _LEAST_WIDTH:
                width = max(_LEAST_WIDTH, min(width, fits))
            room -= width
        head = f"{count} {bar(self.seen, self.target, width, style)}{times}"
        indent = " " * (len(count) + 1)
        tail = _in_room(metrics, room, columns, indent if self.done else None)
        visible = len(count) + 1 + (width + 1 if width else 0) + len(times) + len(tail)
        return head + tail, visible

    def as_line(self) -> str:
        """`5/10 - 1s - 20ms/step - loss: 0.1`: a line for files."""
        count = f"{self.seen}/{self.target}" if self.target else f"{self.seen}/Unknown"
        line = f"{count} - {self.seconds:.0f}s - {step_time(self.per_step, self.unit)}"
        return line + "".join(f" - {name}: {_shown(value)}" for name, value in self.metrics)


@functools.lru_cache(maxsize=64)
def bar(seen, target, width, style) -> str:
    """The bar itself with a blank after it; nothing for a width of 0."""
    if not width:
        return ""
    full = min(width, width * seen // target)
    text = f"{style.green}{style.full * full}"
    if full < width:
        text += f"{style.grey}{style.rest * (width - full)}"
    return f"{text}{style.reset} "


def duration(seconds) -> str:
    """`7s`, `1:05` or `2:00:01`.

    Example:

    >>> from kerajax.callbacks._bar import duration
    >>> duration(7), duration(65), duration(7201)
    ('7s', '1:05', '2:00:01')
    """
    seconds = int(seconds)
    if seconds < 60:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def step_time(seconds, unit="step") -> str:
    """`2s/step`, `20ms/step` or `35us/step`.

    Example:

    >>> from kerajax.callbacks._bar import step_time
    >>> step_time(2), step_time(0.02), step_time(3.5e-5, "sample")
    ('2s/step', '20ms/step', '35us/sample')
    """
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/{unit}"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/{unit}"
    return f"{seconds * 1e6:.0f}us/{unit}"


def next_plain(started, now) -> float:
    """When the next line about a step is due in a file: the longer it takes, the fewer lines."""
    return now + min(_PLAIN_LONGEST_WAIT, max(_PLAIN_WAIT, now - started))


def _shown(value):
    if not isinstance(value, float):
        try:
            value = float(np.mean(value))
        except (TypeError, ValueError):
            return str(value)
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _in_room(metrics, room, columns, indent):
    """The metrics joined: cut to the room, or broken into lines that start with `indent`."""
    if room is None:
        return "".join(metrics)
    text = ""
    for metric in metrics:
        if len(metric) > room:
            if indent is None:
                return text
            text += f"\n{indent}{metric[3:]}"
            room = columns - 1 - len(indent) - len(metric) + 3
        else:
            text += metric
            room -= len(metric)
    return text


class Progbar:
    """A progress bar for loops of one's own.

    On a terminal and in a notebook the bar moves in place; in a file it is a line at the end, and
    one now and then if the end is far.

    Args:
        target: Int, steps to do; None if unknown.
        width: Int, characters of the bar.
        verbose: 0 silent, 1 a bar, 2 one line at the end.
        interval: Float, least seconds between two drawings; 0 shows every update, in files too.
        stateful_metrics: Names of metrics to show as they are. Others are averaged over steps.
        stateless_metrics: Names of metrics to average over steps; others are shown as they are.
            By default all are averaged.
        unit_name: What a step is called.

    Raises:
        ValueError: If both lists of metrics are given.

    Example:

    >>> bar = kerajax.utils.Progbar(3, verbose=0)
    >>> for i in range(3):
    ...     bar.update(i + 1, [("loss", 0.5)])
    """

    def __init__(
        self,
        target,
        width=20,
        verbose=1,
        interval=0.05,
        stateful_metrics=None,
        stateless_metrics=None,
        unit_name="step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` and `stateless_metrics` can be given, since each "
                f"says what the other metrics are, but received {stateful_metrics!r} and "
                f"{stateless_metrics!r}. Leave one of them out."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = self.stateless_metrics = None
        if stateless_metrics is not None:
            self.stateless_metrics = set(stateless_metrics)
        else:
            self.stateful_metrics = set(stateful_metrics or ())
        self._console = None
        self._sums = {}  # name -> (sum, steps)
        self._seen = 0
        self._start = time.perf_counter()
        self._after_first = None
        self._next = 0.0
        self._next_plain = self._start + _PLAIN_WAIT

    def update(self, current, values=None, finalize=None):
        """Shows that `current` steps are done.

        Args:
            current: Int, steps done.
            values: Pairs of metric name and its value in the last step.
            finalize: Bool, whether this is the last update. By default once the target is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._take(current, values or (), finalize)
        now = time.perf_counter()
        if self._after_first is None and current:
            self._after_first = (current, now)
        if self.verbose == 1 and (finalize or now >= self._next):
            self._draw(current, now, finalize)
            self._next = now + self.interval
        elif self.verbose == 2 and finalize and self.target:
            self._output().write(self._progress(current, now, True).as_line() + "\n")

    def add(self, n, values=None):
        """Shows that `n` more steps are done."""
        self.update(self._seen + n, values)

    def _take(self, current, values, finalize):
        # The last update often repeats the step before; it counts as one step all the same.
        steps = max(current - self._seen, 1)
        for name, value in values:
            if isinstance(value, (list, tuple)):
                value = np.mean(value)
            if self._is_averaged(name) and not finalize:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + value * steps, count + steps)
            else:
                self._sums[name] = (value, 1)
        self._seen = current

    def _is_averaged(self, name):
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in self.stateful_metrics

    def _draw(self, current, now, finalize):
        console = self._output()
        progress = self._progress(current, now, finalize)
        if console.has_row:
            text, width = progress.as_row(console.style, console.columns, self.width)
            if finalize:
                console.write(text + "\n")
            else:
                console.draw(text, width)
        elif finalize or now >= self._next_plain or not self.interval:
            self._next_plain = next_plain(self._start, now)
            console.write(progress.as_line() + "\n")

    def _progress(self, current, now, done):
        metrics = tuple((k, s if n == 1 else s / n) for k, (s, n) in self._sums.items())
        per_step = step_seconds(self._start, now, current, self._after_first)
        return Progress(
            current, self.target, now - self._start, per_step, metrics, done, self.unit_name
        )

    def _output(self):
        # Standard output may be another one by now: `contextlib.redirect_stdout`, a notebook cell.
        if self._console is None or self._console.stream is not sys.stdout:
            self._console = Console()
        return self._console


def step_seconds(start, now, seen, first) -> float:
    """Seconds of one step; the first, which may have been compiled, does not count.

    It counts where a first call joined most of the steps, since the rest says too little.

    Args:
        start: Time at the start.
        now: Time now.
        seen: Int, steps done.
        first: `(steps, time)` when the first steps were done, or None.
    """
    if not seen:
        return 0.0
    if first is not None and seen >= 2 * first[0]:
        return (now - first[1]) / (seen - first[0])
    return (now - start) / seen
