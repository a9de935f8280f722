"""Orbax checkpoints: folders of arrays, with the config and files of a model beside them.

`kerajax.callbacks.OrbaxCheckpoint` writes them, as does Keras. A folder holds either one checkpoint
or several in folders named by number, of which the one with the highest counts. Arrays are read
only into the shapes and onto the devices that the model has for them.
"""

import asyncio
import glob
import importlib
import io
import itertools
import math
import os
import re
import stat
import traceback
from contextlib import contextmanager, suppress

import numpy as np

from kerajax import tree
from kerajax.objects import register_hook

from ._archive import assets_of, model_json, read_assets
from .build import build_model, guarded_build
from .read import (
    Asset,
    BrokenFileError,
    Budget,
    Meter,
    UnsafeFileError,
    open_model_file,
    parse_json,
    size,
)

_STATE, _CONFIG, _ASSETS = "pytree", "model_config", "assets"
_NUMBER = re.compile(r"_\d+(?=[/_]|$)")
# What a folder with one checkpoint may hold, by which Orbax knows it as well.
_MARKS = ("_CHECKPOINT_METADATA", "checkpoint_metadata", "orbax.checkpoint")


def checkpoint_parts(model) -> dict:
    """What a checkpoint says of a model beside its arrays.

    Args:
        model: Model.

    Returns:
        Dict with `model_config`, and `assets` (nested dicts of bytes by path) if there are any.
    """
    parts = {_CONFIG: {"config": model_json(model)}}
    assets: dict = {}
    for path, content in assets_of(model):
        *folders, name = path.split("/")
        branch = assets
        for folder in folders:
            branch = branch.setdefault(folder, {})
        branch[name] = np.frombuffer(content, np.uint8)
    if assets:
        parts[_ASSETS] = assets
    return parts


def is_checkpoint(path) -> bool:
    """Whether a path is a folder with checkpoints.

    Example:

    >>> is_checkpoint("model.keras")
    False
    """
    if not isinstance(path, (str, os.PathLike)) or not os.path.isdir(path):
        return False
    return _is_single(path) or bool(_steps(path))


def load_checkpoint_model(path, custom_objects=None, compiled=True, safe_mode=True):
    """The model of the last checkpoint in a folder.

    Args:
        path: Path of the folder.
        custom_objects: Dict of names to classes and functions that the config may name.
        compiled: Bool. Whether to compile the model, optimizer state included.
        safe_mode: Bool. Whether Python functions in the config are refused.

    Raises:
        ValueError: If the checkpoint holds weights only, or does not fit its own config.
    """
    orbax, path = _orbax(), _single(path)
    held = _held(orbax, path)
    if _CONFIG not in held:
        raise BrokenFileError(
            f"The checkpoint at {path} does not contain the model configuration: it was probably "
            "saved with `save_weights_only=True`. Build the model and call `model.load_weights`."
        )
    stored, most = _on_disk(path, _CONFIG), Budget().max_json_bytes
    if stored > most:
        raise UnsafeFileError(
            f"The checkpoint at {path} has a config of {size(stored)}, and {size(most)} are read. "
            "Build the model in code and call `model.load_weights`."
        )
    with _damage_reported(path):
        text = orbax.load_checkpointables(path, {_CONFIG: {"config": str}})[_CONFIG]["config"]
        content = text.encode()
    declared = _declared(tree.flatten(dict(held[_STATE])))
    with (
        open_model_file(io.BytesIO(content)) as record,
        guarded_build(path, min(declared, _most(path, _STATE))),
    ):
        config = dict(record.config)
        if not compiled:
            config["compile_config"] = None
        model = build_model(config, record.writer, custom_objects, safe_mode)
    _load_state(orbax, model, path, held)
    if held.get(_ASSETS):
        _load_assets(orbax, model, path, held[_ASSETS])
    return model


def load_checkpoint_weights(model, path) -> None:
    """Gives a model the values in the last checkpoint of a folder.

    Args:
        model: Model that is built, with the same names of layers.
        path: Path of the folder.

    Raises:
        ValueError: If names or shapes differ. The model has not changed then.
    """
    orbax, path = _orbax(), _single(path)
    _load_state(orbax, model, path, _held(orbax, path))


def _load_state(orbax, model, path, held):
    stored = held[_STATE]
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and not optimizer.built and stored.get("optimizer_variables"):
        optimizer.build(model.trainable_variables)
    ours = model.get_state_tree()
    names, rest = {}, []
    for group, branch in stored.items():
        theirs = _flat(branch)
        if group == "optimizer_variables" and optimizer is None:
            names[group] = {}
        else:
            names[group] = _paired(model, _flat(ours.get(group, {})), theirs, group, path)
        rest += [value for name, value in theirs.items() if name not in names[group]]
    _check_size(rest, path, _STATE, "arrays that the model has no place for,")
    # Arrays of ours say what devices a value goes to; what has no place here is read to numpy.
    abstract = {
        group: _filled(branch, {name: value for name, (_, value) in names[group].items()})
        for group, branch in stored.items()
    }
    with _damage_reported(path):
        loaded = orbax.load_checkpointables(path, {_STATE: abstract})[_STATE]
    state: dict = {group: {} for group in names}
    for group, pairs in names.items():
        values = _flat(loaded[group])
        state[group] = {ours: values[theirs] for theirs, (ours, _) in pairs.items()}
    model.set_state_tree(state)


def _paired(model, ours, theirs, group, path):
    """Stored path to our path and array.

    Names are equal, but for numbers that tell things of one kind apart and that depend on what else
    was made before: such are paired in order.
    """
    pairs: dict = {}
    our_kinds, their_kinds = _by_kind(ours, model), _by_kind(theirs, model)
    # Metrics start anew with each epoch; some exist from the first batch on only.
    partial = group == "metrics_variables"
    if not partial and {k: len(v) for k, v in our_kinds.items()} != {
        k: len(v) for k, v in their_kinds.items()
    }:
        raise ValueError(
            f"The checkpoint at {path} does not fit the model: its {group} are {list(theirs)}, but "
            f"those of the model are {list(ours)}. Layers are paired by name."
        )
    for kind, names in their_kinds.items():
        known = our_kinds.get(kind, [])
        same_names = names if set(names) == set(known) else known
        for name, own in zip(names, same_names, strict=False):
            if tuple(ours[own].shape) != tuple(theirs[name].shape):
                raise ValueError(
                    f"The checkpoint at {path} does not fit the model: {name} has the shape "
                    f"{tuple(theirs[name].shape)} there, and {tuple(ours[own].shape)} in the model."
                )
            pairs[name] = (own, ours[own])
    return pairs


def _by_kind(names, model):
    """Names without their numbers, to the names in the order of these numbers.

    Whether the name of the model leads to a variable depends on how the model was made.
    """
    of_model = re.compile(f"(^|/){re.escape(_NUMBER.sub('', model.name))}[/_]")
    kinds: dict = {}
    for name in names:
        kinds.setdefault(of_model.sub(r"\1", _NUMBER.sub("", name)), []).append(name)
    for same in kinds.values():
        same.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    return kinds


def _flat(branch, prefix=""):
    """Nested dicts as one, with `/` between the names."""
    flat = {}
    for name, value in branch.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}/"))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _filled(branch, targets, prefix=""):
    """The stored tree with a target in each place."""
    filled = {}
    for name, value in branch.items():
        at = f"{prefix}{name}"
        if isinstance(value, dict):
            filled[name] = _filled(value, targets, f"{at}/")
        else:
            target = targets.get(at)
            filled[name] = np.empty(value.shape, value.dtype) if target is None else target
    return filled


def _load_assets(orbax, model, path, stored):
    for at, _ in tree.flatten_with_path(stored):
        if any(part in ("", ".", "..") or set(part) & {"/", "\\", "\0"} for part in at):
            raise UnsafeFileError(f"The checkpoint at {path} has a file of a name like {at!r}.")
    _check_size(tree.flatten(stored), path, _ASSETS, "files for layers")
    abstract = tree.map_structure(lambda a: np.empty(a.shape, a.dtype), stored)
    with _damage_reported(path):
        loaded = orbax.load_checkpointables(path, {_ASSETS: abstract})[_ASSETS]
    assets = {}
    for at, content in tree.flatten_with_path(loaded):
        content = np.asarray(content).tobytes()
        assets["/".join(at)] = Asset("/".join(at), len(content), lambda content=content: content)
    read_assets(model, assets)


def _held(orbax, path):
    """What a checkpoint says that it holds, after a look at its files: a link may lead outside."""
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise UnsafeFileError(
                    f"The checkpoint at {path} has '{name}', a link or a device, which is not "
                    "followed. Orbax never writes such checkpoints; do not use this one."
                )
    with _damage_reported(path):
        # Orbax reads these beside the arrays: if one fails, the arrays are left half read.
        for file in glob.iglob(os.path.join(glob.escape(path), "*", "array_metadatas", "*")):
            with open(file, "rb") as content:
                text = content.read(Budget().max_json_bytes + 1)
            parse_json(text, os.path.relpath(file, path), Meter(path, len(text), Budget()))
        held = orbax.checkpointables_metadata(path).metadata
        if held[_STATE] is None:  # Orbax logs why
            raise ValueError("what it says of its arrays is no description")
        entries = tree.flatten([dict(held[_STATE]), held.get(_ASSETS) or {}])
        chunks = [(math.prod(entry.shape), _largest_chunk(entry), entry) for entry in entries]
    for whole, chunk, entry in chunks:
        # A chunk is decoded whole, however little of it the array takes.
        if chunk > max(whole, 1):
            raise UnsafeFileError(
                f"The checkpoint at {path} has an array of shape {tuple(entry.shape)} in chunks of "
                f"{chunk:,} elements. Orbax never writes such checkpoints; do not use this one."
            )
    return held


def _largest_chunk(entry):
    """Elements of the largest piece that is read at once; 0 where nothing is said of it."""
    storage = getattr(entry, "storage_metadata", None)
    shapes = (storage.chunk_shape, storage.write_shape) if storage is not None else ()
    return max((math.prod(shape) for shape in shapes if shape is not None), default=0)


@contextmanager
def _damage_reported(path):
    """Turns what Orbax raises on a damaged checkpoint, errors of all kinds, into one."""
    try:
        yield
    except Exception as error:
        _end_reads(error)
        raise BrokenFileError(
            f"The checkpoint at {path} cannot be read ({type(error).__name__}: {str(error)[:200]})."
            " Files of it are damaged or missing, or it holds no model; use another one."
        ) from error


def _end_reads(error):
    """Ends what waits in event loops that Orbax closed when one of its reads failed.

    The garbage collector would end it at some later time, each with a traceback on standard error.
    """
    loops = set()
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            values = frame.f_locals.values()
            loops.update(v for v in values if isinstance(v, asyncio.AbstractEventLoop))
        error = error.__cause__ or error.__context__
    for task in itertools.chain.from_iterable(map(asyncio.all_tasks, loops)):
        task._log_destroy_pending = False
        with suppress(Exception):
            task.get_coro().close()


def _check_size(entries, path, part, what):
    """Refuse arrays that would take far more memory than the files they are in."""
    if not entries:
        return
    total = _declared(entries)
    if total > _most(path, part):
        raise UnsafeFileError(
            f"The checkpoint at {path} has {what} of {size(total)}, and stores "
            f"{size(_on_disk(path, part))} of them. Do not use it."
        )


def _declared(entries):
    """Bytes of all arrays."""
    return sum(math.prod(entry.shape) * np.dtype(entry.dtype).itemsize for entry in entries)


def _most(path, part):
    """Bytes that the arrays may take which are in the files of a part."""
    budget = Budget()
    return min(budget.max_bytes, budget.allowance + budget.max_expansion * _on_disk(path, part))


def _on_disk(path, part):
    return sum(
        os.path.getsize(os.path.join(folder, file))
        for folder, _, files in os.walk(os.path.join(path, part))
        for file in files
    )


def _single(path):
    """The folder of the one checkpoint to read."""
    path = os.path.abspath(path)
    if _is_single(path):
        return path
    return os.path.join(path, str(max(_steps(path))))


def _is_single(path):
    return any(os.path.exists(os.path.join(path, mark)) for mark in _MARKS)


def _steps(path):
    return [
        int(name)
        for name in os.listdir(path)
        if name.isdecimal() and _is_single(os.path.join(path, name))
    ]


def _orbax():
    try:
        return importlib.import_module("orbax.checkpoint").v1
    except ImportError as error:
        raise ImportError(
            "Reading Orbax checkpoints needs the package `orbax-checkpoint`, which is not "
            "installed. Run `pip install 'kerajax[orbax]'`."
        ) from error


register_hook("checkpoint_parts", checkpoint_parts)
