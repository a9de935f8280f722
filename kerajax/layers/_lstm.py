"""LSTM: long short-term memory, the layer and its cell."""

import numpy as np

from kerajax import activations, ops
from kerajax._checks import one_of
from kerajax.backend import convert_to_numpy
from kerajax.layers._recurrent_cell import RecurrentCell, RecurrentLayer, of_cell, shared_with_cell
from kerajax.objects import publish


@publish("keras.layers.LSTMCell")
class LSTMCell(RecurrentCell):
    """One step of `LSTM`.

    With `z = inputs @ kernel + h @ recurrent_kernel + bias` in four parts `i, f, c, o`, the
    activation `a` and the recurrent activation `g`: `c = g(z_f) * c + g(z_i) * a(z_c)` and
    `h = g(z_o) * a(c)`.

    Args:
        units: Int > 0. Size of the states and of the output.
        activation: Activation of candidate and output, its name, or a function.
        recurrent_activation: Activation of the gates.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(features, 4 * units)`.
        recurrent_initializer: Initializer of `recurrent_kernel`, `(units, 4 * units)`.
        bias_initializer: Initializer of `bias`, `(4 * units,)`.
        unit_forget_bias: Bool. Whether the bias of the forget gate starts at one, so that the
            cell remembers before it has learned to.
        kernel_regularizer: Regularizer of `kernel`.
        recurrent_regularizer: Regularizer of `recurrent_kernel`.
        bias_regularizer: Regularizer of `bias`.
        kernel_constraint: Constraint on `kernel`.
        recurrent_constraint: Constraint on `recurrent_kernel`.
        bias_constraint: Constraint on `bias`.
        dropout: Float in [0, 1]. Share of the inputs to drop in training.
        recurrent_dropout: Float in [0, 1]. Share of the state `h` to drop in training.
        seed: Optional int. Where the random numbers start.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        inputs: Tensor `(batch, features)`.
        states: List of two tensors `(batch, units)`, `[h, c]`.
        training: Bool. Whether to drop.

    Example:

    >>> cell = kerajax.layers.LSTMCell(4)
    >>> output, states = cell(np.ones((2, 3)), [np.zeros((2, 4)), np.zeros((2, 4))])
    >>> output.shape, len(states)
    ((2, 4), 2)
    """

    parts = 4
    use_cudnn = True

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
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
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [self.units, self.units]

    def _build_bias(self, width):
        initializer = self._forget_bias if self.unit_forget_bias else self.bias_initializer
        return self._weight("bias", (width,), initializer=initializer)

    def _forget_bias(self, shape, dtype=None):
        """A first bias whose second part is one."""
        n = self.units
        first, last = (self.bias_initializer((size,), dtype=dtype) for size in (n, 2 * n))
        # Joined on the host: JAX would compile programs for it.
        first, last = convert_to_numpy(first), convert_to_numpy(last)
        return np.concatenate([first, np.ones(n, first.dtype), last])

    def get_initial_state(self, batch_size=None):
        """The states of a sequence's beginning: two times zeros `(batch, units)`."""
        return super().get_initial_state(batch_size) * 2

    def call(self, inputs, states, training=False):
        h, c = states[0], states[1]
        z = self._product(self._masked_inputs(inputs, training), self.kernel)
        z = z + self._product(self._masked_state(h, training), self.recurrent_kernel)
        if self.bias is not None:
            z = ops.add(z, self.bias)
        z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
        gate = self.recurrent_activation
        c = gate(z_f) * c + gate(z_i) * self.activation(z_c)
        h = gate(z_o) * self.activation(c)
        return h, [h, c]

    def _recur(self, sequences, states, mask, **options):
        return ops.lstm(
            sequences,
            *states,
            mask,
            self.kernel,
            self.recurrent_kernel,
            self.bias,
            self.activation,
            self.recurrent_activation,
            use_cudnn=self.use_cudnn,
            **options,
        )


@publish("keras.layers.LSTM")
class LSTM(RecurrentLayer):
    """Long short-term memory.

    With `z = inputs[:, t] @ kernel + h @ recurrent_kernel + bias` in four parts `i, f, c, o`, the
    activation `a` and the recurrent activation `g`: `c = g(z_f) * c + g(z_i) * a(z_c)` and
    `h = g(z_o) * a(c)`. The output of a step is `h`.

    Args:
        units: Int > 0. Size of the states and of the output.
        activation: Activation of candidate and output, its name, or a function.
        recurrent_activation: Activation of the gates.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(features, 4 * units)`.
        recurrent_initializer: Initializer of `recurrent_kernel`, `(units, 4 * units)`.
        bias_initializer: Initializer of `bias`, `(4 * units,)`.
        unit_forget_bias: Bool. Whether the bias of the forget gate starts at one.
        kernel_regularizer: Regularizer of `kernel`.
        recurrent_regularizer: Regularizer of `recurrent_kernel`.
        bias_regularizer: Regularizer of `bias`.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on `kernel`.
        recurrent_constraint: Constraint on `recurrent_kernel`.
        bias_constraint: Constraint on `bias`.
        dropout: Float in [0, 1]. Share of the inputs to drop in training, the same at all steps.
        recurrent_dropout: Float in [0, 1]. Share of the state `h` to drop in training.
        seed: Optional int. Where the random numbers start.
        return_sequences: Bool. Whether to return the outputs of all steps, or of the last one.
        return_state: Bool. Whether to return the last states `h` and `c` as well.
        go_backwards: Bool. Whether to start at the last step.
        stateful: Bool. Whether each batch starts from the states at the end of the batch before.
        unroll: Bool. Whether the steps are written out instead of looped.
        use_cudnn: `"auto"`, True or False. Unless False, a CUDA GPU runs cuDNN's kernel where it
            has one: with `tanh`, `sigmoid`, a bias, float32, no `unroll`, no `recurrent_dropout`,
            and masked steps after the others only. Other platforms and settings run a loop. The
            kernel has no forward-mode and no second derivatives; False gives them.
        **kwargs: `zero_output_for_mask` as `RNN` has it, and arguments of every layer.

    Call arguments: `sequences`, `initial_state`, `mask` and `training`, as `RNN` takes them.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`.

    Example:

    >>> outputs, h, c = kerajax.layers.LSTM(4, return_state=True)(np.ones((2, 5, 3)))
    >>> outputs.shape, c.shape
    ((2, 4), (2, 4))

    Reference:
        Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory",
        https://doi.org/10.1162/neco.1997.9.8.1735; the forget gate is of Gers et al., 2000,
        "Learning to Forget", https://doi.org/10.1162/089976600300015015
    """

    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")
    _config_skip = frozenset(("use_cudnn",))
    _cell_class = LSTMCell

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = self._cell_class(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            unit_forget_bias,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            name="lstm_cell",
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
        self.use_cudnn = one_of(use_cudnn, "use_cudnn", self, ("auto", True, False))
        cell.use_cudnn = use_cudnn is not False
