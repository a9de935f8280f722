"""What the progress bar writes to a terminal, a file and the log, and how often."""

import io
import logging
import re
import subprocess
import sys
import weakref

import numpy as np
import pytest

import kerajax
from kerajax.callbacks import CallbackList, LambdaCallback, LazyLogs, _bar, _console, _progress
from kerajax.callbacks._bar import Progbar, Progress
from kerajax.callbacks._console import Style
from tests.callbacks import fakes

PLAIN = Style()
METRICS = (("accuracy", 0.8123), ("loss", 0.4455), ("val_accuracy", 0.81), ("val_loss", 0.00045))


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


class Clock:
    """Time that passes only where a test says so; begins to write to `stdout`."""

    def __init__(self, monkeypatch, stdout):
        self.now = 100.0
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setattr(_progress.time, "perf_counter", lambda: self.now)


class Value:
    """A scalar on a device, which counts how often it is read."""

    shape = ()
    reads = 0

    def __init__(self, value):
        self.value = value

    def is_ready(self):
        return True

    def block_until_ready(self):
        return self

    def __array__(self, dtype=None, copy=None):
        Value.reads += 1
        return np.array(self.value)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def shown(text):
    """The rows that stay on a terminal after `text`."""
    rows = []
    for line in text.split("\n"):
        row = ""
        for part in line.split("\r"):
            row = (
                part.removeprefix("\x1b[K")
                if part.startswith("\x1b[K")
                else part + row[len(part) :]
            )
        rows.append(row)
    return rows


def run(clock, epochs, seconds, *, batches=1, callbacks=(), verbose=1, value=float, steps=10):
    """Epochs of `seconds`, each told of in `batches` calls."""
    told = CallbackList(
        list(callbacks), add_progbar=True, model=fakes.Model(), verbose=verbose, epochs=epochs,
        steps=steps,
    )  # fmt: skip
    told.on_train_begin()
    for epoch in range(epochs):
        told.on_epoch_begin(epoch)
        for batch in range(batches):
            clock.now += seconds / batches
            told.on_train_batch_begin(batch)
            told.on_train_batch_end(10 * (batch + 1) // batches - 1, LazyLogs({"loss": value(0.5)}))
        told.on_epoch_end(epoch, LazyLogs({"loss": value(0.5), "val_loss": value(0.25)}))
    told.on_train_end()


def test_row_of_a_running_epoch():
    progress = Progress(5, 10, 2.0, 0.4, METRICS[:2], False)
    text = "10 ━━━━━━━━━━────────── ETA: 2s 400ms/step - accuracy: 0.8123 - loss: 0.4455"
    assert progress.as_row(PLAIN) == (f" 5/{text}", len(f" 5/{text}"))


def test_row_of_an_unknown_number_of_steps():
    assert (
        Progress(5, None, 2.0, 0.4, (), False).as_row(PLAIN)[0] == "      5/Unknown 2s 400ms/step"
    )


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_running_row_fits_the_screen(columns):
    """A row that is wider than the screen could not be drawn over."""
    text, width = Progress(5, 10, 2.0, 0.4, METRICS, False).as_row(PLAIN, columns)
    assert len(text) == width < columns


def test_final_row_is_broken_between_metrics():
    text, _ = Progress(10, 10, 2.0, 0.2, METRICS, True).as_row(PLAIN, 80)
    assert text.split("\n") == [
        "10/10 ━━━━━━━━━━━━━━━━━━━━ 2s 200ms/step - accuracy: 0.8123 - loss: 0.4455",
        "      val_accuracy: 0.8100 - val_loss: 4.5000e-04",
    ]


def test_values_of_other_kinds():
    metrics = (("a", 1), ("b", [1.0, 3.0]), ("c", float("nan")), ("d", "text"))
    line = Progress(1, 1, 0.0, 0.0, metrics, True).as_line()
    assert line == "1/1 - 0s - 0s/step - a: 1.0000 - b: 2.0000 - c: nan - d: text"


def test_terminal_keeps_a_header_and_a_line_for_each_epoch(terminal, monkeypatch):
    run(Clock(monkeypatch, terminal), 2, 2.0, batches=5)
    assert shown(terminal.getvalue()) == [
        "Epoch 1/2",
        "10/10 ━━━━━━━━━━━━━━━━━━━━ 2s 200ms/step - loss: 0.5000 - val_loss: 0.2500",
        "Epoch 2/2",
        "10/10 ━━━━━━━━━━━━━━━━━━━━ 2s 200ms/step - loss: 0.5000 - val_loss: 0.2500",
        "",
    ]
    assert "ETA" in terminal.getvalue()


def test_short_epochs_are_written_together_and_none_is_lost(terminal, monkeypatch):
    writes = []
    monkeypatch.setattr(terminal, "write", writes.append)
    run(Clock(monkeypatch, terminal), 200, 0.001)
    text = "".join(writes)
    assert re.findall(r"Epoch (\d+)/", text) == [str(i + 1) for i in range(200)]
    assert text.count("val_loss") == 200
    # 0.2 seconds: one drawing every 0.05, and the first and the last.
    assert len(writes) < 10
    assert "-" not in re.findall(r"s (\S+)us/step", text)


def test_values_are_read_only_to_be_shown(terminal, monkeypatch):
    """Of 1000 calls in one epoch only those drawn are read."""
    Value.reads = 0
    run(Clock(monkeypatch, terminal), 1, 1.0, batches=1000, value=Value, steps=10)
    assert Value.reads < 30


def test_results_of_short_steps_are_not_kept(terminal, monkeypatch):
    """Of 1000 steps in a tenth of a second a few are held on to, not all since the last look."""
    clock, alive, most = Clock(monkeypatch, terminal), weakref.WeakSet(), []

    def value(number):
        made = Value(number)
        alive.add(made)
        most.append(len(alive))
        return made

    run(clock, 1, 0.1, batches=1000, value=value)
    assert len(most) > 1000 and max(most) < 10


def test_output_of_users_keeps_its_place(terminal, monkeypatch):
    """Short epochs are not put off where somebody else may print."""
    tell = LambdaCallback(on_epoch_begin=lambda epoch, logs: print(f"mine {epoch}"))
    run(Clock(monkeypatch, terminal), 3, 0.001, callbacks=[tell])
    words = [row.split()[0] for row in shown(terminal.getvalue()) if row]
    assert words == ["mine", "Epoch", "10/10"] * 3


def test_messages_of_callbacks_come_in_order(terminal, monkeypatch):
    stop = kerajax.callbacks.EarlyStopping("loss", verbose=1)
    run(Clock(monkeypatch, terminal), 3, 0.001, callbacks=[stop])
    rows = shown(terminal.getvalue())
    assert rows[-3].startswith("10/10") and rows[-2] == "Epoch 3: early stopping"


def test_files_get_lines_without_control_codes(monkeypatch):
    stream = io.StringIO()
    run(Clock(monkeypatch, stream), 2, 100.0, batches=10)
    text = stream.getvalue()
    assert "\x1b" not in text and "\r" not in text and "\b" not in text
    # Some about steps, and one for each epoch.
    assert 4 < len(text.splitlines()) < 16
    assert text.splitlines()[-1] == "10/10 - 100s - 10s/step - loss: 0.5000 - val_loss: 0.2500"


def test_verbose_2_is_one_line_an_epoch(terminal, monkeypatch):
    run(Clock(monkeypatch, terminal), 2, 100.0, batches=10, verbose=2)
    line = "10/10 - 100s - 10s/step - loss: 0.5000 - val_loss: 0.2500"
    assert terminal.getvalue() == f"Epoch 1/2\n{line}\nEpoch 2/2\n{line}\n"


def test_interactive_logging_off_goes_to_the_log(terminal, monkeypatch, caplog):
    kerajax.config.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "kerajax"):
            run(Clock(monkeypatch, terminal), 1, 1.0)
    finally:
        kerajax.config.enable_interactive_logging()
    assert terminal.getvalue() == ""
    assert [r.getMessage().split()[0] for r in caplog.records] == ["10/10"]


def test_encodings_without_the_bar_get_another(monkeypatch):
    class Ascii(Terminal):
        encoding = "ascii"

    stream = Ascii()
    monkeypatch.setenv("TERM", "xterm")
    run(Clock(monkeypatch, stream), 1, 1.0)
    assert "====" in stream.getvalue() and stream.getvalue().isascii()


def test_run_that_ends_with_an_exception_loses_no_line(terminal, monkeypatch):
    clock = Clock(monkeypatch, terminal)
    told = CallbackList([], add_progbar=True, model=fakes.Model(), verbose=1, epochs=9, steps=10)
    told.on_train_begin()
    for epoch in range(3):
        told.on_epoch_begin(epoch)
        clock.now += 0.001
        told.on_train_batch_end(9, {"loss": 1.0})
        told.on_epoch_end(epoch, {"loss": 1.0})
    del told
    assert terminal.getvalue().count("10/10") == 3
    assert _console._current_turn() is None


def test_evaluation_inside_fit_is_silent_and_outside_is_shown(terminal, monkeypatch):
    Clock(monkeypatch, terminal)
    told = CallbackList([], add_progbar=True, model=fakes.Model(), verbose=1, epochs=1, steps=2)
    told.on_train_begin()
    told.on_test_begin()
    told.on_test_batch_end(1, {"loss": 1.0})
    told.on_test_end({"loss": 1.0})
    told.on_train_end()
    assert terminal.getvalue() == ""
    told.on_test_begin()
    told.on_test_batch_end(1, {"loss": 1.0})
    told.on_test_end({"loss": 1.0})
    assert shown(terminal.getvalue())[0].startswith("2/2 ━") and "loss" in terminal.getvalue()


def test_predictions_show_steps(terminal, monkeypatch):
    Clock(monkeypatch, terminal)
    told = CallbackList([], add_progbar=True, model=fakes.Model(), verbose=1, epochs=1, steps=None)
    told.on_predict_begin()
    for i in range(4):
        told.on_predict_batch_end(i, {"outputs": [Value(1.0)]})
    told.on_predict_end()
    assert shown(terminal.getvalue())[-2] == "4/4 ━━━━━━━━━━━━━━━━━━━━ 0s 0s/step"


def test_progbar_averages_over_steps(monkeypatch):
    """`stateful_metrics` are shown as they come, others as their mean over steps."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    bar = Progbar(4, interval=0.0, stateful_metrics=["b"])
    bar.update(1, [("a", 0.0), ("b", 0.0)])
    bar.update(3, [("a", 3.0), ("b", 3.0)])
    assert stream.getvalue().splitlines()[-1].endswith("a: 2.0000 - b: 3.0000")
    bar.add(1, [("a", 7.0), ("b", 7.0)])
    assert stream.getvalue().splitlines()[-1].endswith("a: 7.0000 - b: 7.0000")
    with pytest.raises(ValueError, match="Only one of"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_progbar_without_steps(capsys):
    Progbar(0, verbose=1).update(0, finalize=True)
    Progbar(None).update(3, finalize=True)
    assert capsys.readouterr().out.startswith("0/Unknown - ")


def test_lines_in_files_become_rarer():
    assert _bar.next_plain(0.0, 0.0) == 10.0
    assert _bar.next_plain(0.0, 60.0) == 120.0
    assert _bar.next_plain(0.0, 3600.0) == 3900.0


@pytest.mark.slow
def test_nothing_heavy_is_imported():
    code = (
        "import sys, kerajax.callbacks; print([m for m in ('rich', 'IPython') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_notebooks_get_a_row_without_erasing_codes(monkeypatch):
    """Notebooks draw over a row only as far as there are characters."""
    stream_type = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    stream = stream_type()
    run(Clock(monkeypatch, stream), 1, 4.0, batches=100)
    text = stream.getvalue()
    assert "\x1b[K" not in text and 5 < text.count("\r") < 60
    assert "val_loss" in shown(text)[-2]
