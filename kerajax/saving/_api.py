"""`save_model`, `load_model`, `save_weights`, `load_weights`: what scripts call.

Writing goes by the suffix of the path, reading by the content of the file. A load either succeeds
or leaves the model as it was; a save either succeeds or leaves the old file as it was.
"""

import contextlib
import importlib
import io
import os
import shutil
import tempfile
from pathlib import Path

import h5py

from kerajax.backend import LaterValuesScope
from kerajax.eras import older
from kerajax.models import register_hook
from kerajax.objects import CustomObjectScope, EraScope, current_era
from kerajax.objects._scopes import ReadingScope
from kerajax.optimizers._optax import MissingTransformation

from . import _legacy_h5
from ._archive import read_assets, write_archive, write_folder
from ._atomic import replacing, replacing_folder
from ._orbax import is_checkpoint, load_checkpoint_model, load_checkpoint_weights
from ._shards_h5 import write_shards
from ._weights_h5 import read_weights, write_weights
from .build import (
    build_model,
    compile_arguments,
    guarded_build,
    load_legacy_weights,
    load_optimizer_state,
    weight_pieces,
)
from .read import (
    Architecture,
    Archive,
    LegacyFile,
    UnsafeFileError,
    WeightsFile,
    open_model_file,
)

_HDF5 = (".h5", ".hdf5")
# Keras' words, through the log that Keras uses: scripts look for it there, and silence it there.
_MSG_LEGACY = (
    "You are saving your model as an HDF5 file via `model.save()` or "
    "`keras.saving.save_model(model)`. This file format is considered legacy. We recommend using "
    "instead the native Keras format, e.g. `model.save('my_model.keras')` or "
    "`keras.saving.save_model(model, 'my_model.keras')`. "
)
_MSG_SKIP = "`objects_to_skip` only supports loading '.weights.h5' files. Received: filepath={}"


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Saves a model: architecture, weights, how it was compiled, and the optimizer's state.

    Args:
        model: Model.
        filepath: Path that ends in `.keras`, or in `.h5` for the older format; or a file that is
            open for writing bytes, such as an `io.BytesIO`, which gets what is in a `.keras` file.
        overwrite: Bool. Whether to replace an existing file without asking.
        zipped: None or True: a `.keras` file is a zip archive. False: a folder with the same files,
            whose path does not end in `.keras`.
        **kwargs: `include_optimizer` (for `.h5`): whether to save what `compile` set up.

    Raises:
        ValueError: If the path has another suffix or an argument is unknown.

    Example:

    >>> import tempfile
    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, f"{folder}/model.keras")
    ...     load_model(f"{folder}/model.keras").output_shape
    (None, 1)
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    save_format = kwargs.pop("save_format", None)
    if save_format and not os.fspath(filepath).endswith((".keras", *_HDF5)):
        raise ValueError(
            "The `save_format` argument is deprecated: the suffix of the path says the format. "
            f"Pass a path that ends in `.keras` or `.h5`. Received: save_format={save_format}, "
            f"filepath={filepath}"
        )
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    if hasattr(filepath, "write"):
        _save_into(model, filepath)
        return
    if not isinstance(filepath, (str, os.PathLike)):
        raise ValueError(
            "Invalid filepath extension for saving. `filepath` must be a path that ends in "
            f"`.keras` or `.h5`, but received {filepath!r} (of type {type(filepath).__name__})."
        )
    name = os.fspath(filepath)
    if zipped is False and not _is_hdf5(name):
        _save_folder(model, name, overwrite)
        return
    if zipped is False or not (name.endswith(".keras") or _is_hdf5(name)):
        raise ValueError(
            "Invalid filepath extension for saving. Please add either a `.keras` extension for the "
            "native Keras format (recommended) or a `.h5` extension. Use `model.export(filepath)` "
            f"to export for inference elsewhere. Received: filepath={filepath}, zipped={zipped}."
        )
    if not _may_write(name, overwrite):
        return
    if name.endswith(".keras"):
        with replacing(name) as temporary, open(temporary, "wb") as file:
            write_archive(model, file, temporary.parent)
        return
    importlib.import_module("absl.logging").warning(_MSG_LEGACY)
    _make_folder(name)
    with replacing(name) as temporary, h5py.File(temporary, "w") as file:
        _legacy_h5.write_model(model, file, include_optimizer)


def _save_into(model, file):
    """Writes an archive into an open file, by way of another if it cannot be sought in."""
    folder = tempfile.gettempdir()
    if hasattr(file, "seekable") and file.seekable():
        write_archive(model, file, folder)
        return
    with tempfile.TemporaryFile(dir=folder) as whole:
        write_archive(model, whole, folder)
        whole.seek(0)
        shutil.copyfileobj(whole, file)


def _is_hdf5(name) -> bool:
    """Whether a file of this name is to be HDF5: in stand-alone Keras its suffix said nothing."""
    return name.endswith(_HDF5) or older(current_era(), "tf2") and not name.endswith(".keras")


def _save_folder(model, path, overwrite):
    if path.endswith(".keras"):
        raise ValueError(
            "With `zipped=False` a model is a folder, whose path should not end in `.keras`. "
            f"Received: filepath={path}"
        )
    if _may_write(path, overwrite):
        with replacing_folder(path) as temporary:
            write_folder(model, temporary)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):  # noqa: A002
    """Loads a model that `model.save` of any Keras wrote.

    Args:
        filepath: Path of a `.keras` or `.h5` file, of the folder of a model, or of a folder of
            Orbax checkpoints, of which the last counts; what it is, its content tells.
        custom_objects: Dict of names to the classes and functions of yours that the file names.
        compile: Bool. Whether to compile the model as it was, optimizer state included.
        safe_mode: Bool. Whether Python functions in the file are refused. They can do anything on
            this computer: pass False for files you trust only.

    Returns:
        The model.

    Raises:
        ValueError: If there is no such file, it is damaged, holds no model, or holds Python
            functions while `safe_mode` is on.
        TypeError: If it names a class or function that is not known.
    """
    if is_checkpoint(filepath):
        return load_checkpoint_model(filepath, custom_objects, compile, safe_mode)
    with open_model_file(filepath) as record, _values_from(record):
        with _ahead(record), guarded_build(filepath, _stored(record)):
            if isinstance(record, Archive):
                return _load_archive(record, custom_objects, compile, safe_mode)
            if isinstance(record, LegacyFile) and record.model_config is not None:
                return _load_legacy(record, custom_objects, compile, safe_mode)
        kind = "an architecture" if isinstance(record, Architecture) else "weights"
    what = "`model_from_json`" if kind == "an architecture" else "`model.load_weights`"
    raise ValueError(
        f"No model config found in the file at {filepath}. It holds {kind} only: use {what}."
    )


def save_weights(model, filepath, overwrite=True, max_shard_size=None, **kwargs):
    """Saves the weights of a model.

    Args:
        model: Model that is built.
        filepath: Path that ends in `.weights.h5`; or in `.h5` alone for the format by layer that
            Keras 2 had; or in `.weights.json` with `max_shard_size`.
        overwrite: Bool. Whether to replace an existing file without asking.
        max_shard_size: Optional number. Weights go into several files beside the index, of at
            most this many gibibytes each.
        **kwargs: `objects_to_skip` (`.weights.h5`): list of objects to leave out.

    Raises:
        ValueError: If the model is not built, or the path has another suffix.
    """
    skip = kwargs.pop("objects_to_skip", None) or ()
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    name = os.fspath(filepath)
    sharded = max_shard_size is not None
    if sharded and not name.endswith(".weights.json"):
        raise ValueError(
            "The filename must end in `.weights.json` when `max_shard_size` is specified. "
            f"Received: filepath={filepath}"
        )
    if not sharded and not _is_hdf5(name):
        raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={filepath}")
    if not model.built:
        raise ValueError(
            "You are saving a model that has not yet been built. Try building the model first by "
            "calling it on some data or by using `build()`."
        )
    if not _may_write(name, overwrite):
        return
    if sharded:
        write_shards(model, name, max_shard_size)
        return
    modern = name.endswith(".weights.h5")
    if skip and not modern:
        raise ValueError(
            f"`objects_to_skip` only supports '.weights.h5' files. Received: filepath={filepath}"
        )
    with replacing(name) as temporary, h5py.File(temporary, "w") as file:
        if modern:
            write_weights(model, file, skip)
        else:
            _legacy_h5.write_weights(model, file)


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    """Gives a model the weights in a file of any Keras.

    Args:
        model: Model that is built, of the architecture that was saved.
        filepath: Path of weights or of a whole model, or of a folder of Orbax checkpoints.
        skip_mismatch: Bool. Whether layers that do not fit are left alone, with a warning.
        **kwargs: `by_name` (older `.h5` files): whether layers are paired by name instead of in
            order. `objects_to_skip` (`.keras` and `.weights.h5`): list of objects to leave alone.

    Raises:
        ValueError: If the file cannot be read, or layers or shapes differ. The model has not
            changed then.
    """
    selective = "objects_to_skip" in kwargs
    skip = kwargs.pop("objects_to_skip", None) or ()
    by_name = kwargs.pop("by_name", None)
    kwargs.pop("save_format", None)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {kwargs}")
    if not model.built:
        raise ValueError(
            "You are loading weights into a model that has not yet been built. Try building the "
            "model first by calling it on some data or by using `build()`."
        )
    if is_checkpoint(filepath):
        if selective:
            raise ValueError(_MSG_SKIP.format(filepath))
        load_checkpoint_weights(model, filepath)
        return
    with open_model_file(filepath) as record:
        if isinstance(record, LegacyFile):
            if selective:
                raise ValueError(_MSG_SKIP.format(filepath))
            load_legacy_weights(model, record, by_name=bool(by_name), skip_mismatch=skip_mismatch)
            return
        if by_name:
            raise ValueError(
                "`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: "
                f"filepath={filepath}"
            )
        if selective and isinstance(record, Archive):
            raise ValueError(_MSG_SKIP.format(filepath))
        weights = record.weights if isinstance(record, Archive) else record
        if not isinstance(weights, WeightsFile):
            raise ValueError(
                f"The file at {filepath} holds no weights, only an architecture. Load the file "
                "that `save_weights` wrote."
            )
        read_weights(model, weights, skip_mismatch, skip)


def model_from_json(json_string, custom_objects=None):
    """Makes the model that `model.to_json()` of any Keras described, with new weights.

    Args:
        json_string: String.
        custom_objects: Dict of names to the classes and functions of yours that it names.

    Returns:
        A model. It is compiled if it was and all parts of that are known; a warning says so if a
        part is missing, such as a loss of yours.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model_from_json(model.to_json()).output_shape
    (None, 1)
    """
    if not isinstance(json_string, str):
        raise TypeError(
            "model_from_json needs the string that `model.to_json()` returned, but received "
            f"{json_string!r:.80} (of type {type(json_string).__name__})."
        )
    content = io.BytesIO(json_string.encode("utf-8", "surrogatepass"))
    with open_model_file(content) as record, guarded_build("the JSON text"):
        config = record.config
        compile_config = config.get("compile_config") if isinstance(config, dict) else None
        if compile_config:
            config = {**config, "compile_config": None}
        model = build_model(config, record.writer, custom_objects)
        if compile_config:
            _compile_if_known(model, compile_config, record.writer.era, custom_objects)
        return model


def _compile_if_known(model, config, era, custom_objects):
    # Until Keras 2 the text was the architecture alone; scripts compile what they get.
    with EraScope(era or "3"), ReadingScope(custom_objects or {}, True):
        try:
            model.compiled = model.compile_from_config(config) is not False
        except (TypeError, ValueError) as error:
            if _is_unsafe(error):
                raise
            model._warn_not_compiled(error)


def _is_unsafe(error) -> bool:
    """Whether an error comes from a config that would take more memory than it gives reason for."""
    while error is not None and not isinstance(error, UnsafeFileError):
        error = error.__cause__
    return error is not None


def _values_from(record):
    """A scope in which variables of a new model wait for the values that the file has."""
    has_weights = record.weights if isinstance(record, Archive) else isinstance(record, LegacyFile)
    return LaterValuesScope() if has_weights else contextlib.nullcontext()


def _ahead(record):
    """A context in which a thread reads arrays of the file while the model is built."""
    part = record.weights if isinstance(record, Archive) else record
    has_arrays = isinstance(part, (WeightsFile, LegacyFile))
    return part.ahead(busy=True) if has_arrays else contextlib.nullcontext()


def _stored(record):
    """Bytes of the arrays that a whole model's file holds."""
    if isinstance(record, LegacyFile):
        pairs = [pair for layer in record.layers for pair in layer.weights]
        pairs += [*record.top_level_model_weights, *(record.optimizer_weights or ())]
        return sum(array.nbytes for _, array in pairs)
    groups = record.weights.groups if isinstance(record, Archive) and record.weights else {}
    return sum(array.nbytes for group in groups.values() for array in group.arrays.values())


def _load_archive(record, custom_objects, compiled, safe_mode):
    config = dict(record.config)
    # TensorFlow's entries mean other classes and slots; Keras 3 lets each object read its own.
    by_hand = record.writer.era not in (None, "3")
    compile_config = config.get("compile_config")
    if by_hand or not compiled:
        config["compile_config"] = None
    model = build_model(config, record.writer, custom_objects, safe_mode)
    if record.weights is not None:
        skip = ()
        if by_hand and compiled and compile_config:
            _compile(model, compile_config, record.writer.era, custom_objects)
            group = record.weights.groups.get("optimizer")
            if group is not None and group.vars:
                arrays = [(None, array) for array in group.vars]
                load_optimizer_state(model, arrays, record.writer)
            skip = (model.optimizer,)
        read_weights(model, record.weights, skip=skip, fresh=True)
    if record.assets:
        read_assets(model, record.assets)
    return model


def _load_legacy(record, custom_objects, compiled, safe_mode):
    model = build_model(
        record.model_config, record.writer, custom_objects, safe_mode, record.layers
    )
    load_legacy_weights(model, record, own_file=True)
    if compiled and record.training_config is not None:
        _compile(model, record.training_config, record.writer.era, custom_objects)
        if record.optimizer_weights and model.compiled:
            pieces = weight_pieces(model, record)
            load_optimizer_state(model, record.optimizer_weights, record.writer, pieces)
    return model


def _compile(model, config, era, custom_objects):
    try:
        arguments = compile_arguments(config, era or "3", custom_objects)
    except MissingTransformation as error:
        model._warn_not_compiled(error)
        return
    with EraScope(era or "3"), CustomObjectScope(custom_objects or {}):
        model.compile(**arguments)


def _may_write(path, overwrite):
    """Whether a file may be written; asks the user where one is there already."""
    if overwrite or not Path(path).exists():
        return True
    answer = ""
    while answer not in ("y", "n"):
        answer = input(f"[WARNING] {path} already exists - overwrite? [y/n] ").strip().lower()
    return answer == "y"


def _make_folder(path):
    with contextlib.suppress(FileExistsError):
        Path(path).parent.mkdir(parents=True, exist_ok=True)


register_hook("save_model", save_model)
register_hook("save_weights", save_weights)
register_hook("load_weights", load_weights)
register_hook("load_model", load_model)
