"""Small files that are read whole and undamaged, or not at all, for what can be made anew."""

import hashlib
import os
import threading
import warnings

_MAGIC = b"kerajax program 1\n"
_DIGEST_BYTES = 32


def read_checked(file) -> bytes | None:
    """What `write_checked` put into a file; None if there is none, or with a warning if damaged.

    Args:
        file: `pathlib.Path`.
    """
    try:
        held = file.read_bytes()
        os.utime(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        warn_of(file, error)
        return None
    digest, data = held[len(_MAGIC) :][:_DIGEST_BYTES], held[len(_MAGIC) + _DIGEST_BYTES :]
    if not held.startswith(_MAGIC) or hashlib.sha256(data).digest() != digest:
        warn_of(file, "it is incomplete")
        return None
    return data


def write_checked(file, data) -> bool:
    """Puts a file in its place whole, or with a warning not at all. Returns whether it did.

    Args:
        file: `pathlib.Path`. Its folder is made where there is none.
        data: Bytes.
    """
    beside = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.write_bytes(_MAGIC + hashlib.sha256(data).digest() + data)
        os.replace(beside, file)
    except OSError as error:
        warnings.warn(f"A compiled program could not be kept: {error}", stacklevel=2)
        beside.unlink(missing_ok=True)
        return False
    return True


def warn_of(file, error) -> None:
    """Warns that a file is of no use."""
    warnings.warn(
        f"The compiled program in {file} cannot be used: {error}. It is compiled again.",
        stacklevel=2,
    )
