"""Weights in several files of limited size, with a JSON index that says what lies where."""

import json
import os
from contextlib import ExitStack
from pathlib import Path

import h5py

from ._atomic import replacing
from ._own_state import has_own_state, own_state
from ._walk import walk
from ._weights_h5 import write_state

_GIB = 1 << 30


def write_shards(model, path, max_shard_size) -> None:
    """Writes `x.weights.json` and beside it `x_00000.weights.h5`, `x_00001.weights.h5`, ...

    Args:
        model: Model that is built.
        path: Path of the index, which ends in `.weights.json`.
        max_shard_size: Number. Size of one file in gibibytes. The state of one object is not
            divided.

    Raises:
        ValueError: If one object alone is larger.
    """
    limit = float(max_shard_size) * _GIB
    shards, sizes = [[]], [0]
    for place, x in walk(model):
        state = own_state(x) if has_own_state(x) else {}
        nbytes = sum(value.nbytes for value in state.values())
        if nbytes > limit:
            raise ValueError(
                f"The weights of '{place}' alone need {nbytes:,} bytes, which is more than "
                f"max_shard_size={max_shard_size} GB. Allow larger files."
            )
        if not state:
            continue
        if sizes[-1] + nbytes > limit:
            shards.append([])
            sizes.append(0)
        shards[-1].append((place, x))
        sizes[-1] += nbytes
    path = Path(path)
    stem = path.name.removesuffix(".weights.json")
    places = {}
    # All files take their names over at the end, the index last: an old set stays whole until then.
    with ExitStack() as stack:
        index = stack.enter_context(replacing(os.fspath(path)))
        for number, shard in enumerate(shards):
            name = f"{stem}_{number:05}.weights.h5"
            temporary = stack.enter_context(replacing(path.parent / name))
            with h5py.File(temporary, "w") as file:
                for place, x in shard:
                    write_state(file, place, x)
                    places[f"/{place}/vars" if place else "/vars"] = [name]
        content = {"metadata": {"total_size": sum(sizes)}, "weight_map": places}
        index.write_text(json.dumps(content, indent=4))
