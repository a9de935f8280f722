"""What tf.keras 2.13 had and Keras 3 has no more; the numbers are those of tf.keras 2.15."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy import layers as old
from kerajax.legacy.constraints import RadialConstraint
from kerajax.legacy.helpers import to_ordinal, warmstart_embedding_matrix
from kerajax.legacy.metrics import MeanRelativeError, MeanTensor
from tests.legacy.scripts import run


@pytest.mark.parametrize(
    ("size", "diagonal"),
    [(2, [0, 0]), (3, [8, 0, 8]), (4, [30, 10, 10, 30]), (5, [36, 24, 12, 24, 36])],
)
def test_radial_constraint(size, diagonal):
    kernel = np.arange(size * size * 2.0).reshape(size, size, 2, 1)
    rings = np.asarray(RadialConstraint()(kernel))[:, :, 0, 0]
    assert rings.diagonal().tolist() == diagonal
    assert (rings == rings.T).all() and (rings[0] == rings[0, 0]).all()
    with pytest.raises(ValueError, match=r"must have rank 4.*\(2, 2\)"):
        RadialConstraint()(np.zeros((2, 2)))


def test_random_fourier_features_approximate_kernels(rng):
    x = rng.normal(size=(4, 3)).astype("float32")
    layer = old.RandomFourierFeatures(20_000, scale=2.0)
    features = np.asarray(layer(x))
    distances = ((x[:, None] - x[None]) ** 2).sum(-1)
    kernel = 2 / 20_000 * features @ features.T
    np.testing.assert_allclose(kernel, np.exp(-distances / 8), atol=0.04)
    scale, matrix, bias = layer.get_weights()
    np.testing.assert_allclose(features, np.cos(x @ (matrix / scale) + bias), atol=1e-5)
    assert layer.trainable_weights == [] and scale.tolist() == [2.0]
    laplacian = old.RandomFourierFeatures(20_000, "laplacian")
    features = np.asarray(laplacian(x))
    expected = np.exp(-np.abs(x[:, None] - x[None]).sum(-1))
    np.testing.assert_allclose(2 / 20_000 * features @ features.T, expected, atol=0.04)
    with pytest.raises(ValueError, match="'gaussian', 'laplacian' or an initializer"):
        old.RandomFourierFeatures(2, "gauss")


@pytest.mark.parametrize("layer", [old.RandomHeight, old.RandomWidth])
def test_random_sizes_are_drawn_outside_of_compiled_steps(layer):
    axis = 1 + (layer is old.RandomWidth)
    resize = layer((-0.5, 0.5), seed=1)
    sizes = {resize(np.ones((1, 20, 20, 2)), training=True).shape for _ in range(8)}
    assert len({shape[axis] for shape in sizes}) > 3
    assert {shape[3 - axis] for shape in sizes} == {20}
    model = kerajax.Sequential(
        [kerajax.Input((8, 8, 1)), resize, layers.GlobalAveragePooling2D(), layers.Dense(1)]
    )
    assert resize.compute_output_shape((None, 8, 8, 1))[axis] is None
    x = np.ones((2, 8, 8, 1))
    assert model.predict(x, verbose=0).shape == (2, 1)
    model.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match="Use `RandomZoom"):
        model.fit(x, np.zeros((2, 1)), verbose=0)
    with pytest.raises(ValueError, match="a pair of numbers above -1 in order"):
        layer((0.5, 0.1))


def test_means_of_tensors_and_of_relative_errors():
    mean = MeanTensor()
    with pytest.raises(ValueError, match="does not have any value yet"):
        mean.result()
    mean.update_state([[0.0, 1.0], [2.0, 3.0]])
    mean.update_state([[4.0, 1.0], [2.0, 3.0]], sample_weight=[0.5, 1.0])
    np.testing.assert_allclose(mean.result(), [[4 / 3, 1.0], [2.0, 3.0]], rtol=1e-6)
    with pytest.raises(ValueError, match="the same shape"):
        mean.update_state([1.0])
    relative = MeanRelativeError(normalizer=[1.0, 3.0, 2.0, 0.0])
    relative.update_state([1.0, 3.0, 2.0, 3.0], [2.0, 4.0, 6.0, 8.0])
    assert float(relative.result()) == pytest.approx(0.8333334)
    again = MeanRelativeError.from_config(relative.get_config())
    assert again.normalizer.tolist() == [1.0, 3.0, 2.0, 0.0]


def test_ordinals_and_embeddings(tmp_path):
    assert to_ordinal([[0], [2]], 4).tolist() == [[0, 0, 0], [1, 1, 0]]
    assert to_ordinal([[0, 1], [2, 3]]).shape == (2, 2, 3)
    words = tmp_path / "words.txt"
    words.write_text("a\nb\nc\n")
    base = np.arange(6.0).reshape(3, 2)
    matrix = warmstart_embedding_matrix(str(words), ["c", "new", "a"], base, "ones")
    assert matrix.tolist() == [[4, 5], [1, 1], [0, 1]]
    with pytest.raises(ValueError, match="2 words and an array of shape"):
        warmstart_embedding_matrix(["a", "b"], ["a"], base)


SCRIPT = """
from tensorflow import keras

class Cell(keras.layers.AbstractRNNCell):
    def __init__(self, units, **kwargs):
        self.units = units
        super().__init__(**kwargs)

    @property
    def state_size(self):
        return self.units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.built = True

    def call(self, inputs, states):
        state = keras.backend.dot(inputs, self.kernel) + states[0]
        return state, [state]

model = keras.Sequential([keras.Input((4, 5)), keras.layers.RNN(Cell(3))])
print(model.layers[-1].output_shape)
print(keras.losses.Reduction.SUM, keras.metrics.MeanTensor.__name__)
print(keras.constraints.radial_constraint is keras.constraints.RadialConstraint)
print(keras.layers.experimental.RandomFourierFeatures(2).name)
print(keras.layers.experimental.preprocessing.RandomHeight(0.1).name)
print(keras.utils.to_ordinal([1, 0]).tolist())
"""


def test_names_are_where_tf_keras_had_them(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    told, _ = run(tmp_path, "-W", "ignore", "-m", "kerajax", "run", "--era", "tf2", "script.py")
    assert told.splitlines() == [
        "(None, 3)",
        "sum MeanTensor",
        "True",
        "random_fourier_features",
        "random_height",
        "[[1.0], [0.0]]",
    ]
