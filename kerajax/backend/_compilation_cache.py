"""Compiled programs kept in a folder, so that the next run of a script need not compile them again.

JAX does the keeping; here is where, for whom, and how much. What lies in the folder runs as machine
code, so nobody else may write there, and each kind of processor has a folder of its own: the key by
which JAX finds a program on a CPU does not tell two of them apart.

It is off unless somebody asks for it. JAX writes an entry in place, so a process that is killed at
that moment, or a full disk, leaves half an entry: JAX warns of it and compiles, at every run, until
the folder is deleted. It may be deleted at any time.
"""

import contextlib
import hashlib
import os
import platform
import stat
import threading

import jax
from jax.experimental.compilation_cache import compilation_cache as opened

# The folder that `set_compilation_cache` chose; others that JAX was told of need not be private.
_chosen: str | None = None
_compiling = threading.Lock()
# The least recently used programs are deleted beyond so many bytes.
_MOST_BYTES = 4 << 30
_OFF, _ON = ("", "0", "false", "off", "no"), ("1", "true", "on", "yes")


def compilation_cache() -> str | None:
    """The folder in which compiled programs are kept, or None.

    Example:

    >>> kerajax.config.compilation_cache() is None
    True
    """
    return jax.config.jax_compilation_cache_dir


def folder_of_programs() -> str | None:
    """The folder that `set_compilation_cache` chose, which the user alone may write to, or None."""
    return _chosen if _chosen == compilation_cache() else None


def set_compilation_cache(folder: str | bool | None) -> None:
    """Keeps compiled programs in a folder, so that the next run of a script starts sooner.

    Steps of training and evaluation that consist of kerajax's own parts are found there without
    being traced; steps with code of the user's are traced, and found by what they turn out to be.

    The environment variable `KERAJAX_COMPILATION_CACHE` says the same for a whole process: a path,
    `1` for the default folder, or `0`.

    Args:
        folder: Path; True for `kerajax` in the user's cache folder (`$XDG_CACHE_HOME`, by default
            `~/.cache`); None or False to keep none.

    Raises:
        ValueError: If others than the user may write into the folder: who does could run code here.

    Example:

    >>> kerajax.config.set_compilation_cache(None)
    """
    if folder is None or folder is False:
        _use(None)
        return
    root = _default_folder() if folder is True else os.path.abspath(os.path.expanduser(folder))
    os.makedirs(root, mode=0o700, exist_ok=True)
    _check_is_private(root)
    _trim(root)
    _use(os.path.join(root, f"jax-{jax.__version__}-{_processor()}"))


def compilation_cache_from_environment() -> None:
    """Does what `KERAJAX_COMPILATION_CACHE` says."""
    said = os.environ.get("KERAJAX_COMPILATION_CACHE", "")
    if said.lower() not in _OFF:
        set_compilation_cache(True if said.lower() in _ON else said)


@contextlib.contextmanager
def without_cache():
    """Inside, what is compiled is not looked for in JAX's cache, nor put there."""
    with _compiling:
        outer = jax.config.jax_enable_compilation_cache
        jax.config.update("jax_enable_compilation_cache", False)
        opened.reset_cache()
        try:
            yield
        finally:
            jax.config.update("jax_enable_compilation_cache", outer)
            opened.reset_cache()


def _use(path):
    global _chosen
    _chosen = path
    if path == jax.config.jax_compilation_cache_dir:
        return
    jax.config.update("jax_compilation_cache_dir", path)
    if path is not None:
        # Programs of a few milliseconds count, too: a script compiles dozens of them.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    # JAX would go on with the folder that it opened at the first compilation.
    opened.reset_cache()


def _default_folder() -> str:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "kerajax", "compiled")


def _check_is_private(folder):
    if not hasattr(os, "getuid"):
        return
    found = os.stat(folder)
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ValueError(
            "The folder for compiled programs must be writable by you alone, since what lies "
            f"there runs as machine code. Received: {folder}, of user {found.st_uid}, with mode "
            f"{stat.filemode(found.st_mode)}. Name another folder, or call `chmod go-w` on it."
        )


def _processor() -> str:
    """A short name of this machine's kind of processor."""
    features = platform.processor() + platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if line.startswith(("flags", "Features", "model name"))]
        features += "".join(sorted(set(lines)))
    except OSError:
        pass  # another system than Linux
    return hashlib.sha256(features.encode()).hexdigest()[:12]


def _trim(root):
    """Deletes what was not used for longest, where the folder has grown too large."""
    files = []
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                found = os.stat(path := os.path.join(folder, name))
            except FileNotFoundError:
                continue  # another process trims, too
            files.append((max(found.st_atime, found.st_mtime), found.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= _MOST_BYTES:
            return
        total -= size
        try:
            os.remove(path)
        except FileNotFoundError:
            pass
