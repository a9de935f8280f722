"""Functions of Keras' own modules that layers and loops of users import: lists, windows, values."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy import arguments, initializations, windows
from tests.legacy.scripts import run


@pytest.mark.parametrize("start", [1, [0, 2], np.array([2, 2])])
def test_slice_arrays_takes_ranges_and_lists_of_samples(start):
    """One array or several, None among them; None alone comes in a list."""
    x, y = np.arange(6).reshape(3, 2), np.arange(3)
    part = slice(start, 3) if isinstance(start, int) else start
    np.testing.assert_array_equal(arguments.slice_X(x, start, 3), x[part])
    found = arguments.slice_arrays([x, None, y], start, 3)
    np.testing.assert_array_equal(found[0], x[part])
    np.testing.assert_array_equal(found[2], y[part])
    assert found[1] is None and arguments.slice_arrays(None) == [None]


def test_has_arg_reads_signatures():
    """Positional-only arguments and `**kwargs` do not count, unless asked for."""

    def call(x, /, mask=None, *, training=None, **kwargs):
        pass

    found = [arguments.has_arg(call, name) for name in ("x", "mask", "training", "other")]
    assert found == [False, True, True, False]
    assert arguments.has_arg(call, "other", accept_all=True)


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (3, 1), (1, 2)])
def test_lengths_are_those_of_layers(padding, stride, dilation):
    """What `conv_output_length` says is what a convolution gives."""
    layer = layers.Conv1D(1, 4, strides=stride, dilation_rate=dilation, padding=padding)
    length = layer(np.ones((1, 17, 1))).shape[1]
    assert windows.conv_output_length(17, 4, padding, stride, dilation) == length
    assert windows.conv_output_length(None, 4, padding, stride) is None


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("stride", "output_padding"), [(1, None), (3, None), (3, 1)])
def test_lengths_of_transposed_convolutions(padding, stride, output_padding):
    """What `deconv_length` says is what a transposed convolution gives."""
    options = {"strides": stride, "padding": padding, "output_padding": output_padding}
    length = layers.Conv1DTranspose(1, 5, **options)(np.ones((1, 4, 1))).shape[1]
    assert windows.deconv_length(4, stride, 5, padding, output_padding) == length


def test_other_functions_of_windows():
    """Lengths of inputs, normal forms, kernels of Theano."""
    assert windows.conv_input_length(4, 3, "valid", 2) == 9
    assert windows.conv_input_length(4, 3, "same", 2) == 7
    assert windows.normalize_padding("Same") == "same"
    with pytest.raises(ValueError, match="kernel_size"):
        windows.normalize_tuple((1, 2, 3), 2, "kernel_size")
    kernel = np.arange(12.0).reshape(3, 2, 1, 2)
    np.testing.assert_array_equal(windows.convert_kernel(kernel), kernel[::-1, ::-1])
    assert arguments.transpose_shape([1, 2, 3, 4], "channels_first", (1, 2)) == [1, 4, 2, 3]


@pytest.mark.parametrize(
    ("name", "ordering", "shape", "deviation"),
    [
        ("lecun_uniform", "th", (50, 40), (1 / 50) ** 0.5),
        ("glorot_normal", "th", (50, 40), (2 / 90) ** 0.5),
        ("he_normal", "th", (20, 30, 3, 3), (2 / 270) ** 0.5),
        ("he_uniform", "tf", (3, 3, 20, 30), (2 / 180) ** 0.5),
        ("normal", "th", (50, 40), 0.05),
        ("uniform", "th", (50, 40), 0.05 / 3**0.5),
    ],
)
def test_first_values_of_keras_1(name, ordering, shape, deviation):
    """Variables of the spread that Keras 1 gave, with kernels in the order of Theano too."""
    kerajax.utils.set_random_seed(0)
    made = initializations.get(name, dim_ordering=ordering)(shape, name="a/b")
    assert isinstance(made, kerajax.Variable) and tuple(made.shape) == shape
    np.testing.assert_allclose(made.numpy().std(), deviation, rtol=0.08)


def test_a_custom_layer_of_keras_1_trains_all_that_it_makes_in_build(tmp_path):
    """`initializations.get`, `K.zeros` in `build`, lambdas without dtype as `init`."""
    code = """
import numpy as np
import kerajax; kerajax.install()
from keras import backend as K, initializations
from keras.engine.topology import Layer
from keras.initializations import normal
from keras.layers.core import Dense
from keras.models import Sequential

class MyDense(Layer):
    def __init__(self, output_dim, init='glorot_uniform', **kwargs):
        self.output_dim = output_dim
        self.init = initializations.get(init)
        super(MyDense, self).__init__(**kwargs)

    def build(self, input_shape):
        self.W = self.init((input_shape[1], self.output_dim), name='{}_W'.format(self.name))
        self.b = K.zeros((self.output_dim,), name='{}_b'.format(self.name))
        self.trainable_weights = [self.W, self.b]

    def call(self, x, mask=None):
        return K.dot(x, self.W) + self.b

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.output_dim)

model = Sequential()
model.add(MyDense(8, input_dim=4))
model.add(Dense(300, init=lambda shape, name=None: normal(shape, scale=0.01, name=name)))
assert abs(model.get_weights()[2].std() - 0.01) < 0.001
model.compile(loss='mse', optimizer='sgd')
model.fit(np.ones((8, 4)), np.ones((8, 300)), nb_epoch=1, verbose=0)
assert len(model.trainable_weights) == 4
assert np.any(model.get_weights()[1])
"""
    run(tmp_path, code=code)
