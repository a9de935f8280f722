"""Sharded weights: a JSON index beside the numbered `.weights.h5` files it names."""

from contextlib import ExitStack, contextmanager
from pathlib import Path

from ._budget import shorten
from ._container import identify, size_of
from ._errors import BrokenFileError, UnsafeFileError
from ._hdf5 import hdf5_tree
from ._weights_h5 import merge_shards, weights_file


def is_index(config):
    """Say whether a parsed JSON file is the index of a sharded set.

    Example:

    >>> is_index({"metadata": {}, "weight_map": {}})
    True
    """
    return isinstance(config.get("weight_map"), dict)


@contextmanager
def sharded_weights(config, index_path, meter):
    """Open all shards of an index; their arrays can be read until the block ends.

    Args:
        config: Dict, the parsed index.
        index_path: Path of the index; the shards lie in its folder.
        meter: `Meter` of the index.

    Yields:
        One `WeightsFile` with the variables of all shards.

    Raises:
        UnsafeFileError: If the index names anything but `.weights.h5` files of its own folder.
        BrokenFileError: If the index names no shards.

    Example:

    ```python
    with sharded_weights(index, Path("model.weights.json"), meter) as weights:
        weights.groups["layers/dense"].vars[0].read()
    ```
    """
    names = _shard_names(config["weight_map"], meter)
    with ExitStack() as stack:
        shards = []
        for name in names:
            path = Path(index_path).parent / name
            meter.add_object(name)
            if identify(path) != "hdf5":
                raise BrokenFileError(
                    f"{meter.name}: the shard '{name}' should be an HDF5 file, but it is not. Keep "
                    "the files of one `save_weights` call together."
                )
            meter.add_file(size_of(path))
            root, _ = stack.enter_context(hdf5_tree(path, meter))
            shards.append(weights_file(root))
        yield merge_shards(shards)


def _shard_names(weight_map, meter):
    names = []
    for value in weight_map.values():
        names += value if isinstance(value, list) else [value]
    if not names:
        raise BrokenFileError(
            f"{meter.name}: 'weight_map' should name the files with the weights, but it is empty. "
            "Save the weights again."
        )
    for name in names:
        if not isinstance(name, str) or name != Path(name).name or not name.endswith(".weights.h5"):
            raise UnsafeFileError(
                f"{meter.name}: 'weight_map' should name `.weights.h5` files in the folder of the "
                f"index, but it names {shorten(repr(name))}, which is not opened. Do not use this "
                "file."
            )
    return sorted(set(names))
