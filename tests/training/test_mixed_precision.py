"""Training in half precision, against the Keras wheel."""

import keras
import numpy as np
import pytest

import kerajax

ROWS, STEPS = 16, 30


def _model(package, policy, **options):
    """A compiled model with given weights."""
    package.config.set_dtype_policy(policy)
    try:
        dense = package.layers.Dense
        stack = [package.Input((3,)), dense(4, activation="tanh"), dense(1)]
        model = package.Sequential(stack)
    finally:
        package.config.set_dtype_policy("float32")
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.weights])
    optimizer = package.optimizers.Adam(0.02)
    if policy == "mixed_float16":
        # The first step overflows, and so does each one after four that went well.
        optimizer = package.optimizers.LossScaleOptimizer(optimizer, 2.0**17, 4)
    model.compile(optimizer, "mse", **options)
    return model


def _data(batches=1):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS * batches, 3)).astype("float32")
    return x, 4 * rng.normal(size=(ROWS * batches, 1)).astype("float32")


def _path(model):
    """Weights and the scale after each step."""
    path = []
    for _ in range(STEPS):
        model.train_on_batch(*_data())
        scale = getattr(model.optimizer, "dynamic_scale", None)
        weights = [np.ravel(w) for w in model.get_weights()]
        path.append(np.concatenate([[1.0 if scale is None else float(scale)], *weights]))
    return np.array(path)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_steps_follow_keras(policy):
    """Steps that overflow included: the same ones are left out, and the scale moves alike."""
    ours, theirs = (_path(_model(package, policy)) for package in (kerajax, keras))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    if policy == "mixed_float16":
        halved = np.diff(theirs[:, 0]) < 0
        assert theirs[0, 0] == 2.0**16 and halved.sum() >= 4


def test_scale_moves_inside_the_compiled_loop():
    """`fit` of many steps in one program does what single steps do."""
    (x, y), batches = _data(8), 8
    one = _model(kerajax, "mixed_float16", steps_per_execution=batches)
    one.fit(x, y, batch_size=ROWS, epochs=3, shuffle=False, verbose=0)
    other = _model(kerajax, "mixed_float16")
    for _ in range(3):
        for i in range(batches):
            rows = slice(i * ROWS, (i + 1) * ROWS)
            other.train_on_batch(x[rows], y[rows])
    left_out = [24 - int(m.optimizer.inner_optimizer.iterations) for m in (one, other)]
    assert left_out[0] == left_out[1] > 1
    for a, b in zip(one.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-6, err_msg=a.path)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
