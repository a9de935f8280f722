"""`kerajax convert`: a model file of any era in another format, and how well it agrees."""

import argparse
import os
import sys
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerajax import saving, tree, utils
from kerajax.cli._inspect import clean
from kerajax.saving import read

_SEED = 0
_MIB = 1 << 20
# Bytes of a file from which on progress is shown, and how often its arrays are read or written.
_LARGE, _PASSES = 64 * _MIB, 3
# Rows of the random inputs, and the size of other axes that may be of any size.
_ROWS, _ANY_SIZE = 4, 8


def main(argv) -> int:
    """Runs `kerajax convert` with its arguments."""
    parser = argparse.ArgumentParser(
        prog="kerajax convert",
        description="Load a model file of any Keras and save it in the format of the new suffix.",
    )
    parser.add_argument("source", metavar="IN", help="a .keras or .h5 file")
    parser.add_argument("target", metavar="OUT", help="a path that ends in .keras or .h5")
    parser.add_argument("--force", action="store_true", help="replace OUT if it is there")
    options = parser.parse_args(argv)
    if not options.target.endswith((".keras", ".h5", ".hdf5")):
        parser.error(f"OUT must end in .keras or .h5, but is {options.target!r}")
    if os.path.exists(options.target) and not options.force:
        parser.error(f"{options.target} is there already; --force replaces it")
    with _progress(options.source):
        try:
            model: Any = saving.load_model(options.source)
            saving.save_model(model, options.target)
        except (ValueError, TypeError, OSError, NotImplementedError) as error:
            print(f"kerajax convert: {clean(error)}", file=sys.stderr)
            return 1
        agreement = _agreement(model, options.target)
    layers, numbers = len(model.layers), model.count_params()
    print(
        f"{options.target}: {type(model).__name__} '{clean(model.name)}', {layers} layers, "
        f"{numbers:,} parameters"
    )
    print(clean(agreement))
    return 0


@contextmanager
def _progress(path):
    """Shows on a terminal how far a large file is, which is read, written and read again."""
    size = os.path.getsize(path) if os.path.exists(path) else 0
    if size < _LARGE or not sys.stdout.isatty():
        yield
        return
    bar = utils.Progbar(_PASSES * size // _MIB, unit_name="MiB")
    done = 0

    def show(nbytes):
        nonlocal done
        done += nbytes
        bar.update(min(done // _MIB, bar.target - 1))

    try:
        with read.progress_to(show):
            yield
    finally:
        bar.update(bar.target)


def _agreement(model, path) -> str:
    """A sentence on how far the written file predicts from what the model predicts."""
    try:
        again: Any = saving.load_model(path, compile=False)
        inputs = tree.map_structure(_random_input, model.input)
        outputs = [tree.flatten(each(inputs, training=False)) for each in (model, again)]
        gaps = [
            np.abs(np.asarray(a, float) - np.asarray(b, float))
            for a, b in zip(*outputs, strict=True)
        ]
    except Exception as error:  # the file is written; what could not be compared is only told
        return f"not compared on random inputs: {type(error).__name__}: {error}"
    largest = max((float(gap.max()) for gap in gaps if gap.size), default=0.0)
    return f"largest deviation of the outputs on random inputs: {largest:.3g}"


def _random_input(tensor):
    """Normal numbers of the input's shape; zeros and ones where it takes whole numbers."""
    rng = np.random.default_rng(_SEED)
    batch, *rest = tensor.shape
    shape = (batch or _ROWS, *(size or _ANY_SIZE for size in rest))
    if "int" in tensor.dtype or tensor.dtype == "bool":
        return rng.integers(0, 2, shape).astype(tensor.dtype)
    return rng.normal(size=shape).astype("float32")
