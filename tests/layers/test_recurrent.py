"""Recurrent layers: the arithmetic of a step, states, masks, directions, dropout, other cells."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.objects import EraScope

LAYERS = [layers.SimpleRNN, layers.LSTM, layers.GRU]
CELLS = [layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell]


@pytest.fixture
def x(rng):
    """Three sequences of four steps."""
    return rng.normal(size=(3, 4, 2)).astype("float32")


def test_lstm_is_its_formula(x):
    """Two gates keep and write the memory, one shows it."""
    layer = layers.LSTM(3)
    h = layer(x)
    kernel, recurrent, bias = layer.get_weights()

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    state = memory = np.zeros((3, 3))
    for step in range(4):
        i, f, g, o = np.split(x[:, step] @ kernel + state @ recurrent + bias, 4, axis=1)
        memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
        state = sigmoid(o) * np.tanh(memory)
    np.testing.assert_allclose(h, state, rtol=1e-5, atol=1e-6)


def test_bias_of_the_forget_gate_starts_at_one():
    """The second quarter of the bias is one, unless `unit_forget_bias=False`."""
    cell = layers.LSTMCell(2)
    cell.build((None, 3))
    assert cell.bias.numpy().tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    cell = layers.LSTMCell(2, unit_forget_bias=False)
    cell.build((None, 3))
    assert not cell.bias.numpy().any()


@pytest.mark.parametrize("cell_class", CELLS)
def test_a_layer_is_its_cell_step_by_step(cell_class, x):
    """Calling the cell for each step gives what `RNN` gives over the whole sequence."""
    cell = cell_class(3)
    outputs, *last = layers.RNN(cell, return_sequences=True, return_state=True)(x)
    states = cell.get_initial_state(3)
    for step in range(4):
        output, states = cell(x[:, step], states)
        np.testing.assert_allclose(outputs[:, step], output, rtol=1e-5, atol=1e-6)
    for a, b in zip(last, states, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activations", [{}, {"activation": "softsign"}], ids=["usual", "other"])
@pytest.mark.parametrize("layer_class", LAYERS)
def test_masked_steps_are_skipped(layer_class, activations, x):
    """A sequence with a masked step ends as the sequence without this step."""
    layer = layer_class(3, **activations)
    mask = np.array([[True, False, True, True]] * 3)
    np.testing.assert_allclose(layer(x, mask=mask), layer(x[:, [0, 2, 3]]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activations", [{}, {"activation": "softsign"}], ids=["usual", "other"])
@pytest.mark.parametrize("layer_class", LAYERS)
def test_masked_steps_repeat_the_output_or_give_zero(layer_class, activations, x):
    """The output of a masked step is that before it, or zero with `zero_output_for_mask`."""
    layer = layer_class(3, return_sequences=True, **activations)
    mask = np.array([[True, True, False, False]] * 3)
    outputs = layer(x, mask=mask)
    np.testing.assert_array_equal(outputs[:, 2], outputs[:, 1])
    layer.zero_output_for_mask = True
    outputs = layer(x, mask=mask)
    assert not np.asarray(outputs[:, 2:]).any()
    assert np.asarray(outputs[:, :2]).all()


def test_masks_of_embeddings_reach_the_layer():
    """Padding after `Embedding(mask_zero=True)` changes nothing, and the mask goes on."""
    embedding, layer = layers.Embedding(5, 3, mask_zero=True), layers.LSTM(2, return_sequences=True)
    long, short = (layer(embedding(np.array([ids]))) for ids in ([1, 2, 0, 0], [1, 2]))
    np.testing.assert_allclose(long[:, -1], short[:, -1], rtol=1e-5)
    assert long._keras_mask.tolist() == [[True, True, False, False]]
    assert not hasattr(layers.LSTM(2)(embedding(np.array([[1, 0]]))), "_keras_mask")


@pytest.mark.parametrize("layer_class", LAYERS)
def test_backwards_is_the_reversed_sequence(layer_class, x):
    """`go_backwards` reads from the end; outputs are in the order they are computed."""
    forward = layer_class(3, return_sequences=True)
    forward(x)
    backward = layer_class(3, return_sequences=True, go_backwards=True)
    backward(x)
    backward.set_weights(forward.get_weights())
    mask = np.array([[True, True, False, True]] * 3)
    outputs = backward(x, mask=mask)
    np.testing.assert_allclose(outputs, forward(x[:, ::-1], mask=mask[:, ::-1]), rtol=1e-5)


@pytest.mark.parametrize("layer_class", LAYERS)
def test_states_can_be_handed_on(layer_class, x):
    """The states of one half are the initial states of the other."""
    layer = layer_class(3, return_state=True)
    whole, *_ = layer(x)
    _, *states = layer(x[:, :2])
    halves, *_ = layer(x[:, 2:], initial_state=states)
    np.testing.assert_allclose(halves, whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer_class", LAYERS)
def test_stateful_layers_remember_until_reset(layer_class, x):
    """A second half goes on where the first ended; after `reset_state()` it does not."""
    layer = layer_class(3, stateful=True)
    layer(x[:, :2])
    second = layer(x[:, 2:])
    stateless = layer_class.from_config({**layer.get_config(), "stateful": False})
    stateless(x)
    stateless.set_weights(layer.get_weights())
    np.testing.assert_allclose(second, stateless(x), rtol=1e-5, atol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(layer(x), stateless(x), rtol=1e-5, atol=1e-6)


def test_states_are_variables_but_no_weights(x):
    """Pure functions carry the states on; files do not keep them."""
    layer = layers.LSTM(3, stateful=True)
    layer(x)
    assert len(layer.weights) == 3
    values = ([v.value for v in layer.trainable_variables],)
    state = [v.value for v in layer.non_trainable_variables]
    layer.reset_state()
    expected = layer(x)
    fresh = [v.value for v in layer.non_trainable_variables]
    layer.reset_state()
    outputs, after = jax.jit(layer.stateless_call)(
        *values, [jnp.zeros_like(v) if v.dtype == "float32" else v for v in state], x
    )
    np.testing.assert_allclose(outputs, expected, rtol=1e-5)
    for a, b in zip(after, fresh, strict=True):
        if a.dtype == "float32":
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert not np.any(layer.states[0].numpy())


def test_stateful_layers_need_one_batch_size(x):
    """An unknown batch size is refused at building, another one at the call."""
    with pytest.raises(ValueError, match="batch size"):
        layers.LSTM(3, stateful=True)(kerajax.Input((4, 2)))
    layer = layers.LSTM(3, stateful=True)
    layer(x)
    with pytest.raises(ValueError, match="batch"):
        layer(x[:2])


@pytest.mark.parametrize("rates", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}])
@pytest.mark.parametrize("layer_class", LAYERS)
def test_dropout_acts_in_training_and_is_new_each_time(layer_class, rates, x):
    """Inference is as without dropout; two training calls differ."""
    layer = layer_class(8, **rates)
    plain = layer_class(8)
    plain(x)
    inference = layer(x)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(inference, plain(x), rtol=1e-5, atol=1e-6)
    first, second = layer(x, training=True), layer(x, training=True)
    assert not np.allclose(first, inference)
    assert not np.allclose(first, second)


def test_dropout_drops_the_same_inputs_at_all_steps():
    """With the recurrence switched off, all steps of equal inputs give equal outputs."""
    layer = layers.SimpleRNN(8, dropout=0.5, recurrent_initializer="zeros", return_sequences=True)
    outputs = np.asarray(layer(np.ones((1, 5, 6)), training=True))
    np.testing.assert_allclose(outputs, np.repeat(outputs[:, :1], 5, axis=1), rtol=1e-6)


def test_stacked_cells_are_layers_on_top_of_each_other(x):
    """One loop over two cells gives what two layers give."""
    cells = [layers.LSTMCell(3), layers.GRUCell(2)]
    stacked = layers.RNN(cells, return_sequences=True)
    outputs = stacked(x)
    inner = layers.RNN(cells[0], return_sequences=True)(x)
    expected = layers.RNN(cells[1], return_sequences=True)(inner)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)
    assert stacked.cell.state_size == [[3, 3], 2]
    assert stacked.cell.output_size == 2


def test_stacked_cells_keep_their_states(x):
    """States nest as the cells do: in `return_state`, `initial_state` and stateful layers."""
    layer = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], return_state=True, stateful=True)
    whole, lstm_state, gru_state = layer(x)
    assert [s.shape for s in lstm_state] == [(3, 3), (3, 3)]
    layer.reset_state()
    layer(x[:, :2])
    np.testing.assert_allclose(layer(x[:, 2:])[0], whole, rtol=1e-5, atol=1e-6)


class Counter:
    """A cell that is no layer: it counts steps and adds them to the inputs."""

    state_size = 1

    def call(self, inputs, states):
        """One step more."""
        return inputs + states[0], [states[0] + 1]


def test_cells_need_not_be_layers(x):
    """`call` and `state_size` are enough."""
    outputs = layers.RNN(Counter(), return_sequences=True)(x[:, :, :1])
    np.testing.assert_allclose(outputs, x[:, :, :1] + np.arange(4).reshape(1, 4, 1), rtol=1e-6)


@pytest.mark.parametrize("cell", [object(), layers.Dense(3)], ids=["object", "layer"])
def test_what_is_no_cell_is_refused(cell):
    """The error says what a cell is."""
    with pytest.raises(ValueError, match="state_size|call"):
        layers.RNN(cell)


class Doubled(layers.SimpleRNNCell):
    """A cell of a user's, with another step."""

    def call(self, sequence, states, training=False):
        """Twice the step of the base."""
        output, _ = super().call(sequence, states, training=training)
        return 2 * output, [2 * output]


def test_steps_of_subclasses_count(x):
    """A cell whose class has its own `call` is run by it."""
    cell = Doubled(3)
    outputs = layers.RNN(cell)(x)
    states = cell.get_initial_state(3)
    for step in range(4):
        output, states = cell(x[:, step], states)
    np.testing.assert_allclose(outputs, output, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("layer_class", LAYERS)
def test_derivatives_are_those_of_the_plain_loop(layer_class, masked, x):
    """The loops with rules of their own agree with JAX' derivative of a plain loop.

    In reverse mode, in forward mode and, forward over reverse, in second order.
    """
    usual = layer_class(3, return_sequences=True)
    usual(x)
    # A function of the same values that is not known by name takes the plain loop.
    plain = layer_class(3, return_sequences=True, activation=lambda z: jnp.tanh(z))
    plain(x)
    values = [v.value for v in usual.trainable_variables]
    rest = [v.value for v in usual.non_trainable_variables]
    mask = np.array([[True, False, True, True]] * 3) if masked else None

    def loss(layer):
        def run(values, x):
            outputs, _ = layer.stateless_call(values, rest, x, mask=mask)
            return jnp.sum(jnp.sin(outputs) * jnp.arange(4.0).reshape(1, 4, 1))

        return jax.grad(run, argnums=(0, 1))

    directions = jax.tree_util.tree_map(jnp.cos, (values, x))
    results = []
    for layer in (usual, plain):
        pushed = jax.jit(functools.partial(jax.jvp, loss(layer)))((values, x), directions)
        results.append(jax.tree_util.tree_leaves(pushed))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


def test_layers_show_the_arguments_of_their_cells():
    """`layer.units` and its like are those of the cell."""
    layer = layers.GRU(3, recurrent_dropout=0.2, reset_after=False)
    assert (layer.units, layer.recurrent_dropout, layer.reset_after) == (3, 0.2, False)
    assert layer.recurrent_activation is layer.cell.recurrent_activation


def test_cells_get_the_layers_dtype_and_trainable():
    """Policy and `trainable` go to the cell as well."""
    layer = layers.LSTM(3, dtype="mixed_bfloat16", trainable=False)
    outputs = layer(np.ones((1, 2, 2)))
    assert outputs.dtype == "bfloat16"
    assert layer.cell.kernel.dtype == "float32"
    assert layer.trainable_variables == []


def test_arguments_of_keras_1_are_read(x):
    """`output_dim`, `inner_activation` and `inner_init` are those of the first Keras."""
    with EraScope("1", quiet=True):
        layer = layers.LSTM(output_dim=3, inner_activation="hard_sigmoid", inner_init="zero")
    layer(x)
    assert layer.units == 3
    assert not layer.cell.recurrent_kernel.numpy().any()


def test_inputs_need_three_axes():
    """Inputs without a time axis are refused with the shape."""
    with pytest.raises(ValueError, match="ndim=3"):
        layers.LSTM(3)(np.ones((2, 3)))


@pytest.mark.parametrize("wrapped", [False, True])
def test_cells_get_constants_at_every_step(wrapped):
    """`layer(x, constants=c)`, as attention over a sequence was written in Keras 2."""

    class Summing(layers.Layer):
        state_size = 4

        def build(self, shapes):
            assert [len(shape) for shape in shapes] == [2, 2]
            self.kernel = self.add_weight(shape=(shapes[1][-1], 4), initializer="ones")

        def call(self, inputs, states, constants):
            (constant,) = constants
            return states[0], [states[0] + constant @ self.kernel]

    layer = layers.RNN(Summing(), return_state=not wrapped)
    layer = layers.Bidirectional(layer) if wrapped else layer
    data, constant = np.ones((2, 5, 3), "float32"), np.ones((2, 3), "float32")
    sequences, extra = kerajax.Input((5, 3)), kerajax.Input((3,))
    outputs = layer(sequences, constants=extra)
    model = kerajax.Model([sequences, extra], outputs)
    found = model.predict([data, constant], verbose=0)
    assert np.unique(found if wrapped else found[1]).tolist() == [12.0 if wrapped else 15.0]
    if not wrapped:
        assert np.unique(layer(data, initial_state=np.ones((2, 4)), constants=constant)[1]) == 16


def test_constants_in_a_list_as_files_of_keras_2_have_them():
    """`num_constants` says how many of the inputs at the end of the list they are."""

    class Adding(layers.Layer):
        state_size = 3

        def call(self, inputs, states, constants):
            return inputs + constants[0], states

    layer = layers.RNN.from_config({"cell": Adding(), "num_constants": 1})
    outputs = layer([np.ones((2, 5, 3)), np.ones((2, 3)), np.full((2, 3), 7.0)])
    assert np.unique(outputs) == 8
