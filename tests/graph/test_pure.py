"""The seam between layers and pure functions: values in, values out, nothing left behind."""

import gc
import weakref

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.graph import abstract_call, pure, remat_call, with_values

X = np.arange(6, dtype="float32").reshape(2, 3)


def test_with_values_gives_back_what_was_assigned():
    v, w = kerajax.Variable(1.0), kerajax.Variable(2.0)
    ran = with_values(lambda: v.assign(v + w), [v, w], [10.0, 20.0])
    assert (float(ran.outputs), [float(x) for x in ran.values]) == (30.0, [30.0, 20.0])
    assert (float(v.value), float(w.value)) == (1.0, 2.0)


def test_pure_returns_state_and_losses():
    class Counting(layers.Layer):
        def build(self, shape):
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)
            self.scale = self.add_weight(shape=(), initializer="ones", regularizer="l2")

        def call(self, x):
            self.count.assign_add(1.0)
            self.add_loss(kerajax.ops.sum(x))
            return x * self.scale

    layer = Counting()
    layer.build((None, 3))
    outputs, state, losses = pure(layer)([np.float32(2.0)], [np.float32(5.0)], X)
    np.testing.assert_array_equal(outputs, 2 * X)
    assert float(state[0]) == 6.0 and float(layer.count.value) == 0.0
    np.testing.assert_allclose([float(x) for x in losses], [15.0, 0.04], rtol=1e-6)


def test_pure_functions_can_be_transformed():
    layer = layers.Dense(2)
    layer.build((None, 3))
    values = [v.value for v in layer.trainable_variables]

    def loss(values, x):
        return pure(layer)(values, [], x)[0].sum()

    kernel, bias = jax.jit(jax.grad(loss))(values, X)
    np.testing.assert_allclose(kernel, np.repeat(X.sum(0)[:, None], 2, 1))
    np.testing.assert_allclose(bias, [2.0, 2.0])
    assert jax.vmap(loss, (None, 0))(values, X[:, None]).shape == (2,)


def test_wrong_numbers_of_values_are_refused():
    layer = layers.Dense(2)
    layer.build((None, 3))
    with pytest.raises(ValueError, match="2 trainable variables, but received 1"):
        layer.stateless_call([np.ones((3, 2))], [], X)
    with pytest.raises(ValueError, match="must be built"):
        layers.Dense(2).stateless_call([], [], X)


def test_variables_cannot_appear_inside_a_pure_run():
    with pytest.raises(ValueError, match="about to be created"):
        with_values(lambda: kerajax.Variable(1.0), [], [])


def test_abstract_calls_leave_no_change():
    v = kerajax.Variable(1.0)

    def run(x):
        v.assign(v + 1)
        return x @ x

    assert abstract_call(run, kerajax.KerasTensor((4, 4))).shape == (4, 4)
    assert float(v.value) == 1.0


def test_remat_call_passes_state_and_losses_through():
    layer = layers.BatchNormalization()
    layer.activity_regularizer = None
    layer.build((None, 3))
    values = [v.value for v in layer.trainable_variables]
    state = [v.value for v in layer.non_trainable_variables]

    def run(call):
        def loss(values):
            def forward():
                return call(X, training=True)

            variables = [*layer.trainable_variables, *layer.non_trainable_variables]
            ran = with_values(forward, variables, [*values, *state])
            return (ran.outputs**2).sum(), ran.values[len(values) :]

        return jax.grad(loss, has_aux=True)(values)

    for plain, again in zip(
        jax.tree.leaves(run(layer.call)),
        jax.tree.leaves(run(remat_call(layer, layer.call))),
        strict=True,
    ):
        np.testing.assert_allclose(plain, again, rtol=1e-6)


@pytest.mark.parametrize(
    ("scope", "recomputed"),
    [
        ({"mode": "full"}, 2),
        ({"mode": "offload"}, 2),
        ({"mode": "activations"}, 2),
        ({"mode": "larger_than", "output_size_threshold": 8}, 1),
        ({"mode": "list_of_layers", "layer_names": ["small"]}, 1),
        ({"mode": None}, 0),
    ],
)
def test_remat_scopes_choose_layers(scope, recomputed):
    """Counts the recomputed parts of the gradient's program."""
    with kerajax.RematScope(**scope):
        model = kerajax.Sequential(
            [
                kerajax.Input((3,)),
                layers.Dense(8, activation="tanh"),
                layers.Dense(2, activation="tanh", name="small"),
            ]
        )
    model_outside = layers.Dense(1)
    assert model_outside._remat_mode is None
    values = [v.value for v in model.trainable_variables]

    def loss(values):
        return model.stateless_call(values, [], X)[0].sum()

    program = jax.make_jaxpr(loss)(values)
    names = [eqn.primitive.name for eqn in program.jaxpr.eqns]
    assert sum("remat" in n or "checkpoint" in n for n in names) == recomputed


def test_a_model_that_nobody_has_is_freed():
    """What was inferred of its layers on the way keeps neither them nor their weights."""
    layer = kerajax.layers.Dense(3)
    model = kerajax.Sequential([kerajax.Input((2,)), layer])
    kept = weakref.ref(layer)
    del model, layer
    gc.collect()
    assert kept() is None
