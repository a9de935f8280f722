"""Which names stand for which objects.

Two lists. The public one holds what kerajax itself publishes, under Keras' paths
(`keras.layers.Dense`); `publish` fills it, and it is the allow-list for files. The custom one
holds what users register. Nothing else can be named by a file: no import path is ever followed.
"""

import importlib
import importlib.util
import inspect

from kerajax import eras
from kerajax.objects._scopes import in_copy, own_name, state

# Keras module -> the kerajax packages whose import publishes its names.
_PACKAGES: dict[str, tuple[str, ...]] = {
    "keras.layers": ("kerajax.layers", "kerajax.legacy.layers"),
    "keras.models": ("kerajax.models",),
    "keras": ("kerajax.models", "kerajax.dtype_policies", "kerajax.layers"),
    "keras.src.models": ("kerajax.models",),
    "keras.src.ops": ("kerajax.graph",),
    "keras.src.applications": ("kerajax.applications",),
    "keras.activations": ("kerajax.activations",),
    "keras.constraints": ("kerajax.constraints",),
    "keras.distillation": ("kerajax.distillation",),
    "keras.dtype_policies": ("kerajax.dtype_policies",),
    "keras.initializers": ("kerajax.initializers",),
    "keras.losses": ("kerajax.losses",),
    "keras.metrics": ("kerajax.metrics",),
    "keras.ops": ("kerajax.ops",),
    "keras.optimizers": ("kerajax.optimizers",),
    "keras.optimizers.schedules": ("kerajax.optimizers",),
    "keras.quantizers": ("kerajax.quantizers",),
    # `random` lies below the registry; the initializers publish its generator.
    "keras.random": ("kerajax.initializers",),
    "keras.regularizers": ("kerajax.regularizers",),
    "keras.utils": ("kerajax.utils",),
}

# Where a class without a module (files before Keras 3) or a function's bare name is looked for.
CLASS_MODULES = (
    "keras.layers",
    "keras.models",
    "keras",
    "keras.src.models.functional",
    "keras.optimizers",
    "keras.optimizers.schedules",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.losses",
    "keras.metrics",
    "keras.dtype_policies",
)
FUNCTION_KINDS = (
    "activations",
    "losses",
    "metrics",
    "initializers",
    "regularizers",
    "constraints",
    "optimizers",
)

_public: dict[str, object] = {}
_paths: dict[object, str] = {}
_custom: dict[str, object] = {}
_custom_names: dict[object, str] = {}


def publish(*paths: str):
    """Decorator: makes a class or function known to files under its public Keras paths.

    Publish only what a file may name: layers, losses, activations, policies, never functions that
    read or write. The first path is the one written; `keras.src...` paths are for what Keras does
    not export (`keras.src.models.functional.Functional`).

    Args:
        *paths: Strings such as `"keras.layers.Dense"`.

    Example:

    >>> @publish("keras.activations.triple")
    ... def triple(x):
    ...     return 3 * x
    >>> find("keras.activations.triple")(2), public_path(triple)
    (6, 'keras.activations.triple')
    """

    def register(obj):
        for path in paths:
            if _public.get(path, obj) is not obj and not _same_source(_public[path], obj):
                raise ValueError(f"'{path}' is published already, as {_public[path]!r}.")
            _public[path] = obj
        _paths[obj] = paths[0]
        if inspect.isclass(obj):
            obj._own_class = obj
        return obj

    return register


def _same_source(old, new):
    """Whether `new` is `old` after its module was loaded again."""
    return (old.__module__, old.__qualname__) == (new.__module__, new.__qualname__)


def find(path: str):
    """The object published under a path, loading the package that publishes it; None if none.

    Example:

    >>> find("keras.layers.NoSuchLayer") is None
    True
    """
    if path in _public:
        return _public[path]
    module = path.rpartition(".")[0]
    while module and module not in _PACKAGES:
        module = module.rpartition(".")[0]
    for package in _PACKAGES.get(module, ()):
        if importlib.util.find_spec(package) is not None:
            importlib.import_module(package)
            if path in _public:
                return _public[path]
    return None


def find_class(module: str | None, name: str):
    """A published class by the names of any era; None if there is none.

    Args:
        module: String as a file has it (`"keras.layers.core.dense"`), or None.
        name: String as a file has it (`"Convolution2D"`).

    Returns:
        `(object, path)`, or `(None, None)`.

    Example:

    >>> find_class("keras.src.layers.core", "NoSuchLayer")
    (None, None)
    """
    if module is not None:
        found = find(f"{module}.{name}")
        if found is not None:
            return found, f"{module}.{name}"
    places = CLASS_MODULES if module is None else eras.modules(module)
    if module is not None and "keras.models" in places:
        places = (*places, "keras.src.models.functional")
    for modern in (name, eras.class_name(name)):
        for place in places:
            found = find(f"{place}.{modern}")
            if found is not None:
                return found, f"{place}.{modern}"
    return None, None


def find_function(name: str):
    """A published function or class by its bare name, as `"relu"`; `(None, None)` if none.

    Example:

    >>> find_function("no_such_function")
    (None, None)
    """
    for kind in FUNCTION_KINDS:
        found = find(f"keras.{kind}.{name}")
        if found is not None:
            return found, f"keras.{kind}.{name}"
    for kind in FUNCTION_KINDS:
        modern = eras.string(kind, name, state.era)
        found = find(f"keras.{kind}.{modern}") if modern != name else None
        if found is not None:
            return found, f"keras.{kind}.{modern}"
    return None, None


def public_path(obj) -> str | None:
    """The path that `obj` was published under first, or None.

    Example:

    >>> public_path(len) is None
    True
    """
    try:
        return _paths.get(obj)
    except TypeError:  # unhashable
        return None


def register_keras_serializable(package="Custom", name=None):
    """Decorator: makes a class or function of yours known to files as `package>name`.

    Args:
        package: String. Where it belongs, so that equal names do not meet.
        name: String, or None for the object's own name.

    Raises:
        ValueError: If a class has no `get_config` method.

    Example:

    >>> @register_keras_serializable("shop")
    ... def cube(x):
    ...     return x**3
    >>> get_registered_name(cube), get_registered_object("shop>cube")(2)
    ('shop>cube', 8)
    """

    def register(obj):
        key = f"{package}>{obj.__name__ if name is None else name}"
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ValueError(
                "Cannot register a class that does not have a get_config() method: "
                f"{obj.__name__}. "
                "Add one that returns the constructor's arguments as a dict."
            )
        _custom[key] = obj
        _custom_names[obj] = key
        return obj

    return register


def get_registered_name(obj):
    """The name that `obj` is registered under, else its own name.

    In an `OwnObjectsScope` it is one of the scope's, where kerajax did not publish the object.

    Example:

    >>> get_registered_name(len)
    'len'
    """
    own = own_name(obj) if in_copy() and not public_path(obj) else None
    if own is not None:
        return own
    try:
        return _custom_names[obj]
    except (KeyError, TypeError):
        return obj.__name__


def get_registered_object(name, custom_objects=None, module_objects=None):
    """The object that a name stands for: by scope, by registration, by the dicts given.

    Args:
        name: String.
        custom_objects: Optional dict of the user's.
        module_objects: Optional dict of a module's own.

    Returns:
        The object, or None.

    Example:

    >>> get_registered_object("f", custom_objects={"f": len})
    <built-in function len>
    """
    for names in (state.own_objects, state.custom_objects, _custom, custom_objects, module_objects):
        if names and name in names:
            return names[name]
    return None


def get_custom_objects() -> dict:
    """The dict of everything registered, to read and to change.

    Example:

    >>> get_custom_objects()["half"] = lambda x: x / 2
    >>> get_registered_object("half")(3)
    1.5
    """
    return _custom
