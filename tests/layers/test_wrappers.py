"""Wrapper, Bidirectional and TimeDistributed."""

import numpy as np
import pytest

import kerajax
from kerajax import layers


@pytest.fixture
def x(rng):
    """Two sequences of four steps."""
    return rng.normal(size=(2, 4, 3)).astype("float32")


MERGED = {
    "concat": lambda y, z: np.concatenate([y, z], -1),
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda y, z: (y + z) / 2,
}


@pytest.mark.parametrize("mode", MERGED)
def test_directions_are_merged_step_by_step(mode, x):
    """The backward outputs are turned round, so that both stand at the step they are of."""
    layer = layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode=mode)
    outputs = layer(x)
    forward = layer.forward_layer(x)
    backward = layer.backward_layer(x)[:, ::-1]
    np.testing.assert_allclose(outputs, MERGED[mode](forward, backward), rtol=1e-5)


def test_outputs_stay_apart_without_a_merge_mode(x):
    """`merge_mode=None` returns both, and both have the mask."""
    layer = layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode=None)
    x = kerajax.ops.convert_to_tensor(x)
    x._keras_mask = np.array([[True, True, True, False]] * 2)
    forward, backward = layer(x)
    assert forward._keras_mask is not None and backward._keras_mask is not None
    assert not np.asarray(forward[:, 3]).any() and not np.asarray(backward[:, 3]).any()


def test_states_of_both_directions(x):
    """`return_state` gives the forward states, then the backward; `initial_state` takes them."""
    layer = layers.Bidirectional(layers.LSTM(2, return_state=True))
    outputs, *states = layer(x)
    assert outputs.shape == (2, 4)
    assert [s.shape for s in states] == [(2, 2)] * 4
    np.testing.assert_array_equal(outputs[:, :2], states[0])
    again, *_ = layer(x, initial_state=states)
    expected, *_ = layer.forward_layer(x, initial_state=states[:2])
    np.testing.assert_allclose(again[:, :2], expected, rtol=1e-5)


def test_the_given_layer_is_copied(x):
    """The layer given stays as it is; the copies carry its name."""
    given = layers.LSTM(2, name="memory")
    layer = layers.Bidirectional(given, name="both")
    layer(x)
    assert not given.built
    assert [v.path.rpartition("/")[0] for v in layer.weights[::3]] == [
        "both/forward_memory/lstm_cell",
        "both/backward_memory/lstm_cell",
    ]


def test_layers_that_do_not_go_together_are_refused():
    """Directions, `return_sequences` and merge modes are checked."""
    gru = layers.GRU(2)
    with pytest.raises(ValueError, match="go_backwards"):
        layers.Bidirectional(gru, backward_layer=layers.GRU(2))
    other = layers.GRU(2, go_backwards=True, return_sequences=True)
    with pytest.raises(ValueError, match="return_sequences"):
        layers.Bidirectional(gru, backward_layer=other)
    with pytest.raises(ValueError, match="merge_mode"):
        layers.Bidirectional(gru, merge_mode="plus")
    with pytest.raises(ValueError, match="layer"):
        layers.Bidirectional(lambda x: x)


def test_weights_of_both_directions_are_first_values(x):
    """`weights=` has the forward layer's, then the backward's."""
    weights = layers.Bidirectional(layers.GRU(2))
    weights(x)
    values = [w + 1.0 for w in weights.get_weights()]
    layer = layers.Bidirectional(layers.GRU(2), weights=values)
    layer(x)
    for a, b in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(a, b)


def test_stateful_directions_are_reset_together(x):
    """States come from both layers; resetting needs a stateful layer."""
    layer = layers.Bidirectional(layers.GRU(2, stateful=True))
    first = layer(x)
    assert len(layer.states) == 2
    assert not np.allclose(layer(x), first)
    layer.reset_state()
    np.testing.assert_allclose(layer(x), first, rtol=1e-5)
    with pytest.raises(AttributeError, match="stateful"):
        layers.Bidirectional(layers.GRU(2)).reset_state()


def test_a_step_is_a_call_of_the_layer(x):
    """The output of a step is that of the layer for this step alone."""
    dense = layers.Dense(5, activation="tanh")
    outputs = layers.TimeDistributed(dense)(x)
    for step in range(4):
        np.testing.assert_allclose(outputs[:, step], dense(x[:, step]), rtol=1e-5)


def test_statistics_are_taken_at_each_step(x):
    """In training, batch normalization sees one step after the other."""
    layer = layers.TimeDistributed(layers.BatchNormalization(epsilon=0.0))
    outputs = np.asarray(layer(x, training=True))
    np.testing.assert_allclose(outputs.mean(0), 0.0, atol=1e-5)
    np.testing.assert_allclose(
        layer(x),
        (x - layer.layer.moving_mean.numpy()) / np.sqrt(layer.layer.moving_variance.numpy()),
        rtol=1e-4,
        atol=1e-5,
    )


def test_masks_go_to_layers_that_take_them(rng):
    """The mask of the inner sequences reaches a recurrent layer inside."""
    x = rng.normal(size=(2, 3, 4, 2)).astype("float32")
    mask = np.ones((2, 3, 4), bool)
    mask[:, :, 2:] = False
    layer = layers.TimeDistributed(layers.GRU(2))
    outputs = layer(x, mask=mask)
    np.testing.assert_allclose(outputs, layer(x[:, :, :2]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(2,), (3, 4), (2, 5)])
def test_masks_that_do_not_fit_are_refused(x, shape):
    """Batch and time of the mask are those of the inputs."""
    with pytest.raises(ValueError, match="mask"):
        layers.TimeDistributed(layers.Dense(2))(x, mask=np.ones(shape, bool))


def test_inputs_without_time_are_refused():
    """Two axes are not enough."""
    with pytest.raises(ValueError, match="three axes"):
        layers.TimeDistributed(layers.Dense(2))(np.ones((2, 3)))


def test_wrappers_wrap_layers():
    """Anything else is refused."""
    with pytest.raises(ValueError, match="layer"):
        layers.TimeDistributed(np.tanh)


def test_wrapped_layers_of_users_come_back(x):
    """A config carries the inner layer; subclasses read it as well."""

    class Twice(layers.Wrapper):
        def call(self, inputs):
            return 2 * self.layer(inputs)

    layer = Twice(layers.Dense(2, name="inner"))
    clone = Twice.from_config(layer.get_config())
    assert isinstance(clone.layer, layers.Dense)
    assert clone.layer.name == "inner"
    assert clone(x).shape == (2, 4, 2)
