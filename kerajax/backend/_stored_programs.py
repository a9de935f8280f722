"""Compiled steps that are found without being traced.

JAX finds a program in the compilation cache by its text, for which a step must be traced and
lowered first, and that is most of what a second run of a script waits for. Where an account says
all that a step follows from (`training/_account.py`), the step is found by its account.

Beside the compilation cache, in whose folder the programs lie, this has no switch of its own.
"""

import functools
import hashlib
import json
import os
import sys
import threading
import warnings
from pathlib import Path

import jax
from jax.experimental import serialize_executable

from kerajax.backend import _config
from kerajax.backend._checked_files import read_checked, warn_of, write_checked
from kerajax.backend._compilation_cache import folder_of_programs, without_cache
from kerajax.backend._compiler import OPTIONS, jit
from kerajax.backend._scopes import context

# What of the context says nothing of a step, and what of its settings does.
_NOT_READ = ("settings", "names", "named_by", "equal_calls", "graph_values", "kept_values")
_SETTINGS_READ = ("learning_phase", "flash_attention", "dtype_policy")
# Settings of JAX under which `jax.jit` compiles anew, and those under which it looks for faults.
_MODES = (
    "jax_default_matmul_precision",
    "jax_enable_x64",
    "jax_numpy_dtype_promotion",
    "jax_default_prng_impl",
    "jax_threefry_partitionable",
)
_SEARCHES = ("jax_disable_jit", "jax_debug_nans", "jax_debug_infs", "jax_check_tracer_leaks")


def jit_step(step, account, names, static=()):
    """A step `(state, *arguments)`, compiled, which takes the state's buffers over.

    Args:
        step: Function that returns a list of logs and the state.
        account: Function without arguments that gives the account of the step, or None; or None
            where it has no account. By its account it is kept, where there is a folder for that.
        names: List of the names of the logs, which tracing the step fills.
        static: Indices, among the arguments after the state, of those that are constants.
    """
    settings = {"donate_argnums": 0, "static_argnums": tuple(i + 1 for i in static)}
    if account is None or folder_of_programs() is None:
        return jit(step, **settings)
    return StoredProgram(jit(step, keep_unused=True, **settings), account, names, static)


def prepare(program, *arguments) -> None:
    """Compiles what `jit` or `jit_step` gave for arguments like these."""
    if isinstance(program, StoredProgram):
        program.prepare(*arguments)
    else:
        program.lower(*arguments).compile()


class StoredProgram:
    """A compiled step `(state, *arguments) -> (list of logs, state)` that is kept in files.

    A small file, named by the account, says which program the step is and what its logs are called.
    The program lies in a file named by its text, so that steps which turn out the same after they
    were traced, as those of models with other names, are compiled once.

    Args:
        jitted: What `jit` made of the step, with `keep_unused`: its text is to name all arguments.
        account: Function without arguments that gives the account of the step, or None.
        names: List of the names of the logs: tracing the step fills it, and so does finding it.
        static: Indices, among the arguments after the state, of those that are constants.
    """

    def __init__(self, jitted, account, names, static=()):
        self._jitted = jitted
        self._account = account
        self._names = names
        self._static = frozenset(static)
        self._programs = {}
        self._lock = threading.Lock()

    def __call__(self, state, *arguments):
        key, given = self._key(arguments)
        program = self._programs.get(key)
        if program is None:
            program = self._find(key, given, state, arguments)
        if program is not self._jitted:
            try:
                return program(state, *given)
            except (TypeError, ValueError):
                # It was made for arguments in another place, or of another type.
                pass
        return self._jitted(state, *arguments)

    def prepare(self, state, *arguments) -> None:
        """Finds or compiles the program for arguments like these, of which only shapes count."""
        if self._find(*self._key(arguments), state, arguments) is self._jitted:
            self.lower(state, *arguments).compile()

    def lower(self, state, *arguments):
        """What `jax.jit` gives by this name; no file is asked for it."""
        return self._jitted.lower(state, *arguments)

    def _key(self, arguments):
        """What arguments must share to be given to one program; and those that are no constants."""
        fixed = tuple(a for i, a in enumerate(arguments) if i in self._static)
        given = [a for i, a in enumerate(arguments) if i not in self._static]
        leaves = jax.tree_util.tree_leaves(given)
        return (
            fixed,
            _on(_MODES),
            _on(_SEARCHES),
            *(getattr(x, "shape", ()) for x in leaves),
        ), given

    def _find(self, key, given, state, arguments):
        with self._lock:
            if key not in self._programs:
                self._programs[key] = self._found(key, given, state, arguments)
            return self._programs[key]

    def _found(self, key, given, state, arguments):
        folder, account = folder_of_programs(), self._account()
        if folder is None or account is None or jax.process_count() > 1 or any(_on(_SEARCHES)):
            return self._jitted
        leaves, tree = jax.tree_util.tree_flatten((state, given))
        setting = [*map(repr, map(_described, leaves)), str(tree), *_surroundings()]
        step = _digest(account, self._jitted.__name__, repr(key[0]), _own_code(), *setting)
        known = read_checked(Path(folder, "steps", step))
        if known is not None:
            said = json.loads(known)
            program = _loaded(Path(folder, "programs", said["program"]), state, given, said["logs"])
            if program is not None:
                self._names[:] = said["logs"]
                return program
        return self._traced(Path(folder), step, setting, given, state, arguments)

    def _traced(self, folder, step, setting, given, state, arguments):
        """The program, traced, compiled unless a file has it, and put into files if it can be."""
        lowered, quiet = _lowered(self._jitted, (state, *arguments))
        names = list(self._names)
        text = _digest(lowered.as_text(), *setting)
        file = folder / "programs" / text
        program, kept = _loaded(file, state, given, names), True
        if program is None:
            program, kept = _compiled(lowered, file, _trees(state, given, names))
        if kept and quiet:
            said = json.dumps({"program": text, "logs": names})
            write_checked(folder / "steps" / step, said.encode())
        return program


def _on(names):
    """What settings of JAX are in this thread now."""
    return tuple(getattr(jax.config, name) for name in names)


def _trees(state, given, names):
    """The structures of the arguments and of the results."""
    tree = jax.tree_util.tree_structure
    return tree(((state, *given), {})), tree(([0] * len(names), state))


def _lowered(jitted, arguments):
    """The lowered step, and whether that was quiet: what warns is to do so in every run."""
    if threading.current_thread() is not threading.main_thread():
        return jitted.lower(*arguments), True
    with warnings.catch_warnings(record=True) as caught:
        lowered = jitted.lower(*arguments)
    for w in caught:
        warnings.showwarning(w.message, w.category, w.filename, w.lineno)
    return lowered, not caught


def _compiled(lowered, file, trees):
    """The compiled program, and whether it is kept in the file."""
    # XLA cannot write down again what it has read from JAX's cache.
    with without_cache():
        program = lowered.compile()
    try:
        payload, *its = serialize_executable.serialize(program)
    except Exception:  # noqa: BLE001 - programs that call Python, or hold arrays, are not kept
        return program, False
    return program, tuple(its) == trees and write_checked(file, payload)


def _loaded(file, state, given, names):
    """The program that a file holds; None if there is none, or if it is damaged."""
    payload = read_checked(file)
    if payload is None:
        return None
    try:
        return serialize_executable.deserialize_and_load(
            payload, *_trees(state, given, names), execution_devices=_devices()
        )
    except Exception as error:  # noqa: BLE001 - whatever JAX finds wrong, compiling mends it
        warn_of(file, error)
        return None


def _digest(*texts) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _described(x):
    """What of an argument a program is made for."""
    kind = str(jax.numpy.result_type(x)), bool(getattr(x, "weak_type", False))
    return jax.numpy.shape(x), *kind, bool(getattr(x, "committed", False))


def _devices():
    return jax.local_devices()[:1]


def _surroundings():
    """What programs depend on besides the step: settings, releases, devices."""
    options = {
        name: getattr(jax.config, name, value)
        for name, value in sorted(jax.config.values.items())
        if "cache" not in name
    }
    here = {k: v for k, v in vars(context).items() if k not in _NOT_READ}
    settings = {k: context.settings.get(k) for k in _SETTINGS_READ}
    device = jax.local_devices()[0]
    machine = device.platform, device.device_kind, device.client.platform_version
    machine = (*machine, jax.local_device_count(), os.cpu_count())
    libraries = ("jax", "jaxlib", "numpy", "optax", "flax")
    releases = [getattr(sys.modules.get(name), "__version__", "") for name in libraries]
    yield from map(repr, (options, here, settings, _config._load(), machine, releases))
    yield f"{OPTIONS} {sys.version} {os.environ.get('XLA_FLAGS')}"


@functools.cache
def _own_code() -> str:
    """Sizes and times of the files of kerajax: other code may give another step."""
    root = Path(__file__).parents[1]
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            if name.endswith(".py"):
                status = os.stat(os.path.join(folder, name))
                found.append((name, status.st_size, status.st_mtime_ns))
    return repr(found)
