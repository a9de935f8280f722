"""Raw optax transformations as optimizers."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import kerajax
from kerajax.optimizers import OptaxOptimizer
from tests.optimizers import agreement


def _labels(params):
    """Which part of the chain trains a weight, by its name."""
    return {path: "k" if path.endswith("kernel") else "o" for path in params}


CHAINS = {
    "adam": lambda: optax.adam(1e-2),
    "schedule": lambda: optax.sgd(optax.cosine_decay_schedule(0.1, 10), momentum=0.9),
    "chain": lambda: optax.chain(optax.clip_by_global_norm(1.0), optax.lamb(1e-2)),
    "noise": lambda: optax.chain(optax.add_noise(0.1, 0.5, 0), optax.sgd(0.1)),
    "labels": lambda: optax.multi_transform({"k": optax.adam(0.1), "o": optax.sgd(0.1)}, _labels),
    "mask": lambda: optax.adamw(0.1, mask=lambda params: {p: p.endswith("kernel") for p in params}),
}


@pytest.mark.parametrize("name", CHAINS)
def test_follows_optax(name):
    """The same numbers as a loop written by hand, in place and compiled; counts are kept."""
    variables = agreement.make_variables(kerajax, agreement.start_values())
    optimizer = OptaxOptimizer(CHAINS[name]())
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    values, own = [v.value for v in variables], [v.value for v in optimizer.variables]

    paths = [v.path for v in variables]
    chain = CHAINS[name]()
    params = dict(zip(paths, values, strict=True))
    state = chain.init(params)
    for grads in agreement.gradients(6):
        tree = dict(zip(paths, map(jnp.asarray, grads), strict=True))
        updates, state = chain.update(tree, state, params)
        params = optax.apply_updates(params, updates)
        values, own = step(own, grads, values)
        optimizer.apply(grads)
    for path, value, variable in zip(paths, values, variables, strict=True):
        np.testing.assert_allclose(value, params[path], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(variable.numpy(), params[path], rtol=1e-5, atol=1e-6)


def test_state_leaves_are_variables():
    """Counts included, in the order of the tree."""
    optimizer = OptaxOptimizer(optax.adam(1e-2))
    optimizer.build([kerajax.Variable(1.0, name="w")])
    names = [v.name for v in optimizer.variables]
    assert names == ["iteration", "0_count", "0_mu_w", "0_nu_w"]


def test_state_is_in_the_order_of_the_variables():
    """Not of their names, which may sort in another way in the process that goes on."""
    variables = [kerajax.Variable(np.zeros(n), name=name) for n, name in enumerate("cab")]
    optimizer = OptaxOptimizer(optax.chain(optax.clip(1.0), optax.adam(1e-2)))
    optimizer.build(variables)
    names = [v.name.rsplit("_", 1)[-1] for v in optimizer.variables]
    assert names == ["iteration", "count", *"cab", *"cab"]


def test_injected_rate_is_the_learning_rate():
    """`optax.inject_hyperparams` makes the rate readable and assignable."""
    optimizer = OptaxOptimizer(optax.inject_hyperparams(optax.sgd)(learning_rate=0.5))
    weight = kerajax.Variable(1.0)
    optimizer.build([weight])
    optimizer.learning_rate = 0.25
    optimizer.apply([np.array(1.0)])
    assert float(weight) == 0.75


def test_unknown_rate_is_an_attribute_error():
    """So that `hasattr` tells callbacks that there is none."""
    assert not hasattr(OptaxOptimizer(optax.sgd(0.1)), "learning_rate")


def test_registered_functions_have_a_config():
    """A registered function that makes a transformation is named by a file."""

    @kerajax.objects.register_keras_serializable("tests")
    def half_rate():
        return optax.sgd(0.5)

    config = kerajax.optimizers.serialize(OptaxOptimizer(half_rate, name="o"))
    weight = kerajax.Variable(1.0)
    kerajax.optimizers.deserialize(config).apply([np.array(1.0)], [weight])
    assert float(weight) == 0.5


def test_transformations_are_named_by_the_optimizer():
    """A transformation holds closures; whoever reads the config gives it."""
    config = kerajax.optimizers.serialize(OptaxOptimizer(optax.sgd(0.5), clipnorm=2.0, name="o"))
    weight = kerajax.Variable(1.0)
    again = kerajax.optimizers.deserialize(config, {"o": optax.sgd(0.5)})
    again.apply([np.array(1.0)], [weight])
    assert float(weight) == 0.5 and again.clipnorm == 2.0
    with pytest.raises(ValueError, match=r"custom_objects=\{'o': transformation\}"):
        kerajax.optimizers.deserialize(config)


_REGISTERED = kerajax.saving.register_keras_serializable("tests")


@_REGISTERED
def by_label(params):
    """A function of optax' kind, from weights to labels."""
    return _labels(params)


@_REGISTERED
def registered_chain():
    """A chain that a file can name."""
    return optax.multi_transform({"k": optax.adam(0.1), "o": optax.sgd(0.1, 0.9)}, by_label)


def _compiled(optimizer):
    model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(2)])
    model.compile(optimizer, "mse")
    return model


_DATA = np.arange(8.0, dtype="float32").reshape(4, 2)


def _fit(model, epochs):
    model.fit(_DATA, _DATA[::-1], epochs=epochs, verbose=0, shuffle=False)
    return model


def _assert_goes_on_alike(model, again):
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)
    for a, b in zip(_fit(model, 2).weights, _fit(again, 2).weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".weights.h5"])
def test_raw_chain_resumes_after_compile(suffix, tmp_path):
    """Bit for bit, with `multi_transform` and labels made by name."""
    model, path = _fit(_compiled(registered_chain()), 3), tmp_path / f"m{suffix}"
    if suffix == ".weights.h5":
        model.save_weights(path)
        again = _compiled(registered_chain())
    else:
        model.save(path)
        with pytest.warns(UserWarning, match="is not compiled. Optimizer 'optax_optimizer'"):
            again = kerajax.saving.load_model(path)
        assert not again.compiled
        again.compile(registered_chain(), "mse")
    again.load_weights(path)
    if suffix == ".h5":
        # Weights alone, as Keras reads this format.
        for a, b in zip(model.weights, again.weights, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    else:
        _assert_goes_on_alike(model, again)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", [*CHAINS, "steps"])
def test_raw_chain_resumes_with_the_model(name, suffix, tmp_path):
    """`load_model` takes the transformation by the optimizer's name, and compiles as before."""
    make = CHAINS.get(name, lambda: optax.MultiSteps(optax.adam(0.1), 2))
    model = _fit(_compiled(make()), 3)
    model.save(tmp_path / f"m{suffix}")
    again = kerajax.saving.load_model(tmp_path / f"m{suffix}", {"optax_optimizer": make()})
    assert again.loss in ("mse", "mean_squared_error")
    _assert_goes_on_alike(model, again)


def test_raw_chains_inside_of_others(tmp_path):
    """Each by its own name, in scaled losses and maps of optimizers."""
    chains = {"fast": optax.adam(0.1), "slow": optax.sgd(0.01, 0.9)}
    fast, slow = (OptaxOptimizer(chain, name=name) for name, chain in chains.items())
    rates = kerajax.optimizers.OptimizerMap(slow, {".*kernel": fast})
    optimizer = kerajax.optimizers.LossScaleOptimizer(kerajax.optimizers.MultiOptimizer(rates))
    model = _fit(_compiled(optimizer), 3)
    model.save(tmp_path / "m.keras")
    _assert_goes_on_alike(model, kerajax.saving.load_model(tmp_path / "m.keras", chains))


def test_clones_are_compiled_with_the_same_transformation():
    clone = kerajax.models.clone_model(_compiled(optax.adam(0.1)))
    assert clone.optimizer.transformation is not None and len(_fit(clone, 1).losses) == 0


class _Killed(kerajax.callbacks.Callback):
    """Ends a training as a signal would: by an exception, at a batch."""

    def __init__(self, batch):
        super().__init__()
        self.left = batch

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("save_freq", ["epoch", 1])
def test_killed_training_goes_on(save_freq, tmp_path):
    """`BackupAndRestore`: the same weights and state as a training that was not killed."""

    def train(folder, kill=None):
        model = _compiled(registered_chain())
        model.set_weights([np.full((2, 2), 0.5), np.zeros(2)])
        backup = kerajax.callbacks.BackupAndRestore(folder, save_freq)
        callbacks = [backup] if kill is None else [backup, _Killed(kill)]
        model.fit(_DATA, _DATA[::-1], 1, epochs=4, verbose=0, shuffle=False, callbacks=callbacks)
        return model

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "a", kill=10)
    again, whole = train(tmp_path / "a"), train(tmp_path / "b")
    assert int(again.optimizer.iterations) == 16
    _assert_goes_on_alike(whole, again)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_registered_chain_is_saved_with_the_model(suffix, tmp_path):
    """Then a loaded model goes on at once."""
    model = _fit(_compiled(OptaxOptimizer(registered_chain)), 3)
    model.save(tmp_path / f"m{suffix}")
    _assert_goes_on_alike(model, kerajax.saving.load_model(tmp_path / f"m{suffix}"))


def test_anything_else_is_an_error():
    """The message names what was given."""
    with pytest.raises(ValueError, match="transformation=3"):
        OptaxOptimizer(3)


@pytest.mark.parametrize("name", ["Adam", "Nadam", "Adamax", "Adagrad", "Ftrl", "Adafactor"])
def test_transformations_take_their_arguments_by_the_names_of_optax(name):
    """`optax` wrappers such as `apply_if_finite` and users call `update` by keyword."""
    transformation = getattr(kerajax.optimizers, name)().transform(0.1)
    params = {"w": jnp.ones((2, 2))}
    updates, _ = transformation.update(
        updates=params, state=transformation.init(params), params=params
    )
    assert jax.tree.map(jnp.shape, updates) == {"w": (2, 2)}
