"""ConvLSTM: an LSTM whose products with the kernels are convolutions."""

from kerajax import ops, tree
from kerajax._checks import int_tuple, positive_int
from kerajax._checks import padding as check_padding
from kerajax.backend import KerasTensor
from kerajax.layers._base import InputSpec
from kerajax.layers._lstm import LSTMCell
from kerajax.layers._rank import RankFamily
from kerajax.layers._recurrent_cell import RecurrentLayer, of_cell, shared_with_cell
from kerajax.objects import publish


class ConvLSTMCell(LSTMCell, RankFamily):
    """One step of a ConvLSTM over `rank` spatial axes; other arguments as `LSTMCell` has them."""

    def __init__(
        self, rank, filters, kernel_size, strides, padding, data_format, dilation_rate, **kwargs
    ):
        super().__init__(filters, **kwargs)
        self.rank = rank
        self.filters = self.units
        self.kernel_size = int_tuple(kernel_size, "kernel_size", self, rank)
        self.strides = int_tuple(strides, "strides", self, rank)
        self.padding = check_padding(padding, "padding", self)
        self._set_data_format(data_format)
        self.dilation_rate = int_tuple(dilation_rate, "dilation_rate", self, rank)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"ConvLSTM{rank}D: Specifying `strides > 1` is not compatible with "
                f"`dilation_rate > 1`. Received: strides={self.strides} and "
                f"dilation_rate={self.dilation_rate}. Set one of them to 1."
            )
        # Keras draws a mask for each part of the kernels, also of the inputs alone.
        self.dropout_mask_count = self.parts
        self.input_spec = InputSpec(ndim=rank + 2)

    def build(self, input_shape):
        if None in [input_shape[axis] for axis in self._spatial_axes]:
            raise ValueError(
                "ConvLSTM layers only support static input shapes for the spatial dimension, "
                f"since the states have them. Received: input_shape={tuple(input_shape)}"
            )
        channels = self._known_size(input_shape, self._channel_axis)
        width = self.parts * self.filters
        self.kernel = self._weight("kernel", (*self.kernel_size, channels, width))
        self.recurrent_kernel = self.add_weight(
            shape=(*self.kernel_size, self.filters, width),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = self._build_bias(width) if self.use_bias else None
        sample = KerasTensor((1, *input_shape[1:]), record_history=False)
        kernel = KerasTensor((*self.kernel_size, channels, self.filters), record_history=False)
        self._state_shape = self._convolve_inputs(sample, kernel).shape[1:]

    def get_initial_state(self, batch_size=None):
        """The states of a sequence's beginning: two times zeros `(batch, *spatial, filters)`."""
        return [ops.zeros((batch_size, *self._state_shape), dtype=self.compute_dtype)] * 2

    def call(self, inputs, states, training=False):
        x = self._input_part(self._masked_inputs(inputs, training))
        return self._step(x, states, training)

    def run_over_time(self, sequences, states, mask, training, return_sequences, **options):
        """All steps, with the convolution of the inputs of all steps as one, before the loop."""
        if type(self).call is not type(self)._own_class.call:
            return None  # a user's class with a step of its own
        inputs = sequences
        if training and self.dropout:
            masks = self.get_dropout_mask(sequences[:, 0])
            inputs = [sequences * ops.expand_dims(m, 1) for m in masks]
        shape = sequences.shape
        flat = tree.map_structure(lambda x: ops.reshape(x, (-1, *shape[2:])), inputs)
        x = self._input_part(flat)
        return ops.rnn(
            lambda x, states: self._step(x, states, training),
            ops.reshape(x, (*shape[:2], *x.shape[1:])),
            states,
            mask=mask,
            return_all_outputs=return_sequences,
            **options,
        )

    def _step(self, x, states, training):
        """One step, of an input that is convolved already."""
        h, c = states
        z = x + self._in_parts(
            lambda x, kernel: ops.conv(x, kernel, padding="same", data_format=self.data_format),
            self._masked_state(h, training),
            self.recurrent_kernel,
        )
        z_i, z_f, z_c, z_o = ops.split(z, 4, axis=self._channel_axis)
        gate = self.recurrent_activation
        c = gate(z_f) * c + gate(z_i) * self.activation(z_c)
        h = gate(z_o) * self.activation(c)
        return h, [h, c]

    def _input_part(self, inputs):
        outputs = self._in_parts(self._convolve_inputs, inputs, self.kernel)
        if self.bias is None:
            return outputs
        bias = self.bias
        if self.data_format == "channels_first":
            bias = ops.reshape(bias, (1, -1, *(1,) * self.rank))
        return ops.add(outputs, bias)

    def _convolve_inputs(self, inputs, kernel):
        return ops.conv(
            inputs,
            kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )

    def _in_parts(self, convolve, x, kernel):
        """`convolve(x, kernel)`; of a list, the parts with the parts of the kernel, together."""
        if not isinstance(x, list):
            return convolve(x, kernel)
        kernels = ops.split(kernel, len(x), axis=-1)
        parts = [convolve(part, k) for part, k in zip(x, kernels, strict=True)]
        return ops.concatenate(parts, axis=self._channel_axis)


class ConvLSTM(RecurrentLayer):
    """Base of the ConvLSTM layers, which differ in their rank alone."""

    rank = 1
    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
        **kwargs,
    ):
        cell = ConvLSTMCell(
            self.rank,
            positive_int(filters, "filters", type(self)),
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="conv_lstm_cell",
            **shared_with_cell(kwargs),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def _base_config(self):
        return {**super()._base_config(), "unroll": self.unroll}


@publish("keras.layers.ConvLSTM1D")
class ConvLSTM1D(ConvLSTM):
    """Convolutional LSTM for steps along one axis, such as a line of sensors.

    `LSTM` with convolutions in the place of its products: `z = conv(inputs[:, t], kernel) +
    conv(h, recurrent_kernel) + bias` in four parts along the channels gives gates and states.

    Args:
        filters: Int > 0. Number of channels of the states and of the outputs.
        kernel_size: Int. Places that the kernels span.
        strides: Int. Places between windows of the inputs. Not with `dilation_rate`.
        padding: `"valid"` (whole windows only) or `"same"`, of the inputs; states keep their size.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int. Places between the taps of the inputs' kernel.
        activation: Activation of candidate and output, its name, or a function.
        recurrent_activation: Activation of the gates.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, channels, 4 * filters)`.
        recurrent_initializer: Initializer of `recurrent_kernel`,
            `(*kernel_size, filters, 4 * filters)`.
        bias_initializer: Initializer of `bias`, `(4 * filters,)`.
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
        **kwargs: `unroll` and `zero_output_for_mask` as `RNN` has them, and arguments of every
            layer.

    Call arguments: `sequences`, `initial_state`, `mask` and `training`, as `RNN` takes them.

    Input shape: `(batch, time, rows, channels)`, or with
    the channels after the time.
    Output shape: `(batch, new_rows, filters)`; with
    `return_sequences` with a time axis after the batch.

    Raises:
        ValueError: If a spatial size is unknown, or for strides together with dilation.

    Example:

    >>> kerajax.layers.ConvLSTM1D(5, 3)(np.ones((1, 3, 6, 2))).shape
    (1, 4, 5)

    Reference:
        Shi et al., 2015, "Convolutional LSTM Network: A Machine Learning Approach for
        Precipitation Nowcasting", https://arxiv.org/abs/1506.04214; without the gates' view of
        the cell state.
    """


@publish("keras.layers.ConvLSTM2D")
class ConvLSTM2D(ConvLSTM):
    """Convolutional LSTM for images over time.

    `LSTM` with convolutions in the place of its products: `z = conv(inputs[:, t], kernel) +
    conv(h, recurrent_kernel) + bias` in four parts along the channels gives gates and states.

    Args:
        filters: Int > 0. Number of channels of the states and of the outputs.
        kernel_size: Int or 2 ints. Places that the kernels span.
        strides: Int or 2 ints. Places between windows of the inputs. Not with `dilation_rate`.
        padding: `"valid"` (whole windows only) or `"same"`, of the inputs; states keep their size.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 2 ints. Places between the taps of the inputs' kernel.
        activation: Activation of candidate and output, its name, or a function.
        recurrent_activation: Activation of the gates.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, channels, 4 * filters)`.
        recurrent_initializer: Initializer of `recurrent_kernel`,
            `(*kernel_size, filters, 4 * filters)`.
        bias_initializer: Initializer of `bias`, `(4 * filters,)`.
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
        **kwargs: `unroll` and `zero_output_for_mask` as `RNN` has them, and arguments of every
            layer.

    Call arguments: `sequences`, `initial_state`, `mask` and `training`, as `RNN` takes them.

    Input shape: `(batch, time, height, width, channels)`, or with
    the channels after the time.
    Output shape: `(batch, new_height, new_width, filters)`; with
    `return_sequences` with a time axis after the batch.

    Raises:
        ValueError: If a spatial size is unknown, or for strides together with dilation.

    Example:

    >>> kerajax.layers.ConvLSTM2D(5, 3)(np.ones((1, 3, 6, 6, 2))).shape
    (1, 4, 4, 5)

    Reference:
        Shi et al., 2015, "Convolutional LSTM Network: A Machine Learning Approach for
        Precipitation Nowcasting", https://arxiv.org/abs/1506.04214; without the gates' view of
        the cell state.
    """

    rank = 2


@publish("keras.layers.ConvLSTM3D")
class ConvLSTM3D(ConvLSTM):
    """Convolutional LSTM for volumes over time.

    `LSTM` with convolutions in the place of its products: `z = conv(inputs[:, t], kernel) +
    conv(h, recurrent_kernel) + bias` in four parts along the channels gives gates and states.

    Args:
        filters: Int > 0. Number of channels of the states and of the outputs.
        kernel_size: Int or 3 ints. Places that the kernels span.
        strides: Int or 3 ints. Places between windows of the inputs. Not with `dilation_rate`.
        padding: `"valid"` (whole windows only) or `"same"`, of the inputs; states keep their size.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 3 ints. Places between the taps of the inputs' kernel.
        activation: Activation of candidate and output, its name, or a function.
        recurrent_activation: Activation of the gates.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, channels, 4 * filters)`.
        recurrent_initializer: Initializer of `recurrent_kernel`,
            `(*kernel_size, filters, 4 * filters)`.
        bias_initializer: Initializer of `bias`, `(4 * filters,)`.
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
        **kwargs: `unroll` and `zero_output_for_mask` as `RNN` has them, and arguments of every
            layer.

    Call arguments: `sequences`, `initial_state`, `mask` and `training`, as `RNN` takes them.

    Input shape: `(batch, time, depth, height, width, channels)`, or with
    the channels after the time.
    Output shape: `(batch, new_depth, new_height, new_width, filters)`; with
    `return_sequences` with a time axis after the batch.

    Raises:
        ValueError: If a spatial size is unknown, or for strides together with dilation.

    Example:

    >>> kerajax.layers.ConvLSTM3D(5, 3)(np.ones((1, 3, 4, 4, 4, 2))).shape
    (1, 2, 2, 2, 5)

    Reference:
        Shi et al., 2015, "Convolutional LSTM Network: A Machine Learning Approach for
        Precipitation Nowcasting", https://arxiv.org/abs/1506.04214; without the gates' view of
        the cell state.
    """

    rank = 3
