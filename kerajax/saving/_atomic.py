"""Files that are either written whole or not at all.

The content goes to a temporary file in the same folder, reaches the disk, and then takes the name
over in one step. Whatever interrupts that (a full disk, Ctrl-C, the end of the process) leaves the
old file as it was. While the content is being written, a thread has the disk take what is there so
far, so that little is left for the end.
"""

import os
import secrets
import shutil
import stat
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

# Time between two flushes of a file that is being written.
_PAUSE_SECONDS = 0.01


@contextmanager
def replacing(path):
    """Gives the path of a temporary file, which becomes `path` when the block ends well.

    Args:
        path: Path of the file to write. A link stays a link: the file it leads to is replaced.

    Yields:
        `Path` of an empty file in the same folder.

    Example:

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with replacing(Path(folder.name) / "model.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> [(file.name, file.read_text()) for file in Path(folder.name).iterdir()]
    [('model.txt', 'whole')]
    >>> folder.cleanup()
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        with _flushed_beside(temporary):
            yield temporary
        with suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    if os.name == "posix":
        # The new name, too, must survive a loss of power.
        _flush_to_disk(target.parent)


@contextmanager
def replacing_folder(path):
    """Gives the path of a temporary folder, which becomes `path` when the block ends well.

    A folder cannot take the place of another in one step: the old one gets another name for a
    moment, and is removed when the new one is there.

    Args:
        path: Path of the folder to write.

    Yields:
        `Path` of an empty folder beside it.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    mark = secrets.token_hex(6)
    temporary, old = (target.with_name(f".{target.name[:100]}.{mark}.{x}") for x in ("tmp", "old"))
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.rglob("*"):
            _flush_to_disk(file)
        if target.exists():
            os.replace(target, old)
        try:
            os.replace(temporary, target)
        except BaseException:
            if old.exists():
                os.replace(old, target)
            raise
    finally:
        for folder in (temporary, old):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _flushed_beside(path):
    """Flushes a file again and again while the block writes it, and once at the end."""
    done, errors = threading.Event(), []

    def flush():
        try:
            while not done.wait(_PAUSE_SECONDS):
                _flush_to_disk(path)
        except OSError as error:
            # Told once: a later flush of the file would not fail.
            errors.append(error)

    thread = threading.Thread(target=flush, daemon=True)
    with suppress(RuntimeError):  # while Python shuts down there are no new threads
        thread.start()
    try:
        yield
    finally:
        done.set()
        if thread.ident:
            thread.join()
    if errors:
        raise errors[0]
    _flush_to_disk(path)


def _flush_to_disk(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
