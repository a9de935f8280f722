"""Runs an optimizer here and in the Keras wheel, on the same gradients."""

import jax
import keras
import numpy as np

import kerajax

SHAPES = {"kernel": (3, 2), "bias": (2,), "scale": ()}
STEPS = 50


def start_values(seed=0):
    """First values of the weights: a kernel, a bias with a zero, a scalar."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=shape).astype("float32") for shape in SHAPES.values()]
    values[1][0] = 0.0
    return values


def gradients(steps=STEPS, seed=1):
    """Gradients of very different sizes, some exactly zero."""
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(-4, 1, size=steps)
    return [
        [
            (size * rng.normal(size=shape)).astype("float32") * (i % 7 > 0)
            for shape in SHAPES.values()
        ]
        for i, size in enumerate(sizes)
    ]


def make(package, name, arguments, values=None):
    """An optimizer and its variables; schedules are given as `(class name, arguments)`."""
    arguments = {key: _resolved(package, value) for key, value in arguments.items()}
    optimizer = getattr(package.optimizers, name)(**arguments)
    return optimizer, make_variables(package, values or start_values())


def make_variables(package, values):
    """Variables with paths like those of a layer."""
    with package.name_scope("dense"):
        return [
            package.Variable(value, name=name) for name, value in zip(SHAPES, values, strict=True)
        ]


def trajectory(package, name, arguments, steps=STEPS):
    """All values of the weights after each step, and the optimizer with its state."""
    optimizer, variables = make(package, name, arguments)
    optimizer.build(variables)
    step = _compiled_step(optimizer, variables) if package is keras else optimizer.apply
    path = []
    for grads in gradients(steps):
        step(grads)
        path.append(np.concatenate([np.ravel(v.numpy()) for v in variables]))
    return np.array(path), optimizer


def _compiled_step(optimizer, variables):
    """Step in place. Keras compiles conditions anew in every step that is not compiled."""
    compiled = jax.jit(optimizer.stateless_apply)

    def step(grads):
        state = [v.value for v in optimizer.variables]
        values, state = compiled(state, grads, [v.value for v in variables])
        for variable, value in zip(variables + optimizer.variables, values + state, strict=True):
            variable.assign(value)

    return step


def check(name, arguments):
    """Weights, state, names and order agree."""
    theirs, their_optimizer = trajectory(keras, name, arguments)
    ours, our_optimizer = trajectory(kerajax, name, arguments)
    moved = np.abs(theirs).max()
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * max(1.0, moved))
    check_state(our_optimizer, their_optimizer)


def check_state(ours, theirs):
    """Variables have the same names, dtypes and, within 1e-5, values."""
    assert names(ours) == names(theirs)
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        assert a.dtype == b.dtype, a.path
        np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=1e-4, atol=1e-6, err_msg=a.path)


def names(optimizer):
    """Paths without the optimizer's own automatic number."""
    return [v.path.replace(optimizer.name, "optimizer", 1) for v in optimizer.variables]


def _resolved(package, value):
    if isinstance(value, tuple):
        name, arguments = value
        return getattr(package.optimizers.schedules, name)(**arguments)
    return value
