"""The one entrance: open any model file and get its inert record."""

import os
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from ._archive import archive
from ._budget import Budget, Meter, shorten
from ._container import identify, name_of, size_of
from ._era import Writer, writer_of
from ._errors import BrokenFileError
from ._folder import folder
from ._hdf5 import hdf5_tree
from ._json import parse_json
from ._legacy_h5 import is_legacy_tree, legacy_file
from ._shards import is_index, sharded_weights
from ._weights_h5 import is_weights_tree, weights_file
from ._yaml import parse_yaml


@dataclass(frozen=True)
class Architecture:
    """A file written from `model.to_json()` or `model.to_yaml()`.

    Args:
        writer: `Writer`. Keras 3 notes no version there, but its configs name modules.
        config: Dict as in the file.

    Example:

    >>> Architecture(Writer("2.2"), {"class_name": "Sequential"}).writer.era
    '2.2'
    """

    writer: Writer
    config: Mapping[str, object]


@contextmanager
def open_model_file(source, budget=None):
    """Open a model, weights or architecture file of any era.

    Nothing of it runs, nothing else is opened, and nothing larger than it stores is allocated.
    Arrays are read one by one, while the block is open.

    Args:
        source: Path, or a seekable binary file object.
        budget: Optional `Budget`.

    Yields:
        A `LegacyFile` (HDF5 model or weights), an `Archive` (`.keras`, zipped or not), a
        `WeightsFile` (`.weights.h5`, or the JSON index of a sharded set) or an `Architecture`
        (other JSON, or YAML).

    Raises:
        MissingFileError: If there is no such file.
        BrokenFileError: If it is damaged or holds no model.
        UnsafeFileError: If it points outside itself or breaks the budget.

    Example:

    >>> import io
    >>> text = b'{"class_name": "Sequential", "keras_version": "2.2.4", "backend": "theano"}'
    >>> with open_model_file(io.BytesIO(text)) as record:
    ...     record.writer
    Writer(era='2.2', version='2.2.4', backend='theano')
    """
    kind = identify(source)
    meter = Meter(name_of(source), size_of(source), budget or Budget())
    opener = {
        "hdf5": _hdf5_record,
        "zip": archive,
        "json": _json_record,
        "yaml": _yaml_record,
        "folder": folder,
    }[kind]
    with opener(source, meter) as record:
        yield record


@contextmanager
def _hdf5_record(source, meter):
    with hdf5_tree(source, meter) as (root, content):
        if is_legacy_tree(root):
            yield legacy_file(root, meter, content.ahead)
        elif is_weights_tree(root):
            yield weights_file(root, ahead=content.ahead)
        else:
            raise BrokenFileError(
                f"{meter.name}: should hold a Keras model or its weights, but the root of this "
                f"HDF5 file has {shorten(repr(sorted(root.children)), 100)} and the attributes "
                f"{shorten(repr(sorted(root.attributes)), 100)}. It was not written by Keras."
            )


@contextmanager
def _json_record(source, meter):
    config = parse_json(_all_bytes(source, meter), "/", meter)
    if not is_index(config):
        yield Architecture(_json_writer(config), config)
        return
    if not isinstance(source, (str, os.PathLike)):
        raise BrokenFileError(
            f"{meter.name}: is the index of sharded weights, which needs the folder it lies in, "
            "but it was passed as an open file. Pass the path of the index."
        )
    with sharded_weights(config, source, meter) as weights:
        yield weights


@contextmanager
def _yaml_record(source, meter):
    config = parse_yaml(_all_bytes(source, meter), "/", meter)
    yield Architecture(_json_writer(config), config)


def _all_bytes(source, meter):
    limit = meter.budget.max_json_bytes + 1
    if not isinstance(source, (str, os.PathLike)):
        return source.read(limit)
    with open(source, "rb") as file:
        return file.read(limit)


def _json_writer(config):
    version, backend = config.get("keras_version"), config.get("backend")
    if isinstance(version, str):
        return writer_of(version, backend if isinstance(backend, str) else None)
    return Writer("3" if "registered_name" in config else None)
