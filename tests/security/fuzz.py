"""Loads damaged files by the thousand, in processes that may die, and says how each case ended.

    python -m tests.security.fuzz --cases 1000 FILE...
    python -m tests.security.fuzz --cases 20 --minutes 15 --level convert

The second goes on with further cases until the time is over, and then tells what was tried, as it
does when it is ended sooner. `attempt` has the levels; without files those of `seeds` are tried.

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
import warnings
from pathlib import Path
from typing import NamedTuple

CPU_SECONDS = 10.0
# Of the clock on the wall, for what waits and computes nothing; other processes take their time.
WALL_SECONDS = 300.0
LEVELS = ("read", "load", "convert", "data")
MIB = 1 << 20
MEMORY = 256 * MIB
# What a worker may take before the kernel refuses it more, so that a bomb harms nobody beside it.
MOST_MEMORY = 6 << 30


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
        paths: Paths of whole files, or of folders that hold a model.
        cases: Int. Number of cases for each file.
        start: Int. Number of the first case.
        level: One of `LEVELS`.

    Returns:
        List of `Case`.
    """
    return list(tried(paths, cases, start, level))


def tried(paths, cases, start, level):
    """Yields the cases of `run` as they end."""
    left = {str(path): start for path in paths}
    while left:
        # A worker goes through all files until it dies, and the next goes on after that case.
        command = [sys.executable, "-m", "tests.security.fuzz", "--work", json.dumps(left)]
        command += ["--stop", str(start + cases), "--level", level]
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as errors:
            begun = None
            with subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=folder,
                env=_environment(),
            ) as process:
                try:
                    for line in process.stdout:
                        kind, *rest = json.loads(line)
                        if kind == "begin":
                            begun = rest
                        elif kind == "end":
                            yield Case(*begun, *rest)
                            left[begun[0]] = begun[1] + 1
                            begun = None
                        else:
                            del left[rest[0]]
                except BaseException:  # nobody asks for further cases
                    process.kill()
                    raise
            errors.seek(0)
            said = errors.read()[-2000:]
        if process.returncode and begun is None:
            raise RuntimeError(f"the worker of the fuzzer failed: {said}")
        if begun is not None:
            yield Case(*begun, _ended(process.returncode), said)
            left[begun[0]] = begun[1] + 1


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
    if code in (-signal.SIGPROF, -signal.SIGALRM):
        return "took too long" if code == -signal.SIGPROF else "waited too long"
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"


def _work(left, stop, level):
    # Where the package is loaded once for all cases, and not in the process that only counts.
    from tests.security import containment
    from tests.security.attempt import Attempt

    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    for path, first in left.items():
        attempt = Attempt(path, level)
        for number in range(first, stop):
            file = attempt.written(number)
            _say("begin", path, number)
            before = containment._reset_peak()
            signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
            begun = time.process_time()
            outcome, detail = attempt.outcome(file)
            seconds = time.process_time() - begun
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            taken = containment._peak() - before
            if taken > MEMORY:
                outcome, detail = f"took {taken // MIB} MiB", detail
            _say("end", outcome, detail, attempt.refusal, round(seconds, 3), taken)
        _say("file", path)


def _say(*values):
    print(json.dumps(values), flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--level", choices=LEVELS, default="load")
    parser.add_argument("--work")
    parser.add_argument("--stop", type=int)
    options = parser.parse_args(arguments)
    if options.work:
        _work(json.loads(options.work), options.stop, options.level)
        return
    # Whoever ends it, by Ctrl-C or otherwise, still learns what was found.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    end, done = time.monotonic() + 60 * options.minutes, []
    with tempfile.TemporaryDirectory() as folder:
        try:
            paths = [Path(file).resolve() for file in options.files]
            for case in _told(_until(end, paths or _seeds(folder, options.level), options)):
                done.append(case)
        except KeyboardInterrupt:
            print("ended from outside", flush=True)
        finally:
            if done:
                print("\n".join(table(done)), flush=True)


def _seeds(folder, level):
    """Files for a level, written by a process of its own: this one only counts."""
    kinds = ("data",) if level == "data" else ("models", "orbax")
    command = [sys.executable, "-m", "tests.security.seeds", folder, *kinds]
    subprocess.run(command, check=True, env=_environment(), stderr=subprocess.DEVNULL)
    found = [path for kind in kinds for path in sorted(Path(folder, kind).iterdir())]
    if level == "convert":  # of whole models alone
        return [path for path in found if re.fullmatch(r"[^.]+(\.keras|\.h5)?", path.name)]
    return [path for path in found if not path.name.endswith("_parts.json")]


def _until(end, paths, options):
    """Yields cases of all files, and further ones until that time."""
    start = options.start
    while start == options.start or time.monotonic() < end:
        for case in tried(paths, options.cases, start, options.level):
            yield case
            if options.minutes and time.monotonic() > end:
                return
        start += options.cases


def _told(cases):
    """Yields cases, and prints what went wrong; the same error at the same place once."""
    seen = set()
    for case in cases:
        key = case.outcome, case.detail[-300:]
        if case.is_bad and key not in seen:
            seen.add(key)
            name = Path(case.path).name
            print(f"{name} {case.number}: {case.outcome}\n{case.detail}", flush=True)
        yield case


if __name__ == "__main__":
    main()
