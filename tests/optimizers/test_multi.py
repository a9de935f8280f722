"""Several optimizers for one model, against the Keras wheel and by themselves."""

import jax
import keras
import numpy as np
import pytest

import kerajax
from kerajax import layers, optimizers
from tests.optimizers import agreement


def _multi(package):
    """Adam with averages for the kernel, momentum for the bias, a falling rate for the rest."""
    o = package.optimizers
    rate = o.schedules.ExponentialDecay(0.1, 9, 0.5)
    chosen = {
        "dense/kernel": o.Adam(0.01, use_ema=True, ema_overwrite_frequency=3),
        ".*/bia.": o.SGD(0.1, momentum=0.9, weight_decay=0.1, global_clipnorm=0.5),
    }
    return o.MultiOptimizer(o.OptimizerMap(o.RMSprop(rate), chosen), loss_scale_factor=4.0)


def _fifty_steps(package, optimizer):
    """Weights after each of 50 compiled steps; the state is left in the optimizer."""
    variables = agreement.make_variables(package, agreement.start_values())
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    values, state = [v.value for v in variables], [v.value for v in optimizer.variables]
    path = []
    for grads in agreement.gradients():
        values, state = step(state, grads, values)
        path.append(np.concatenate([np.ravel(v) for v in values]))
    for variable, value in zip(optimizer.variables, state, strict=True):
        variable.assign(value)
    return np.array(path)


@pytest.mark.parametrize("scaled", [False, True])
def test_fifty_steps(scaled):
    """Weights, and the names, order and values of the state, are those of Keras."""
    keras.utils.clear_session()
    kerajax.backend.clear_session(free_memory=False)
    paths, made = [], []
    for package in (kerajax, keras):
        optimizer = _multi(package)
        if scaled:
            optimizer = package.optimizers.LossScaleOptimizer(optimizer, initial_scale=2.0)
        paths.append(_fifty_steps(package, optimizer))
        made.append(optimizer)
    np.testing.assert_allclose(*paths, rtol=1e-5, atol=1e-5)
    assert made[0].get_config() == made[1].get_config()
    # Names of schedules are numbered by Keras; those of the optimizers are equal after a reset.
    assert [v.path for v in made[0].variables] == [v.path for v in made[1].variables]
    for ours, theirs in zip(made[0].variables, made[1].variables, strict=True):
        np.testing.assert_allclose(
            ours.numpy(), np.asarray(theirs), rtol=1e-4, atol=1e-6, err_msg=ours.path
        )


def test_a_path_comes_before_expressions():
    """And two expressions that match are an error."""
    default, one, other = (optimizers.SGD(0.1, name=name) for name in "abc")
    chosen = optimizers.OptimizerMap(default, {"dense/.*": one, "dense/kernel": other})
    assert chosen["dense/kernel"] is other
    assert chosen["dense/bias"] is one
    assert chosen["dense"] is default
    chosen[".*/bias"] = other
    with pytest.raises(
        ValueError, match=r"'dense/bias', by the keys \['dense/\.\*', '\.\*/bias'\]"
    ):
        chosen["dense/bias"]


def test_a_function_chooses():
    """It may make a new optimizer for each variable."""
    variables = agreement.make_variables(kerajax, agreement.start_values())
    optimizer = optimizers.MultiOptimizer(lambda variable: optimizers.SGD(variable.value.ndim))
    optimizer.build(variables)
    assert [float(o.learning_rate) for o in optimizer.optimizers] == [2, 1, 0]


def test_one_without_gradients_does_not_step():
    """The others do, and a warning names the variable."""
    variables = agreement.make_variables(kerajax, agreement.start_values())
    slow, fast = optimizers.SGD(0.1), optimizers.SGD(1.0)
    optimizer = optimizers.MultiOptimizer(optimizers.OptimizerMap(slow, {".*kernel": fast}))
    with pytest.warns(UserWarning, match="dense/kernel"):
        optimizer.apply([None, np.ones(2), np.array(1.0)], variables)
    assert [int(o.iterations) for o in (optimizer, slow, fast)] == [1, 1, 0]


def test_fit_save_and_resume(tmp_path):
    """Rates change in `fit`, compiled steps see it, and a file holds every optimizer's state."""
    model = kerajax.Sequential([layers.Input((2,)), layers.Dense(2, name="a"), layers.Dense(1)])
    rate = optimizers.schedules.InverseTimeDecay(0.1, 1, 1.0)
    chosen = {".*a/.*": optimizers.Adam(0.01, use_ema=True)}
    model.compile(
        optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(), chosen)), "mse"
    )
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    model.fit(x, y, verbose=0)
    adam, sgd = model.optimizer.optimizers
    sgd.learning_rate = rate
    adam.learning_rate = 0.5
    model.fit(x, y, epochs=2, verbose=0)
    assert float(sgd.learning_rate) == pytest.approx(0.1 / 4)

    model.save(tmp_path / "m.keras")
    again = kerajax.saving.load_model(tmp_path / "m.keras")
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)
    for one in (model, again):
        one.fit(x, y, verbose=0)
    for a, b in zip(model.weights, again.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("writer", [keras, kerajax])
def test_files_are_those_of_keras(writer, tmp_path):
    """Either side continues from the state that the other wrote."""
    model = writer.Sequential([writer.Input((2,)), writer.layers.Dense(3, name="a")])
    o = writer.optimizers
    chosen = o.OptimizerMap(o.SGD(0.1), {".*a/kernel": o.Adam(0.01)})
    model.compile(o.MultiOptimizer(chosen), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 3)), verbose=0)
    model.save(tmp_path / "m.keras")
    reader = kerajax if writer is keras else keras
    again = reader.saving.load_model(tmp_path / "m.keras")
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=a.path)


def test_callbacks_find_the_optimizers_in_half_precision():
    """Where the loss is scaled around them."""
    model = kerajax.Sequential(
        [layers.Input((2,)), layers.Dense(2, name="a", dtype="mixed_float16"), layers.Dense(1)]
    )
    averaged = optimizers.Adam(0.5, name="own", use_ema=True)
    chosen = optimizers.OptimizerMap(optimizers.SGD(0.25, name="default"), {".*a/.*": averaged})
    model.compile(optimizers.MultiOptimizer(chosen), "mse")
    assert isinstance(model.optimizer, optimizers.LossScaleOptimizer)
    watched = [
        kerajax.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
        kerajax.callbacks.SwapEMAWeights(),
    ]
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    logs = model.fit(x, y, verbose=0, callbacks=watched).history
    assert (logs["learning_rate_own"], logs["learning_rate_default"]) == ([0.25], [0.125])


def test_there_is_no_rate_of_the_whole():
    """So that `hasattr` says so."""
    optimizer = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD()))
    assert not hasattr(optimizer, "learning_rate")
    with pytest.raises(AttributeError, match="each of its optimizers has its own"):
        optimizer.learning_rate = 0.1


def test_what_is_no_choice_is_an_error():
    """The message says what was given and what to do."""
    sgd = optimizers.SGD()
    with pytest.raises(TypeError, match="default_optimizer.*'sgd'"):
        optimizers.OptimizerMap("sgd")
    with pytest.raises(TypeError, match="optimizer_map.*3"):
        optimizers.OptimizerMap(sgd, 3)
    with pytest.raises(ValueError, match="already has optimizer 'sgd"):
        optimizers.OptimizerMap(sgd, {"a": sgd})["a"] = sgd
    with pytest.raises(ValueError, match="key 'a'.*'adam'"):
        optimizers.OptimizerMap(sgd, {"a": "adam"})
    with pytest.raises(ValueError, match="must be a string.*3"):
        optimizers.OptimizerMap(sgd, {3: sgd})
    with pytest.raises(ValueError, match="cannot be LossScaleOptimizer"):
        optimizers.OptimizerMap(sgd, {"a": optimizers.LossScaleOptimizer(sgd)})
    with pytest.raises(ValueError, match="OptimizerMap\\(optimizer\\)"):
        optimizers.MultiOptimizer(sgd)
    with pytest.raises(ValueError, match="for variable 'w'.*None"):
        optimizers.MultiOptimizer(lambda v: None).build([kerajax.Variable(1.0, name="w")])
