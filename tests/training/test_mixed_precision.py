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


_FLOAT8 = {
    "float8_from_float32": lambda o: o.Adam(0.02, use_ema=True),
    # Largest values accumulate by their maximum, weights by their mean.
    "float8_from_mixed_bfloat16": lambda o: o.SGD(
        0.02, momentum=0.9, gradient_accumulation_steps=2, global_clipnorm=1.0, weight_decay=0.1
    ),
    "float8_from_mixed_float16": lambda o: o.LossScaleOptimizer(o.Adam(0.02), 2.0**17, 4),
}


def _float8_path(package, policy):
    """Weights, then scales and histories of largest values, after each step."""
    dense = package.layers.Dense
    stack = [dense(4, activation="tanh", dtype=policy), dense(1, dtype=policy)]
    model = package.Sequential([package.Input((3,)), *stack])
    trained = [v for v in model.trainable_variables if v.name in ("kernel", "bias")]
    rng = np.random.default_rng(0)
    for variable in trained:
        variable.assign(rng.normal(size=variable.shape).astype("float32"))
    model.compile(_FLOAT8[policy](package.optimizers), "mse")
    measured = [v for v in model.trainable_variables if v.name not in ("kernel", "bias")]
    assert len(measured) == 12
    path = []
    for _ in range(STEPS):
        model.train_on_batch(*_data())
        path.append([np.concatenate([np.ravel(v) for v in vs]) for vs in (trained, measured)])
    return [np.array(values) for values in zip(*path, strict=True)]


@pytest.mark.parametrize("policy", _FLOAT8)
def test_float8_follows_keras(policy):
    """Weights by their gradients; scales and histories are what their gradients say."""
    ours, theirs = (_float8_path(package, policy) for package in (kerajax, keras))
    np.testing.assert_allclose(ours[0][:3], theirs[0][:3], rtol=1e-5, atol=1e-5)
    # Where both casts round, the last bit of a weight may later make a step of float8.
    in_half = policy == "float8_from_mixed_float16"
    later = 5e-3 if in_half else 1e-5
    np.testing.assert_allclose(ours[0], theirs[0], rtol=later, atol=later)
    # Largest gradients have the precision of the dtype that products are in.
    np.testing.assert_allclose(ours[1], theirs[1], rtol=2e-2 if in_half else 2e-3, atol=1e-6)
    assert np.ptp(ours[1], axis=0).max() > 0
