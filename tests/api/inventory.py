"""The recorded public API of Keras 3.15.1, and what kerajax has of it.

`inventory.json` holds one object a line: kind, signature, and every public path it has. Classes
that scripts subclass or call methods on have their methods recorded too, as paths of their own.
"""

import fnmatch
import importlib
import inspect
import json
import types
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
INVENTORY, NOT_YET, EXTRAS, DIFFERENCES = (
    FOLDER / name for name in ("inventory.json", "not_yet.txt", "extras.txt", "differences.txt")
)
# What `from typing import TYPE_CHECKING` and `from __future__ import annotations` leave behind.
NOT_PUBLIC = {"TYPE_CHECKING", "annotations"}


class Entry(NamedTuple):
    """One recorded object; `signature` is `None` where Keras' own says nothing."""

    kind: str
    signature: str | None
    paths: list[str]


def recorded():
    """All entries of the inventory."""
    rows = json.loads(INVENTORY.read_text())
    return [Entry(kind, signature, paths) for kind, signature, *paths in rows]


def listed(path):
    """The names in a list file, with what follows each after a colon; `#` opens a comment."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip(): reason.strip() for name, _, reason in pairs}


def resolve(path):
    """The kerajax object at a Keras path, or `None`; errors of a broken module are not hidden."""
    parts = path.split(".")
    found = load_module("kerajax")
    for depth, name in enumerate(parts[1:], 2):
        value = getattr(found, name, None)
        if value is None and isinstance(found, types.ModuleType):
            value = load_module(".".join(["kerajax", *parts[1:depth]]))
        if value is None:
            return None
        found = value
    return found


def load_module(name):
    """The module, or `None` if it or a package above it does not exist."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            return None
        raise


def present():
    """`(entry, path, object)` for every entry of which kerajax has at least one path."""
    for entry in recorded():
        objects = ((path, resolve(path)) for path in entry.paths)
        first = next(((path, found) for path, found in objects if found is not None), None)
        if first:
            yield entry, *first


def missing():
    """Recorded paths that kerajax does not have, sorted."""
    return sorted(p for entry in recorded() for p in entry.paths if resolve(p) is None)


def unlisted():
    """Public names of kerajax, in modules that Keras has too, that Keras does not have."""
    known = {path for entry in recorded() for path in entry.paths}
    objects = (entry for entry in recorded() if entry.kind != "method")
    modules = {path.rpartition(".")[0] for entry in objects for path in entry.paths}
    extras = listed(EXTRAS)
    found = []
    for module in sorted(modules):
        ours = resolve(module)
        for name in public_names(ours) if isinstance(ours, types.ModuleType) else ():
            path = f"{module}.{name}"
            if path not in known and not any(fnmatch.fnmatchcase(path, e) for e in extras):
                found.append(path)
    return found


def public_names(module):
    """Names without underscore that are no modules, lazy ones included."""
    names = {name for name in dir(module) if not name.startswith("_")} - NOT_PUBLIC
    return sorted(n for n in names if not isinstance(getattr(module, n, module), types.ModuleType))


def signature_of(obj):
    """The signature without annotations, as the inventory writes it."""
    try:
        signature = inspect.signature(obj)
    except (TypeError, ValueError):
        return None
    empty = inspect.Parameter.empty
    parameters = [p.replace(annotation=empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=empty))


def type_imports():
    """The `if TYPE_CHECKING:` block that shows the lazy names of `kerajax` to type checkers."""
    package = load_module("kerajax")
    names = [(package._HOMES[name], name) for name in package._HOMES if hasattr(package, name)]
    lines = [f"from . import {name} as {name}" for name in dir(package) if is_subpackage(name)]
    lines += [f"from .{home} import {name} as {name}" for home, name in sorted(names)]
    return "if TYPE_CHECKING:\n" + "".join(f"    {line}\n" for line in lines) + "\n"


def is_subpackage(name):
    """Whether `kerajax` has a public sub-package of that name."""
    return name in load_module("kerajax")._SUBPACKAGES and resolve(f"keras.{name}") is not None
