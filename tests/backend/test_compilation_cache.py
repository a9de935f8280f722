"""Compiled programs kept in a folder: a second process compiles nothing anew."""

import os
import subprocess
import sys

import jax
import pytest

from kerajax import config

_SCRIPT = """
import collections
import sys
import jax
import numpy as np
import kerajax

events = collections.Counter()
jax.monitoring.register_event_listener(lambda name, **_: events.update([name.rpartition("/")[2]]))
layers = kerajax.layers
stack = [kerajax.Input((3,)), layers.Dense(4, "relu"), eval(sys.argv[1])]
model = kerajax.Sequential([*stack, kerajax.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
x = np.ones((20, 3), "float32")
model.fit(x, x[:, :1], batch_size=8, verbose=0, epochs=2)
model.predict(x, verbose=0)
print(events["compile_requests_use_cache"], events["cache_hits"], events["cache_misses"])
"""


def _run(folder, layer, **environment):
    environment = {**os.environ, "KERAJAX_COMPILATION_CACHE": str(folder), **environment}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, layer], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()[-3:]]


@pytest.mark.parametrize(
    ("layer", "least"), [("layers.Dropout(0.5)", 1), ("layers.Lambda(lambda x: x * 2)", 3)]
)
def test_second_process_compiles_nothing_anew(tmp_path, layer, least):
    """Also where other seeds were drawn: weights and seeds are arguments of the programs.

    Steps that have an account are not asked of JAX.
    """
    wanted, hits, misses = _run(tmp_path / "programs", layer)
    assert (hits, misses) == (0, wanted) and wanted >= least
    assert _run(tmp_path / "programs", layer) == [wanted, wanted, 0]


def test_default_folder_is_in_the_users_cache(tmp_path, monkeypatch, jax_cache):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    config.set_compilation_cache(True)
    folder = config.compilation_cache()
    assert folder.startswith(str(tmp_path / "kerajax" / "compiled" / f"jax-{jax.__version__}-"))
    assert os.stat(tmp_path / "kerajax" / "compiled").st_mode & 0o077 == 0
    config.set_compilation_cache(False)
    assert config.compilation_cache() is None


def test_folder_that_others_may_write_is_refused(tmp_path, jax_cache):
    """A planted program would run."""
    tmp_path.chmod(0o777)
    with pytest.raises(ValueError, match="by you alone"):
        config.set_compilation_cache(str(tmp_path))
    assert config.compilation_cache() is None


def test_least_recently_used_programs_go_first(tmp_path, monkeypatch, jax_cache):
    monkeypatch.setattr("kerajax.backend._compilation_cache._MOST_BYTES", 25)
    for i in range(3):
        (tmp_path / f"{i}").write_bytes(bytes(10))
        os.utime(tmp_path / f"{i}", (1000 - i, 1000 - i))
    tmp_path.chmod(0o700)
    config.set_compilation_cache(str(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["0", "1"]
