"""`kerajax doctor`: what is installed, what it runs on, which settings hold."""

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import sys

from kerajax import config
from kerajax.backend import keras_home
from kerajax.backend._devices import describe_devices

_NEEDED = ("jax", "jaxlib", "optax", "flax", "h5py", "numpy", "rich")
_OPTIONAL = ("scipy", "scikit-learn", "pandas", "pillow", "matplotlib", "pydot", "grain", "torch")
_KERAS_OF = {"keras": "keras", "tensorflow": "tensorflow.keras"}


def main(argv) -> int:
    """Runs `kerajax doctor` with its arguments."""
    parser = argparse.ArgumentParser(
        prog="kerajax doctor", description="Show versions, devices and settings."
    )
    parser.parse_args(argv)
    package = sys.modules["kerajax"]
    missing = [name for name in _NEEDED if _version(name) is None]
    print(f"kerajax {package.__version__} (the API of Keras {package.__keras_version__})")
    _section(
        "Python",
        {
            "version": platform.python_version(),
            "executable": sys.executable,
            "system": f"{platform.system()} {platform.machine()}",
        },
    )
    _section("Packages", {name: _version(name) or "MISSING" for name in _NEEDED})
    found = {name: _version(name) for name in _OPTIONAL}
    _section("Optional packages", {n: v or "not installed" for n, v in found.items()})
    _section("JAX", _jax())
    _section("Settings", _settings())
    for name in _KERAS_OF:
        if _version(name):
            print(
                f"\n{name} {_version(name)} is installed, too. Under `kerajax run` and after "
                f"`kerajax.install()`, `import {_KERAS_OF[name]}` gives kerajax all the same."
            )
    if missing:
        print(f"\nMissing: {', '.join(missing)}. Run `pip install {' '.join(missing)}`.")
    return 1 if missing else 0


def _section(title, entries):
    width = max(map(len, entries))
    print(f"\n{title}")
    for name, value in entries.items():
        print(f"  {name:<{width}}  {value}")


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _jax():
    try:
        report = describe_devices()
    except RuntimeError as error:  # No device of the platform that JAX_PLATFORMS asks for.
        return {"devices": f"none: {error}", "JAX_PLATFORMS": os.environ.get("JAX_PLATFORMS", "")}
    cache = report["compilation cache"]
    report["compilation cache"] = cache or (
        "off; set KERAJAX_COMPILATION_CACHE to 1 or to a folder to start compiled scripts faster"
    )
    return report


def _settings():
    path = os.path.join(keras_home(), "keras.json")
    return {
        "keras.json": path if os.path.exists(path) else f"{path} (not there: defaults hold)",
        "floatx": config.floatx(),
        "epsilon": config.epsilon(),
        "image_data_format": config.image_data_format(),
        "dtype policy": config.dtype_policy().name,
    }
