"""Modules under Keras' names whose contents are kerajax's.

An `Alias` holds nothing: every attribute is looked up when it is asked for, so that importing one
loads only what is used. `places` says where the names of a module are looked for, `attribute` finds
one of them, in its spelling of today.
"""

import functools
import importlib
import importlib.util
import sys
import types
import warnings

from kerajax import eras
from kerajax._checks import suggestion
from kerajax._elsewhere import own_names_only
from kerajax.legacy import _tensorflow
from kerajax.legacy._hints import GONE
from kerajax.legacy._paths import is_container, is_internal, modern_path, was_module

kerajax = sys.modules[__name__.partition(".")[0]]


def objects():
    """`kerajax.objects`, which loads JAX: a script may still set `JAX_PLATFORMS` after the hook."""
    return importlib.import_module("kerajax.objects")


# `keras.backend` of old is the functions of `K`; what stands below it in Keras 3 is for libraries.
_K = "kerajax.legacy._backend"
_ENGINE_ROOM = ("kerajax.backend", "kerajax.ops", "kerajax.config")

# What libraries import from `keras.src` and no public module has.
_SOURCE = "kerajax.legacy._source"

# Functions of old that are none of today's API, and the modules that have them (and their name).
_REVIVED = {
    "keras.backend.tensorflow_backend._get_available_gpus": "kerajax.legacy._state_functions",
    "keras.legacy.models.Graph": "kerajax.legacy.graph_model",
    "keras.layers.containers.Graph": "kerajax.legacy.graph_model",
    "keras.models.Graph": "kerajax.legacy.graph_model",
    "keras.models.slice_X": "kerajax.legacy.arguments",
    "keras.utils.HDF5Matrix": "kerajax.utils._hdf5_matrix",
    "keras.utils.io_utils.HDF5Matrix": "kerajax.utils._hdf5_matrix",
    "keras.models.model_from_yaml": "kerajax.legacy._architectures",
    "keras.regularizers.l1l2": "kerajax.regularizers:l1_l2",
    "keras.regularizers.activity_l1l2": "kerajax.regularizers:l1_l2",
    "keras.metrics.MeanRelativeError": "kerajax.legacy.metrics",
    "keras.metrics.MeanTensor": "kerajax.legacy.metrics",
    "keras.constraints.RadialConstraint": "kerajax.legacy.constraints",
    "keras.constraints.radial_constraint": "kerajax.legacy.constraints",
    "keras.losses.Reduction": "kerajax.legacy.helpers",
    "keras.utils.np_utils.accuracy": "kerajax.legacy.helpers",
    "keras.utils.np_utils.binary_logloss": "kerajax.legacy.helpers",
    "keras.utils.np_utils.multiclass_logloss": "kerajax.legacy.helpers",
    "keras.utils.np_utils.categorical_probas_to_classes": "kerajax.legacy.helpers",
    "keras.utils.np_utils.probas_to_classes": "kerajax.legacy.helpers",
    "keras.utils.to_ordinal": "kerajax.legacy.helpers",
    "keras.callbacks.BaseLogger": "kerajax.legacy.callbacks",
    "keras.engine.training.GeneratorEnqueuer": "kerajax.legacy.enqueuers",
    "keras.utils.GeneratorEnqueuer": "kerajax.legacy.enqueuers",
    "keras.utils.OrderedEnqueuer": "kerajax.legacy.enqueuers",
    "keras.utils.SequenceEnqueuer": "kerajax.legacy.enqueuers",
    "keras.utils.convert_all_kernels_in_model": "kerajax.legacy.layer_utils",
    "keras.utils.multi_gpu_model": "kerajax.legacy.layer_utils",
    "keras.utils.visualize_util.plot": "kerajax.utils:plot_model",
    "keras.utils.print_summary": "kerajax.legacy.layer_utils",
    "keras.utils.warmstart_embedding_matrix": "kerajax.legacy.helpers",
    "keras.models.model_from_config": "kerajax.legacy._architectures",
    "keras.applications.imagenet_utils._obtain_input_shape": (
        "kerajax.applications.imagenet_utils:obtain_input_shape"
    ),
    "keras.layers.merge._Merge": "kerajax.layers._merge:Merge",
    # What a script passes as `custom_objects` to load a MobileNet of its time.
    "keras.applications.mobilenet.DepthwiseConv2D": "kerajax.layers",
    "keras.applications.mobilenet.relu6": "kerajax.activations",
    "keras.applications.mobilenet_v2.relu6": "kerajax.activations",
}

# Names of old that any module of layers, of models or of the engine may have been asked for.
_OLD_NAMES = {
    "Merge": "kerajax.legacy._merge",
    "merge": "kerajax.legacy._merge",
    "TimeDistributedDense": "kerajax.legacy._constructors",
    "CuDNNLSTM": "kerajax.legacy._constructors",
    "CuDNNGRU": "kerajax.legacy._constructors",
}
_PLACES_OF_OLD_NAMES = frozenset(("layers", "engine", "models", "legacy"))

# Modules of old with names that only `kerajax.legacy` has.
_OLD_CONTENTS = {
    "keras.engine.training": "kerajax.legacy.arguments",
    "keras.engine.training_utils": "kerajax.legacy.arguments",
    "keras.utils.conv_utils": "kerajax.legacy.windows",
    "keras.utils.data_utils": "kerajax.legacy.enqueuers",
    "keras.utils.generic_utils": "kerajax.legacy.arguments",
    "keras.utils.layer_utils": "kerajax.legacy.layer_utils",
    "keras.utils.multi_gpu_utils": "kerajax.legacy.layer_utils",
    "keras.utils.training_utils": "kerajax.legacy.layer_utils",
    "keras.initializations": "kerajax.legacy.initializations",
    "keras.legacy.interfaces": "kerajax.legacy.interfaces",
    "keras.preprocessing.image": "kerajax.legacy.images",
    "keras.preprocessing.sequence": "kerajax.legacy.sequences",
    "keras.preprocessing.text": "kerajax.legacy.text",
}

_KINDS = frozenset(
    "activations constraints initializers losses metrics optimizers regularizers".split()
)


class Alias(types.ModuleType):
    """A module of Keras that gives what kerajax has under its names."""

    def __getattr__(self, name):
        path = self.__name__
        if name == "__all__":
            return names(path)
        if name.startswith("__") and name != "__version__":
            raise AttributeError(f"module {path!r} has no attribute {name!r}")
        return attribute(path, name)

    def __dir__(self):
        return sorted({*self.__dict__, *names(self.__name__)})


class CallableAlias(Alias):
    """`keras.layers.merge`: a function in Keras 1, a module in Keras 2."""

    def __call__(self, *args, **kwargs):
        merge = importlib.import_module(_OLD_NAMES["merge"]).merge
        return merge(*args, **kwargs)


class Container(types.ModuleType):
    """A package with sub-modules alone, such as `tensorflow`, which has a `keras` of kerajax's."""

    def __getattr__(self, name):
        path = self.__name__
        if name.startswith("__"):
            raise AttributeError(f"module {path!r} has no attribute {name!r}")
        if is_module(f"{path}.{name}"):
            return importlib.import_module(f"{path}.{name}")
        if path.startswith("tensorflow"):
            value = _tensorflow.attribute(path, name)
            if value is not None:
                return value
        raise AttributeError(missing_message(path, name))


def make_module(path):
    """The module `path`, whose contents are looked up when they are asked for."""
    kind = Container if is_container(path) else Alias
    if modern_path(path) == "keras.layers.merge":
        kind = CallableAlias
    (first, *_) = places(path) or ("kerajax",)
    return kind(path, f"{path}, as {first} has it.")


def attribute(path, name):
    """What `name` stands for in the module `path`.

    Raises:
        AttributeError: If kerajax has nothing of that name; the message says what to use.
    """
    modern = modern_path(path)
    if modern == "keras" and name == "__version__":
        return kerajax.__keras_version__
    if f"{modern}.{name}" in _REVIVED:
        place, _, own_name = _REVIVED[f"{modern}.{name}"].partition(":")
        return getattr(importlib.import_module(place), own_name or name)
    for number, place in enumerate(places(path)):
        module = importlib.import_module(place)
        for spelling in _spellings(modern, name, is_internal(path)):
            value = _today(module, spelling) or _found(f"{modern}.{spelling}")
            if isinstance(value, types.ModuleType):
                if number == 0 and is_module(f"{path}.{name}"):
                    return importlib.import_module(f"{path}.{name}")
            elif value is not None and not spelling.startswith("_"):
                if spelling.lower() != name.lower() and not is_internal(path):
                    _report(f"{path}.{name}", f"{modern}.{spelling}")
                return value
    if is_module(f"{path}.{name}"):
        return importlib.import_module(f"{path}.{name}")
    if is_internal(path) and (value := _internal(modern, name)) is not None:
        return value
    if _PLACES_OF_OLD_NAMES.intersection(modern.split(".")[1:2]):
        if name in _OLD_NAMES:
            return getattr(importlib.import_module(_OLD_NAMES[name]), name)
        if eras.is_revived(name) and (value := _found(f"keras.layers.{name}")) is not None:
            return value
    raise AttributeError(missing_message(path, name))


def _today(module, name):
    with own_names_only():
        return getattr(module, name, None)


def _found(path):
    with own_names_only():
        return objects().find(path)


def _internal(modern, name):
    """What `name` stands for in a module of `keras.src`, where no public module has it, or None."""
    if modern.startswith("keras.ops"):
        operations = importlib.import_module("kerajax.ops._op").OPERATIONS
        if name in operations:
            return operations[name]
    return vars(importlib.import_module(_SOURCE)).get(name)


def names(path) -> list:
    """The public names of a module, as a star import takes them."""
    found = places(path)
    if not found:
        return []
    module = importlib.import_module(found[0])
    return [name for name in _listed(module) if _is_own(path, name, getattr(module, name, None))]


def _listed(module) -> list:
    return sorted(name for name in dir(module) if not name.startswith("_"))


def _is_own(path, name, value):
    if isinstance(value, types.ModuleType):
        return is_module(f"{path}.{name}")
    return value is not None


def is_module(path) -> bool:
    """Whether `path` is a module of some Keras for which kerajax has contents."""
    return is_container(path) or bool(places(path))


@functools.cache
def places(path) -> tuple:
    """The kerajax modules that hold the names of the Keras module `path`, in the order to look."""
    modern = modern_path(path)
    if modern == "keras":
        return ("kerajax",)
    if modern == "keras.backend" or modern.startswith("keras.backend."):
        if not was_module(path) and modern != "keras.backend":
            return ()
        return _ENGINE_ROOM if is_internal(path) else (_K,)
    if not _exists(modern) and not was_module(path):
        return ()
    wanted = eras.modules(modern) if not _exists(modern) else (modern,)
    if modern in ("keras.models", "keras.utils", "keras.saving", "keras.mixed_precision"):
        # Scripts import `Input` from `keras.models`, `register_keras_serializable` from either.
        wanted = eras.modules(modern)
    found = [f"kerajax{place[5:]}" for place in wanted if place == "keras" or _exists(place)]
    old = [_OLD_CONTENTS[modern]] if modern in _OLD_CONTENTS else []
    return tuple([*found, *old] if _exists(modern) else [*old, *found])


@functools.cache
def _exists(modern) -> bool:
    """Whether kerajax has the public module that Keras 3 calls `modern`."""
    parts = modern.split(".")
    if parts[0] != "keras" or len(parts) < 2 or any(part.startswith("_") for part in parts):
        return False
    if parts[1] not in kerajax._SUBPACKAGES or is_container(modern):
        return False
    try:
        with own_names_only():
            spec = importlib.util.find_spec(f"kerajax{modern[5:]}")
    except ModuleNotFoundError:
        return False
    return spec is not None and spec.loader is not None


def missing_message(path, name) -> str:
    """Why the module `path` has no `name` here, and what to use."""
    modern = modern_path(path)
    head = f"module {path!r} has no attribute {name!r}"
    hint = GONE.get(f"{modern}.{name}") or (GONE.get(f"keras.*.{name}") if path != modern else None)
    if hint is None and modern.startswith("tensorflow"):
        hint = _tensorflow.missing() or GONE["tensorflow"]
    if hint is None and f"{modern}.{name}" in eras.MODULES:
        hint = "Keras has it; this version of kerajax does not."
    if hint is None and eras.is_revived(name):
        hint = f"{name} belongs to older Keras, and this version of kerajax does not have it."
    if hint is None:
        known = [n for place in places(path) for n in _listed(importlib.import_module(place))]
        match = suggestion(name, known)
        hint = match or f"It runs on kerajax {kerajax.__version__}, which has no such name."
    return f"{head}. {hint}"


def gone_message(path) -> str:
    """Why there is no module `path` here."""
    if path.split(".")[0] == "tensorflow":
        return f"No module named {path!r}. {_tensorflow.missing() or GONE['tensorflow']}"
    hint = GONE.get(modern_path(path), "It was internal to Keras; nothing public took its place.")
    return f"No module named {path!r} in kerajax. {hint}"


def _spellings(modern, name, internal):
    """The name as it is said today, then as it was asked for."""
    if internal:
        # `keras.src.optimizers.adam` is a module, `keras.optimizers.adam` was a class.
        return dict.fromkeys((name, eras.class_name(name, imported=True)))
    kind = modern.split(".")[1] if "." in modern else ""
    kind = {"objectives": "losses", "initializations": "initializers"}.get(kind, kind)
    today = eras.string(kind, name, objects().current_era()) if kind in _KINDS else name
    return dict.fromkeys((today, name, eras.class_name(name, imported=True)))


_reported: set = set()


def report_module(path) -> None:
    """Says once that an old module has another name today. Called by the finder."""
    modern = modern_path(path)
    if is_internal(path) or _exists(modern) or modern in ("keras", "keras.backend"):
        return
    parent = path.rpartition(".")[0]
    # `keras.engine` was reported just now where `keras.engine.topology` is imported.
    if places(path) != places(parent) or parent not in _reported:
        found = places(path)
        # What only older Keras had has no place of today, but may stand beside what has one.
        place = next((x for x in found if not x.startswith("kerajax.legacy.")), found[0])
        today = "keras.backend" if place == _K else f"keras{place.removeprefix('kerajax')}"
        _report(path, today, level=4)


def _report(old, new, level=5):
    if old not in _reported:
        if old.startswith("kerajax."):
            new = new.replace("keras", "kerajax", 1)
        _reported.add(old)
        category = objects().LegacySpellingWarning
        # Frames of importlib do not count: the line shown is the import in the script.
        warnings.warn(f"`{old}` is `{new}` today.", category, stacklevel=level)
