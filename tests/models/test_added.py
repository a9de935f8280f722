"""Losses and metrics of symbolic tensors in functional models."""

import copy

import numpy as np
import pytest

import kerajax
from kerajax import layers, ops

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")


@pytest.fixture
def model():
    """A coder with three losses: that of `compile`, one of its tensors, one of an extra layer."""
    x = kerajax.Input((3,))
    code = layers.Dense(2, name="code")(x)
    decoded = layers.Dense(3, name="decoded")(code)
    extra = layers.Dense(1, name="extra")(code)
    model = kerajax.Model(x, decoded)
    model.add_loss([ops.mean(ops.square(x - decoded)), 2.0 * ops.mean(extra)])
    model.add_metric(ops.mean(code), name="size", aggregation="mean")
    model.compile(kerajax.optimizers.Adam(0.01), "mae")
    return model


def expected(model, x):
    code = x @ model.get_layer("code").kernel.numpy()
    decoded = code @ model.get_layer("decoded").kernel.numpy()
    extra = code @ model.get_layer("extra").kernel.numpy()
    loss = np.abs(x - decoded).mean() + ((x - decoded) ** 2).mean() + 2 * extra.mean()
    return {"loss": loss, "size": code.mean()}


def evaluate(model):
    return model.evaluate(X, X, verbose=0, return_dict=True)


def test_losses_and_metrics_are_those_of_the_formulas(model):
    logs = evaluate(model)
    assert list(logs) == ["loss", "size"]
    np.testing.assert_allclose(list(logs.values()), list(expected(model, X).values()), rtol=1e-5)
    assert len(model.losses) == 0 and model.predict(X, verbose=0).shape == (16, 3)
    model(X)
    assert len(model.losses) == 2


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_saved_model_trains_on_as_the_one_in_memory(model, suffix, tmp_path):
    model.fit(X, X, verbose=0)
    with pytest.warns(UserWarning, match="Keras 3 does not have.*of class AddLoss"):
        model.save(tmp_path / f"m{suffix}")
    loaded = kerajax.models.load_model(tmp_path / f"m{suffix}")
    assert [x.name for x in loaded.layers] == [x.name for x in model.layers]
    histories = [m.fit(X, X, epochs=3, shuffle=False, verbose=0).history for m in (model, loaded)]
    assert histories[0] == histories[1]
    for a, b in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.filterwarnings("ignore:The file has what Keras 3 does not have")
def test_copies_and_models_around_keep_them(model):
    logs = evaluate(model)
    clone = kerajax.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert evaluate(clone) == logs and clone.get_layer("extra") is not model.get_layer("extra")
    read = kerajax.models.model_from_json(model.to_json())
    read.set_weights(model.get_weights())
    read.compile(loss="mae")
    assert evaluate(read) == logs and evaluate(copy.deepcopy(model)) == logs
    x = kerajax.Input((3,))
    outer = kerajax.Model(x, model(x))
    outer.compile(loss="mae")
    assert evaluate(outer) == logs


def test_losses_added_to_a_loaded_model(model):
    """Names of the layers at the ends are new in the graph, whatever it was loaded with."""
    config = model.get_config()
    kerajax.utils.clear_session()
    loaded = kerajax.Model.from_config(config)
    x = loaded.input
    loaded.add_loss(layers.Dense(1, name="another")(x))
    loaded.compile("sgd")
    assert len(loaded.fit(X, verbose=0).history) == 2 and loaded.get_layer("another").built


def test_models_with_a_part_on_the_host():
    x = kerajax.Input((1,), dtype="string")
    lookup = layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")
    y = layers.Dense(2, kernel_initializer="ones")(lookup(x))
    model = kerajax.Model(x, y)
    model.add_loss(ops.mean(y))
    model.compile("sgd")
    words = np.array([["a"], ["b"], ["a"]], object)
    np.testing.assert_allclose(model.evaluate(words, verbose=0), 1.0)


def test_sequential_models_say_that_they_do_not_save_them():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    model.add_loss(ops.mean(model.outputs[0]))
    model.compile("sgd")
    assert len(model.fit(X, verbose=0).history["loss"]) == 1
    with pytest.warns(UserWarning, match="functional one"):
        model.get_config()


def test_tensors_of_other_graphs_are_refused(model):
    before = [x.name for x in model.layers], evaluate(model)
    other = layers.Dense(1)(kerajax.Input((2,)))
    with pytest.raises(ValueError, match="not connected to `inputs`"):
        model.add_loss(other)
    with pytest.raises(ValueError, match="needs a name"):
        model.add_metric(model.output, aggregation="sum", name="total")
    assert before == ([x.name for x in model.layers], evaluate(model))


def test_metrics_added_in_call():
    """As in Keras 2: the metric is made when the layer first runs, and kept."""

    class Sized(kerajax.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2, kernel_initializer="ones")
            self.own = kerajax.metrics.Mean(name="own")

        def call(self, x):
            y = self.dense(x)
            self.add_metric(ops.mean(y), name="size", aggregation="mean")
            self.add_metric(self.own(y), name="own")
            return y

    model = Sized()
    model.compile("sgd", "mse")
    logs = model.evaluate(X, X[:, :2], verbose=0, return_dict=True)
    assert sorted(logs) == ["loss", "own", "size"]
    np.testing.assert_allclose([logs["size"], logs["own"]], X.sum(1).mean(), rtol=1e-5)
    model.fit(X, X[:, :2], epochs=2, verbose=0)
    assert len(model.metrics) == 3
    with pytest.raises(ValueError, match="inside `call"):
        model.add_metric(3.0, name="three")


def test_metrics_of_layers_that_know_their_output_shape():
    """Their `call` runs on shapes before a step is compiled, where no metric can be made."""

    class Sized(layers.Layer):
        def call(self, x):
            self.add_metric(ops.mean(x), name="size")
            return x

        def compute_output_shape(self, shape):
            return shape

    model = kerajax.Sequential([kerajax.Input((3,)), Sized(), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert "size" in model.fit(X, X[:, :1], verbose=0).history
    logs = model.evaluate(X, X[:, :1], verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["size"], X.mean(), rtol=1e-4)
