"""The functions of `K`: arguments, defaults and meanings of Keras 2."""

import numpy as np
import pytest

import kerajax
from kerajax.legacy import _backend as K
from kerajax.objects import EraScope, LegacySpellingWarning

X = np.arange(12, dtype="float32").reshape(3, 4) / 10 - 0.3


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# (call, what it gives): defaults differ from `ops` in many of them.
ROWS = [
    (lambda: K.argmax(X), X.argmax(-1)),
    (lambda: K.argmin(X, axis=0), X.argmin(0)),
    (lambda: K.cumsum(X), X.cumsum(0)),
    (lambda: K.cumprod(X), X.cumprod(0)),
    (lambda: K.concatenate([X, X]), np.concatenate([X, X], -1)),
    (lambda: K.expand_dims(X), X[..., None]),
    (lambda: K.squeeze(X[:, None], 1), X),
    (lambda: K.sqrt(X), np.sqrt(np.maximum(X, 0))),
    (lambda: K.clip(X, 0.0, 0.5), X.clip(0, 0.5)),
    (lambda: K.clip(X, 0.5, None), X.clip(0.5)),
    (lambda: K.clip(X, 0.5, 0.1), np.full_like(X, 0.5)),
    (lambda: K.pow(X, 2), X**2),
    (lambda: K.relu(X, alpha=0.1, max_value=0.5), np.where(X > 0, X.clip(max=0.5), 0.1 * X)),
    (lambda: K.hard_sigmoid(X), (0.2 * X + 0.5).clip(0, 1)),
    (lambda: K.softmax(X), softmax(X)),
    (lambda: K.l2_normalize(X, axis=1), X / np.linalg.norm(X, axis=1, keepdims=True)),
    (lambda: K.l2_normalize(X), X / np.linalg.norm(X)),
    (lambda: K.dot(X, X.T), X @ X.T),
    (lambda: K.dot(X[None], X.T), X[None] @ X.T),
    (lambda: K.batch_dot(X, X, axes=1), (X * X).sum(1, keepdims=True)),
    (
        lambda: K.batch_dot(X[:, None], X[:, :, None]),
        np.einsum("bij,bjk->bik", X[:, None], X[..., None]),
    ),
    (lambda: K.batch_dot(X[:, :, None], X[:, :, None], axes=(1, 1)), (X * X).sum(1)[:, None, None]),
    (lambda: K.reshape(X, (None, 2)), X.reshape(-1, 2)),
    (lambda: K.flatten(X), X.ravel()),
    (lambda: K.batch_flatten(X[:, None]), X),
    (lambda: K.permute_dimensions(X, (1, 0)), X.T),
    (lambda: K.repeat(X, 2), np.repeat(X[:, None], 2, 1)),
    (lambda: K.repeat_elements(X, 2, axis=1), np.repeat(X, 2, 1)),
    (lambda: K.tile(X, (1, 2)), np.tile(X, (1, 2))),
    (lambda: K.reverse(X, 0), X[::-1]),
    (lambda: K.slice(X, (1, 0), (-1, 2)), X[1:, :2]),
    (lambda: K.gather(X, [2, 0]), X[[2, 0]]),
    (lambda: K.one_hot([1, 0], 3), np.eye(3)[[1, 0]]),
    (
        lambda: K.resize_volumes(X.reshape(1, 1, 3, 4, 1), 2, 1, 2, "channels_last"),
        np.repeat(np.repeat(X.reshape(1, 1, 3, 4, 1), 2, 1), 2, 3),
    ),
    (
        lambda: K.rnn(lambda x, s: (x + s[0], [x + s[0]]), X[:, :, None], [np.zeros((3, 1))])[1],
        X.cumsum(1)[:, :, None],
    ),
    (
        # Three of the four paths of two frames spell the label 0; the last class is the blank.
        lambda: K.ctc_batch_cost([[0]], np.full((1, 2, 2), 0.5), [[2]], [[1]]),
        [[-np.log(0.75)]],
    ),
    (
        lambda: K.ctc_decode(np.eye(3)[[[0, 0, 2, 1]]] * 0.9 + 0.05, [4])[0][0],
        [[0, 1]],
    ),
    (
        # Steps of two: each pixel becomes a block, and the last row and column are padding.
        lambda: K.conv2d_transpose(
            X[None, :, :, None], np.ones((2, 2, 1, 1)), (1, 7, 9, 1), (2, 2), "valid"
        )[0, :, :, 0],
        np.pad(np.kron(X, np.ones((2, 2))), ((0, 1), (0, 1))),
    ),
    (lambda: K.switch(X[:, 0] > 0, X, -X), np.where(X[:, :1] > 0, X, -X)),
    (lambda: K.switch(X[0, 0] > 0, lambda: X, lambda: -X), -X),
    (lambda: K.map_fn(lambda row: row * 2, X), X * 2),
    (lambda: K.foldl(lambda a, b: a - b, X), X[0] - X[1] - X[2]),
    (lambda: K.foldr(lambda a, b: a - b, X), X[2] - X[1] - X[0]),
    (lambda: K.var(X > 0), (X > 0).astype("float32").var()),
    (lambda: K.in_train_phase(X, lambda: -X), -X),
    (lambda: K.in_test_phase(X, -X, training=1), -X),
    (lambda: K.constant(2.0, shape=(2, 2)), np.full((2, 2), 2.0)),
    (lambda: K.lesser(X, 0), X < 0),
    (lambda: K.temporal_padding(X[None], (1, 0)), np.pad(X[None], [(0, 0), (1, 0), (0, 0)])),
    (lambda: K.bias_add(X[None], X[0]), X[None] + X[0]),
    (lambda: K.in_top_k(X, [3, 0, 3], 2), [True, False, True]),
    (
        lambda: K.batch_normalization(X, 0.1, 0.5, 0.2, 2.0, epsilon=0.0),
        (X - 0.1) / 0.5**0.5 * 2 + 0.2,
    ),
]


@pytest.mark.parametrize("call, expected", ROWS)
def test_values(call, expected):
    """A few lines of numpy say what each function meant."""
    np.testing.assert_allclose(np.asarray(call()), expected, rtol=1e-5, atol=1e-6)


def test_shapes_of_symbolic_tensors():
    """Static shapes are tuples; `K.shape` feeds `K.reshape`."""
    x = kerajax.Input((4, 3))
    assert K.int_shape(x) == (None, 4, 3) and K.ndim(x) == 3 and K.dtype(x) == "float32"
    assert K.int_shape(K.reshape(x, (K.shape(x)[0], 12))) == (None, 12)
    assert K.is_keras_tensor(K.placeholder((None, 2)))
    assert K.int_shape(K.placeholder(ndim=2)) == (None, None)


def test_variables():
    """Variables are made, read, set and updated at once."""
    v = K.variable([1.0, 2.0], name="v")
    K.set_value(v, [3.0, 4.0])
    K.update_add(v, [1.0, 1.0])
    K.update_sub(v, [0.0, 2.0])
    assert K.get_value(v).tolist() == [4.0, 3.0] == K.eval(v).tolist()
    K.moving_average_update(v, np.zeros(2, "float32"), 0.5)
    K.batch_set_value([(v, K.batch_get_value([v])[0] * 2)])
    assert K.get_value(v).tolist() == [4.0, 3.0]
    assert K.is_variable(K.zeros((2,))) and K.count_params(K.ones((2, 3))) == 6
    with pytest.raises(ValueError, match="needs a variable"):
        K.set_value(1.0, 2.0)


def test_rate_of_an_optimizer_is_set_as_before():
    """`K.set_value(model.optimizer.lr, ...)` is what callbacks of old scripts do."""
    optimizer = kerajax.optimizers.SGD(0.1)
    K.set_value(optimizer.learning_rate, 0.05)
    assert float(K.get_value(optimizer.learning_rate)) == pytest.approx(0.05)


def test_crossentropies_and_their_old_order():
    """Keras 2 writes (target, output); Keras 1 wrote (output, target)."""
    target, output = np.array([[0.0, 1.0]]), np.array([[0.2, 0.8]])
    expected = -np.log(0.8)
    assert float(K.categorical_crossentropy(target, output)[0]) == pytest.approx(expected)
    assert float(K.binary_crossentropy(target, output)[0, 1]) == pytest.approx(expected)
    with EraScope("1"):
        assert float(K.categorical_crossentropy(output, target)[0]) == pytest.approx(expected)


def test_function_of_a_part_of_a_model():
    """`K.function` with the learning phase, as visualizations of old scripts call it."""
    model = kerajax.Sequential(
        [kerajax.Input((4,)), kerajax.layers.Dense(3), kerajax.layers.Dropout(0.5)]
    )
    f = K.function([model.layers[0].input, K.learning_phase()], [model.layers[1].output])
    quiet, noisy = f([X, 0])[0], f([X, 1])[0]
    np.testing.assert_allclose(quiet, model.layers[0](X), rtol=1e-5)
    assert (noisy == 0).any()
    single = K.function([model.input], model.layers[0].output)
    np.testing.assert_allclose(single([X]), quiet, rtol=1e-6)
    with pytest.raises(ValueError, match="takes 2 inputs, not 1"):
        f([X])
    with pytest.raises(ValueError, match="updates"):
        K.function([model.input], [model.output], updates=[1])


def test_learning_phase():
    """Zero is accepted as it is; one is said to have no effect on layers."""
    assert K.learning_phase() == 0
    K.set_learning_phase(0)
    with pytest.warns(LegacySpellingWarning, match="training=True"):
        K.set_learning_phase(1)
    assert K.learning_phase() == 1
    K.set_learning_phase(0)
    phases = []

    def watch(x):
        phases.append(K.learning_phase())
        return x

    layer = kerajax.layers.Lambda(watch)
    layer(X, training=True)
    layer(X)
    assert phases == [1, 0]


def test_unseeded_draws_in_a_lambda_train():
    """The sampling layer of the old variational autoencoder: new noise in each compiled step."""

    def sampling(arguments):
        mean, log_variance = arguments
        noise = K.random_normal(shape=(K.shape(mean)[0], K.int_shape(mean)[1]))
        return mean + K.exp(log_variance / 2) * noise

    x = kerajax.Input((4,))
    mean, log_variance = kerajax.layers.Dense(2)(x), kerajax.layers.Dense(2)(x)
    z = kerajax.layers.Lambda(sampling)([mean, log_variance])
    model = kerajax.Model(x, z)
    first, second = model.predict_on_batch(X), model.predict_on_batch(X)
    assert first.shape == (3, 2)
    model.compile("sgd", "mse")
    losses = [model.train_on_batch(X, np.zeros((3, 2))) for _ in range(3)]
    assert np.isfinite(losses).all()
    assert not np.array_equal(np.asarray(model(X)), np.asarray(model(X)))
    assert first.shape == second.shape


def test_random_draws():
    """Seeded draws repeat; shares and ranges are those asked for."""
    assert np.array_equal(K.random_uniform((4,), seed=1), K.random_uniform((4,), seed=1))
    draws = np.asarray(K.random_binomial((1000,), p=0.25, seed=2))
    assert set(draws) == {0.0, 1.0} and 0.2 < draws.mean() < 0.3
    assert abs(np.asarray(K.truncated_normal((1000,), seed=3))).max() <= 2
    assert K.is_variable(K.random_normal_variable((2,), 0.0, 1.0))
    dropped = np.asarray(K.dropout(np.ones(1000, "float32"), 0.5, seed=4))
    assert set(dropped) == {0.0, 2.0}


def test_windows_agree_with_ops():
    """Convolutions and pooling pass their arguments on."""
    x = np.arange(2 * 5 * 5 * 2, dtype="float32").reshape(2, 5, 5, 2) / 50
    kernel = np.ones((3, 3, 2, 4), "float32")
    same = kerajax.ops.conv(x, kernel, strides=2, padding="same")
    np.testing.assert_allclose(K.conv2d(x, kernel, strides=(2, 2), padding="same"), same)
    causal = K.conv1d(X[None], np.ones((2, 4, 1), "float32"), padding="causal")
    np.testing.assert_allclose(causal[0, :, 0], X.sum(1) + np.append(0, X.sum(1)[:-1]), rtol=1e-5)
    pooled = K.pool2d(x, (2, 2), strides=(2, 2), pool_mode="avg")
    np.testing.assert_allclose(pooled[0, 0, 0], x[0, :2, :2].mean((0, 1)), rtol=1e-5)
    assert K.resize_images(x, 2, 3, "channels_last").shape == (2, 10, 15, 2)
    assert K.spatial_2d_padding(x).shape == (2, 7, 7, 2)
    with pytest.raises(ValueError, match="UpSampling2D"):
        K.resize_images(x, 2, 2, "channels_last", interpolation="bilinear")


def test_image_dim_ordering():
    """Keras 1 spoke of `th` and `tf`."""
    K.set_image_dim_ordering("th")
    assert K.image_data_format() == "channels_first" and K.image_dim_ordering() == "th"
    K.set_image_dim_ordering("tf")
    assert K.image_data_format() == "channels_last" and K.image_dim_ordering() == "tf"


def test_print_tensor(capsys):
    """It prints and passes on."""
    assert K.print_tensor(X, "x =") is X
    assert capsys.readouterr().out.startswith("x = [[")
    K.print_tensor(kerajax.Input((2,)), "input")
    assert capsys.readouterr().out == "input <shape (None, 2), float32>\n"


def test_ctc_of_probabilities(rng):
    """The last class is the blank, and probabilities count as logits do after the logarithm."""
    y_pred = rng.dirichlet(np.ones(4), size=(2, 6)).astype("float32")
    y_true, counts = np.array([[0, 2, 1], [1, 1, 0]]), np.array([[3], [2]])
    steps = np.array([[6], [5]])
    found = K.ctc_batch_cost(y_true, y_pred, steps, counts)
    assert found.shape == (2, 1)
    # The same with the blank first, as `keras.losses` has it.
    moved = np.roll(np.log(y_pred + 1e-7), 1, axis=-1)
    wanted = kerajax.ops.ctc_loss(y_true + 1, moved, counts[:, 0], steps[:, 0])
    np.testing.assert_allclose(found[:, 0], wanted, rtol=1e-5)

    frames = np.eye(3)[[[0, 0, 2, 0, 1], [1, 2, 2, 2, 2]]]
    paths, scores = K.ctc_decode(frames, [5, 5])
    assert [path.tolist() for path in paths] == [[[0, 0, 1], [1, -1, -1]]]
    paths, scores = K.ctc_decode(frames, [5, 5], greedy=False, beam_width=5, top_paths=2)
    assert len(paths) == 2 and scores.shape == (2, 2)
    assert paths[0].tolist() == [[0, 0, 1], [1, -1, -1]]


def test_ctc_loss_trains_in_a_lambda(rng):
    """Scripts that read texts compute the loss in a layer and hand it through `compile`."""
    x = kerajax.Input((6, 3))
    lengths = [kerajax.Input((1,), dtype="int32") for _ in range(2)]
    labels = kerajax.Input((2,))
    y_pred = kerajax.layers.Dense(4, activation="softmax")(x)
    loss = kerajax.layers.Lambda(lambda a: K.ctc_batch_cost(a[1], a[0], a[2], a[3]), (1,))
    model = kerajax.Model([x, labels, *lengths], loss([y_pred, labels, *lengths]))
    model.compile("adam", lambda y_true, y_pred: y_pred)
    counts = [np.full((8, 1), 6), np.full((8, 1), 2)]
    data = [rng.normal(size=(8, 6, 3)), rng.integers(0, 3, (8, 2)), *counts]
    history = model.fit(data, np.zeros(8), epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [9, 8, None])
def test_transposed_convolution_to_a_shape(padding, size, rng):
    """The gradient of a convolution whose input has the wanted shape."""
    if (padding, size) == ("valid", 8):
        size = 10
    if (padding, size) == ("same", 9):
        size = 7
    x = rng.normal(size=(1, 4, 4, 2)).astype("float32")
    kernel = rng.normal(size=(3, 3, 5, 2)).astype("float32")
    found = K.conv2d_transpose(x, kernel, (1, size, size, 5), (2, 2), padding)
    size = size or (9 if padding == "valid" else 8)
    image = np.zeros((1, size, size, 5), "float32")
    convolve = lambda image: K.conv2d(image, kernel, (2, 2), padding)  # noqa: E731
    np.testing.assert_allclose(found, kerajax.ops.vjp(convolve, image)[1](x)[0], atol=1e-5)


def test_functions_that_were_few(rng):
    """Symbolic inputs, volumes, dense forms, old names."""
    x = K.placeholder((2, 3))
    assert K.is_placeholder(x) and not K.is_placeholder(x * 2)
    assert K.get_variable_shape(x) == (2, 3)
    volume = rng.normal(size=(1, 2, 1, 1, 2))
    np.testing.assert_allclose(
        K.resize_volumes(volume, 2, 1, 3, "channels_last"), volume.repeat(2, 1).repeat(3, 3)
    )
    x, depthwise, pointwise = (rng.normal(size=n) for n in ((1, 6, 2), (3, 2, 1), (1, 2, 4)))
    found = K.separable_conv1d(x, depthwise, pointwise, 2, "same")
    assert found.shape == (1, 3, 4)
    np.testing.assert_allclose(
        found, kerajax.ops.separable_conv(x, depthwise, pointwise, 2, "same"), rtol=1e-6
    )
    assert K.to_dense(np.ones(2)).tolist() == [1.0, 1.0]
    assert K.pack([np.ones(2), np.zeros(2)]).shape == (2, 2)
    last, outputs, states = K.rnn(
        lambda x, states: (x + states[0] + states[1], [x + states[0]]),
        np.ones((1, 3, 1)),
        [np.zeros((1, 1))],
        constants=[np.full((1, 1), 10.0)],
    )
    assert np.ravel(outputs).tolist() == [11.0, 12.0, 13.0] and float(states[0][0, 0]) == 3.0
