"""Processes: several worker processes that compute the batches of one data set.

A process that uses JAX has threads, so it must not be forked: the copy could wait for ever for a
lock that one of them held. Workers are new processes (`_worker.py`), which get the data set
pickled. They end when their input is closed, which also happens when this process dies.
"""

import hashlib
import importlib.util
import multiprocessing.spawn
import os
import pickle
import queue
import signal
import subprocess
import sys
import time
import weakref

import numpy as np

from kerajax.training.data import _worker

# Seconds that workers have to end by themselves.
_GRACE = 1.0
# Set in workers.
_IN_WORKER = "KERAJAX_WORKER"
_MSG_NESTED = """\
A worker process came to the point where training starts: it runs the script once more, to find \
the data set's class in it. Let only the first process train:
    if __name__ == "__main__":
        model.fit(...)
or move the class into a module of its own, or `pip install cloudpickle`, with which workers need \
not run the script."""
_MSG_PICKLE = (
    "use_multiprocessing=True sends the data set to other processes, but {kind} cannot be pickled: "
    "{error}. Keep open files, generators, locks and lambdas out of its attributes, or pass "
    "use_multiprocessing=False to compute batches in threads."
)
_MSG_DIED = (
    "A worker process that computed batch {index} of {kind} died ({reason}), so training cannot go "
    "on. What it wrote is on standard error. Pass use_multiprocessing=False to compute batches in "
    "threads of this process, where errors show."
)


class Processes:
    """Worker processes for one data set; `get` may be called from several threads at once.

    Args:
        source: Data set with `__getitem__`, which can be pickled.
        count: Int, processes.
        seed: Int. Before each batch, the random generators of Python, numpy and kerajax are seeded
            from it, the number of the pass and the index. So random augmentation differs from
            batch to batch and from pass to pass, whichever worker computes it, and can be repeated.

    Raises:
        TypeError: If the data set cannot be pickled.
        RuntimeError: In a worker process.

    Example:

    >>> processes = Processes([10, 20, 30], 1)
    >>> processes.get(2)
    30
    >>> processes.close()
    """

    def __init__(self, source, count, seed=0):
        if _IN_WORKER in os.environ:
            raise RuntimeError(_MSG_NESTED)
        self._kind = type(source).__name__
        self._seed = seed
        self._digest = None
        self._parts = ()
        self._version = 0
        self.send(source)
        self._workers = [_Worker() for _ in range(count)]
        self._idle = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        # Also when nobody holds this object any more, and at the end of the program.
        self.close = weakref.finalize(self, _stop, self._workers)

    def send(self, source) -> None:
        """Takes the data set as it is now, in case it has changed (as `on_epoch_end` may)."""
        parts, needs_main = self._pickled(source)
        digest = hashlib.blake2b()
        for part in parts:
            digest.update(part)
        if digest.digest() != self._digest:
            self._digest = digest.digest()
            # Arrays may change before all workers have them.
            self._parts = [pickle.dumps(_settings(needs_main)), *(bytes(part) for part in parts)]
            self._version += 1

    def get(self, index, number=0):
        """The batch at `index` in pass `number`, computed by an idle worker.

        Raises:
            RuntimeError: If the worker dies.
            Exception: What the data set raised, with the worker's traceback as a note.
        """
        worker = self._idle.get()
        try:
            if worker.version != self._version:
                self._ask(worker, "load", self._parts, index)
                worker.version = self._version
            seed = np.random.SeedSequence((self._seed, number, index)).generate_state(1).item()
            return self._ask(worker, "item", _worker.dump((index, seed)), index)
        finally:
            self._idle.put(worker)

    def _ask(self, worker, kind, parts, index):
        try:
            _worker.write_parts(worker.process.stdin, kind, parts)
            answer, parts = _worker.read_parts(worker.process.stdout)
        except (EOFError, OSError, ValueError) as error:
            reason = _reason(worker.process)
            message = _MSG_DIED.format(index=index, kind=self._kind, reason=reason)
            raise RuntimeError(message) from error
        if answer == "done":
            return _worker.load(parts)
        error, text = _worker.load(parts)
        if error is None:
            raise RuntimeError(f"A worker process failed on batch {index}:\n{text}")
        error.add_note(f"This happened in a worker process, for batch {index}:\n{text}")
        raise error

    def _pickled(self, source):
        """The data set as parts, and whether they name things of the main module."""
        by_value = importlib.util.find_spec("cloudpickle") is not None
        try:
            parts = _worker.dump(source)
            if b"__main__" not in parts[0] or not by_value:
                return parts, b"__main__" in parts[0]
        except Exception as error:  # noqa: BLE001 - anything may go wrong in classes of users
            if not by_value:
                raise TypeError(_MSG_PICKLE.format(kind=self._kind, error=error)) from error
        # It sends classes of the main module themselves, so that workers need not run the script
        # again, which would have to be written for that.
        import cloudpickle

        try:
            buffers: list = []
            pickled = cloudpickle.dumps(source, protocol=5, buffer_callback=buffers.append)
            return [pickled, *(buffer.raw() for buffer in buffers)], False
        except Exception as error:  # noqa: BLE001 - as above
            raise TypeError(_MSG_PICKLE.format(kind=self._kind, error=error)) from error


class _Worker:
    """One process and the version of the data set that it has."""

    def __init__(self):
        # A data set that computes with ops must not take memory on an accelerator.
        environment = {**os.environ, "JAX_PLATFORMS": "cpu", _IN_WORKER: "1"}
        self.version = 0
        self.process = subprocess.Popen(
            [sys.executable, _worker.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )


def _settings(needs_main):
    preparation = multiprocessing.spawn.get_preparation_data("kerajax-worker")
    del preparation["authkey"]
    if not needs_main:
        preparation.pop("init_main_from_path", None)
        preparation.pop("init_main_from_name", None)
    # Whether kerajax answers for imports of Keras in this process.
    hooks = {type(finder).__module__.partition(".")[0] for finder in sys.meta_path}
    return {"preparation": preparation, "to_install": sorted(hooks & {"kerajax"})}


def _reason(process):
    try:
        code = process.wait(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        return "its output was closed"
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    hint = ", as when memory runs out" if name == "SIGKILL" else ""
    return f"signal {-code}, {name}{hint}"


def _stop(workers):
    for worker in workers:
        try:
            worker.process.stdin.close()
        except OSError:
            pass
    deadline = time.monotonic() + _GRACE
    for worker in workers:
        try:
            worker.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        worker.process.stdout.close()
