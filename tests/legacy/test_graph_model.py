"""`Graph` of Keras 0.x: nodes, data, losses and weights by name."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy.graph_model import Graph

pytestmark = pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")


@pytest.fixture
def graph():
    """Two inputs, a shared layer, two outputs."""
    graph = Graph()
    graph.add_input(name="a", input_shape=(3,))
    graph.add_input(name="b", input_shape=(3,))
    graph.add_shared_node(layers.Dense(4), name="shared", inputs=["a", "b"], outputs=["s", "t"])
    graph.add_node(layers.Dense(1), name="sum", inputs=["s", "t"], merge_mode="sum")
    graph.add_node(layers.Dense(2), name="joined", inputs=["s", "t"], create_output=True)
    graph.add_output(name="y", input="sum")
    return graph


@pytest.fixture
def data(rng):
    shapes = {"a": 3, "b": 3, "joined": 2, "y": 1}
    return {name: rng.normal(size=(10, n)).astype("float32") for name, n in shapes.items()}


def test_nodes_are_layers_on_tensors(graph, data):
    """What a functional model of the same layers computes."""
    shared, summed, joined = (graph.nodes[name] for name in ("shared", "sum", "joined"))
    found = graph.predict(data)
    s, t = shared(data["a"]), shared(data["b"])
    np.testing.assert_allclose(found["y"], summed(s + t), rtol=1e-4, atol=1e-5)
    both = kerajax.ops.concatenate([s, t], axis=-1)
    np.testing.assert_allclose(found["joined"], joined(both), rtol=1e-4, atol=1e-5)
    assert len(graph.get_weights()) == 6


def test_training_goes_by_names(graph, data):
    """Losses, their weights, sample weights and held-out data are dicts."""
    graph.compile("sgd", {"y": "mse", "joined": "mae"}, loss_weights={"y": 3.0})
    found = graph.predict(data)
    errors = [
        np.mean((found["y"] - data["y"]) ** 2),
        np.mean(abs(found["joined"] - data["joined"])),
    ]
    total = graph.evaluate(data)[0]
    np.testing.assert_allclose(total, 3 * errors[0] + errors[1], rtol=1e-4)
    weights = {"y": np.zeros(10), "joined": np.zeros(10)}
    assert graph.test_on_batch(data, sample_weight=weights)[0] == 0
    history = graph.fit(data, nb_epoch=3, verbose=0, validation_data=data)
    assert len(history.history["val_loss"]) == 3
    assert graph.train_on_batch(data)[0] < total


def test_generators_yield_dicts(graph, data):
    """With weights by output or without."""
    graph.compile("sgd", {"y": "mse", "joined": "mse"})
    weights = {"y": np.ones(10), "joined": np.ones(10)}
    for batch in (data, (data, weights)):
        history = graph.fit_generator(
            iter([batch] * 4), samples_per_epoch=20, nb_epoch=2, verbose=0
        )
        assert len(history.history["loss"]) == 2


def test_names_are_checked(graph):
    with pytest.raises(ValueError, match="no node or input 'z'"):
        graph.add_node(layers.Dense(1), name="n", input="z")
    with pytest.raises(ValueError, match="already"):
        graph.add_input("a", (3,))
    with pytest.raises(ValueError, match="sample_weight"):
        graph.fit({"a": 0, "b": 0, "joined": 0, "y": 0}, class_weight={"y": {0: 1}})
