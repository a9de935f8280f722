"""`kerajax doctor`, `inspect` and `convert`, and the command without a command."""

import io
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.cli import _convert, main


@pytest.fixture
def model():
    model = kerajax.Sequential(
        [kerajax.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2, name="last")],
        name="small",
    )
    model.compile("sgd", "mse")
    return model


def test_help_lists_the_commands(capsys):
    assert main([]) == 2
    text = capsys.readouterr().out
    assert all(name in text for name in ("run", "doctor", "inspect", "convert"))
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"kerajax {kerajax.__version__}\n"
    with pytest.raises(SystemExit) as stop:
        main(["inspekt"])
    assert stop.value.code == 2 and "inspect" in capsys.readouterr().err


def test_doctor(capsys):
    """Versions, devices and settings, one a line."""
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    for word in ("jaxlib", "optax", "devices", "cpu", "keras.json", "floatx", "compilation cache"):
        assert word in text


def test_doctor_without_a_device(capsys, monkeypatch):
    """A platform that is not there is reported, not raised."""

    def fail():
        raise RuntimeError("no TPU")

    monkeypatch.setattr("kerajax.cli._doctor.describe_devices", fail)
    assert main(["doctor"]) == 0
    assert "none: no TPU" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_inspect(model, suffix, tmp_path, capsys):
    """Container, writer, how it was compiled, layers, weights."""
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    assert "Keras 3.15.1" in text and "Sequential 'small'" in text and "loss m" in text
    assert re.search(r"\n  first +Dense\n", text) and "(4, 3)" in text
    assert "Weights (4 arrays, 23 numbers, 92 bytes)" in text


def test_inspect_of_what_is_no_model(tmp_path, capsys):
    """The reader's message, on one line, and status 1."""
    (tmp_path / "x.h5").write_bytes(b"\x1b[31mred")
    assert main(["inspect", str(tmp_path / "x.h5")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("kerajax inspect: ") and "\x1b" not in error
    assert main(["inspect", str(tmp_path / "nothing.h5")]) == 1
    assert "File not found" in capsys.readouterr().err


def test_names_from_a_file_cannot_steer_the_terminal(tmp_path, capsys):
    """Control characters are shown as what they are."""
    path = tmp_path / "model.json"
    path.write_text('{"class_name": "Model\\u001b[2J", "config": {}, "keras_version": "2.2.4"}')
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text and "Model\\x1b[2J" in text


@pytest.mark.parametrize("suffixes", [("h5", "keras"), ("keras", "h5")])
def test_convert(model, suffixes, tmp_path, rng, capsys):
    """The other format, with equal predictions; what is there is kept unless told otherwise."""
    source, target = (str(tmp_path / f"model.{suffix}") for suffix in suffixes)
    model.save(source)
    assert main(["convert", source, target]) == 0
    assert "23 parameters" in capsys.readouterr().out
    x = rng.normal(size=(5, 4))
    loaded = kerajax.saving.load_model(target)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(SystemExit):
        main(["convert", source, target])
    assert "--force" in capsys.readouterr().err
    assert main(["convert", "--force", source, target]) == 0


def test_convert_errors(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["convert", "a.h5", "b.txt"])
    assert "must end in" in capsys.readouterr().err
    (tmp_path / "a.h5").write_bytes(b"nothing")
    assert main(["convert", str(tmp_path / "a.h5"), str(tmp_path / "b.keras")]) == 1
    assert capsys.readouterr().err.startswith("kerajax convert: ")
    assert not (tmp_path / "b.keras").exists()


def test_a_reader_that_has_enough_is_no_error(model, tmp_path):
    """`kerajax inspect FILE | head -1` ends without a traceback."""
    path = tmp_path / "model.h5"
    model.save(path)
    source, sink = os.pipe()
    os.close(source)
    command = [sys.executable, "-m", "kerajax", "inspect", str(path)]
    ended = subprocess.run(command, stdout=sink, stderr=subprocess.PIPE, text=True)
    os.close(sink)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_progress_of_large_files(model, tmp_path, monkeypatch):
    """On a terminal, from nothing to all: the file is read, written, and read again."""
    model.save(tmp_path / "model.h5")
    monkeypatch.setattr(_convert, "_LARGE", 0)
    monkeypatch.setattr(_convert, "_MIB", 1)
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdout", screen)
    shown = []
    original = kerajax.utils.Progbar.update
    monkeypatch.setattr(
        kerajax.utils.Progbar,
        "update",
        lambda bar, seen, *rest: shown.append(seen) or original(bar, seen, *rest),
    )
    assert main(["convert", str(tmp_path / "model.h5"), str(tmp_path / "model.keras")]) == 0
    steps = {b - a for a, b in zip(shown, shown[1:], strict=False)}
    # The kernels and biases, of 48, 12, 24 and 8 bytes, in each of three passes.
    assert {48, 12, 24, 8} <= steps and len(shown) > 3 * 4
    assert shown == sorted(shown) and shown[-1] == 3 * (tmp_path / "model.h5").stat().st_size
    assert "MiB" in screen.getvalue()
