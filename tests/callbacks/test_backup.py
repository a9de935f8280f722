"""BackupAndRestore: a run that was killed ends where an uninterrupted one ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kerajax
from kerajax import callbacks, layers

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import os, sys, time
import numpy as np
import kerajax
from kerajax import layers

source, save_freq, folder, result, pause = sys.argv[1:]
save_freq = save_freq if save_freq == "epoch" else int(save_freq)
kerajax.utils.set_random_seed(1)
x = np.random.normal(size=(104, 6)).astype("float32")
y = np.random.normal(size=(104, 2)).astype("float32")

class Data(kerajax.utils.PyDataset):
    order = np.arange(104)
    def __len__(self):
        return 7
    def __getitem__(self, index):
        rows = self.order[16 * index : 16 * index + 16]
        return x[rows], y[rows]
    def on_epoch_end(self):
        self.order = np.random.permutation(104)

class Tell(kerajax.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        print("step", int(self.model.optimizer.iterations), flush=True)
        time.sleep(float(pause))

model = kerajax.Sequential([
    kerajax.Input((6,)), layers.Dense(8, activation="relu"), layers.BatchNormalization(),
    layers.Dropout(0.5), layers.GaussianNoise(0.1), layers.Dense(2),
])
optimizer = kerajax.optimizers.AdamW(
    kerajax.optimizers.schedules.CosineDecay(0.01, 100), use_ema=True, ema_overwrite_frequency=5,
    gradient_accumulation_steps=2,
)
model.compile(optimizer, "mse", metrics=["mae"])
data = {"data": (Data(workers=2), None), "arrays": (x, y)}[source.partition("-")[0]]
steps = {"steps_per_epoch": 5} if source.endswith("-steps") else {}
backup = kerajax.callbacks.BackupAndRestore(folder, save_freq=save_freq)
history = model.fit(
    *data, batch_size=16, epochs=6, verbose=0, callbacks=[backup, Tell()], **steps
)
arrays = model.get_weights() + [v.numpy() for v in model.optimizer.variables]
np.savez(result, *arrays, *(history.history[k][-1] for k in ("loss", "mae")))
"""


def start(tmp_path, source, save_freq, name, pause):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    arguments = [source, save_freq, tmp_path / f"{name}_backup", tmp_path / f"{name}.npz", pause]
    return subprocess.Popen(
        [sys.executable, script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"},
    )


def steps_of(process, until=10**9):
    """The steps that a run told of, up to one of them, at which it is killed."""
    steps = []
    for line in process.stdout:
        steps.append(int(line.split()[1]))
        if steps[-1] >= until:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    return steps


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "save_freq"), [("arrays", "epoch"), ("data", "3"), ("arrays-steps", "3")]
)
def test_killed_runs_end_bit_for_bit_where_whole_runs_end(tmp_path, source, save_freq):
    """Killed twice, once inside an epoch, with Dropout, averages and accumulated gradients."""
    told = []
    for until in (4, 8, 10**9):
        process = start(tmp_path, source, save_freq, "killed", 0 if until > 8 else 0.05)
        told.append(steps_of(process, until))
        killed = process.returncode == -signal.SIGKILL
        assert killed == (until <= 8) and killed != (tmp_path / "killed.npz").exists()
    all_steps = steps_of(start(tmp_path, source, save_freq, "whole", 0))
    print(f"\n{source}, save_freq={save_freq}: ran steps", [(t[0], t[-1]) for t in told])
    assert told[1][0] > 1 and told[2][0] > told[1][0] and told[2][-1] == all_steps[-1]
    a, b = np.load(tmp_path / "whole.npz"), np.load(tmp_path / "killed.npz")
    assert len(a.files) == len(b.files) > 20
    for name in a.files:
        assert a[name].dtype == b[name].dtype
        assert a[name].tobytes() == b[name].tobytes(), name
    assert not (tmp_path / "killed_backup").exists()


def make_model():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    model.compile("adam", "mse")
    return model


def fit(model, folder, epochs, **options):
    backup = callbacks.BackupAndRestore(folder, delete_checkpoint=False, **options)
    x, y = np.arange(12.0).reshape(4, 3), np.ones((4, 2))
    return model.fit(x, y, batch_size=1, epochs=epochs, verbose=0, callbacks=[backup])


def test_the_moment_between_two_renames(tmp_path):
    """New weights and the old metadata: what was to be renamed is taken."""
    model = make_model()
    fit(model, tmp_path, 2)
    metadata = tmp_path / "training_metadata.json"
    new = metadata.read_text()
    metadata.rename(tmp_path / "training_metadata.json.new")
    old = {**json.loads(new), "epoch": 1, "checksum": 0}
    metadata.write_text(json.dumps(old))
    other = make_model()
    history = fit(other, tmp_path, 3)
    assert history.epoch == [2]
    (tmp_path / "training_metadata.json").write_text(json.dumps(old))
    (tmp_path / "training_metadata.json.new").unlink(missing_ok=True)
    with pytest.raises(OSError, match="double_checkpoint"):
        fit(make_model(), tmp_path, 4)


def test_damaged_backup_falls_back_to_the_one_before(tmp_path):
    model = make_model()
    fit(model, tmp_path, 3, double_checkpoint=True)
    (tmp_path / "latest.weights.h5").write_bytes(b"\x89HDF cut off")
    assert fit(make_model(), tmp_path, 4, double_checkpoint=True).epoch == [2, 3]


def test_backup_of_keras_is_resumed(tmp_path):
    """It says the epoch alone, which then begins anew."""
    fit(make_model(), tmp_path, 2)
    (tmp_path / "training_metadata.json").write_text('{"epoch": 1, "batch": 2}')
    assert fit(make_model(), tmp_path, 3).epoch == [1, 2]


def test_last_batch_of_an_epoch_is_the_last_backup(tmp_path):
    """Nothing is left of that epoch but its end, which has its metrics."""

    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                raise InterruptedError

    model, x, y = make_model(), np.arange(12.0).reshape(4, 3), np.ones((4, 2))
    backup = callbacks.BackupAndRestore(tmp_path, save_freq=4, delete_checkpoint=False)
    with pytest.raises(InterruptedError):
        model.fit(x, y, batch_size=1, verbose=0, callbacks=[backup, Stop()])
    expected = float(model.get_metrics_result()["loss"])
    assert "_place" not in vars(model)
    again = make_model()
    history = fit(again, tmp_path, 1, save_freq=4)
    assert history.history["loss"] == [expected] and int(again.optimizer.iterations) == 4
