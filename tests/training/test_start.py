"""From the import to the end of the first step: one program is compiled, the step itself."""

import gc
import subprocess
import sys

import numpy as np
import pytest

import kerajax

_SCRIPT = """
import jax
import numpy as np
import kerajax

compiled = []

def listen(name, seconds, fun_name=None, **_):
    if name.endswith("backend_compile_duration"):
        compiled.append(fun_name)

jax.monitoring.register_event_duration_secs_listener(listen)
model = kerajax.Sequential([kerajax.Input((3,)), *{stack}])
model.compile({optimizer}, "mse", metrics=["mae"])
model.set_weights([w.astype("float64") for w in model.get_weights()])
x = np.ones((8, 3), "float32")
model.fit(x, x[:, :1], batch_size=8, verbose=0)
print(compiled)
"""

_DENSE = "[kerajax.layers.Dense(4, 'relu'), kerajax.layers.Dropout(0.5), kerajax.layers.Dense(1)]"
_NORMALIZED = "[kerajax.layers.BatchNormalization(), kerajax.layers.Dense(1)]"
_DECAYING = (
    "kerajax.optimizers.SGD(kerajax.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5), 0.9)"
)


@pytest.mark.parametrize(
    ("stack", "optimizer"),
    [(_DENSE, "'adam'"), (_DENSE, _DECAYING), (_NORMALIZED, "kerajax.optimizers.AdamW(use_ema=1)")],
)
def test_first_step_compiles_itself_alone(stack, optimizer):
    """Weights, seeds, slots, rates, copies and the start of metrics need no programs."""
    script = _SCRIPT.format(stack=stack, optimizer=optimizer)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['jit(_resident_single)']"


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_assigned_arrays_stay_the_callers(dtype):
    """JAX would share memory that happens to lie on a boundary of 64 bytes."""
    memory = np.zeros(16 * 8 + 64, "uint8")
    start = -memory.ctypes.data % 64
    values = memory[start : start + 16 * np.dtype(dtype).itemsize].view(dtype)
    variable = kerajax.Variable(np.zeros(16), dtype="int32" if dtype == "int32" else "float32")
    variable.assign(values)
    values[:] = 5
    assert variable.numpy().max() == 0


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_waits_while_a_step_is_traced(enabled):
    """It goes on afterwards, where it was not off before."""
    seen = []

    def loss(y_true, y_pred):
        seen.append(gc.isenabled())
        return kerajax.ops.mean((y_pred - y_true) ** 2)

    model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(1)])
    model.compile("sgd", loss)
    (gc.enable if enabled else gc.disable)()
    try:
        model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
        assert seen[-1] is False and gc.isenabled() is enabled
    finally:
        gc.enable()
