"""One candidate of one workload in its own process: `python -m benchmarks.worker`.

The runner speaks to it over two pipes, one JSON object a line. It builds and warms up, answers
`{"ready": ...}` or `{"unable": why}`, then answers each `{"go": true}` with one measurement until
the pipe closes. Standard output is free for a progress bar.
"""

import importlib
import json
import os
import resource
import sys
import time
import traceback

from .candidates import Unable, make_trial_class
from .workloads import WORKLOADS

FIRST_EPOCHS = 3  # Their losses are reported, so that readers can see that all train alike.
SCRIPT_EPOCHS = 10
LEVEL_WINDOWS = 5


def main(argv=None):
    """Serves measurements until the runner closes the pipe.

    Args:
        argv: Strings: workload, candidate, file descriptors to read and write, window in seconds,
            limit of the warm-up in seconds.
    """
    name, candidate, source, sink, window, limit = argv or sys.argv[1:]
    with os.fdopen(int(source)) as commands, os.fdopen(int(sink), "w") as replies:

        def reply(**message):
            replies.write(json.dumps(message) + "\n")
            replies.flush()

        try:
            measure, facts = _prepare(WORKLOADS[name], candidate, float(window), float(limit))
            reply(ready=facts)
            for _ in commands:
                reply(value=measure())
        except Unable as error:
            reply(unable=str(error))
        except BaseException as error:
            traceback.print_exc()
            reply(failed=_last_line(error))
            raise SystemExit(1) from error


def _last_line(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1] if lines else ''}".rstrip(": ")


def _prepare(workload, candidate, window, limit):
    """The function that measures once, and facts about the warm-up."""
    if workload.kind == "import":
        return lambda: _import_seconds(workload, candidate), {}
    if workload.kind == "first_step":
        make_trial = make_trial_class(workload, candidate)
        return lambda: _seconds(lambda epochs: make_trial().fit(epochs), 1), {}
    start = time.perf_counter()
    trial = make_trial_class(workload, candidate)()
    if workload.kind == "memory":
        losses = trial.memory(SCRIPT_EPOCHS)
        return _peak_megabytes, {"loss": losses[FIRST_EPOCHS - 1]}
    work = getattr(trial, workload.kind)
    losses = work(FIRST_EPOCHS)
    facts = {"first": time.perf_counter() - start, "loss": losses[-1] if losses else None}
    steps = workload.steps_per_epoch if workload.unit == "steps/s" else 1
    units = _settle(work, window, limit)
    facts["steps_per_window"] = units * steps
    return lambda: units * steps / _seconds(work, units), facts


def _settle(work, window, limit):
    """Warms up until the rate has stopped rising; returns how many units fill a window.

    It must not rise for several windows: what is compiled beside the steps comes late.
    """
    end = time.perf_counter() + limit
    units, best, level = 1, 0.0, 0
    while True:
        spent = _seconds(work, units)
        rate = units / spent
        if spent > 0.5 * window:
            level = level + 1 if rate < 1.05 * best else 0
            best = max(best, rate)
        if level == LEVEL_WINDOWS or time.perf_counter() > end:
            return max(1, round(rate * window))
        # At most tenfold at a time: a rate that still contains compilation says little.
        units = max(1, min(10 * units, round(rate * window)))


def _seconds(work, units):
    start = time.perf_counter()
    work(units)
    return time.perf_counter() - start


def _import_seconds(workload, candidate):
    start = time.perf_counter()
    package = importlib.import_module(candidate)
    if workload.first_use and candidate == "jax":
        importlib.import_module("optax")
    elif workload.first_use:
        # A lazy package pays here what it did not pay above.
        _ = package.Sequential, package.layers.Dense, package.optimizers.SGD
    return time.perf_counter() - start


def _peak_megabytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    main()
