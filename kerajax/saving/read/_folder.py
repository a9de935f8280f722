"""A `.keras` archive that is not zipped: a folder with the same files.

All files are checked before the first is opened: links are not followed, and nothing but regular
files counts.
"""

import stat
from contextlib import contextmanager
from pathlib import Path

from ._archive import ASSETS, CONFIG, METADATA, WEIGHTS, Archive, Asset, writer_in
from ._budget import shorten, size
from ._errors import BrokenFileError, UnsafeFileError
from ._hdf5 import hdf5_tree
from ._json import parse_json
from ._weights_h5 import weights_file


@contextmanager
def folder(source, meter):
    """Open a folder as an archive; its arrays and assets can be read until the block ends.

    Args:
        source: Path of the folder.
        meter: `Meter` of it.

    Yields:
        An `Archive`.

    Raises:
        UnsafeFileError: If there is a link or a device in it, or it breaks the budget.
        BrokenFileError: If a part is missing or damaged.

    Example:

    ```python
    with folder("model_folder", meter) as model:
        model.config["class_name"]
    ```
    """
    root = Path(source)
    files = dict(_files(root, "", 0, meter))
    config = parse_json(_text(root, CONFIG, files, meter), CONFIG, meter)
    metadata = parse_json(_text(root, METADATA, files, meter), METADATA, meter)
    writer = writer_in(metadata)
    assets = {
        name.removeprefix(ASSETS): Asset(
            name.removeprefix(ASSETS), nbytes, lambda name=name: (root / name).read_bytes()
        )
        for name, nbytes in files.items()
        if name.startswith(ASSETS)
    }
    for asset in assets.values():
        meter.add_array(asset.name, asset.nbytes, asset.nbytes, False)
    if WEIGHTS not in files:
        yield Archive(writer, metadata, config, None, assets)
        return
    with hdf5_tree(root / WEIGHTS, meter) as (tree, content):
        weights = weights_file(tree, writer, content.ahead)
        yield Archive(writer, metadata, config, weights, assets)


def _files(place, prefix, depth, meter):
    """Names and sizes of all files below a folder."""
    for entry in sorted(place.iterdir()):
        name = prefix + entry.name
        meter.add_object(name, depth)
        state = entry.lstat()
        if stat.S_ISDIR(state.st_mode):
            yield from _files(entry, f"{name}/", depth + 1, meter)
        elif stat.S_ISREG(state.st_mode):
            meter.add_file(state.st_size)
            yield name, state.st_size
        else:
            raise UnsafeFileError(
                f"{meter.name}: '{shorten(name)}' is a link or a device, which is not followed. "
                "Keras never writes such folders; do not use this one."
            )


def _text(root, name, files, meter):
    if name not in files:
        raise BrokenFileError(
            f"{meter.name}: should be the folder of a model with '{name}', but it holds "
            f"{shorten(repr(sorted(files)), 200)}. Pass the folder that `save_model` wrote."
        )
    if files[name] > meter.budget.max_json_bytes:
        raise UnsafeFileError(
            f"{meter.name}: '{name}' has {size(files[name])}, and the budget allows "
            f"{size(meter.budget.max_json_bytes)}. If you trust it, raise `max_json_bytes`."
        )
    return (root / name).read_bytes()
