"""The C library's thresholds are raised on glibc, unless somebody said otherwise."""

import platform
import subprocess
import sys

import pytest

from kerajax.backend._allocator import keep_freed_memory


@pytest.fixture
def no_settings(monkeypatch):
    for name in ("KERAJAX_MALLOC", "MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_thresholds_are_raised_on_glibc_alone(no_settings):
    assert keep_freed_memory() is (platform.libc_ver()[0] == "glibc")


@pytest.mark.parametrize(
    "name, value",
    [
        ("KERAJAX_MALLOC", "default"),
        ("MALLOC_ARENA_MAX", "4"),
        ("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=131072"),
    ],
)
def test_settings_of_the_user_stand(no_settings, name, value):
    no_settings.setenv(name, value)
    assert keep_freed_memory() is False


_SCRIPT = """
import numpy as np
import kerajax
from kerajax.backend._allocator import give_back_freed_memory


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) >> 10


assert kerajax.backend.image_data_format()
blocks = [np.ones(1 << 20) for _ in range(30)]
top, full = np.ones(1 << 17), resident()
del blocks
kept = resident()
give_back_freed_memory()
print(full - kept, full - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_freed_memory_is_given_back_when_asked(no_settings):
    """Megabytes that leave the process when 240 are freed: few by themselves, all when asked."""
    ran = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True)
    kept, given = map(int, ran.stdout.split())
    assert kept < 60 and given > 180, ran.stdout
