"""Calls that were right until Keras 2.3 and are errors today, with what they meant."""

import warnings

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy import _alias
from kerajax.legacy import _backend as K
from kerajax.objects import EraScope

pytestmark = pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_average_pooling_without_a_size(rank, rng):
    """The windows were of two positions, as those of MaxPooling still are."""
    pooling = getattr(layers, f"AveragePooling{rank}D")
    x = rng.normal(size=(1, *(4,) * rank, 1)).astype("float32")
    np.testing.assert_array_equal(pooling()(x), pooling(2)(x))
    assert pooling(padding="same").pool_size == (2,) * rank


@pytest.mark.parametrize("era", ["1", "2.2", "2.3"])
@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("Conv2D", (5, 3, 4), {}),
        ("Conv2D", (5, 3), {"nb_col": 4}),
        ("SeparableConv2D", (5, 3, 4), {}),
        ("ConvLSTM2D", (5, 3, 4), {}),
        ("Conv3D", (5, 3, 4, 2), {}),
        ("Conv3D", (5, 3), {"kernel_dim2": 4, "kernel_dim3": 2}),
    ],
)
def test_sizes_of_kernels_one_by_one(name, args, kwargs, era):
    """Until 2.3, `Conv2D(5, 3, 4)` is a kernel of 3 x 4, and keywords complete the order."""
    with EraScope(era, quiet=True):
        layer = getattr(layers, name)(*args, **kwargs)
    assert layer.filters == 5
    assert layer.kernel_size == (3, 4, 2)[: len(layer.kernel_size)]
    assert set(layer.strides) == {1}


def test_constants_fill_a_shape():
    """Entries go in row by row, and the last is repeated."""
    np.testing.assert_array_equal(K.constant([1, 9, 2, -5], shape=(2, 2)), [[1, 9], [2, -5]])
    np.testing.assert_array_equal(K.constant(2, shape=(2, 1)), [[2], [2]])
    np.testing.assert_array_equal(K.constant([[1, 2]], shape=(3,)), [1, 2, 2])
    with pytest.raises(ValueError, match="at most 1 entries"):
        K.constant([1, 2], shape=(1,))


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
def test_first_states_in_a_list_with_the_sequences(name, rng):
    """`layer([x, state])` is `layer(x, initial_state=[state])`, symbolically too."""
    layer = getattr(layers, name)(3)
    x = rng.normal(size=(2, 5, 4)).astype("float32")
    count = 2 if name == "LSTM" else 1
    states = [rng.normal(size=(2, 3)).astype("float32") for _ in range(count)]
    wanted = layer(x, initial_state=states)
    np.testing.assert_allclose(layer([x, *states]), wanted, rtol=1e-6)
    inputs = [kerajax.Input((5, 4)), *(kerajax.Input((3,)) for _ in states)]
    model = kerajax.Model(inputs, layer(inputs))
    np.testing.assert_allclose(model.predict([x, *states], verbose=0), wanted, rtol=1e-5)


def test_states_are_set_by_reset_states():
    """`reset_states(values)` sets what `reset_states()` makes zero."""
    layer = layers.LSTM(3, stateful=True)
    layer.build((2, 5, 4))
    layer.reset_states([np.ones((2, 3)), np.full((2, 3), 2.0)])
    assert [float(np.mean(s.numpy())) for s in layer.states] == [1.0, 2.0]
    layer.reset_states()
    assert not np.any(layer.states[1].numpy())
    with pytest.raises(ValueError, match="has 2 states, but `reset_states` received 1"):
        layer.reset_states(np.ones((2, 3)))


def test_embedding_of_several_axes():
    """`input_length` may be the sizes of several axes."""
    model = kerajax.Sequential([layers.Embedding(7, 2, input_length=(3, 5))])
    assert model.output_shape == (None, 3, 5, 2)


def test_keras_shape_of_symbolic_tensors():
    """Layers of users read `x._keras_shape`."""
    assert kerajax.Input((3,))._keras_shape == (None, 3)


@pytest.mark.parametrize("name", ["normal", "uniform", "zero", "one"])
def test_short_names_of_initializers(name):
    """`keras.initializers.normal(stddev=0.01)`, as Keras 2 had it."""
    cls = _alias.attribute("keras.initializers", name)
    assert cls is type(kerajax.initializers.get(name))


def test_shapes_and_tensors_of_each_call():
    """`layer.output_shape` and `layer.get_output_at(1)`; an attribute of the layer goes first."""
    inputs = [kerajax.Input((3,)), kerajax.Input((3,))]
    layer, merged = layers.Dense(2), layers.Add()
    outputs = [layer(x) for x in inputs]
    merged(outputs)
    assert (layer.input_shape, layer.output_shape) == ((None, 3), (None, 2))
    assert merged.input_shape == [(None, 2), (None, 2)]
    assert layer.get_input_at(1) is inputs[1] and layer.get_output_at(0) is outputs[0]
    assert merged.get_input_shape_at(0) == [(None, 2), (None, 2)]
    with pytest.raises(ValueError, match="was called 2 times, .* no call number 2"):
        layer.get_output_shape_at(2)
    assert not hasattr(layers.Dense(2), "output_shape")

    class Reshaped(layers.Layer):
        def __init__(self, output_shape):
            super().__init__()
            self.output_shape = output_shape

    assert Reshaped((7,)).output_shape == (7,)


def test_weights_are_appended_to_the_list_of_a_layer(rng):
    """Layers of Keras 2 add a variable by `self._trainable_weights.append(variable)`."""

    class Scale(layers.Layer):
        def build(self, input_shape):
            held = {"scale": K.variable(np.full(input_shape[-1], 2.0))}
            self._trainable_weights.append(held["scale"])
            self.scale_of = lambda: held["scale"]

        def call(self, x):
            return x * self.scale_of()

    model = kerajax.Sequential([kerajax.Input((3,)), Scale()])
    assert len(model.trainable_weights) == 1
    model.compile("sgd", "mse")
    model.fit(rng.normal(size=(8, 3)), rng.normal(size=(8, 3)), verbose=0)
    assert np.all(model.get_weights()[0] != 2.0)


def test_architectures_as_yaml():
    """`to_yaml` and `model_from_yaml` understand each other."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2, name="d")])
    again = _alias.attribute("keras.models", "model_from_yaml")(model.to_yaml())
    assert again.to_json() == model.to_json()


def test_gpus_are_counted_as_tensorflow_was_asked():
    """`K.tensorflow_backend._get_available_gpus()` lists names of GPUs."""
    found = _alias.attribute("keras.backend.tensorflow_backend", "_get_available_gpus")()
    assert len(found) == sum(x.startswith("gpu") for x in kerajax.distribution.list_devices())


def test_architectures_are_read_without_what_compile_was_told():
    """Losses of a script are not in the text; until Keras 2 nothing of `compile` was."""

    def own(y_true, y_pred):
        return y_pred

    for loss in (own, lambda y_true, y_pred: y_pred):
        model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
        model.compile("sgd", loss)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = model.to_json()
        with pytest.warns(UserWarning, match="is not compiled"):
            again = kerajax.models.model_from_json(text)
        assert again.output_shape == (None, 1) and not again.compiled
    model.compile("sgd", "mse")
    assert kerajax.models.model_from_json(model.to_json()).compiled


@pytest.mark.parametrize(
    ("shapes", "axes", "expected"),
    [
        (((2, 3, 4), (2, 3, 4, 5)), (2, 2), "bni,bnid->bnd"),
        (((2, 3, 5), (2, 3, 4, 5)), (2, 3), "bnd,bnid->bni"),
        (((2, 3, 4, 5), (2, 3, 5, 6)), (3, 2), "bnij,bnjk->bnik"),
    ],
)
def test_batch_dot_of_more_than_three_axes(shapes, axes, expected, rng):
    """As TensorFlow's `matmul` until 2.2, which capsule networks of the time rely on."""
    x, y = (rng.normal(size=shape).astype("float32") for shape in shapes)
    with EraScope("2.2"):
        product = K.batch_dot(x, y, list(axes))
    np.testing.assert_allclose(product, np.einsum(expected, x, y), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shapes", "axes", "expected"),
    [
        (((2, 3), (2, 3)), None, "bi,bi->b"),
        (((2, 3), (2, 3, 4)), None, "bi,bij->bj"),
        (((2, 4, 3), (2, 3)), None, "bij,bj->bi"),
        (((2, 3, 4), (2, 4, 3)), -1, None),
        (((2, 3, 4), (2, 5, 4)), -1, "bij,bkj->bik"),
        (((2, 3, 4, 5), (2, 6, 4)), (2, -1), "bijk,blj->bikl"),
        (((2, 3, 4), (2, 5, 3, 6)), (1, 2), "bij,bkil->bjkl"),
        (((2, 3, 4), (2, 3, 4)), (0, 0), None),
        (((2, 3, 5), (2, 3, 4, 5)), (1, 2), None),
        (((2, 3, 4), (2, 3, 4)), (1, -3), None),
    ],
)
def test_batch_dot_of_keras_2_3(shapes, axes, expected, rng):
    """Sums over one axis of each; what is left of `x` stands before what is left of `y`."""
    x, y = (rng.normal(size=shape).astype("float32") for shape in shapes)
    if expected is None:
        with pytest.raises(ValueError, match="K.batch_dot (sums over axes of one|cannot)"):
            K.batch_dot(x, y, axes)
        return
    wanted = np.einsum(expected, x, y)
    wanted = wanted[:, None] if wanted.ndim == 1 else wanted
    np.testing.assert_allclose(K.batch_dot(x, y, axes), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("verbose", [0, 2])
def test_predict_took_as_many_samples_as_its_first_input_has(verbose):
    """What other inputs have beyond was not looked at until Keras 2.3; since, it is an error."""
    inputs = [kerajax.Input((2,)), kerajax.Input((2,))]
    model = kerajax.Model(inputs, layers.add(inputs))
    x = [np.ones((3, 2)), np.ones((7, 2))]
    with EraScope("2.3", quiet=True):
        assert model.predict(x, verbose=verbose).shape == (3, 2)
        with pytest.raises(ValueError, match=r"(?s)ambiguous.*x\[0\]: 7, x\[1\]: 3"):
            model.predict(x[::-1], batch_size=2, verbose=verbose)
    with pytest.raises(ValueError, match="ambiguous"):
        model.predict(x, batch_size=2, verbose=verbose)


@pytest.mark.parametrize("name", ["Dense", "LSTM", "GRU", "SimpleRNN"])
def test_sizes_of_inputs_came_first_in_keras_0(name):
    """`Dense(20, 64)` has 64 units: a second integer is nothing else today."""
    layer = getattr(layers, name)(20, 64, "uniform")
    assert layer.units == 64
    kernel = layer if name == "Dense" else layer.cell
    assert type(kernel.kernel_initializer).__name__ == "RandomUniform"
    model = kerajax.Sequential([layer])
    assert model.input_shape == ((None, 20) if name == "Dense" else (None, None, 20))


def test_networks_of_keras_0_are_stacked_by_both_sizes(rng):
    """Later layers say the size of their input too."""
    model = kerajax.Sequential([layers.Dense(5, 4), layers.Activation("tanh"), layers.Dense(4, 3)])
    assert model.predict(rng.normal(size=(2, 5)), verbose=0).shape == (2, 3)
    model = kerajax.Sequential([layers.Embedding(9, 4), layers.LSTM(4, 3), layers.Dense(3, 1)])
    assert model.predict(np.ones((2, 5), "int32"), verbose=0).shape == (2, 1)


def test_convolutions_of_keras_0_say_what_to_write():
    """Their images had the channels first, which pooling layers of the script must know too."""
    with pytest.raises(ValueError, match="order.*of Keras 0.1.*channels_first"):
        layers.Conv2D(32, 3, 3, 3)


def _classified(rng):
    x = rng.normal(size=(40, 4)).astype("float32")
    return x, np.eye(2)[(x[:, 0] > 0).astype(int)]


def test_accuracy_is_shown_where_keras_0_asked_for_it(rng):
    """`show_accuracy=True` adds the accuracy; without it `evaluate` gives the loss alone."""
    x, y = _classified(rng)
    model = kerajax.Sequential([layers.Dense(4, 2), layers.Activation("softmax")])
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    history = model.fit(x, y, nb_epoch=2, show_accuracy=True, validation_data=(x, y), verbose=0)
    assert {"acc", "val_acc", "loss", "val_loss"} <= set(history.history)
    assert int(model.optimizer.iterations) == 4
    loss, accuracy = model.evaluate(x, y, show_accuracy=True, verbose=0)
    wanted = np.mean(model.predict_classes(x) == y.argmax(-1))
    np.testing.assert_allclose([accuracy, history.history["val_acc"][-1]], wanted, rtol=1e-5)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(loss)
    assert len(model.train_on_batch(x, y, accuracy=True)) == 2
    assert np.ndim(model.test_on_batch(x, y)) == 0
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    assert len(model.evaluate(x, y, verbose=0)) == 2


@pytest.mark.parametrize(
    ("era", "names"),
    [
        ("1", ("acc", "mean_absolute_error")),
        ("2.2", ("acc", "mean_absolute_error")),
        ("2.3", ("accuracy", "mae")),
        ("3", ("accuracy", "mae")),
    ],
)
def test_logs_are_named_as_the_era_named_them(era, names, rng, tmp_path):
    """Until 2.2 the function of a metric named it; the names of any era are understood."""
    seen = []

    class Watch(kerajax.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            assert {"acc", "accuracy"} & set(logs) and "acc" in logs and "accuracy" in logs
            assert "nothing" not in logs
            seen.append((logs.get("acc"), logs["val_accuracy"], logs.get("nothing", 7)))

    x, y = _classified(rng)
    with EraScope(era, quiet=True):
        model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(2, activation="softmax")])
        model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", "mae"])
        path = str(tmp_path / "{epoch}-{val_acc:.2f}-{val_mean_absolute_error:.1f}.weights.h5")
        kept = kerajax.callbacks.ModelCheckpoint(path, save_weights_only=True)
        stop = kerajax.callbacks.EarlyStopping(monitor="val_acc", mode="max")
        history = model.fit(
            x, y, epochs=1, validation_data=(x, y), callbacks=[Watch(), kept, stop], verbose=0
        )
    history = history.history
    assert set(history) == {"loss", "val_loss", *names, *(f"val_{name}" for name in names)}
    for old, new in (("acc", "accuracy"), ("val_mean_absolute_error", "val_mae")):
        assert history[old] == history[new]
    assert seen == [(history["acc"][0], history["val_acc"][0], 7)]
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(KeyError):
        history["top_k"]


class _Reads(kerajax.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        x, y, weights = self.validation_data
        self.shapes = (x.shape, y.shape, weights.tolist())
        self.accuracy = np.mean(self.model.predict(x, verbose=0).argmax(-1) == y.argmax(-1))


@pytest.mark.parametrize("how", ["data", "weights", "split", "lists"])
def test_callbacks_find_the_validation_data(how, rng):
    """F1 and its like were computed from `self.validation_data` in callbacks of users."""
    x, y = _classified(rng)
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(2, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    reads = _Reads()
    options = {
        "data": {"validation_data": (x[:10], y[:10])},
        "weights": {"validation_data": (x[:10], y[:10], np.full(10, 0.5))},
        "split": {"validation_split": 0.25},
        "lists": {"validation_data": (x[:10].tolist(), y[:10].tolist())},
    }[how]
    history = model.fit(x, y, callbacks=[reads], verbose=0, **options).history
    assert reads.shapes == ((10, 4), (10, 2), [0.5 if how == "weights" else 1.0] * 10)
    assert reads.accuracy == pytest.approx(history["val_accuracy"][0])


def test_images_are_read_in_grey_as_keras_1_asked(tmp_path, rng):
    """`load_img(path, grayscale=True)`."""
    image = kerajax.utils.array_to_img(rng.uniform(size=(4, 5, 3)), dim_ordering="tf")
    image.save(tmp_path / "x.png")
    assert kerajax.utils.load_img(tmp_path / "x.png", grayscale=True).mode == "L"
    assert kerajax.utils.load_img(tmp_path / "x.png", grayscale=False).mode == "RGB"


def test_optimizers_in_small_letters():
    """`from keras.optimizers import adam`; the modules of Keras 3's insides stay modules."""
    for name in ("sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamax", "nadam"):
        cls = _alias.attribute("keras.optimizers", name)
        assert cls.__name__.lower() == name
    assert float(_alias.attribute("keras.optimizers", "adam")(lr=0.5).learning_rate) == 0.5


class _Averages(layers.Layer):
    """A batch normalization as layers of Keras 2 wrote it."""

    def build(self, input_shape):
        self.mean = self.add_weight(
            "mean", (input_shape[-1],), initializer="zeros", trainable=False
        )
        self.count = self.add_weight("count", (), initializer="zeros", trainable=False)

    def call(self, x, training=None):
        mean = K.mean(x, axis=0)
        self.add_update(K.moving_average_update(self.mean, mean, 0.5), x)
        self.add_update([(self.count, self.count + 1)])
        self.add_loss(0.0 * K.sum(mean), inputs=x)
        return K.in_train_phase(x - mean, x - self.mean, training=training)


def test_updates_of_layers_run_in_training_alone(rng):
    """`add_update`, `K.moving_average_update` and `add_loss(inputs=...)` inside `call`."""
    model = kerajax.Sequential([kerajax.Input((3,)), _Averages()])
    model.compile("sgd", "mse")
    x = rng.normal(size=(8, 3)).astype("float32") + 2
    model.predict(x, verbose=0)
    model.evaluate(x, x, verbose=0)
    assert float(model.layers[0].count.numpy()) == 0 and not np.any(model.layers[0].mean.numpy())
    with pytest.warns(match="no trainable"):
        model.fit(x, x, epochs=2, batch_size=8, verbose=0)
    assert float(model.layers[0].count.numpy()) == 2
    np.testing.assert_allclose(model.layers[0].mean, 0.75 * x.mean(0), rtol=1e-5)


def test_functions_made_before_serving_are_nothing():
    """`model._make_predict_function()` was called before threads predicted."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    assert model._make_predict_function() is None


@pytest.mark.parametrize("batch", [None, 4])
def test_draws_in_lambdas_that_say_their_shape(batch):
    """The generator is made before anything is compiled, in `predict` as in `fit`."""
    x = kerajax.Input(batch_shape=(batch, 3))
    size = 4 if batch else None

    def noisy(a):
        return a + K.random_normal((size or K.shape(a)[0], 3))

    model = kerajax.Model(x, layers.Lambda(noisy, output_shape=(3,))(x))
    first, second = (model.predict(np.zeros((4, 3)), verbose=0) for _ in range(2))
    assert first.std() > 0.3 and not np.array_equal(first, second)


def test_small_names_of_keras_1():
    """Regularizers and classes of probabilities."""
    regularizer = _alias.attribute("keras.regularizers", "l1l2")(0.1, 0.2)
    assert (round(regularizer.l1, 6), round(regularizer.l2, 6)) == (0.1, 0.2)
    classes = _alias.attribute("keras.utils.np_utils", "probas_to_classes")
    assert classes(np.array([[0.1, 0.9], [0.6, 0.4]])).tolist() == [1, 0]
    assert classes(np.array([[0.1], [0.6]])).tolist() == [0, 1]
