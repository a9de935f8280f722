"""Saving and loading a model of 100 MiB beside h5py alone: `python -m benchmarks.save_load`.

h5py flushes what it writes to the disk, as the package does. It reads into numpy arrays (`numpy`),
and puts these on the device as well (`device`). All take turns in one process. The peak of memory
is taken in a process of its own for each row: what the process held at most while it saved or
loaded, less what it held before, in sizes of the weights. For `load_model` that counts the weights
of the new model, for `load_weights` the old values that are kept until all new ones are there.
"""

import argparse
import functools
import gc
import subprocess
import sys
import tempfile
import time
from statistics import median

import jax
import numpy as np

from .files import LAYERS, UNITS, BareFile, ModelFiles

SUFFIXES = (".weights.h5", ".keras", ".h5")
_RESET_PEAK = "5"


class Pair:
    """A model with its files, and h5py's file of the same arrays beside it.

    Args:
        package: Name of a module with Keras' interface.
        folder: Path of an empty folder.
        layers: Int. Number of square layers.
        units: Int. Their width.
    """

    def __init__(self, package, folder, layers=LAYERS, units=UNITS):
        self._files = ModelFiles(package, folder, layers, units)
        # On a CPU views: the values are in memory that numpy can see.
        self._bare = BareFile(folder, lambda: map(np.asarray, self._values()))
        self._kept = None
        self.nbytes = 4 * self._files.model.count_params()

    def rows(self):
        """Functions by name; those of h5py first."""
        bare, files = self._bare, self._files
        rows = {
            "h5py write": bare.save,
            "h5py read": bare.load,
            "h5py device": lambda: bare.load(jax.device_put),
        }
        for suffix in SUFFIXES:
            save = "save_weights" if suffix == ".weights.h5" else "save"
            rows[f"{save} {suffix}"] = functools.partial(files.save, suffix)
            rows[f"load_weights {suffix}"] = functools.partial(files.load_weights, suffix)
            if save == "save":
                rows[f"load_model {suffix}"] = functools.partial(files.load_model, suffix)
        return rows

    def run(self, name):
        """Runs a row and waits for what it put on the device."""
        self._kept = self.rows()[name]()
        made = getattr(self._kept, "weights", None)
        jax.block_until_ready([w.value for w in made] if made else self._kept)
        jax.block_until_ready(self._values())

    def _values(self):
        return [weight.value for weight in self._files.model.weights]

    def release(self):
        """Lets go of what the last row made."""
        self._kept = None
        gc.collect()


def seconds(package, folder, rounds, layers=LAYERS, units=UNITS):
    """Seconds of each row, `rounds` times in turns after one turn to warm up."""
    pair = Pair(package, folder, layers, units)
    spent = {name: [] for name in pair.rows()}
    for turn in range(rounds + 1):
        for name, values in spent.items():
            pair.release()
            start = time.perf_counter()
            pair.run(name)
            if turn:
                values.append(time.perf_counter() - start)
    return spent


def peak(package, name, folder, layers=LAYERS, units=UNITS):
    """Memory that a row takes at its peak, in sizes of the weights; Linux alone tells.

    The files are there already: writing them here would leave freed memory to reuse.
    """
    with tempfile.TemporaryDirectory() as other:
        small = Pair(package, other, 2, 8)
        for row in small.rows():
            small.run(row)
    pair = Pair(package, folder, layers, units)
    pair.release()
    _, before = _memory()
    with open("/proc/self/clear_refs", "w") as file:
        file.write(_RESET_PEAK)
    pair.run(name)
    return (_memory()[0] - before) / pair.nbytes


def _memory():
    """Bytes of memory at the peak and now."""
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return tuple(1024 * int(lines[key].split()[0]) for key in ("VmHWM", "VmRSS"))


def report(spent, peaks):
    """Lines of a table: milliseconds, over h5py's, and the peaks."""
    base = {name: median(values) for name, values in spent.items() if name.startswith("h5py")}
    yield f"{'row':26}{'ms':>8}{'spread':>8}{'/numpy':>8}{'/device':>9}{'peak':>7}"
    for name, values in spent.items():
        middle = median(values)
        writes = "write" in name or name.startswith("save")
        over = ("write", "write") if writes else ("read", "device")
        ratios = [middle / base[f"h5py {what}"] for what in over]
        spread = (max(values) - min(values)) / middle
        peak_text = f"{peaks[name]:.2f}" if name in peaks else "-"
        yield (
            f"{name:26}{1000 * middle:8.1f}{spread:8.0%}{ratios[0]:8.2f}{ratios[1]:9.2f}"
            f"{peak_text:>7}"
        )


def main(argv=None):
    """Prints the table; with `--peak ROW FOLDER`, the number of that row alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.save_load", description=__doc__)
    parser.add_argument("--package", default="kerajax", help="kerajax or keras")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--layers", type=int, default=LAYERS, help="square layers of 4 MiB each")
    parser.add_argument("--no-peaks", action="store_true", help="times alone")
    parser.add_argument("--peak", nargs=2, metavar=("ROW", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        if options.peak:
            print(peak(options.package, *options.peak, options.layers))
            return 0
        spent = seconds(options.package, folder, options.rounds, options.layers)
        apart = functools.partial(_peak_apart, options, folder)
        peaks = {} if options.no_peaks else {name: apart(name) for name in spent}
    print("\n".join(report(spent, peaks)))
    return 0


def _peak_apart(options, folder, name):
    command = [sys.executable, "-m", "benchmarks.save_load", "--peak", name, folder]
    command += ["--package", options.package, "--layers", str(options.layers)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
