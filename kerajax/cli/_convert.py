"""`kerajax convert`: a model file of any era in another format."""

import argparse
import os
import sys
from typing import Any

from kerajax import saving


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
    try:
        model: Any = saving.load_model(options.source)
        saving.save_model(model, options.target)
    except (ValueError, TypeError, OSError, NotImplementedError) as error:
        print(f"kerajax convert: {error}", file=sys.stderr)
        return 1
    layers, numbers = len(model.layers), model.count_params()
    print(
        f"{options.target}: {type(model).__name__} '{model.name}', {layers} layers, "
        f"{numbers:,} parameters"
    )
    return 0
