"""Keeps memory that the C library would give back to the system after each training step.

XLA takes the temporary memory of a step from `malloc` and frees it when the step ends. glibc
returns large blocks to the system at once, and the next step pays a page fault for every 4 KiB of
them. For a convnet of the size of MNIST's that was half of the processor time: 203 ms a step on two
cores, 104 afterwards. With one arena, and thresholds above the size of such blocks, they stay with
the process; the other arenas, which glibc makes for threads, cannot hold blocks above 64 MiB.

The cost is that a process may keep freed memory up to the thresholds, at most 2 GiB and an eighth
of the machine. `KERAJAX_MALLOC=default` in the environment leaves the C library alone, and so do
settings for it there (`MALLOC_ARENA_MAX` and its like, `GLIBC_TUNABLES`). Other C libraries than
glibc are left alone, too.
"""

import ctypes
import os

# Parameters of `mallopt`, from <malloc.h>.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGEST = 2**31 - 1
_SHARE = 8


def keep_freed_memory() -> bool:
    """Sets the thresholds; says whether it did.

    Threads keep the arena they began with, so the call belongs before the first computation.
    """
    if os.environ.get("KERAJAX_MALLOC") == "default" or _has_settings_of_its_own():
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
        ctypes.CDLL(None).gnu_get_libc_version  # noqa: B018 - glibc alone has it
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, TypeError, ValueError):
        return False
    kept = min(_LARGEST, memory // _SHARE)
    settings = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, kept // 2), (_TRIM_THRESHOLD, kept))
    return all([mallopt(parameter, value) for parameter, value in settings])


def _has_settings_of_its_own() -> bool:
    set_by_user = any(name.startswith("MALLOC_") for name in os.environ)
    return set_by_user or "glibc.malloc." in os.environ.get("GLIBC_TUNABLES", "")
