"""GRU: the gated recurrent unit, the layer and its cell."""

from kerajax import activations, ops
from kerajax._checks import one_of
from kerajax.layers._recurrent_cell import RecurrentCell, RecurrentLayer, of_cell, shared_with_cell
from kerajax.objects import publish


@publish("keras.layers.GRUCell")
class GRUCell(RecurrentCell):
    """One step of `GRU`.

    With the parts `z, r, h` of kernels and bias, `x = inputs @ kernel + bias`, the activation `a`
    and the recurrent activation `g`: `z = g(x_z + h @ R_z)`, `r = g(x_r + h @ R_r)`,
    `candidate = a(x_h + r * (h @ R_h + b_h))` if `reset_after`, else `a(x_h + (r * h) @ R_h)`,
    and `h = z * h + (1 - z) * candidate`.

    Args:
        units: Int > 0. Size of the state and of the output.
        activation: Activation of the candidate, its name, or a function.
        recurrent_activation: Activation of the gates.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(features, 3 * units)`.
        recurrent_initializer: Initializer of `recurrent_kernel`, `(units, 3 * units)`.
        bias_initializer: Initializer of `bias`: `(2, 3 * units)` (for inputs and state) if
            `reset_after`, else `(3 * units,)`.
        kernel_regularizer: Regularizer of `kernel`.
        recurrent_regularizer: Regularizer of `recurrent_kernel`.
        bias_regularizer: Regularizer of `bias`.
        kernel_constraint: Constraint on `kernel`.
        recurrent_constraint: Constraint on `recurrent_kernel`.
        bias_constraint: Constraint on `bias`.
        dropout: Float in [0, 1]. Share of the inputs to drop in training.
        recurrent_dropout: Float in [0, 1]. Share of the state to drop in training.
        reset_after: Bool. Whether the reset gate acts after the product with the recurrent
            kernel (as in cuDNN) or before it (as in the paper's first version).
        seed: Optional int. Where the random numbers start.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        inputs: Tensor `(batch, features)`.
        states: Tensor `(batch, units)`, or a list with it.
        training: Bool. Whether to drop.

    Example:

    >>> cell = kerajax.layers.GRUCell(4)
    >>> output, states = cell(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> output.shape
    (2, 4)
    """

    parts = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        reset_after=True,
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
        self.reset_after = reset_after

    def _build_bias(self, width):
        return self._weight("bias", (2, width) if self.reset_after else (width,))

    def call(self, inputs, states, training=False):
        is_list = isinstance(states, (list, tuple))
        h = states[0] if is_list else states
        x = self._product(self._masked_inputs(inputs, training), self.kernel)
        if self.bias is not None:
            x = ops.add(x, self.bias[0] if self.reset_after else self.bias)
        x_z, x_r, x_h = ops.split(x, 3, axis=-1)
        state = self._masked_state(h, training)
        if self.reset_after:
            y = self._product(state, self.recurrent_kernel)
            if self.bias is not None:
                y = ops.add(y, self.bias[1])
            y_z, y_r, y_h = ops.split(y, 3, axis=-1)
        else:
            last = state[2] if isinstance(state, list) else state
            gates = state[:2] if isinstance(state, list) else state
            y = self._product(gates, self.recurrent_kernel[:, : 2 * self.units])
            y_z, y_r = ops.split(y, 2, axis=-1)
        z = self.recurrent_activation(x_z + y_z)
        r = self.recurrent_activation(x_r + y_r)
        if self.reset_after:
            y_h = r * y_h
        else:
            y_h = ops.matmul(r * last, self.recurrent_kernel[:, 2 * self.units :])
        h = z * h + (1 - z) * self.activation(x_h + y_h)
        return h, [h] if is_list else h

    def _recur(self, sequences, states, mask, **options):
        return ops.gru(
            sequences,
            states[0],
            mask,
            self.kernel,
            self.recurrent_kernel,
            self.bias,
            self.activation,
            self.recurrent_activation,
            reset_after=self.reset_after,
            **options,
        )


@publish("keras.layers.GRU")
class GRU(RecurrentLayer):
    """The gated recurrent unit.

    With the parts `z, r, h` of kernels and bias, `x = inputs[:, t] @ kernel + bias`, the
    activation `a` and the recurrent activation `g`: `z = g(x_z + h @ R_z)`,
    `r = g(x_r + h @ R_r)`, `candidate = a(x_h + r * (h @ R_h + b_h))` if `reset_after`, else
    `a(x_h + (r * h) @ R_h)`, and `h = z * h + (1 - z) * candidate`.

    Args:
        units: Int > 0. Size of the state and of the output.
        activation: Activation of the candidate, its name, or a function.
        recurrent_activation: Activation of the gates.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(features, 3 * units)`.
        recurrent_initializer: Initializer of `recurrent_kernel`, `(units, 3 * units)`.
        bias_initializer: Initializer of `bias`: `(2, 3 * units)` (for inputs and state) if
            `reset_after`, else `(3 * units,)`.
        kernel_regularizer: Regularizer of `kernel`.
        recurrent_regularizer: Regularizer of `recurrent_kernel`.
        bias_regularizer: Regularizer of `bias`.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on `kernel`.
        recurrent_constraint: Constraint on `recurrent_kernel`.
        bias_constraint: Constraint on `bias`.
        dropout: Float in [0, 1]. Share of the inputs to drop in training, the same at all steps.
        recurrent_dropout: Float in [0, 1]. Share of the state to drop in training.
        seed: Optional int. Where the random numbers start.
        return_sequences: Bool. Whether to return the outputs of all steps, or of the last one.
        return_state: Bool. Whether to return the last state as well.
        go_backwards: Bool. Whether to start at the last step.
        stateful: Bool. Whether each batch starts from the state at the end of the batch before.
        unroll: Bool. Whether the steps are written out instead of looped.
        reset_after: Bool. Whether the reset gate acts after the product with the recurrent
            kernel (as in cuDNN) or before it (as in the paper's first version).
        use_cudnn: `"auto"`, True or False; all give the same code, which XLA compiles: JAX offers
            cuDNN's kernel of `LSTM` alone.
        **kwargs: `zero_output_for_mask` as `RNN` has it, and arguments of every layer.

    Call arguments: `sequences`, `initial_state`, `mask` and `training`, as `RNN` takes them.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`.

    Example:

    >>> outputs, state = kerajax.layers.GRU(4, return_state=True)(np.ones((2, 5, 3)))
    >>> outputs.shape, state.shape
    ((2, 4), (2, 4))

    Reference:
        Cho et al., 2014, "Learning Phrase Representations using RNN Encoder-Decoder for
        Statistical Machine Translation", https://arxiv.org/abs/1406.1078
    """

    recurrent_activation = of_cell("recurrent_activation")
    reset_after = of_cell("reset_after")
    _config_skip = frozenset(("use_cudnn",))

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = GRUCell(
            units,
            activation,
            recurrent_activation,
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
            reset_after,
            seed,
            name="gru_cell",
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
