"""What layers had until Keras 2, and how classes of that time are written."""

import numpy as np
import pytest

import kerajax
from kerajax import layers, ops
from kerajax.legacy import _backend as K
from kerajax.objects import EraScope

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


def test_shapes_of_calls():
    dense = layers.Dense(2)
    first, second = kerajax.Input((3,)), kerajax.Input((5, 3))
    dense(first)
    outputs = dense(second)
    with pytest.raises(AttributeError, match="different values of `input_shape`"):
        _ = dense.input_shape
    assert dense.get_output_shape_at(1) == (None, 5, 2)
    assert dense.get_input_at(1) is second and dense.get_output_at(1) is outputs
    added = layers.Add()
    added([first, first])
    assert added.input_shape == [(None, 3), (None, 3)]
    with pytest.raises(AttributeError, match="never been called"):
        _ = layers.Dense(2).output_shape
    with pytest.raises(ValueError, match="call number 2"):
        dense.get_output_at(2)


def test_an_attribute_of_the_layer_goes_before():
    class Shaped(layers.Layer):
        def __init__(self):
            super().__init__()
            self.output_shape = (7,)

    assert Shaped().output_shape == (7,)


class OldNorm(layers.Layer):
    """Subtracts the mean of the batch in training, and a moving mean elsewhere."""

    def build(self, shape):
        self.mean = self.add_weight("mean", shape[-1:], initializer="zeros", trainable=False)
        self.seen = self.add_weight("seen", (), initializer="zeros", trainable=False)
        super().build(shape)

    def call(self, x, training=None):
        mean = K.mean(x, axis=0)
        self.add_update([K.moving_average_update(self.mean, mean, 0.75)], x)
        self.add_update((self.seen, self.seen + 1), x)
        return K.in_train_phase(x - mean, x - self.mean, training=training)

    def compute_output_shape(self, shape):
        return shape


def test_updates_happen_in_training():
    model = kerajax.Sequential([kerajax.Input((3,)), OldNorm(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.predict(X, verbose=0)
    norm = model.layers[0]
    assert norm.seen.numpy() == 0 and not norm.mean.numpy().any()
    model.fit(X, X[:, :1], epochs=2, batch_size=4, verbose=0)
    np.testing.assert_allclose(norm.mean.numpy(), X.mean(0) * (1 - 0.75**2), rtol=1e-5)
    assert norm.seen.numpy() == 2
    assert norm.updates == norm.get_updates_for(None) == []


def test_weights_of_old_lists_are_trained():
    class Scaled(layers.Layer):
        def build(self, shape):
            self.scale = K.variable(np.ones(shape[-1:]))
            self._trainable_weights = [self.scale]

        def call(self, x):
            return x * self.scale

    layer = Scaled()
    layer(X)
    assert [id(w) for w in layer.trainable_weights] == [id(layer.scale)]
    assert layer._trainable_weights[:] == layer._trainable_variables


def test_attributes_may_be_set_before_the_base_constructor():
    class Wrapped(layers.Layer):
        def __init__(self, inner, **kwargs):
            self.inner = inner
            self.others = [layers.Dense(1)]
            super().__init__(**kwargs)

        def call(self, x):
            return self.others[0](self.inner(x))

    layer = Wrapped(layers.Dense(2))
    assert layer(X).shape == (4, 1)
    assert len(layer.weights) == 4

    class Forgot(layers.Layer):
        def __init__(self):
            self.inner = layers.Dense(2)

    with pytest.raises(RuntimeError, match=r"forgot to call `super\(\).__init__\(\)`"):
        Forgot()


def test_a_base_speaks_of_its_own_call():
    """A class that gives out more than its base asks the base for the shape of what that gives."""

    class WithTable(layers.Embedding):
        def call(self, inputs):
            return [super().call(inputs), self.embeddings + 0.0]

        def compute_output_shape(self, input_shape):
            return [super().compute_output_shape(input_shape), (self.input_dim, self.output_dim)]

    rows, table = WithTable(7, 3)(kerajax.Input((5,), dtype="int32"))
    assert (rows.shape, table.shape) == ((None, 5, 3), (7, 3))
    outputs = ops.matmul(rows, ops.transpose(table))
    model = kerajax.Model(rows._keras_history.operation.input, outputs)
    assert model.predict(np.zeros((2, 5)), verbose=0).shape == (2, 5, 7)


def test_what_a_call_makes_first_is_part_of_training():
    """`K.dropout` draws anew in each step, though nothing ran its layer on shapes before."""

    class Dropped(layers.Layer):
        def call(self, x, training=None):
            return K.in_train_phase(lambda: K.dropout(x, 0.5), x, training=training)

        def compute_output_shape(self, shape):
            return shape

    kernel = layers.Dense(64, kernel_initializer="identity", trainable=True)
    model = kerajax.Sequential([kerajax.Input((64,)), Dropped(), kernel])
    model.compile(kerajax.optimizers.SGD(0.0), "mse")
    ones = np.ones((8, 64), "float32")
    history = model.fit(ones, 0 * ones, epochs=3, verbose=0).history["loss"]
    assert len(set(history)) == 3 and all(1 < loss < 3 for loss in history)
    np.testing.assert_array_equal(model.predict(ones, verbose=0), ones)


@pytest.mark.parametrize("frozen", [True, False])
def test_calls_may_take_their_arguments_as_they_come(frozen):
    """`call(*args)`, and `training` by its position."""

    class Norm(layers.BatchNormalization):
        def call(self, *args, **kwargs):
            return super().call(*args, training=not frozen, **kwargs)

    class Told(layers.Layer):
        def __call__(self, inputs, training=None, **kwargs):
            return super().__call__(inputs, training, **kwargs)

        def call(self, inputs, training=None):
            return inputs + (1 if training else 0)

    x = kerajax.Input((4, 3))
    model = kerajax.Model(x, Told()(Norm(axis=2)(x)))
    model.compile("sgd", "mse")
    data = 5 + np.random.default_rng(0).normal(size=(8, 4, 3)).astype("float32")
    model.train_on_batch(data, data)
    moved = bool(model.layers[1].moving_mean.numpy().any())
    assert moved is not frozen
    assert model(data, training=True).shape == (8, 4, 3)
    np.testing.assert_allclose(Told()(data, True), data + 1)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_names_may_look_like_paths_in_old_scripts(tmp_path, suffix):
    with EraScope("2.3"):
        dense = layers.Dense(2, name="conv1/7x7_s2")
        model = kerajax.Sequential([kerajax.Input((3,)), dense, layers.Dense(2, name="conv1")])
        model.save(tmp_path / f"m{suffix}")
        again = kerajax.saving.load_model(tmp_path / f"m{suffix}")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    with pytest.raises(ValueError, match="without '/'"):
        layers.Dense(2, name="conv1/7x7_s2")


def test_a_call_that_says_its_mode_knew_better_before_keras_3(tmp_path):
    """Dropout that always draws, and a frozen part that never does, also when they were saved."""

    def doubled(always):
        x = kerajax.Input((3,))
        drop = layers.Dropout(0.5)(x, training=always)
        return kerajax.Model(x, drop)

    ones = np.ones((8, 3), "float32")
    with EraScope("tf2"):
        drawing, still = doubled(True), doubled(False)
        drawing.save(tmp_path / "m.keras")
        again = kerajax.saving.load_model(tmp_path / "m.keras")
    for model in (drawing, again):
        assert set(model.predict(ones, verbose=0).ravel()) == {0.0, 2.0}
    np.testing.assert_array_equal(still(ones, training=True), ones)
    np.testing.assert_array_equal(doubled(True).predict(ones, verbose=0), ones)


def test_a_class_of_the_users_runs_both_ways():
    class Mine(layers.LSTM):
        pass

    x = kerajax.Input((5, 3))
    assert layers.Bidirectional(Mine(2))(x).shape == (None, 4)
