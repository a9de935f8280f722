"""The C library's thresholds are raised on glibc, unless somebody said otherwise."""

import platform

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
