"""What old layers and models told of themselves: attributes that Keras 3 has no more."""

import pickle

import pytest

import kerajax
from kerajax import layers
from kerajax.legacy._architectures import model_from_yaml
from kerajax.objects import EraScope


@pytest.fixture
def shared():
    """A layer that was called twice, and a layer of two inputs."""
    dense, add = layers.Dense(3), layers.Add()
    a, b = kerajax.Input((4,)), kerajax.Input((4,))
    return dense, add, kerajax.Model([a, b], add([dense(a), dense(b)]))


def test_shapes_and_tensors_of_calls(shared):
    dense, add, model = shared
    assert (dense.input_shape, dense.output_shape) == ((None, 4), (None, 3))
    assert add.input_shape == [(None, 3), (None, 3)]
    assert dense.get_input_at(1) is model.inputs[1]
    assert [dense.get_output_at(i) for i in (0, 1)] == add.get_input_at(0)
    assert dense.get_output_shape_at(1) == dense.get_input_shape_at(0)[:1] + (3,)
    assert len(dense.inbound_nodes) == 2 and dense.outbound_nodes == add.inbound_nodes * 2
    assert model.input_layers == model.layers[:2] and model.output_layers == [add]
    with pytest.raises(ValueError, match="'dense.*' was called 2 times, .* no call number 2"):
        dense.get_output_at(2)


def test_calls_of_different_shapes_have_no_shape_in_common():
    pool = layers.GlobalAveragePooling1D()
    for size in (3, 4):
        pool(kerajax.Input((5, size)))
    with pytest.raises(AttributeError, match=r"`get_output_shape_at\(node_index\)`"):
        _ = pool.output_shape
    assert pool.get_output_shape_at(1) == (None, 4)
    with pytest.raises(AttributeError, match="never been called on symbolic tensors"):
        _ = layers.Dense(2).output_shape


def test_masks_of_calls():
    embedding, dense = layers.Embedding(5, 2, mask_zero=True), layers.Dense(2)
    dense(embedding(kerajax.Input((3,), dtype="int32")))
    assert embedding.input_mask is None and embedding.output_mask.shape == (None, 3)
    assert dense.get_input_mask_at(0).shape == dense.get_output_mask_at(0).shape == (None, 3)


def test_what_graph_mode_had_to_be_told():
    model = kerajax.Sequential(
        [
            kerajax.Input(batch_shape=(1, 2, 3)),
            layers.LSTM(2, stateful=True),
            layers.BatchNormalization(),
            layers.Dense(1, kernel_regularizer="l2"),
        ]
    )
    model._make_predict_function()
    assert layers.Dense(1, input_shape=(4,)).batch_input_shape == (None, 4)
    assert model.stateful and not kerajax.Sequential([layers.Dense(1)]).stateful
    assert model.updates == model.state_updates == model.layers[1].get_updates_for(None) == []
    assert len(model.layers[2].get_losses_for(None)) == 1
    assert model.layers[0].stateful and not model.layers[1].stateful


def test_names_are_free_for_classes():
    """A class may use the names for things of its own, and errors inside properties are kept."""

    class Own(layers.Layer):
        def __init__(self):
            super().__init__()
            self.output_shape = 7

        @property
        def broken(self):
            return self.nothing

    assert Own().output_shape == 7
    assert pickle.loads(pickle.dumps(layers.Dense(2, name="d"))).name == "d"
    with pytest.raises(AttributeError, match="'Own' object has no attribute 'nothing'"):
        _ = Own().broken
    assert not hasattr(layers.Dense(2), "nonsense")


def test_architectures_as_yaml():
    model = kerajax.Sequential([kerajax.Input((2,)), layers.Dense(3, activation="relu")])
    text = model.to_yaml(sort_keys=False)
    assert model_from_yaml(text).get_config() == model.get_config()


@pytest.mark.parametrize("make", ["functional", "sequential"])
def test_layers_that_are_popped(make):
    """Gone until Keras 2.2, and a warning since, where the list is a copy."""

    def model_of():
        model = kerajax.Sequential([kerajax.Input((2,)), layers.Dense(3), layers.Dense(1)])
        return model if make == "sequential" else kerajax.Model(model.inputs, model.outputs)

    model = model_of()
    with EraScope("2.2"):
        assert model.layers.pop().units == 1
    assert model.layers[-1].units == 3
    assert kerajax.Model(model.inputs, model.layers[-1].output).output_shape == (None, 3)
    model = model_of()
    with pytest.warns(UserWarning, match=r"does not change model .*layers\[-2\].output"):
        model.layers.pop()
    assert model.layers[-1].units == 1
