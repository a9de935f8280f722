"""Proof that a file did no harm: what Python and the kernel saw while it was loaded.

`contained` watches three things. Python's audit events tell of processes, sockets, unmarshalled
code and unpickled classes. The kernel (inotify) tells of every file opened or made in a folder of
secrets next to the attack, by C libraries as well, which Python's events do not cover. And the peak
of the process' memory tells what was allocated, by whom ever.
"""

import ctypes
import os
import sys
from contextlib import contextmanager
from pathlib import Path

MIB = 1 << 20
# Compiling a small model takes some of this; the attacks ask for gigabytes.
MEMORY_BUDGET = 192 * MIB

_FORBIDDEN = (
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "subprocess.Popen",
    "socket.connect",
    "socket.getaddrinfo",
    "urllib.Request",
    "webbrowser.open",
    "pickle.find_class",
    "ctypes.dlopen",
    "os.putenv",
)
# `marshal.loads` of a module that Python imports is no attack.
_IMPORTERS = ("importlib", "<frozen", "zipimport")
_OPENED, _MADE = 0x20, 0x3C8  # IN_OPEN; IN_CREATE, IN_DELETE, IN_MOVED_*, IN_CLOSE_WRITE

_watching: list[list] = []


def _audit(event, arguments):
    if not _watching:
        return
    if event in _FORBIDDEN:
        _watching[-1].append(f"{event} {arguments!r}"[:300])
    elif event == "marshal.loads":
        caller = sys._getframe(1).f_code.co_filename
        if not any(name in caller for name in _IMPORTERS):
            _watching[-1].append(f"marshal.loads called in {caller}")


sys.addaudithook(_audit)


class Secrets:
    """A folder that no model file has business with, and a file in it for attacks to aim at."""

    TEXT = "the-secret-of-this-computer"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.file = self.folder / "secret.txt"
        self.file.write_text(self.TEXT)
        self.canary = self.folder / "canary"
        self.expected = ["secret.txt"]


@contextmanager
def contained(secrets, memory=MEMORY_BUDGET, fetches=False):
    """Fails the test if code runs, the secrets are touched or memory is taken in the block.

    Args:
        secrets: `Secrets`.
        memory: Int. Bytes that may be taken.
        fetches: Bool. Whether the block itself asks for an address, as `get_file` does.
    """
    events = []
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = _watch(libc, secrets.folder)
    before = _reset_peak()
    _watching.append(events)
    try:
        yield
    finally:
        _watching.pop()
        grown = _peak() - before
        touched = b""
        if descriptor is not None:
            try:
                touched = os.read(descriptor, 65536)
            except BlockingIOError:
                pass
            os.close(descriptor)
    if fetches:
        events = [event for event in events if not event.startswith("urllib.Request")]
    assert not events, f"code ran: {events}"
    assert not touched, "the folder of secrets was touched"
    assert sorted(os.listdir(secrets.folder)) == secrets.expected, "files were written outside"
    assert grown <= memory, f"{grown >> 20} MiB of memory were taken"


def _watch(libc, folder):
    if not hasattr(libc, "inotify_init1"):
        return None
    descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if (
        descriptor < 0
        or libc.inotify_add_watch(descriptor, os.fsencode(folder), _OPENED | _MADE) < 0
    ):
        return None
    return descriptor


def _reset_peak():
    """Sets the kernel's mark of the highest memory to what is taken now, and returns that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass
    return _peak()


def _peak():
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
