"""Models as pure functions and flax modules, and foreign modules as layers."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import kerajax
from kerajax import interop, layers

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)


@pytest.fixture
def model():
    return kerajax.Sequential(
        [
            kerajax.Input((3,)),
            layers.Dense(4, activation="tanh", name="hidden"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(1, name="out"),
        ]
    )


def test_to_jax_has_readable_paths(model):
    _, params, state = interop.to_jax(model)
    assert set(params) == {"hidden", "norm", "out"}
    assert params["hidden"]["kernel"].shape == (3, 4)
    assert set(state["norm"]) == {"moving_mean", "moving_variance"}


def test_to_jax_is_the_model_under_jit_vmap_and_grad(model):
    apply, params, state = interop.to_jax(model)
    expected = model.predict(X, verbose=0)
    np.testing.assert_allclose(jax.jit(apply)(params, state, X)[0], expected, rtol=1e-5)
    one_by_one = jax.vmap(lambda x: apply(params, state, x[None])[0][0])(X)
    np.testing.assert_allclose(one_by_one, expected, rtol=1e-5)
    gradients = jax.grad(lambda p: apply(p, state, X)[0].sum())(params)
    assert jax.tree_util.tree_structure(gradients) == jax.tree_util.tree_structure(params)
    np.testing.assert_allclose(gradients["out"]["bias"], [8.0], rtol=1e-6)


def test_to_jax_trains_with_optax_and_writes_back(model):
    pure = interop.to_jax(model)
    apply, params, state = pure
    tx = optax.adam(1e-2)
    opt_state = tx.init(params)

    @jax.jit
    def step(params, state, opt_state, rng):
        def loss_fn(params):
            y, new_state = apply(params, state, X, training=True, rng=rng)
            return jnp.mean((y[:, 0] - X.sum(1)) ** 2), new_state

        (loss, state_), grads = jax.value_and_grad(loss_fn, has_aux=True)(params)
        updates, opt_state_ = tx.update(grads, opt_state)
        return optax.apply_updates(params, updates), state_, opt_state_, loss

    for i in range(5):
        params, state, opt_state, _ = step(params, state, opt_state, jax.random.key(i))
    pure.write_back(params, state)
    np.testing.assert_allclose(model.predict(X, verbose=0), apply(params, state, X)[0], rtol=1e-5)
    np.testing.assert_array_equal(model.get_layer("norm").moving_mean, state["norm"]["moving_mean"])


def test_rng_decides_the_dropout(model):
    apply, params, state = interop.to_jax(model)

    def run(rng):
        return np.asarray(apply(params, state, X, training=True, rng=rng)[0])

    np.testing.assert_array_equal(run(jax.random.key(0)), run(jax.random.key(0)))
    assert not np.allclose(run(jax.random.key(0)), run(jax.random.key(1)))


def test_write_back_of_wrong_shapes_changes_nothing(model):
    pure = interop.to_jax(model)
    before = model.get_weights()
    params = jax.tree_util.tree_map(lambda x: x + 1, pure.params)
    params["out"]["kernel"] = np.ones((7, 1))
    with pytest.raises(ValueError, match=r"shape \(4, 1\) for 'out/kernel'"):
        pure.write_back(params)
    with pytest.raises(ValueError, match="no entry 'hidden/kernel'"):
        pure.write_back({})
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_unbuilt_model_is_refused():
    with pytest.raises(ValueError, match="needs a built model"):
        interop.to_jax(kerajax.Sequential([layers.Dense(1)]))


def test_to_flax_trains_with_nnx(model):
    nnx = pytest.importorskip("flax.nnx")
    module = interop.to_flax(model)
    np.testing.assert_allclose(module(X), model.predict(X, verbose=0), rtol=1e-5)
    optimizer = nnx.Optimizer(module, optax.sgd(0.1), wrt=nnx.Param)

    def loss_fn(module):
        return ((module(X)[:, 0] - X.sum(1)) ** 2).mean()

    first, gradients = nnx.value_and_grad(loss_fn)(module)
    optimizer.update(module, gradients)
    assert loss_fn(module) < first
    module.write_back()
    np.testing.assert_allclose(module(X), model.predict(X, verbose=0), rtol=1e-5)


def test_linen_module_trains_under_fit():
    nn = pytest.importorskip("flax.linen")

    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, training):
            x = nn.Dense(8)(x)
            x = nn.BatchNorm(use_running_average=not training)(x)
            return nn.Dense(1)(nn.Dropout(0.1, deterministic=not training)(x))

    layer = layers.FlaxLayer(Net())
    model = kerajax.Sequential([kerajax.Input((3,)), layer])
    assert model.output_shape == (None, 1)
    model.compile(kerajax.optimizers.Adam(0.05), "mse")
    mean = [v.numpy() for v in layer.non_trainable_weights]
    losses = model.fit(X, X.sum(1), epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert not np.allclose(mean[0], layer.non_trainable_weights[0].numpy())


def test_nnx_module_trains_under_fit():
    nnx = pytest.importorskip("flax.nnx")
    layer = layers.FlaxLayer(nnx.Linear(3, 1, rngs=nnx.Rngs(0)))
    model = kerajax.Sequential([kerajax.Input((3,)), layer])
    model.compile(kerajax.optimizers.Adam(0.05), "mse")
    losses = model.fit(X, X.sum(1), epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_jax_layer_with_state_counts_its_training_calls():
    def call(params, state, rng, inputs, training):
        return inputs @ params["w"], {"calls": state["calls"] + training}

    def init(rng, inputs):
        return {"w": jax.random.normal(rng, (inputs.shape[-1], 2))}, {"calls": jnp.zeros(())}

    layer = layers.JaxLayer(call, init, seed=0)
    model = kerajax.Sequential([kerajax.Input((3,)), layer])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], batch_size=2, epochs=2, verbose=0)
    assert float(layer.state["calls"].value) == 8


def test_jax_layer_refuses_other_arguments():
    with pytest.raises(ValueError, match="arguments are among"):
        layers.JaxLayer(lambda weights, inputs: inputs, lambda rng, inputs: {})
    with pytest.raises(ValueError, match="needs `init_fn`"):
        layers.JaxLayer(lambda params, inputs: inputs)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.TFSMLayer("folder"), "TFSMLayer of 'folder'.*load_model"),
        (lambda: layers.TorchModuleWrapper(object()), "TorchModuleWrapper.*JaxLayer"),
    ],
)
def test_layers_of_other_frameworks_name_another_way(make, words):
    """ImportError without the framework, NotImplementedError with it."""
    with pytest.raises((ImportError, NotImplementedError), match=words):
        make()
