"""clone_model: the same architecture, new layers, new weights."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.models import clone_model


@pytest.fixture
def stack():
    return kerajax.Sequential(
        [kerajax.Input((4,), name="x"), layers.Dense(3, name="first"), layers.Dense(2)]
    )


@pytest.fixture
def graph():
    """Two inputs in a dict, a shared layer, a model inside, an op."""
    a, b = kerajax.Input((4,), name="a"), kerajax.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    inner = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2, name="in")], name="inner")
    outputs = inner(shared(a) + shared(b))
    return kerajax.Model({"a": a, "b": b}, [outputs, outputs * 2])


def values(rng):
    return {name: rng.normal(size=(5, 4)).astype("float32") for name in "ab"}


def test_sequential(stack, rng):
    """Names and shapes stay, weights are new; with equal weights outputs are equal."""
    clone = clone_model(stack)
    assert [layer.name for layer in clone.layers] == [layer.name for layer in stack.layers]
    assert not set(map(id, clone.layers)) & set(map(id, stack.layers))
    assert not np.array_equal(clone.get_weights()[0], stack.get_weights()[0])
    clone.set_weights(stack.get_weights())
    x = rng.normal(size=(5, 4))
    np.testing.assert_array_equal(clone.predict(x, verbose=0), stack.predict(x, verbose=0))
    assert clone.name == stack.name and clone.inputs[0]._keras_history.operation.name == "x"


@pytest.mark.parametrize("recursive", [False, True])
def test_functional(graph, rng, recursive):
    """Shared layers stay shared; structure, ops and models inside are kept."""
    clone = clone_model(graph, recursive=recursive)
    assert len(clone.weights) == len(graph.weights) == 4
    assert clone.get_layer("inner") is not graph.get_layer("inner")
    clone.set_weights(graph.get_weights())
    x = values(rng)
    for ours, theirs in zip(clone(x), graph(x), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert set(clone.input) == {"a", "b"}


def test_original_is_untouched(graph):
    """Cloning leaves no trace in the original's graph."""
    before = [op.name for op in graph.operations], [w.path for w in graph.weights]
    clone_model(graph)
    assert before == ([op.name for op in graph.operations], [w.path for w in graph.weights])


def test_clone_function_makes_the_layers(stack, graph):
    """It sees every layer but inputs; with `recursive`, those of models inside, too."""

    def wider(layer):
        config = layer.get_config()
        if isinstance(layer, layers.Dense):
            config["activation"] = "tanh"
        return type(layer).from_config(config)

    assert clone_model(stack, clone_function=wider).layers[0].activation.__name__ == "tanh"
    inner = clone_model(graph, clone_function=wider).get_layer("inner")
    assert inner.layers[0].activation.__name__ == "linear"
    inner = clone_model(graph, clone_function=wider, recursive=True).get_layer("inner")
    assert inner.layers[0].activation.__name__ == "tanh"


def test_call_function_may_add_layers(graph):
    """A Dropout after each Dense, over the same layers."""

    def call(layer, *args, **kwargs):
        outputs = layer(*args, **kwargs)
        return layers.Dropout(0.5)(outputs) if isinstance(layer, layers.Dense) else outputs

    clone = clone_model(graph, clone_function=lambda layer: layer, call_function=call)
    assert sum(isinstance(layer, layers.Dropout) for layer in clone.layers) == 2
    assert clone.get_layer("shared") is graph.get_layer("shared")


def test_input_tensors(stack, graph, rng):
    """Models grow on given tensors; one that has a source gets an input in its place."""
    clone = clone_model(stack, input_tensors=[kerajax.Input((4,), name="other")])
    assert clone.inputs[0]._keras_history.operation.name == "other"
    base = kerajax.Input((2,), name="base")
    tensors = {name: layers.Dense(4)(base) for name in "ab"}
    clone = clone_model(graph, input_tensors=tensors)
    assert set(clone.input) == {"a", "b"} and clone.input["a"].shape == (None, 4)
    assert all(isinstance(layer, layers.InputLayer) for layer in clone.layers[:2])


def test_compiled_models_stay_compiled(stack, rng):
    """The clone has an optimizer of its own with the same settings."""
    stack.compile(kerajax.optimizers.SGD(0.25), "mse", metrics=["mae"])
    clone = clone_model(stack)
    assert clone.optimizer is not stack.optimizer
    assert float(clone.optimizer.learning_rate) == 0.25
    history = clone.fit(rng.normal(size=(8, 4)), np.ones((8, 2)), verbose=0)
    assert set(history.history) == {"loss", "mae"}


def test_subclassed_model_is_rebuilt_from_its_config():
    class Net(kerajax.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.dense = layers.Dense(units)

        def call(self, x):
            return self.dense(x)

    clone = clone_model(Net(3))
    assert type(clone) is Net and clone.units == 3
    with pytest.raises(ValueError, match="from its config alone"):
        clone_model(Net(3), clone_function=lambda layer: layer)


def test_errors(stack, graph):
    with pytest.raises(TypeError, match="`clone_function` must be a function"):
        clone_model(stack, clone_function=3)
    with pytest.raises(ValueError, match="not supported with Sequential models"):
        clone_model(stack, call_function=lambda layer, x: layer(x))
    with pytest.raises(ValueError, match="must contain a single tensor"):
        clone_model(stack, input_tensors=[kerajax.Input((4,)), kerajax.Input((4,))])
    with pytest.raises(ValueError, match="same structure"):
        clone_model(graph, input_tensors=[kerajax.Input((4,)), kerajax.Input((4,))])
    with pytest.raises(ValueError, match="must be KerasTensors"):
        clone_model(graph, input_tensors={"a": np.ones((2, 4)), "b": np.ones((2, 4))})
    with pytest.raises(ValueError, match="does not know the keyword"):
        clone_model(stack, colour="red")
