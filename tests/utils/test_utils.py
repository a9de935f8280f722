"""Labels, sequences, batches, data sets, sessions, and pictures of models."""

import random

import numpy as np
import pytest

import kerajax
from kerajax import layers, utils


def test_to_categorical():
    """Class numbers of any shape to one-hot rows; numpy stays numpy."""
    rows = utils.to_categorical([[1], [0], [2]])
    assert isinstance(rows, np.ndarray) and rows.dtype == "float32"
    np.testing.assert_array_equal(rows, np.eye(3)[[1, 0, 2]])
    assert utils.to_categorical(np.zeros((2, 3), int), num_classes=4).shape == (2, 3, 4)
    tensor = kerajax.ops.convert_to_tensor([1, 0])
    np.testing.assert_array_equal(utils.to_categorical(tensor), np.eye(2)[[1, 0]])
    with pytest.warns(kerajax.objects.LegacySpellingWarning):
        assert utils.to_categorical(y=[0], nb_classes=2).shape == (1, 2)


@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
def test_normalize(order, rng):
    """Vectors of length one, and zeros where there is nothing to scale."""
    x = rng.normal(size=(4, 3))
    x[1] = 0
    lengths = np.linalg.norm(utils.normalize(x, order=order), order, axis=-1)
    np.testing.assert_allclose(lengths, [1, 0, 1, 1], atol=1e-6)
    with pytest.raises(ValueError, match="`order`"):
        utils.normalize(x, order=0)


def test_pad_sequences():
    """Filling and cutting at either end."""
    rows = [[1], [2, 3], [4, 5, 6]]
    pad = utils.pad_sequences
    np.testing.assert_array_equal(pad(rows), [[0, 0, 1], [0, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(pad(rows, padding="post"), [[1, 0, 0], [2, 3, 0], [4, 5, 6]])
    np.testing.assert_array_equal(pad(rows, maxlen=2), [[0, 1], [2, 3], [5, 6]])
    cut = pad(rows, maxlen=2, truncating="post", value=9)
    np.testing.assert_array_equal(cut, [[9, 1], [2, 3], [4, 5]])
    assert pad([[[1, 2]], [[3, 4], [5, 6]]]).shape == (2, 2, 2)
    assert pad([["a"], ["b", "c"]], dtype=object, value="pad").tolist() == [
        ["pad", "a"],
        ["b", "c"],
    ]
    assert pad([[], [1]]).tolist() == [[0], [1]]
    for wrong in ({"padding": "mid"}, {"truncating": "mid"}, {"value": "x"}):
        with pytest.raises(ValueError):
            pad(rows, **wrong)
    with pytest.raises(ValueError, match="list of sequences"):
        pad([1, 2])


def test_packing_and_unpacking():
    assert utils.pack_x_y_sample_weight("x") == "x"
    assert utils.pack_x_y_sample_weight(["a", "b"]) == (["a", "b"],)
    assert utils.pack_x_y_sample_weight("x", "y", "w") == ("x", "y", "w")
    assert utils.unpack_x_y_sample_weight("x") == ("x", None, None)
    assert utils.unpack_x_y_sample_weight(("x", "y", "w")) == ("x", "y", "w")
    with pytest.raises(ValueError, match="found 4 parts"):
        utils.unpack_x_y_sample_weight((1, 2, 3, 4))


class Squares(utils.PyDataset):
    """Two batches, made by hand in a subclass that does not call the base constructor."""

    def __init__(self):
        self.ended = 0

    def __len__(self):
        return 2

    def __getitem__(self, index):
        x = np.arange(4.0).reshape(4, 1) + 4 * index
        return x, x**2

    def on_epoch_end(self):
        self.ended += 1


def test_py_dataset_trains():
    data = Squares()
    assert (data.num_batches, data.workers, data.use_multiprocessing) == (2, 1, False)
    model = kerajax.Sequential([kerajax.Input((1,)), layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(data, epochs=3, verbose=0)
    assert len(history.history["loss"]) == 3 and data.ended == 3
    assert utils.Sequence is utils.PyDataset


def test_py_dataset_arguments():
    """They are kept; what is missing is named."""
    data = utils.PyDataset(workers=3, use_multiprocessing=True, max_queue_size=5)
    assert (data.workers, data.use_multiprocessing, data.max_queue_size) == (3, True, 5)
    assert utils.PyDataset(workers=0).workers == 0
    with pytest.raises(NotImplementedError, match="__len__"):
        _ = data.num_batches
    with pytest.raises(NotImplementedError, match="__getitem__"):
        data[0]
    with pytest.raises(ValueError, match="`workers`"):
        utils.PyDataset(workers=-1)


def test_set_random_seed():
    """Python, numpy and unseeded draws start anew."""

    def draws():
        return random.random(), np.random.rand(), float(kerajax.random.uniform(()))

    utils.set_random_seed(3)
    first = draws()
    utils.set_random_seed(3)
    assert draws() == first


def test_clear_session_starts_names_anew():
    layers.Dense(1)
    utils.clear_session()
    assert layers.Dense(1).name == "dense" and layers.Dense(1).name == "dense_1"


def test_get_source_inputs():
    """Inputs behind a tensor, each once."""
    a, b = kerajax.Input((2,)), kerajax.Input((2,))
    z = layers.Dense(3)(a) + layers.Dense(3)(b) * kerajax.ops.sum(a)
    found = utils.get_source_inputs(z)
    assert {id(x) for x in found} == {id(a), id(b)} and len(found) == 2
    assert utils.get_source_inputs(a)[0] is a
    assert utils.get_source_inputs(np.ones(2)) is None


def test_old_configs():
    """The format before Keras 3, there and back."""
    old = utils.legacy
    config = old.serialize_keras_object(layers.Dense(3, name="d"))
    assert config["class_name"] == "Dense" and set(config) == {"class_name", "config"}
    layer = old.deserialize_keras_object(config, {"Dense": layers.Dense})
    assert layer.units == 3 and layer.name == "d"
    assert old.deserialize_keras_object("f", custom_objects={"f": len}) is len
    assert old.deserialize_keras_object(None) is None
    with pytest.raises(ValueError, match="Unknown activation: 'g'"):
        old.deserialize_keras_object("g", {"f": len}, printable_module_name="activation")


def test_model_to_dot():
    """Boxes for operations, arrows for tensors, models inside as clusters."""
    pytest.importorskip("pydot")
    a = kerajax.Input((4,), name="a")
    inner = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2, name="in")], name="inner")
    model = kerajax.Model(a, inner(layers.Dense(3, name="d")(a)))
    text = utils.model_to_dot(model, show_shapes=True).to_string()
    assert '"d (Dense)\\n(None, 4) -> (None, 3)"' in text and text.count("->") >= 2 + 2
    nested = utils.model_to_dot(model, expand_nested=True)
    assert [g.get_name() for g in nested.get_subgraphs()] == ["cluster_inner"]
    assert len(nested.get_edges()) == 2
    with pytest.raises(ValueError, match="has not yet been built"):
        utils.model_to_dot(kerajax.Sequential([layers.Dense(1)]))
    with pytest.raises(ValueError, match="Unrecognized"):
        utils.model_to_dot(model, colour="red")


def test_plot_model_needs_graphviz(monkeypatch, tmp_path):
    """Without the program `dot` the error says what to install."""
    pytest.importorskip("pydot")
    monkeypatch.setenv("PATH", "")
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    with pytest.raises(ImportError, match="graphviz.org"):
        utils.plot_model(model, tmp_path / "model.png")
