"""The plan of the house, read from the imports: who may import whom, and how files are kept.

Imports under `if TYPE_CHECKING:` do not count, since they never run.
"""

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kerajax"

FLOORS = [
    "typing _checks _elsewhere tree",
    "backend config eras",
    "ops random",
    "objects",
    "activations initializers regularizers constraints dtype_policies mixed_precision quantizers",
    "graph distribution",
    "losses metrics optimizers layers",
    "training callbacks",
    "models",
    "saving interop export utils visualization explain pruning",
    "applications datasets preprocessing wrappers distillation legacy cli __main__",
]
FLOOR_OF = {name: number for number, names in enumerate(FLOORS, 1) for name in names.split()}

# Imports within a floor, from -> to; no pair goes both ways.
SIBLINGS = {
    "_checks": {"typing"},
    "tree": {"typing", "_checks"},
    "config": {"backend"},
    "ops": {"random"},
    "mixed_precision": {"dtype_policies"},
    "quantizers": {"dtype_policies", "initializers", "regularizers", "constraints"},
    "metrics": {"losses"},
    "training": {"callbacks"},
    "visualization": {"utils"},
    "export": {"saving"},
    "__main__": {"cli"},
    "cli": {"legacy"},
}

# Packages or files that may import an outside library; names ending in `.py` are single files.
OUTSIDE = {
    "jax": "backend ops random tree graph/_pure.py optimizers training distribution export interop "
    "explain",
    "optax": "optimizers training interop",
    "h5py": "saving utils",
    "flax": "training/_state.py interop saving",
    "keras": "",
    "tensorflow": "",
    "torch": "",
}
# These two may be asked for inside a function, by code that converts their data.
OPTIONAL_INSIDE_FUNCTIONS = {"tensorflow", "torch"}

# `conftest.py` serves the examples in docstrings, and nothing imports it.
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "conftest.py")


class Import(NamedTuple):
    """One imported module, by its full dotted name."""

    module: str
    line: int
    in_function: bool


def imports_of(path):
    """Every import that can run in a file; `from kerajax import ops` counts as `kerajax.ops`."""
    found = []
    _collect(ast.parse(path.read_text()), path, False, found)
    return found


def _collect(node, path, in_function, found):
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.orelse:
            _collect(child, path, in_function, found)
        return
    if isinstance(node, ast.Import):
        found += [Import(alias.name, node.lineno, in_function) for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        module = _absolute(node, path)
        deeper = module == "kerajax"
        names = [f"{module}.{alias.name}" for alias in node.names] if deeper else [module]
        found += [Import(name, node.lineno, in_function) for name in names]
    in_function = in_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    for child in ast.iter_child_nodes(node):
        _collect(child, path, in_function, found)


def _absolute(node, path):
    if not node.level:
        return node.module
    package = path.relative_to(ROOT).parent.parts
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def top_package(path):
    """`layers` for every file of `kerajax/layers`, `_checks` for `kerajax/_checks.py`."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def short(path):
    """The path of a file inside the package, as messages show it."""
    return path.relative_to(PACKAGE).as_posix()


def test_every_package_has_a_floor():
    """A new package is put into the table above before anything imports it."""
    packages = {top_package(path) for path in FILES} - {"__init__"}
    assert packages <= set(FLOOR_OF), f"no floor: {sorted(packages - set(FLOOR_OF))}"


def test_no_two_siblings_import_each_other():
    """The table of allowed imports within a floor has no circle and stays within a floor."""
    for name, targets in SIBLINGS.items():
        for target in targets:
            assert FLOOR_OF[name] == FLOOR_OF[target]
            assert name not in SIBLINGS.get(target, ())


@pytest.mark.parametrize("path", FILES, ids=short)
def test_imports_go_to_floors_above(path):
    """A file imports its own package, floors above it and the siblings in the table."""
    own = top_package(path)
    if own == "__init__":
        own_floor, allowed = 0, {"_elsewhere"}
    else:
        own_floor, allowed = FLOOR_OF[own], {own, *SIBLINGS.get(own, ())}
    wrong = []
    for found in imports_of(path):
        parts = found.module.split(".")
        if parts[0] != "kerajax":
            continue
        target = parts[1] if len(parts) > 1 else ""
        if target not in allowed and not FLOOR_OF.get(target, 99) < own_floor:
            wrong.append(f"line {found.line} imports {found.module}")
    assert not wrong, f"{short(path)} (floor {own_floor}): " + "; ".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=short)
def test_no_import_of_the_package_inside_a_function(path):
    """A deferred import hides a circle; the code belongs on another floor."""
    deferred = [
        f"line {found.line} imports {found.module}"
        for found in imports_of(path)
        if found.in_function and found.module.split(".")[0] == "kerajax"
    ]
    assert not deferred, f"{short(path)}: " + "; ".join(deferred)


@pytest.mark.parametrize("path", FILES, ids=short)
def test_outside_libraries_stay_where_they_belong(path):
    """jax, optax, h5py and flax have their rooms; Keras, TensorFlow and torch have none."""
    wrong = []
    for found in imports_of(path):
        library = found.module.split(".")[0]
        allowed = OUTSIDE.get(library, top_package(path)).split()
        if found.in_function and library in OPTIONAL_INSIDE_FUNCTIONS:
            continue
        if top_package(path) not in allowed and short(path) not in allowed:
            wrong.append(f"line {found.line} imports {found.module}")
    assert not wrong, f"{short(path)}: " + "; ".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=short)
def test_file_is_short_and_imports_by_name(path):
    """Below 500 lines, opened by a docstring, no star imports."""
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) < 500
    assert ast.get_docstring(tree), f"{short(path)} needs a docstring that says what it is for"
    stars = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    assert not stars, f"{short(path)}: star import in line {stars}"


def test_reader_of_imports(tmp_path, monkeypatch):
    """Relative, package-level, deferred and type-only imports are told apart."""
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "kerajax" / "layers" / "_x.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from typing import TYPE_CHECKING\n"
        "from kerajax import ops, random\n"
        "from ..backend import Variable\n"
        "from ._base import Layer\n"
        "if TYPE_CHECKING:\n    import flax\n"
        "def f():\n    import torch.nn\n"
    )
    assert [(found.module, found.in_function) for found in imports_of(path)] == [
        ("typing", False),
        ("kerajax.ops", False),
        ("kerajax.random", False),
        ("kerajax.backend", False),
        ("kerajax.layers._base", False),
        ("torch.nn", True),
    ]
