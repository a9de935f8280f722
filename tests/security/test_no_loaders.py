"""The package has no way from data to code but the one for lambdas, which asks for trust first."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "kerajax"
# Modules that turn bytes into objects or code, and who may use them.
LOADERS = {
    # What the processes of one training say to each other, and what users pickle themselves; no
    # file goes there. The files of data sets go through an unpickler that makes arrays alone.
    "pickle": (
        "datasets/_files.py",
        "objects/_carried.py",
        "training/data/_processes.py",
        "training/data/_worker.py",
    ),
    "cloudpickle": ("objects/_carried.py", "training/data/_processes.py"),
    "dill": (),
    "joblib": (),
    "shelve": (),
    # With a loader that makes dicts and lists.
    "yaml": ("saving/read/_yaml.py",),
    "marshal": ("objects/_code.py",),
}
CALLS = ("eval", "exec", "__import__")
# A script that the user names on the command line is code, and run as such.
MAY_CALL = ("cli/_run.py",)
FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_unpickling_and_no_evaluation(path):
    """Neither imports of such modules, nor calls, nor `np.load(allow_pickle=True)`."""
    name = str(path.relative_to(PACKAGE))
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [(node.module or "").split(".")[0]] if not node.level else []
        for module in modules:
            allowed = LOADERS.get(module)
            assert allowed is None or name in allowed, f"{name}:{node.lineno} imports {module}"
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            assert name in MAY_CALL, f"{name}:{node.lineno} calls {node.func.id}"
        for keyword in node.keywords:
            if keyword.arg == "allow_pickle":
                value = keyword.value
                assert isinstance(value, ast.Constant) and value.value is False, (
                    f"{name}:{node.lineno} allows pickles"
                )
