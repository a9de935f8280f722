"""Keeps memory that the C library would give back to the system after each training step.

XLA takes the temporary memory of a step from `malloc` and frees it when the step ends. glibc
returns large blocks to the system at once, and the next step pays a page fault for every 4 KiB of
them: 57,000 faults and half of the processor time for a convnet of the size of MNIST's. With
thresholds above the size of such blocks, they stay with the process.

Only the main thread's arena can hold blocks above 64 MiB. So the thread that calls a computation
on a CPU runs it, too, which also spares small steps the hand-over to another thread. One arena for
all threads would hold blocks of worker threads as well, but threads then wait for each other:
small steps took 1.5 times as long.

The cost is that a process may keep freed memory up to the thresholds, at most 2 GiB and an eighth
of the machine. `KERAJAX_MALLOC=default` in the environment leaves the C library alone, and so do
settings for it there (`MALLOC_TRIM_THRESHOLD_` and its like, `GLIBC_TUNABLES`). Other C libraries
than glibc are left alone, too.
"""

import ctypes
import os

import jax

# Parameters of `mallopt`, from <malloc.h>.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST = 2**31 - 1
_SHARE = 8
# The parameters that were set.
_kept: list = []


def keep_freed_memory() -> bool:
    """Sets the thresholds; says whether it did."""
    if os.environ.get("KERAJAX_MALLOC") == "default" or _has_settings_of_its_own():
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
        ctypes.CDLL(None).gnu_get_libc_version  # noqa: B018 - glibc alone has it
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, TypeError, ValueError):
        return False
    kept = min(_LARGEST, memory // _SHARE)
    settings = ((_MMAP_THRESHOLD, kept // 2), (_TRIM_THRESHOLD, kept))
    _kept[:] = [parameter for parameter, value in settings if mallopt(parameter, value)]
    return len(_kept) == len(settings)


def give_back_freed_memory() -> None:
    """Gives the system what is free now, where `keep_freed_memory` has it kept.

    Building a model takes memory of other sizes than its training, which could not all be filled
    again: training an MLP 2048-4096-4096-10 took 1.2 times the memory of the hand-written form.
    """
    if _kept:
        ctypes.CDLL(None).malloc_trim(0)


def dispatch_synchronously() -> None:
    """Lets the calling thread run computations on a CPU, where nobody chose otherwise.

    It must be called before JAX makes its CPU client; afterwards it changes nothing.
    """
    if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
        jax.config.update("jax_cpu_enable_async_dispatch", False)


def _has_settings_of_its_own() -> bool:
    set_by_user = any(name.startswith("MALLOC_") for name in os.environ)
    return set_by_user or "glibc.malloc." in os.environ.get("GLIBC_TUNABLES", "")


def shares_memory(array, value) -> bool:
    """Whether an array of JAX has taken over the memory of one of numpy, as it does on a CPU."""
    begin, length = value.ctypes.data, value.nbytes
    shards = [array] if len(array.sharding.device_set) == 1 else array.addressable_shards
    pointers = [getattr(shard, "data", shard).unsafe_buffer_pointer() for shard in shards]
    return any(begin <= pointer < begin + length for pointer in pointers)
