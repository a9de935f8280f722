"""RNN: a cell applied to each time step of a sequence."""

from kerajax import ops, tree
from kerajax.backend import Variable, name_scope
from kerajax.layers._base import Layer
from kerajax.layers._dropout_rnn_cell import DropoutRNNCell
from kerajax.layers._stacked_rnn_cells import (
    StackedRNNCells,
    check_cell,
    initial_state_of,
    output_size_of,
    training_option,
)
from kerajax.layers._wrapper import with_objects
from kerajax.objects import publish


@publish("keras.layers.RNN")
class RNN(Layer):
    """Runs a cell over the time axis: `output, states = cell(inputs[:, t], states)`.

    A masked step leaves the states as they are, and repeats the output of the step before.

    Args:
        cell: A cell, or a list of cells to be stacked. A cell has `call(inputs, states)`, which
            returns `(output, new_states)`, and `state_size`, an int or a list of one for each
            state; and optionally `output_size` and `get_initial_state(batch_size)`.
        return_sequences: Bool. Whether to return the outputs of all steps, or of the last one.
        return_state: Bool. Whether to return the last states as well.
        go_backwards: Bool. Whether to start at the last step. The outputs stay in the order in
            which they are computed.
        stateful: Bool. Whether each batch starts from the states at the end of the batch before;
            `reset_state()` makes them zero.
        unroll: Bool. Whether the steps are written out instead of looped, which makes small
            loops faster and compilation of long ones slow.
        zero_output_for_mask: Bool. Whether masked steps output zeros.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        sequences: Tensor `(batch, time, ...)`.
        initial_state: Optional list of the states to start from.
        mask: Optional bool tensor `(batch, time)`; `True` keeps a step.
        training: Bool. Passed on to the cell; matters for dropout.
        constants: Optional list of tensors that the cell gets at every step, such as what an
            attention looks at: `call(inputs, states, constants)`. Its `build` gets a list, the
            shape of a step followed by theirs. As in Keras 2; Keras 3 does not have it.

    Input shape: `(batch, time, ...)`, usually `(batch, time, features)`.
    Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`. With
    `return_state`, a tuple of this and the states, each `(batch, state_size)`.

    Raises:
        ValueError: If the cell is none, or if `stateful` and the batch size is unknown or changes.

    Example:

    >>> class Leaky(kerajax.Layer):
    ...     state_size = 3
    ...     def call(self, inputs, states):
    ...         output = inputs + 0.5 * states[0]
    ...         return output, [output]
    >>> kerajax.layers.RNN(Leaky())(np.ones((1, 2, 3))).tolist()
    [[1.5, 1.5, 1.5]]
    """

    supports_masking = True
    # How many of the tensors in a list with the sequences are constants, in files of Keras 2.
    _num_constants = 0

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        check_cell(cell, self)
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        size = cell.state_size
        if isinstance(size, bool) or not isinstance(size, (list, tuple, int)):
            raise ValueError(
                f"{type(self).__name__} needs a cell whose `state_size` is an int, or a list of "
                f"one for each state, but received: {size!r}."
            )
        self.single_state = isinstance(size, int)
        self.state_size = [size] if self.single_state else list(size)
        self._set_states(None)

    def build(self, sequences_shape, initial_state_shape=None, constants_shape=None):
        if isinstance(self.cell, Layer) and not self.cell.built:
            step_shape = (sequences_shape[0], *sequences_shape[2:])
            if constants_shape is not None:
                step_shape = [step_shape, *_listed(constants_shape)]
            self.cell.build(step_shape)
        if not self.stateful:
            return
        if self.states is not None:
            self.reset_state()
            return
        batch_size = sequences_shape[0]
        if batch_size is None:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' is stateful and needs to know the "
                f"batch size, but received shape {tuple(sequences_shape)}. Pass `kerajax.Input` a "
                "`batch_size`, or a `batch_shape` such as (32, 10, 8)."
            )
        with name_scope(self.name):
            self._set_states(
                tree.map_structure(self._state_variable, self.get_initial_state(batch_size))
            )

    def _state_variable(self, value):
        return Variable(value, dtype=self.variable_dtype, trainable=False, name="rnn_state")

    def _set_states(self, states):
        # Past the tracking: the states are variables of the layer, so that pure functions carry
        # them on, but no weights, since files do not keep them.
        self.__dict__["states"] = states

    def _own_variables(self):
        yield from super()._own_variables()
        yield from (v for v in tree.flatten(self.states) if v is not None)

    def get_initial_state(self, batch_size):
        """The states at the beginning of a sequence, as a list of tensors."""
        states = initial_state_of(self.cell, batch_size, self.compute_dtype)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def reset_state(self) -> None:
        """Makes the states of a stateful layer zero."""
        for variable in tree.flatten(self.states):
            if variable is not None:
                variable.assign(ops.zeros_like(variable.value))

    def reset_states(self, states=None) -> None:
        """The older name of `reset_state`, which could also set the states.

        Args:
            states: Optional list of arrays, or the only one.

        Raises:
            ValueError: If there are not as many as the layer has states.
        """
        if states is None:
            self.reset_state()
            return
        variables = tree.flatten(self.states)
        given = list(states) if isinstance(states, (list, tuple)) else [states]
        if len(given) != len(variables):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' has {len(variables)} states, but "
                f"`reset_states` received {len(given)}. Pass one array for each."
            )
        for variable, value in zip(variables, given, strict=True):
            variable.assign(value)

    def __call__(self, sequences, *args, **kwargs):
        if isinstance(sequences, (list, tuple)) and len(sequences) > 1 and not args:
            # Until Keras 3 the states could come in a list with the sequences.
            sequences, *states = sequences
            if self._num_constants and "constants" not in kwargs:
                kwargs["constants"] = states[-self._num_constants :]
                states = states[: -self._num_constants]
            kwargs = {"initial_state": states or None, **kwargs}
        return super().__call__(sequences, *args, **kwargs)

    def call(self, sequences, initial_state=None, mask=None, training=False, constants=None):
        states = self._starting_states(sequences, initial_state)
        try:
            # In inference as well, where they are not used: Keras moves the seeds on there too.
            _draw_masks(self.cell, sequences[:, 0], states)
            last_output, outputs, states = self.inner_loop(
                sequences=sequences,
                initial_state=states,
                mask=mask,
                training=training,
                **({} if constants is None else {"constants": _listed(constants)}),
            )
        finally:
            _reset_masks(self.cell)
        output = ops.cast(outputs if self.return_sequences else last_output, self.compute_dtype)
        states = tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), list(states))
        if self.stateful:
            for variable, state in zip(
                tree.flatten(self.states), tree.flatten(states), strict=True
            ):
                variable.assign(state)
        return (output, *states) if self.return_state else output

    def _starting_states(self, sequences, states):
        batch_size = sequences.shape[0]
        if self.stateful:
            expected = tree.flatten(self.states)[0].shape[0]
            if batch_size != expected:
                raise ValueError(
                    f"{type(self).__name__} layer '{self.name}' is stateful, so its batch size "
                    f"must stay that of the first batch, {expected}, but received {batch_size} "
                    "sequences. Drop the last, smaller batch, or call `reset_state()` and build a "
                    "layer for the other size."
                )
            states = self.states if states is None else states
        if states is None:
            states = self.get_initial_state(batch_size)
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        sizes = self.state_size
        if all(isinstance(size, int) for size in sizes) and len(states) != len(sizes):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' has {len(sizes)} states, but received "
                f"{len(states)} in `initial_state`. Pass a list with one tensor for each."
            )
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        return tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=dtype), states)

    def inner_loop(self, sequences, initial_state, mask, training=False, constants=None):
        """The steps of one call.

        Returns:
            `(last_output, outputs, states)` as `ops.rnn` gives them.
        """
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        options = {
            "go_backwards": self.go_backwards,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
        }
        run_over_time = getattr(self.cell, "run_over_time", None)
        if run_over_time is not None and constants is None:
            results = run_over_time(
                sequences,
                initial_state,
                mask,
                training,
                return_sequences=self.return_sequences,
                **options,
            )
            if results is not None:
                return results
        call = self.cell if callable(self.cell) else self.cell.call
        keywords = training_option(self.cell, training)
        if constants is not None:
            keywords["constants"] = constants

        def step(inputs, states):
            output, states = call(inputs, states, **keywords)
            return output, states if isinstance(states, (list, tuple)) else [states]

        return ops.rnn(
            step,
            sequences,
            initial_state,
            mask=mask,
            **options,
            return_all_outputs=self.return_sequences,
        )

    def compute_mask(self, _, mask):
        mask = tree.flatten(mask)[0] if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from the dict that `get_config` returned."""
        config = with_objects(config, ("cell",), custom_objects)
        constants = config.pop("num_constants", None) or 0
        layer = super().from_config(config)
        layer._num_constants = constants
        return layer


def _listed(x) -> list:
    """A list of tensors or shapes, from one or a list of them."""
    is_one = not isinstance(x, (list, tuple)) or isinstance(x[0], (int, type(None)))
    return [x] if is_one else list(x)


def _draw_masks(cell, inputs, states):
    """Lets all cells draw their dropout masks, outside of the loop."""
    if isinstance(cell, DropoutRNNCell):
        state = states[0] if isinstance(states, (list, tuple)) else states
        cell.get_dropout_mask(inputs)
        cell.get_recurrent_dropout_mask(state)
    if isinstance(cell, StackedRNNCells):
        for inner, state in zip(cell.cells, states, strict=True):
            _draw_masks(inner, inputs, state)
            inputs = ops.zeros((inputs.shape[0], output_size_of(inner)), dtype=inputs.dtype)


def _reset_masks(cell):
    if isinstance(cell, DropoutRNNCell):
        cell.reset_dropout_mask()
        cell.reset_recurrent_dropout_mask()
    if isinstance(cell, StackedRNNCells):
        for inner in cell.cells:
            _reset_masks(inner)
