"""`import kerajax` is light, opens no device, and its lazy names say what is missing."""

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import kerajax
from tests.api import inventory

HEAVY = "optax flax h5py rich scipy keras tensorflow torch pandas sklearn matplotlib PIL".split()
PRESENT = sorted(
    name
    for name in kerajax._SUBPACKAGES
    if (spec := importlib.util.find_spec(f"kerajax.{name}")) and spec.origin
)


def run(code):
    """Runs code in a fresh interpreter and returns what it prints."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_import_loads_nothing_heavy():
    """The heavy libraries, JAX among them, load when something is used."""
    loaded = run("import sys, kerajax; print(*{n.split('.')[0] for n in sys.modules})").split()
    assert not set(loaded) & {"jax", *HEAVY}


def test_loading_a_subpackage_opens_no_device():
    """A script may still choose the platform after `from keras import layers`.

    Each is the first that a process of its own loads, which is forked where JAX is loaded already.
    """
    code = f"""
import os, warnings
import jax, kerajax
from jax._src import xla_bridge
warnings.simplefilter("ignore")  # JAX warns of forks, for it will have threads
for name in {PRESENT}:
    child = os.fork()
    if not child:
        result = 1
        try:
            getattr(kerajax, name)
            result = 2 if xla_bridge.backends_are_initialized() else 0
        finally:
            os._exit(result)
    result = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(name, {{0: "loads", 2: "opens a device"}}.get(result, "fails"))
"""
    assert run(code).splitlines() == [f"{name} loads" for name in PRESENT]


def test_drop_in_attribute_access():
    """`import kerajax as keras` reaches nested names without further imports."""
    code = "import kerajax as keras; print(keras.tree.flatten([1, [2]]), keras.Variable.__name__)"
    assert run(code) == "[1, 2] Variable"


def test_unknown_name_suggests_the_nearest():
    """A slip of the pen gets an AttributeError with a name that exists."""
    with pytest.raises(AttributeError, match="no attribute 'bakend'. Did you mean 'backend'?"):
        _ = kerajax.bakend


def test_dir_lists_what_is_there():
    """Completion offers lazy names before they are loaded; each resolves or is a known gap."""
    names = dir(kerajax)
    assert {"Variable", "tree", "version", "__version__"} <= set(names)
    absent = {f"keras.{name}" for name in names if not hasattr(kerajax, name)}
    assert absent <= set(inventory.listed(inventory.NOT_YET))


def test_versions():
    """Scripts compare `version()` with Keras versions; `__version__` is that of the package."""
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())
    assert kerajax.version() == "3.15.1"
    assert kerajax.__version__ == project["project"]["version"]


def test_type_checkers_see_every_lazy_name():
    """The `TYPE_CHECKING` block of `kerajax/__init__.py` is what `tests/api/update.py` writes."""
    text = Path(kerajax.__file__).read_text()
    assert inventory.type_imports() in text, "run `python tests/api/update.py`"
