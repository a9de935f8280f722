"""Starts each candidate in its own process and lets them take turns, round after round.

Only one candidate works at a time, the others wait on a pipe. Turns, rather than one long run
each, spread a slow minute of the machine over everyone.
"""

import importlib.util
import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from statistics import median

FRESH_KINDS = ("import", "first_step", "memory")  # One measurement per process.
ANSWER_SECONDS = 600.0
# What candidates need beyond the packages of the tests.
PACKAGES = {"torch": "torch", "torch_compile": "torch", "keras_tf": "tensorflow"}


@dataclass
class Result:
    """What one candidate did on one workload.

    Attributes:
        values: Measurements, one per round, in the workload's unit.
        facts: From the warm-up: `first` (seconds until the first epochs are trained, compilation
            included), `loss` (after the third epoch), `steps_per_window`.
        failed: The last line of its error, or None.
        skipped: Why it was not run, or None.
    """

    values: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    failed: str | None = None
    skipped: str | None = None

    @property
    def median(self):
        """Median of the rounds, or None after a failure."""
        return median(self.values) if self.values and not self.failed else None


def run_workload(workload, candidates, required, rounds, window, warm_up):
    """Measures the candidates in turns.

    Args:
        workload: Workload.
        candidates: Names, in table order.
        required: The names among them that fail, rather than being skipped, where the package that
            they need cannot be imported.
        rounds: Int. Measurements per candidate.
        window: Float. Length of a measurement in seconds.
        warm_up: Float. Longest warm-up in seconds, compilation not counted.

    Returns:
        Dict from candidate to `Result`.
    """
    results = {
        name: Result(skipped=None if name in required else _lacks(name)) for name in candidates
    }
    workers = {}
    cache = tempfile.TemporaryDirectory()
    try:
        # Where programs are to be found, one round more puts them there, and is not counted.
        for number in range(-workload.restarted, rounds):
            for name, result in results.items():
                if result.failed or result.skipped:
                    continue
                try:
                    if name not in workers:
                        workers[name] = _Worker(workload, name, window, warm_up, cache.name)
                        result.facts = workers[name].answer("ready")
                    value = workers[name].measure()
                    if number >= 0:
                        result.values.append(value)
                except WorkerUnable as error:
                    # Named on the command line, it had to work.
                    key = "failed" if name in required else "skipped"
                    setattr(result, key, str(error))
                except WorkerError as error:
                    result.failed = str(error)
                if result.failed or result.skipped or workload.kind in FRESH_KINDS:
                    workers.pop(name).close()
    finally:
        for worker in workers.values():
            worker.close()
        cache.cleanup()
    return results


def _lacks(candidate):
    """What is missing for a candidate, or None."""
    package = PACKAGES.get(candidate)
    if package is None or importlib.util.find_spec(package):
        return None
    return f"{package} is not installed"


class WorkerError(Exception):
    """A candidate's process failed, died or did not answer."""


class WorkerUnable(Exception):
    """A candidate's package is there but does not work on this machine."""


class _Worker:
    """A child process, two pipes, and a terminal for its standard output where a bar is drawn."""

    def __init__(self, workload, candidate, window, warm_up, cache):
        child_in, self.commands = os.pipe()
        self.replies, child_out = os.pipe()
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.buffer = b""
        self.screen, stdout = pty.openpty() if workload.progress_bar else (None, subprocess.DEVNULL)
        arguments = [workload.name, candidate, child_in, child_out, window, warm_up]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=self.errors,
            pass_fds=(child_in, child_out),
            env=_environment(candidate, cache if workload.restarted else None),
        )
        os.close(child_in)
        os.close(child_out)
        if self.screen is not None:
            os.close(stdout)
            threading.Thread(target=_drain, args=(self.screen,), daemon=True).start()

    def measure(self):
        """One measurement."""
        try:
            os.write(self.commands, b'{"go": true}\n')
        except BrokenPipeError:
            pass  # The process is gone; `answer` says why.
        return self.answer("value")

    def answer(self, key):
        """The next reply's `key`; raises WorkerError if it is a failure or none comes."""
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.replies], [], [], ANSWER_SECONDS)
            if not ready:
                raise WorkerError(f"no answer within {ANSWER_SECONDS:.0f} s")
            received = os.read(self.replies, 65536)
            if not received:
                raise WorkerError(self._epitaph())
            self.buffer += received
        line, _, self.buffer = self.buffer.partition(b"\n")
        message = json.loads(line)
        if "unable" in message:
            raise WorkerUnable(message["unable"])
        if "failed" in message:
            raise WorkerError(message["failed"])
        return message[key]

    def _epitaph(self):
        code = self.process.wait()
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors if line.strip()]
        return f"exit code {code}" + (f", {lines[-1]}" if lines else "")

    def close(self):
        """Ends the process; safe to call more than once."""
        os.close(self.commands)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.replies)
        self.errors.close()


def _drain(screen):
    """Reads what a terminal would show, so that the writer never waits for the reader."""
    while True:
        try:
            if not os.read(screen, 65536):
                break
        except OSError:  # Linux reports the closed other end as an input/output error.
            break
    os.close(screen)


def _environment(candidate, cache=None):
    """The caller's environment with the CPU as the default device and a backend for Keras."""
    defaults = {"JAX_PLATFORMS": "cpu", "TERM": "xterm-256color", "COLUMNS": "100"}
    backend = "tensorflow" if candidate == "keras_tf" else "jax"
    settings = {**defaults, **os.environ, "KERAS_BACKEND": backend, "PYTHONWARNINGS": "ignore"}
    # A second run of a script finds the bytecode of the first.
    settings.pop("PYTHONDONTWRITEBYTECODE", None)
    if cache and candidate == "kerajax":
        settings["KERAJAX_COMPILATION_CACHE"] = cache
    return settings
