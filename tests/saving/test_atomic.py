"""A save that does not end well leaves the old file as it was."""

import os
import signal
import stat
import subprocess
import sys

import h5py
import pytest

import kerajax
from kerajax.saving import _atomic
from kerajax.saving._atomic import replacing


def _model():
    return kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2)])


def _fails(*args, **kwargs):
    raise OSError("No space left on device")


def _interrupted(*args, **kwargs):
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
@pytest.mark.parametrize("failure", [_fails, _interrupted])
def test_failed_write_keeps_the_old_file(name, failure, tmp_path, monkeypatch):
    """The disk is full, or the user presses Ctrl-C, in the middle of the arrays."""
    model = _model()
    path = tmp_path / name
    save = model.save_weights if ".weights." in name else model.save
    save(path)
    before = path.read_bytes()
    monkeypatch.setattr(h5py.Group, "create_dataset", failure)
    with pytest.raises((OSError, KeyboardInterrupt)):
        save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_failure_at_the_last_step(tmp_path, monkeypatch):
    """The rename itself fails."""
    path = tmp_path / "m.keras"
    path.write_text("old")
    monkeypatch.setattr(_atomic.os, "replace", _fails)
    with pytest.raises(OSError, match="No space"):
        _model().save(path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["m.keras"]


_KILLED = """
import sys, time
from pathlib import Path
from kerajax.saving._atomic import replacing
with replacing(sys.argv[1]) as temporary:
    Path(temporary).write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_killed_process_keeps_the_old_file(tmp_path):
    """kill -9 while the new file is half written."""
    path = tmp_path / "m.h5"
    path.write_bytes(b"old")
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )
    try:
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    finally:
        process.kill()
        process.stdout.close()
    assert path.read_bytes() == b"old"


def test_mode_bits_and_links_stay(tmp_path):
    """A file shared with a group stays shared; a link stays a link."""
    target = tmp_path / "real.txt"
    target.write_text("old")
    target.chmod(0o664)
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    with replacing(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o664


def test_asks_before_overwriting(tmp_path, monkeypatch):
    """`overwrite=False` asks, and only a yes writes."""
    path = tmp_path / "m.weights.h5"
    path.write_text("old")
    for answer, written in (("n", False), ("y", True)):
        monkeypatch.setattr("builtins.input", lambda text, answer=answer: answer)
        _model().save_weights(path, overwrite=False)
        assert (path.read_bytes() != b"old") is written
