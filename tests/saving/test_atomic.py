"""A save that does not end well leaves the old file as it was."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time

import h5py
import pytest

import kerajax
from kerajax.saving import _atomic, _shards_h5
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


def test_failure_in_a_later_shard_keeps_the_old_set(tmp_path, monkeypatch):
    """No file of a set is replaced before all are written."""
    layers = [kerajax.Input((3,)), kerajax.layers.Dense(2), kerajax.layers.Dense(2)]
    model, path = kerajax.Sequential(layers), tmp_path / "m.weights.json"
    size = {"max_shard_size": 40 / 2**30}
    model.save_weights(path, **size)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert len(before) == 3
    write, calls = _shards_h5.write_state, []

    def fails_later(*args):
        calls.append(args)
        return _fails() if len(calls) > 1 else write(*args)

    model.set_weights([w + 1 for w in model.get_weights()])
    monkeypatch.setattr(_shards_h5, "write_state", fails_later)
    with pytest.raises(OSError, match="No space"):
        model.save_weights(path, **size)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


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


def _run(code, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


# Half a megabyte of weights, saved over an old file under a limit of the operating system.
_LIMITED = """
import resource, signal, sys
import kerajax
model = kerajax.Sequential([kerajax.Input((256,)), kerajax.layers.Dense(512)])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for path in sys.argv[1:]:
    save = model.save_weights if ".weights." in path else model.save
    options = {"max_shard_size": 1.0} if path.endswith("json") else {}
    try:
        save(path, **options)
    except Exception as error:
        print(type(error).__name__)
    else:
        print("saved")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="sets limits of Linux")
def test_file_size_limit_keeps_the_old_files(tmp_path):
    """The operating system stops the writing in the middle, for every format."""
    paths = [tmp_path / name for name in ("m.keras", "m.h5", "m.weights.h5", "m.weights.json")]
    for path in paths:
        path.write_bytes(b"old")
    done = _run(_LIMITED, *paths)
    assert len(done.stdout.split()) == len(paths), done.stderr
    assert "saved" not in done.stdout
    assert [path.read_bytes() for path in paths] == [b"old"] * len(paths)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(p.name for p in paths)


_FULL = """
import os, sys
from pathlib import Path
import kerajax
folder = Path(sys.argv[1])
small = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(2)])
large = kerajax.Sequential([kerajax.Input((1024,)), kerajax.layers.Dense(512)])
for name in ("m.keras", "m.h5", "m.weights.h5"):
    path = folder / name
    save = (lambda m: m.save_weights(path)) if ".weights." in name else (lambda m: m.save(path))
    save(small)
    before = path.read_bytes()
    try:
        save(large)
    except Exception:
        print(path.read_bytes() == before)
print(sorted(os.listdir(folder)) == ["m.h5", "m.keras", "m.weights.h5"])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system of Linux")
def test_full_disk_keeps_the_old_files(tmp_path):
    """A file system of one megabyte does not take two."""
    mount = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    script = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" -c "$3" "$1"'
    command = [*mount, script, "sh", str(tmp_path), sys.executable, _FULL]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "TMPDIR": "/dev/shm"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"may not mount here: {done.stderr.strip()[-100:]}")
    assert done.stdout.split() == ["True"] * 4, done.stderr


# Training that saves the model after each epoch, until it is killed.
_CHECKPOINTS = """
import sys
import threading
import time
import numpy as np
import kerajax
layers = [kerajax.Input((256,)), kerajax.layers.Dense(2048), kerajax.layers.Dense(1)]
model = kerajax.Sequential(layers)
model.compile("sgd", "mse")
x, y = np.zeros((4, 256)), np.zeros((4, 1))
checkpoint = kerajax.callbacks.ModelCheckpoint(sys.argv[1])
told = kerajax.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, flush=True))
model.fit(x, y, epochs=100_000, verbose=0, callbacks=[checkpoint, told])
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills a process")
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_killed_training_leaves_a_whole_checkpoint(suffix, tmp_path):
    """kill -9 at any moment of `fit` with ModelCheckpoint: what is there loads."""
    path = tmp_path / f"m{suffix}"
    code = _CHECKPOINTS.replace(
        "(sys.argv[1])", f"(sys.argv[1], save_weights_only={suffix != '.keras'})"
    )
    for pause in (0.0, 0.007, 0.013, 0.031):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "JAX_PLATFORMS": "cpu"},
        )
        try:
            assert process.stdout.readline() == b"0\n"
            process.stdout.readline()
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)
        finally:
            process.kill()
            process.stdout.close()
        if suffix == ".keras":
            model = kerajax.saving.load_model(path)
        else:
            model = kerajax.Sequential(
                [kerajax.Input((256,)), kerajax.layers.Dense(2048), kerajax.layers.Dense(1)]
            )
            model.load_weights(path)
        assert model.count_params() == 256 * 2048 + 2048 + 2049


def test_failure_of_a_flush_while_writing_keeps_the_old_file(tmp_path, monkeypatch):
    """The disk fails once, before the last flush, which would not tell."""
    path = tmp_path / "m.h5"
    path.write_text("old")
    flushed, flush = threading.Event(), _atomic._flush_to_disk

    def fails_first(name):
        if flushed.is_set():
            return flush(name)
        flushed.set()
        return _fails()

    monkeypatch.setattr(_atomic, "_flush_to_disk", fails_first)
    with pytest.raises(OSError, match="No space"), replacing(path) as temporary:
        temporary.write_text("new")
        assert flushed.wait(30)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["m.h5"]
