"""Loads damaged files by the thousand, in processes that may die, and says how each case ended.

    python -m tests.security.fuzz --cases 1000 FILE...
    python -m tests.security.fuzz --cases 20 --minutes 15 FILE...

The second goes on with further cases until the time is over.

A case is a file and a number; `mutate.damaged` makes the same bytes of them every time, so a case
that failed can be repeated: `--start NUMBER --cases 1`. Of each case it is asked that the file
loads into a whole model or is refused by an error of the families that scripts catch, within a time
and a memory, and that a model whose weights could not be loaded still has those it had.
"""

import argparse
import collections
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

CPU_SECONDS = 30.0
MIB = 1 << 20
MEMORY = 256 * MIB
# What a worker may take before the kernel refuses it more, so that a bomb harms nobody beside it.
MOST_MEMORY = 6 << 30
# Names of weights, and of an index of weights or a shard.
_WEIGHTS = re.compile(r"[._]weights\.h5$")
_PART = re.compile(r"(_\d{5}\.weights\.h5|\.weights\.json)$")
REFUSALS = (ValueError, TypeError, OSError, NotImplementedError)


class Case(NamedTuple):
    """How one case ended: `"loaded"`, `"refused"`, or what went wrong.

    `kind` is the type of the error, `seconds` are those of the processor, `taken` are bytes.
    """

    path: str
    number: int
    outcome: str
    detail: str
    kind: str = ""
    seconds: float = 0.0
    taken: int = 0

    @property
    def is_bad(self):
        return self.outcome not in ("loaded", "refused")


def run(paths, cases, start=0, level="load"):
    """Tries the cases `start` to `start + cases` of each file.

    Args:
        paths: Paths of whole files.
        cases: Int. Number of cases for each file.
        start: Int. Number of the first case.
        level: `"read"` opens files and reads their arrays, `"load"` makes models too.

    Returns:
        List of `Case`.
    """
    left = {str(path): start for path in paths}
    done = []
    while left:
        # A worker goes through all files until it dies, and the next goes on after that case.
        command = [sys.executable, "-m", "tests.security.fuzz", "--work", json.dumps(left)]
        command += ["--stop", str(start + cases), "--level", level]
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.run(
                command, capture_output=True, text=True, cwd=folder, env=_environment()
            )
        begun = None
        for line in process.stdout.splitlines():
            kind, *rest = json.loads(line)
            if kind == "begin":
                begun = rest
            elif kind == "end":
                done.append(Case(*begun, *rest))
                left[begun[0]] = begun[1] + 1
                begun = None
            else:
                del left[rest[0]]
        if process.returncode and begun is None:
            raise RuntimeError(f"the worker of the fuzzer failed: {process.stderr[-2000:]}")
        if begun is not None:
            ended = _ended(process.returncode)
            done.append(Case(*begun, ended, process.stderr[-2000:]))
            left[begun[0]] = begun[1] + 1
    return done


def table(done):
    """Lines of a summary: outcomes by file."""
    for path in dict.fromkeys(case.path for case in done):
        counts = collections.Counter(case.outcome for case in done if case.path == path)
        yield f"{Path(path).name:<50} " + ", ".join(f"{n} {what}" for what, n in counts.items())
    counts = collections.Counter(case.outcome for case in done)
    yield f"{len(done)} cases: " + ", ".join(f"{n} {what}" for what, n in counts.items())
    kinds = collections.Counter(case.kind for case in done if case.kind)
    yield "refused by: " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
    for what, unit, of in (("slowest", "s", _seconds), ("largest", "MiB", _taken)):
        worst = max(done, key=of)
        yield f"{what}: {of(worst):.2f} {unit}, {Path(worst.path).name} case {worst.number}"


def _seconds(case):
    return case.seconds


def _taken(case):
    return case.taken / MIB


def _environment():
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": root, "JAX_PLATFORMS": "cpu"}


def _ended(code):
    if code == -signal.SIGPROF:
        return "took too long"
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"


def _work(left, stop, level):
    from tests.security import containment, mutate

    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    for path, first in left.items():
        content = Path(path).read_bytes()
        attempt = _Attempt(path, level)
        for number in range(first, stop):
            _say("begin", path, number)
            file = attempt.written(mutate.damaged(content, number))
            before = containment._reset_peak()
            signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
            begun = time.process_time()
            attempt.refusal = ""
            outcome, detail = attempt.outcome(file)
            seconds = time.process_time() - begun
            signal.setitimer(signal.ITIMER_PROF, 0)
            taken = containment._peak() - before
            if taken > MEMORY:
                outcome, detail = f"took {taken // MIB} MiB", detail
            _say("end", outcome, detail, attempt.refusal, round(seconds, 3), taken)
        _say("file", path)


def _say(*values):
    print(json.dumps(values), flush=True)


class _Attempt:
    """Loading of the damaged copies of one file, and a model of the undamaged one beside it."""

    def __init__(self, path, level):
        from kerajax.saving import model_from_json

        self.path = Path(path)
        self.level = level
        self.refusal = ""
        self.model = None
        if level == "load":
            path = self.path
            beside = path.parent / _WEIGHTS.sub(".json", _PART.sub(".weights.h5", path.name))
            if beside != path and beside.exists():
                self.model = model_from_json(beside.read_text())
            elif path.suffix != ".json":
                self.model = _whole_model(path)

    def written(self, data):
        """Writes a damaged copy into this folder, beside the others of its set if it is a shard.

        Args:
            data: Bytes.

        Returns:
            Path to load: the copy, or the index of the set.
        """
        index = _PART.sub(".weights.json", self.path.name)
        if not (self.path.parent / index).exists():
            file = Path("case" + self.path.name)
            file.write_bytes(data)
            return file
        for path in self.path.parent.glob(index.replace(".weights.json", "*.weights.*")):
            Path(path.name).write_bytes(data if path == self.path else path.read_bytes())
        return Path(index)

    def outcome(self, file):
        try:
            if self.level == "read":
                _read(file)
            else:
                return self._load(file)
        except REFUSALS as error:
            return "refused", self._said(error)
        except Exception as error:  # that is what this is for
            return f"raised {type(error).__name__}", "".join(traceback.format_exception(error))
        return "loaded", ""

    def _load(self, file):
        from kerajax.saving import load_model, model_from_json

        loaded, detail = False, ""
        try:
            model = (
                model_from_json(file.read_text("utf-8", "surrogateescape"))
                if file.suffix == ".json"
                else load_model(file)
            )
            _check_whole(model)
            loaded = True
        except REFUSALS as error:
            detail = self._said(error)
        if self.model is not None:
            before = self.model.get_weights()
            try:
                self.model.load_weights(file)
                loaded = True
            except REFUSALS as error:
                detail = self._said(error)
                after = self.model.get_weights()
                if not all(map(_equal, before, after)):
                    return "half a model", detail
            _check_whole(self.model)
            self.model.set_weights(before)
        return ("loaded" if loaded else "refused"), detail

    def _said(self, error):
        self.refusal = type(error).__name__
        return str(error)[:200]


def _whole_model(path):
    """The model of an undamaged file; None if it is refused for the code in it.

    In the collection, classes of the user's own are known for this one model, and no damaged copy
    has them.
    """
    from kerajax.saving import load_model
    from tests.saving import corpus

    if path.parent == corpus.COLLECTION:
        found = [entry for entry in corpus.entries().values() if entry["file"] == path.name]
        if found:
            return corpus.load(found[0], corpus.arrays_of(path.parent / found[0]["npz"]))
    try:
        return load_model(path, compile=False)
    except ValueError as error:
        if "safe_mode" not in str(error):
            raise
        return None


def _equal(a, b):
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _check_whole(model):
    for variable in model.variables:
        value = variable.numpy()
        if value.shape != tuple(variable.shape):
            raise AssertionError(f"{variable.path} is of shape {value.shape}: {variable}")


def _read(file):
    from kerajax.cli._inspect import describe
    from kerajax.saving import read

    with read.open_model_file(file) as record:
        list(describe(record, with_optimizer=True))
        if isinstance(record, read.LegacyFile):
            pairs = [pair for layer in record.layers for pair in layer.weights]
            arrays = [array for _, array in (*pairs, *(record.optimizer_weights or ()))]
        else:
            weights = record.weights if isinstance(record, read.Archive) else record
            groups = getattr(weights, "groups", {}).values()
            arrays = [array for group in groups for array in group.arrays.values()]
        for array in arrays:
            if array.read().shape != array.shape:
                raise AssertionError(f"{array} was read with another shape")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--level", choices=["read", "load"], default="load")
    parser.add_argument("--work")
    parser.add_argument("--stop", type=int)
    options = parser.parse_args()
    if options.work:
        _work(json.loads(options.work), options.stop, options.level)
        return
    paths = [Path(file).resolve() for file in options.files]
    end = time.monotonic() + 60 * options.minutes
    done, start, seen = [], options.start, set()
    while not done or time.monotonic() < end:
        found = run(paths, options.cases, start, options.level)
        for case in found:
            # The same error at the same place is shown once.
            key = case.outcome, case.detail[-300:]
            if case.is_bad and key not in seen:
                seen.add(key)
                name = Path(case.path).name
                print(f"{name} {case.number}: {case.outcome}\n{case.detail}", flush=True)
        done += found
        start += options.cases
    print("\n".join(table(done)))


if __name__ == "__main__":
    main()
