"""SimpleRNN: the fully connected recurrent layer, and its cell."""

from kerajax import ops
from kerajax.layers._recurrent_cell import RecurrentCell, RecurrentLayer, shared_with_cell
from kerajax.objects import publish


@publish("keras.layers.SimpleRNNCell")
class SimpleRNNCell(RecurrentCell):
    """One step of `SimpleRNN`: `h = activation(inputs @ kernel + bias + h @ recurrent_kernel)`.

    Args:
        units: Int > 0. Size of the state and of the output.
        activation: Activation, its name, or a function; none by None.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(features, units)`.
        recurrent_initializer: Initializer of `recurrent_kernel`, `(units, units)`.
        bias_initializer: Initializer of `bias`, `(units,)`.
        kernel_regularizer: Regularizer of `kernel`.
        recurrent_regularizer: Regularizer of `recurrent_kernel`.
        bias_regularizer: Regularizer of `bias`.
        kernel_constraint: Constraint on `kernel`.
        recurrent_constraint: Constraint on `recurrent_kernel`.
        bias_constraint: Constraint on `bias`.
        dropout: Float in [0, 1]. Share of the inputs to drop in training.
        recurrent_dropout: Float in [0, 1]. Share of the state to drop in training.
        seed: Optional int. Where the random numbers start.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        sequence: Tensor `(batch, features)`.
        states: Tensor `(batch, units)`, or a list with it.
        training: Bool. Whether to drop.

    Example:

    >>> cell = kerajax.layers.SimpleRNNCell(4)
    >>> output, states = cell(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> output.shape
    (2, 4)
    """

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **kwargs,
        )

    def call(self, sequence, states, training=False):
        is_list = isinstance(states, (list, tuple))
        state = self._masked_state(states[0] if is_list else states, training)
        output = self._product(self._masked_inputs(sequence, training), self.kernel)
        if self.bias is not None:
            output = ops.add(output, self.bias)
        output = self.activation(output + self._product(state, self.recurrent_kernel))
        return output, [output] if is_list else output

    def _recur(self, sequences, states, mask, **options):
        return ops.simple_rnn(
            sequences,
            states[0],
            mask,
            self.kernel,
            self.recurrent_kernel,
            self.bias,
            self.activation,
            **options,
        )


@publish("keras.layers.SimpleRNN")
class SimpleRNN(RecurrentLayer):
    """The fully connected recurrent layer: each output is part of the next input.

    `h = activation(inputs[:, t] @ kernel + bias + h @ recurrent_kernel)`.

    Args:
        units: Int > 0. Size of the state and of the output.
        activation: Activation, its name, or a function; none by None.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(features, units)`.
        recurrent_initializer: Initializer of `recurrent_kernel`, `(units, units)`.
        bias_initializer: Initializer of `bias`, `(units,)`.
        kernel_regularizer: Regularizer of `kernel`.
        recurrent_regularizer: Regularizer of `recurrent_kernel`.
        bias_regularizer: Regularizer of `bias`.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on `kernel`.
        recurrent_constraint: Constraint on `recurrent_kernel`.
        bias_constraint: Constraint on `bias`.
        dropout: Float in [0, 1]. Share of the inputs to drop in training, the same at all steps.
        recurrent_dropout: Float in [0, 1]. Share of the state to drop in training.
        return_sequences: Bool. Whether to return the outputs of all steps, or of the last one.
        return_state: Bool. Whether to return the last state as well.
        go_backwards: Bool. Whether to start at the last step.
        stateful: Bool. Whether each batch starts from the state at the end of the batch before.
        unroll: Bool. Whether the steps are written out instead of looped.
        seed: Optional int. Where the random numbers start.
        **kwargs: `zero_output_for_mask` as `RNN` has it, and arguments of every layer.

    Call arguments: `sequences`, `initial_state`, `mask` and `training`, as `RNN` takes them.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`.

    Example:

    >>> kerajax.layers.SimpleRNN(4, return_sequences=True)(np.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    # Keras leaves the seed of this layer out of its config.
    _config_skip = frozenset(("seed",))

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        cell = SimpleRNNCell(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            name="simple_rnn_cell",
            **shared_with_cell(kwargs),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
