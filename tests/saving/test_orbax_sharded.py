"""Orbax checkpoints of arrays that lie on eight devices, written in the background."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("orbax.checkpoint")

_SCRIPT = """
import sys
import jax, numpy as np
from jax.sharding import NamedSharding, PartitionSpec
import kerajax

mesh = jax.make_mesh((8,), ("x",))


def model():
    made = kerajax.Sequential([kerajax.Input((16,)), kerajax.layers.Dense(8, name="d")])
    made.compile(kerajax.optimizers.Adam(0.1), "mse")
    made.optimizer.build(made.trainable_variables)
    for v in [*made.weights, *made.optimizer.variables]:
        spec = PartitionSpec("x") if v.shape and v.shape[0] % 8 == 0 else PartitionSpec()
        v.assign(jax.device_put(v.value, NamedSharding(mesh, spec)))
    return made


saved, other = model(), model()
rng = np.random.default_rng(0)
x, y = rng.normal(size=(8, 16)).astype("float32"), rng.normal(size=(8, 8)).astype("float32")
saver = kerajax.callbacks.OrbaxCheckpoint(sys.argv[1], save_on_background=True)
saved.fit(x, y, epochs=2, verbose=0, callbacks=[saver])
before = [v.value.sharding for v in [*other.weights, *other.optimizer.variables]]
assert len(before[0].device_set) == 8 and not before[0].is_fully_replicated
other.load_weights(sys.argv[1])
after = [v.value.sharding for v in [*other.weights, *other.optimizer.variables]]
assert all(a.is_equivalent_to(b, len(v.shape)) for a, b, v in
           zip(before, after, [*other.weights, *other.optimizer.variables])), (before, after)
for a, b in zip([*saved.weights, *saved.optimizer.variables],
                [*other.weights, *other.optimizer.variables]):
    np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=a.path)
for each in (saved, other):
    each.train_on_batch(x, y)
np.testing.assert_allclose(np.asarray(saved.weights[0]), np.asarray(other.weights[0]), rtol=1e-5)
print("equal")
"""


def test_values_on_eight_devices_come_back_to_them(tmp_path):
    """Each array returns in the parts that the model has it in, and the next step is the same."""
    environment = {
        **os.environ,
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
    }
    command = [sys.executable, "-c", _SCRIPT, str(tmp_path / "c")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout.endswith("equal\n"), done.stderr[-3000:]
