"""`K.gradients`, `K.function` with updates and `optimizer.get_updates`, as old scripts use them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy import _backend as K


def test_gradients_with_respect_to_an_input(rng):
    """Filter visualization: normalized ascent on the input of a convnet."""
    model = kerajax.Sequential(
        [
            kerajax.Input((6, 6, 2)),
            layers.Conv2D(3, 3, activation="relu", name="c"),
            layers.Flatten(),
        ]
    )
    loss = K.mean(model.get_layer("c").output[:, :, :, 1])
    slope = K.gradients(loss, model.input)[0]
    slope = slope / (K.sqrt(K.mean(K.square(slope))) + 1e-5)
    iterate = K.function([model.input, K.learning_phase()], [loss, slope])
    x = rng.normal(size=(1, 6, 6, 2)).astype("float32")
    value, found = iterate([x, 0])

    wanted, slope = jax.value_and_grad(lambda x: jnp.mean(model.layers[0](x)[..., 1]))(x)
    np.testing.assert_allclose(value, wanted, rtol=1e-5)
    np.testing.assert_allclose(
        found, slope / (np.sqrt(np.mean(np.square(slope))) + 1e-5), rtol=1e-4, atol=1e-6
    )


def test_gradients_with_respect_to_an_inner_tensor(rng):
    """Grad-CAM: the derivative of a class score by what a layer inside gave."""
    model = kerajax.Sequential(
        [kerajax.Input((4,)), layers.Dense(3, name="inner", activation="tanh"), layers.Dense(2)]
    )
    inner = model.get_layer("inner").output
    slopes = K.gradients(model.output[:, 1], inner)
    x = rng.normal(size=(5, 4)).astype("float32")
    found, output = K.function([model.input], [slopes[0], inner])([x])
    np.testing.assert_allclose(found, np.tile(model.layers[1].kernel[:, 1], (5, 1)), rtol=1e-6)
    np.testing.assert_allclose(output, model.layers[0](x), rtol=1e-6)


def test_gradients_of_an_image_among_constants(rng):
    """Style transfer: fixed images beside a placeholder, and a loss that starts as a variable."""
    fixed, image = K.variable(rng.normal(size=(1, 3))), K.placeholder((1, 3))
    dense = layers.Dense(2)
    features = dense(K.concatenate([fixed, image], axis=0))
    loss = K.variable(0.0)
    loss = loss + 0.5 * K.sum(K.square(features[1] - features[0]))
    slopes = K.gradients(loss, image)
    x = rng.normal(size=(1, 3)).astype("float32")
    value, slope = K.function([image], [loss, *slopes])([x])
    kernel = np.asarray(dense.kernel)
    difference = (x - fixed.numpy()) @ kernel
    np.testing.assert_allclose(value, 0.5 * np.sum(difference**2), rtol=1e-5)
    np.testing.assert_allclose(slope, difference @ kernel.T, rtol=1e-4)


def test_gradients_of_gradients_and_of_tensors_on_one_path():
    """Derivatives are tensors of the graph; an earlier tensor counts what a later one passes on."""
    x = K.placeholder((2,))
    y = x * x
    by_x, by_y = K.gradients(K.sum(y * y), [x, y])
    again = K.gradients(by_x, x)[0]
    found = K.function([x], [by_x, by_y, again])([np.array([1.0, 2.0])])
    np.testing.assert_allclose(found, [[4.0, 32.0], [2.0, 8.0], [12.0, 48.0]])


def test_gradients_with_respect_to_weights(rng):
    """Norms of gradients: by the weights of a model, None by those that do not matter."""
    x = kerajax.Input((3,))
    first, other = layers.Dense(2), layers.Dense(2)
    loss = K.sum(first(x))
    other(x)
    by_kernel, by_other = K.gradients(loss, [first.kernel, other.kernel])
    assert by_other is None
    data = rng.normal(size=(4, 3)).astype("float32")
    found = K.function([x], [by_kernel])([data])[0]
    np.testing.assert_allclose(found, np.tile(data.sum(0)[:, None], (1, 2)), rtol=1e-5)


def test_gradients_of_values_are_refused():
    """Values have no history, and the message says what to do."""
    with pytest.raises(ValueError, match="needs a symbolic loss.*jax.grad"):
        K.gradients(K.sum(K.variable([1.0])), K.variable([1.0]))


def test_gradients_in_a_lambda(rng):
    """The places of maxima, as what-where autoencoders find them: a part of the graph."""
    x = kerajax.Input((4, 1))
    y = layers.Dense(1, use_bias=False, kernel_initializer="ones")(x)
    pooled = layers.MaxPooling1D(2)(y)
    where = layers.Lambda(
        lambda pair: K.gradients(K.sum(pair[1]), pair[0]), output_shape=lambda shapes: shapes[0]
    )([y, pooled])
    model = kerajax.Model(x, layers.Multiply()([y, where]))
    data = np.array([[[1.0], [2.0], [4.0], [3.0]]])
    assert model.predict(data, verbose=0).ravel().tolist() == [0, 2, 4, 0]


def test_gradients_in_a_loss_function(rng):
    """The gradient penalty of WGAN-GP: d(critic)/d(inner tensor), differentiated by the weights."""
    x = kerajax.Input((3,))
    inner = layers.Lambda(lambda x: x * 2)(x)
    critic = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, activation="tanh")])

    def penalty(y_true, y_pred):
        phases.append(K.learning_phase())
        slope = K.gradients(y_pred, inner)[0]
        return K.mean(K.square(1 - K.sqrt(K.sum(K.square(slope), axis=1))))

    phases = []
    model = kerajax.Model(x, critic(inner))
    model.compile(kerajax.optimizers.SGD(0.1), penalty)
    data = rng.normal(size=(4, 3)).astype("float32")
    kernel, bias = map(np.array, critic.get_weights())
    found = model.train_on_batch(data, np.zeros((4, 1)))

    def wanted(kernel):
        slope = jax.vmap(jax.grad(lambda z: jnp.tanh(z @ kernel + bias)[0]))(2 * data)
        return jnp.mean(jnp.square(1 - jnp.sqrt(jnp.sum(jnp.square(slope), axis=1))))

    np.testing.assert_allclose(found, wanted(kernel), rtol=1e-5)
    np.testing.assert_allclose(
        critic.get_weights()[0], kernel - 0.1 * jax.grad(wanted)(kernel), rtol=1e-4, atol=1e-6
    )
    assert phases == [1]


@pytest.mark.parametrize("order", ["keras 1", "keras 2", "keywords"])
def test_training_by_get_updates(order, rng):
    """Reinforcement learning scripts train by `K.function` and the updates of an optimizer."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    action = K.placeholder(shape=(None, 2))
    loss = K.mean(K.square(model.output - action))
    optimizer = kerajax.optimizers.SGD(0.1, momentum=0.9)
    weights = model.trainable_weights
    updates = {
        "keras 1": lambda: optimizer.get_updates(weights, [], loss),
        "keras 2": lambda: optimizer.get_updates(loss, weights),
        "keywords": lambda: optimizer.get_updates(params=weights, loss=loss),
    }[order]()
    step = K.function([model.input, action], [loss], updates=updates)
    x = rng.normal(size=(4, 3)).astype("float32")
    y = rng.normal(size=(4, 2)).astype("float32")

    same = kerajax.models.clone_model(model)
    same.set_weights(model.get_weights())
    same.compile(kerajax.optimizers.SGD(0.1, momentum=0.9), "mse")
    wanted = [same.train_on_batch(x, y) for _ in range(3)]
    found = [step([x, y])[0] for _ in range(3)]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    for mine, theirs in zip(model.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)
    assert int(optimizer.iterations) == 3


def test_get_updates_needs_a_symbolic_loss():
    """A value cannot be differentiated afterwards."""
    with pytest.raises(ValueError, match="get_updates needs a symbolic loss"):
        kerajax.optimizers.SGD().get_updates(3.0, [K.variable(1.0)])


def test_function_updates_variables_and_nothing_else(rng):
    """Updates run after the outputs; moving averages stay, draws of dropout differ."""
    x = kerajax.Input((50,))
    norm, drop = layers.BatchNormalization(), layers.Dropout(0.5)
    outputs = drop(norm(x))
    count, total = K.variable(0.0), K.variable(1.0)
    updates = [K.update_add(count, K.sum(x)), (total, K.sum(x) * 2.0)]
    f = K.function([x, K.learning_phase()], [outputs, count], updates=updates)
    data = np.ones((2, 50)) + rng.normal(size=(2, 50))
    first, before = f([data, 1])
    second, after = f([data, 1])
    assert before == 0.0
    np.testing.assert_allclose(after, data.sum(), rtol=1e-4)
    np.testing.assert_allclose(count.numpy(), 2 * data.sum(), rtol=1e-4)
    np.testing.assert_allclose(total.numpy(), 2 * data.sum(), rtol=1e-4)
    np.testing.assert_array_equal(norm.moving_mean.numpy(), np.zeros(50))
    assert not np.array_equal(first == 0, second == 0)
    assert np.all(f([data, 0])[0] != 0)
    with pytest.raises(ValueError, match="takes as `updates`"):
        K.function([x], [outputs], updates=[3])


def test_function_follows_the_learning_phase_that_was_set(rng):
    """Without `K.learning_phase()` among the inputs, what `K.set_learning_phase` said counts."""
    x = kerajax.Input((50,))
    f = K.function([x], [layers.Dropout(0.5)(x)])
    assert np.all(f([np.ones((1, 50))])[0] == 1)
    with pytest.warns(match="has no effect on layers"):
        K.set_learning_phase(1)
    try:
        assert np.any(f([np.ones((1, 50))])[0] == 0)
    finally:
        K.set_learning_phase(0)


def test_function_reads_variables_when_it_is_called():
    """A variable that changes between two calls changes the results."""
    factor, x = K.variable(2.0), K.placeholder((1,))
    f = K.function([x], [factor * x, factor])
    assert [y.tolist() for y in f([[3.0]])] == [[6.0], 2.0]
    K.set_value(factor, 5.0)
    assert [y.tolist() for y in f([[3.0]])] == [[15.0], 5.0]


def test_a_loss_may_be_scaled_by_sizes_that_are_not_known_yet():
    """Deep dream divides by the number of entries of a feature map of any size."""
    x = K.placeholder((1, None, 3))
    loss = K.sum(K.square(x)) / K.prod(K.cast(K.shape(x), "float32"))
    value, slope = K.function([x], [loss, *K.gradients(loss, x)])([np.ones((1, 5, 3))])
    np.testing.assert_allclose(value, 1.0)
    np.testing.assert_allclose(slope, np.full((1, 5, 3), 2 / 15), rtol=1e-6)


def test_inputs_that_have_their_value(tmp_path, rng):
    """`Input(tensor=value)`: models that begin with it take nothing for it, as in Keras 2."""
    held = K.variable(rng.normal(size=(1, 2)))
    x, fixed = kerajax.Input((2,)), kerajax.Input(tensor=held, shape=(2,))
    of_x, of_fixed = kerajax.layers.Dense(3), kerajax.layers.Dense(3)
    scaled = of_fixed(fixed)
    model = kerajax.Model([x, fixed], of_x(x) + scaled)
    assert model.input_shape == [(None, 2)] and not K.is_placeholder(fixed)
    assert isinstance(of_fixed.input._keras_history.operation, kerajax.layers.InputLayer)

    data = rng.normal(size=(4, 2)).astype("float32")
    model.compile("sgd", "mse")
    before = of_fixed.get_weights()[0]
    model.fit(data, np.ones((4, 3)), verbose=0)
    assert np.abs(of_fixed.get_weights()[0] - before).max() > 1e-4
    wanted = np.asarray(of_x(data) + of_fixed(held.value))
    model.save(tmp_path / "held.keras")
    again = kerajax.models.load_model(tmp_path / "held.keras")
    for same in (model, again, kerajax.models.clone_model(model)):
        same.set_weights(model.get_weights())
        np.testing.assert_allclose(same.predict(data, verbose=0), wanted, rtol=1e-5, atol=1e-6)

    function = K.function([x], [model.output, scaled])
    np.testing.assert_allclose(function([data])[0], wanted, rtol=1e-5, atol=1e-6)
    K.set_value(held, [[0.0, 0.0]])
    np.testing.assert_allclose(function([data])[1], [of_fixed.get_weights()[1]])


def test_models_of_values_alone(rng):
    """Masks of style transfer go through a model that nobody feeds, for its tensors."""
    masks = K.concatenate(
        [K.variable(np.ones((1, 4, 4, 2))), K.constant(np.zeros((1, 4, 4, 2)))], 0
    )
    begin = kerajax.Input(tensor=masks, shape=(None, None, None), name="masks")
    pooled = kerajax.layers.AveragePooling2D(2)(begin)
    model = kerajax.Model(begin, pooled)
    assert model.layers[0].name == "masks" and model.inputs == []
    image = K.placeholder((1, 2))
    found = K.function([image], [K.sum(image) * K.mean(model.layers[1].output)])([np.ones((1, 2))])
    assert float(found[0]) == 1.0
    with pytest.raises(ValueError, match="There is no data"):
        model.predict(None, steps=1, verbose=0)


@pytest.mark.parametrize("value", [[[1.0]], np.ones((1, 2))])
def test_values_of_the_host_are_no_inputs(value):
    """As in every Keras, `tensor` is a tensor."""
    with pytest.raises(ValueError, match="must be a KerasTensor"):
        kerajax.Input(tensor=value)


def test_applications_begin_at_values():
    """`VGG16(input_tensor=K.variable(image))`: features of one image."""
    image = K.variable(np.zeros((1, 32, 32, 3)))
    model = kerajax.applications.VGG16(weights=None, include_top=False, input_tensor=image)
    assert K.function([K.placeholder((1,))], [model.layers[2].output])([[0.0]])[0].shape[0] == 1
