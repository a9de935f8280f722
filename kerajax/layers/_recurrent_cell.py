"""What the cells of SimpleRNN, LSTM and GRU have in common, and the layers made of them."""

from kerajax import activations, constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers._base import InputSpec, Layer
from kerajax.layers._dropout_rnn_cell import DropoutRNNCell
from kerajax.layers._rnn import RNN
from kerajax.random import SeedGenerator


class RecurrentCell(DropoutRNNCell, Layer):
    """A cell with one kernel for its inputs and one for its state, each in `parts` parts.

    A cell computes one step in `call`. `run_over_time` computes all steps where one of the
    recurrent ops can, with the product of inputs and kernel taken out of the loop.
    """

    parts = 1

    def __init__(
        self,
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
    ):
        super().__init__(**kwargs)
        self.units = positive_int(units, "units", self)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        # With dropout of the state, Keras draws a mask of its own for each part of the kernels.
        if self.recurrent_dropout and self.parts > 1:
            self.dropout_mask_count = self.parts
        self.state_size = self.output_size = self.units

    def build(self, input_shape):
        width = self.parts * self.units
        self.kernel = self._weight("kernel", (self._known_size(input_shape, -1), width))
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = self._build_bias(width) if self.use_bias else None

    def _build_bias(self, width):
        return self._weight("bias", (width,))

    def get_initial_state(self, batch_size=None):
        """The states of a sequence's beginning: zeros `(batch, units)`."""
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype)]

    def run_over_time(self, sequences, states, mask, training, **options):
        """`(last_output, outputs, states)` of all steps, or None where only `call` can do it.

        Args:
            sequences: Tensor `(batch, time, features)`.
            states: List of tensors `(batch, units)`.
            mask: Optional bool tensor `(batch, time)`.
            training: Bool.
            **options: `return_sequences`, `go_backwards`, `unroll`, `zero_output_for_mask`, as
                the recurrent ops take them.
        """
        if training and self.recurrent_dropout:
            return None
        if type(self).call is not type(self)._own_class.call:
            return None  # a user's class with a step of its own
        if training and self.dropout:
            sequences = sequences * ops.expand_dims(self.get_dropout_mask(sequences[:, 0]), 1)
        return self._recur(sequences, states, mask, **options)

    def _recur(self, sequences, states, mask, **options):
        raise NotImplementedError

    def _masked_inputs(self, inputs, training):
        """The inputs of each part of the kernel: one tensor, or a list of them."""
        mask = self.get_dropout_mask(inputs) if training else None
        if isinstance(mask, (list, tuple)):
            return [inputs * m for m in mask]
        return inputs if mask is None else inputs * mask

    def _masked_state(self, state, training):
        """The state for each part of the recurrent kernel: one tensor, or a list of them."""
        mask = self.get_recurrent_dropout_mask(state) if training else None
        if isinstance(mask, (list, tuple)):
            return [state * m for m in mask]
        return state if mask is None else state * mask

    def _product(self, x, kernel):
        """`x @ kernel`; of a list, the parts with the parts of the kernel, side by side."""
        if not isinstance(x, list):
            return ops.matmul(x, kernel)
        parts = ops.split(kernel, len(x), axis=1)
        products = [ops.matmul(part, k) for part, k in zip(x, parts, strict=True)]
        return ops.concatenate(products, axis=-1)


def of_cell(name):
    """Property of a layer that reads an attribute of its cell."""
    return property(lambda self: getattr(self.cell, name), doc=f"`{name}` of the cell.")


class RecurrentLayer(RNN):
    """An `RNN` over a cell that it makes itself, whose arguments it shows as its own."""

    units = of_cell("units")
    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")
    seed = of_cell("seed")

    def __init__(self, cell, **kwargs):
        super().__init__(cell, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def _base_config(self):
        return {**super()._base_config(), "zero_output_for_mask": self.zero_output_for_mask}


def shared_with_cell(kwargs) -> dict:
    """Those of a layer's keywords that its cell gets as well."""
    return {name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs}
