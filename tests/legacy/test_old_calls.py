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
    with pytest.raises(ValueError, match="was called 2 times .* index 2 was asked for"):
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


@pytest.mark.parametrize(
    ("arguments", "names", "weights"),
    [
        ((["mae"],), ["loss", "mae"], None),
        (("mae", [0.5]), ["loss", "mae"], [0.5]),
        (([0.5],), ["loss"], [0.5]),
        ((None, ["mae"]), ["loss", "mae"], None),
    ],
)
def test_metrics_came_before_weights_of_losses(arguments, names, weights):
    """The third argument of `compile` until Keras 3, whose third is the weights of the losses."""
    model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    model.compile("sgd", "mse", *arguments)
    history = model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0).history
    assert list(history) == names and model._compiled.config["loss_weights"] == weights


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
