"""Writes the lists that `test_inventory.py` checks; run it after adding public names.

python tests/api/update.py           # not_yet.txt, and the type imports of kerajax/__init__.py
python tests/api/update.py FILE      # inventory.json as well, from the full record of Keras
"""

import ast
import json
import os
import sys
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.api import inventory  # noqa: E402

# Scripts call or override the methods of these.
WITH_METHODS = (
    "Function InputSpec KerasTensor Layer Loss Metric Model Operation Optimizer Sequential Variable"
    " callbacks.Callback callbacks.CallbackList dtype_policies.DTypePolicy initializers.Initializer"
    " regularizers.Regularizer constraints.Constraint layers.RNN utils.PyDataset"
).split()


def write_inventory(source):
    """Condenses the full record of the wheel: one object a line, with all its paths."""
    full = json.loads(Path(source).read_text())
    paths = defaultdict(list)
    for path, entry in sorted(full.items()):
        paths[entry["home"], entry["kind"], plain(entry["signature"])].append(path)
    rows = [[kind, signature, *names] for (_, kind, signature), names in paths.items()]
    for name in WITH_METHODS:
        for method, signature in full[f"keras.{name}"]["methods"].items():
            rows.append(["method", plain(signature), f"keras.{name}.{method}"])
    rows.sort(key=lambda row: row[2])
    inventory.INVENTORY.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


def plain(signature):
    """The signature without annotations; `None` where it only passes arguments on."""
    if signature is None or signature in ("(*args, **kwargs)", "(self, *args, **kwargs)"):
        return None
    if ":" not in signature.replace("://", ""):
        return signature
    arguments = ast.parse(f"def f{signature}: pass").body[0].args
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return f"({ast.unparse(arguments)})"


def write_not_yet():
    """Lists the recorded paths that kerajax lacks today, and says how many it has."""
    missing = inventory.missing()
    header = (
        "# Public paths of Keras 3.15.1 that are not there yet; `python tests/api/update.py`.\n"
    )
    inventory.NOT_YET.write_text(header + "".join(f"{path}\n" for path in missing))
    total = sum(len(entry.paths) for entry in inventory.recorded())
    print(f"{total - len(missing)} of {total} paths present, {len(missing)} listed as missing")
    for path in inventory.unlisted():
        print(f"not a name of Keras: {path} (hide it, or list it in extras.txt with the reason)")


def write_type_imports():
    """Puts the lazy names that exist today into the `TYPE_CHECKING` block of the package."""
    path = Path(inventory.load_module("kerajax").__file__)
    before, _, rest = path.read_text().partition("if TYPE_CHECKING:\n")
    after = rest[rest.index("\n\n") + 2 :]
    path.write_text(before + inventory.type_imports() + after)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_inventory(sys.argv[1])
    write_not_yet()
    write_type_imports()
