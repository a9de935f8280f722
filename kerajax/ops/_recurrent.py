"""Loops over time steps: the generic `rnn`, and the recurrences of LSTM, GRU and the simple RNN.

Inputs are `(batch, time, ...)`. The products of the inputs with their kernels do not depend on the
state, so they are formed for all steps at once, before the loop. With the usual activations the
loops are those of `_recurrent_loops.py`, which have derivatives of their own.
"""

import functools

import jax
import jax.numpy as jnp

from kerajax import tree
from kerajax.ops._cudnn_rnn import CUDNN, lstm_by_platform, lstm_formulation
from kerajax.ops._recurrent_loops import flat_product, gru_loop, lstm_loop, plus_bias, simple_loop


def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
    return_all_outputs=True,
):
    """Runs `output, states = step_function(input, states)` over the time axis.

    Args:
        step_function: Function `(input, states) -> (output, new_states)` of one time step; `states`
            has the structure of `initial_states`, with `constants` appended if there are any.
        inputs: Tensor `(batch, time, ...)`, or a nested structure of them.
        initial_states: List or tuple of tensors, possibly nested.
        go_backwards: Bool. Whether to start at the last time step; the outputs are then in the
            order in which they were computed.
        mask: Optional bool tensor `(batch, time)` or `(batch, time, 1)`. A step that is masked
            keeps the states; its output is that of the step before, or zero.
        constants: Optional list of tensors that every step receives behind the states.
        unroll: Bool. Whether the steps are written out instead of looped, for a compile time that
            grows with their number.
        input_length: Not used: the number of steps is read from the inputs.
        time_major: Bool. Whether inputs, mask and outputs are `(time, batch, ...)`.
        zero_output_for_mask: Bool. Whether masked steps give zeros.
        return_all_outputs: Bool. Whether `outputs` has all steps, or the last one only.

    Returns:
        `(last_output, outputs, states)`: `(batch, ...)`, `(batch, time, ...)`, and the last states.

    Example:

    >>> x = np.array([[[1.0], [2.0], [3.0]]])
    >>> step = lambda x, states: (x + states[0], [x + states[0]])
    >>> last, outputs, states = kerajax.ops.rnn(step, x, [np.zeros((1, 1))])
    >>> outputs.ravel().tolist()
    [1.0, 3.0, 6.0]
    """
    if not time_major:
        inputs = tree.map_structure(_swap_time, inputs)
    constants = tuple(constants or ())

    def step(states, x):
        return step_function(x, tuple(states) + constants if constants else states)

    def plain_step(states, x):
        output, new_states = step(states, x)
        return tree.pack_sequence_as(states, tree.flatten(new_states)), output

    def masked_step(states, x):
        x, keep = x
        output, new_states = step(states, x)
        if zero_output_for_mask:
            previous = tree.map_structure(jnp.zeros_like, output)
        else:
            previous = _previous_output(states)
        output = tree.map_structure(lambda new, old: _choose(keep, new, old), output, previous)
        kept = [
            _choose(keep, new, old)
            for new, old in zip(tree.flatten(new_states), tree.flatten(states), strict=True)
        ]
        return tree.pack_sequence_as(states, kept), output

    xs, body = inputs, plain_step
    if mask is not None:
        mask = jnp.asarray(mask).astype(bool)
        mask = mask if time_major else _swap_time(mask)
        xs, body = (inputs, mask.reshape(mask.shape[:2])), masked_step
    # The carry of a scan keeps its dtype: what the step makes of the states, they are from the
    # start.
    initial_states = _with_dtypes_of(body, initial_states, xs)
    states, outputs = jax.lax.scan(body, initial_states, xs, reverse=go_backwards, unroll=unroll)
    if go_backwards:
        outputs = tree.map_structure(lambda x: jnp.flip(x, 0), outputs)
    last_output = tree.map_structure(lambda x: x[-1], outputs)
    if not return_all_outputs:
        outputs = tree.map_structure(lambda x: x[None], last_output)
    if not time_major:
        outputs = tree.map_structure(_swap_time, outputs)
    return last_output, outputs, states


def lstm(
    inputs,
    initial_state_h,
    initial_state_c,
    mask,
    kernel,
    recurrent_kernel,
    bias,
    activation,
    recurrent_activation,
    return_sequences=False,
    go_backwards=False,
    unroll=False,
    zero_output_for_mask=False,
    use_cudnn=True,
):
    """Long short-term memory over all time steps.

    With `z = x @ kernel + h @ recurrent_kernel + bias` in four parts `z_i, z_f, z_c, z_o`, the
    activation `f` and the recurrent activation `g`:
    `c = g(z_f) * c + g(z_i) * f(z_c)`, `h = g(z_o) * f(c)`.

    Args:
        inputs: Tensor `(batch, time, features)`.
        initial_state_h: Tensor `(batch, units)`.
        initial_state_c: Tensor `(batch, units)`.
        mask: Optional bool tensor `(batch, time)`.
        kernel: Tensor `(features, 4 * units)`.
        recurrent_kernel: Tensor `(units, 4 * units)`.
        bias: Optional tensor `(4 * units,)`.
        activation: Function, usually `tanh`.
        recurrent_activation: Function, usually `sigmoid`.
        return_sequences: Bool. Whether `outputs` has all time steps, or the last one only.
        go_backwards: Bool. Whether to start at the last time step.
        unroll: Bool. Whether the steps are written out.
        zero_output_for_mask: Bool. Whether masked steps give zeros.
        use_cudnn: Bool. Whether a CUDA GPU runs cuDNN's kernel where it can: with `tanh`,
            `sigmoid`, a bias, float32, no `unroll`, and masked steps after the others only. It has
            no forward-mode and no second derivatives.

    Returns:
        `(last_output, outputs, [h, c])`.

    Example:

    >>> x, h = np.ones((2, 5, 3), "float32"), np.zeros((2, 4), "float32")
    >>> tanh, sigmoid = kerajax.ops.tanh, kerajax.ops.sigmoid
    >>> kernels = np.ones((3, 16), "float32"), np.ones((4, 16), "float32")
    >>> last, outputs, states = kerajax.ops.lstm(x, h, h, None, *kernels, None, tanh, sigmoid)
    >>> last.shape, outputs.shape
    ((2, 4), (2, 1, 4))
    """
    recurrent_kernel = jnp.asarray(recurrent_kernel)
    states = [initial_state_h, initial_state_c]
    options = (return_sequences, go_backwards, unroll, zero_output_for_mask)
    usual = _is_usual(activation, "tanh") and _is_usual(recurrent_activation, "sigmoid")
    if usual and use_cudnn:
        weights = (
            jnp.asarray(kernel),
            recurrent_kernel,
            None if bias is None else jnp.asarray(bias),
        )
        if lstm_formulation(inputs, (*states, *weights), unroll) == CUDNN:
            x = _swap_time(inputs)
            return _fixed_loop(lstm_by_platform, x, weights, states, mask, *options)
    z = _projection(inputs, kernel, bias)
    if usual:
        return _fixed_loop(lstm_loop, z, (recurrent_kernel,), states, mask, *options)

    def step(z, states):
        h, c = states
        z_i, z_f, z_c, z_o = jnp.split(z + h @ recurrent_kernel, 4, axis=-1)
        c = recurrent_activation(z_f) * c + recurrent_activation(z_i) * activation(z_c)
        h = recurrent_activation(z_o) * activation(c)
        return h, [h, c]

    return _loop(step, z, states, mask, *options)


def gru(
    inputs,
    initial_state,
    mask,
    kernel,
    recurrent_kernel,
    bias,
    activation,
    recurrent_activation,
    return_sequences=False,
    go_backwards=False,
    unroll=False,
    reset_after=True,
    zero_output_for_mask=False,
):
    """Gated recurrent unit over all time steps.

    With the parts `z, r, h` of the kernels, `x = inputs @ kernel + bias`, the activation `f` and
    the recurrent activation `g`: `z = g(x_z + h @ R_z)`, `r = g(x_r + h @ R_r)`,
    `candidate = f(x_h + r * (h @ R_h + b_h))` if `reset_after`, else `f(x_h + (r * h) @ R_h)`, and
    `h = z * h + (1 - z) * candidate`.

    Args:
        inputs: Tensor `(batch, time, features)`.
        initial_state: Tensor `(batch, units)`.
        mask: Optional bool tensor `(batch, time)`.
        kernel: Tensor `(features, 3 * units)`.
        recurrent_kernel: Tensor `(units, 3 * units)`.
        bias: Optional tensor: `(2, 3 * units)` (for inputs and state) if `reset_after`, else
            `(3 * units,)`.
        activation: Function, usually `tanh`.
        recurrent_activation: Function, usually `sigmoid`.
        return_sequences: Bool. Whether `outputs` has all time steps, or the last one only.
        go_backwards: Bool. Whether to start at the last time step.
        unroll: Bool. Whether the steps are written out.
        reset_after: Bool. Whether the reset gate acts after the product with the recurrent kernel,
            as in cuDNN.
        zero_output_for_mask: Bool. Whether masked steps give zeros.

    Returns:
        `(last_output, outputs, [h])`.

    Example:

    >>> x, h = np.ones((2, 5, 3), "float32"), np.zeros((2, 4), "float32")
    >>> tanh, sigmoid = kerajax.ops.tanh, kerajax.ops.sigmoid
    >>> kernels = np.ones((3, 12), "float32"), np.ones((4, 12), "float32")
    >>> last, outputs, states = kerajax.ops.gru(x, h, None, *kernels, None, tanh, sigmoid)
    >>> last.shape, outputs.shape
    ((2, 4), (2, 1, 4))
    """
    recurrent_kernel = jnp.asarray(recurrent_kernel)
    units = recurrent_kernel.shape[0]
    input_bias, state_bias = bias, None
    if reset_after and bias is not None:
        input_bias, state_bias = bias[0], bias[1]
    x = _projection(inputs, kernel, input_bias)
    options = (return_sequences, go_backwards, unroll, zero_output_for_mask)
    usual = _is_usual(activation, "tanh") and _is_usual(recurrent_activation, "sigmoid")
    if usual and reset_after:
        state_bias = jnp.zeros((3 * units,), x.dtype) if state_bias is None else state_bias
        weights = (recurrent_kernel, state_bias)
        return _fixed_loop(gru_loop, x, weights, [initial_state], mask, *options)

    def step(x, states):
        h = states[0]
        if reset_after:
            y = h @ recurrent_kernel
            y = y if state_bias is None else y + state_bias
            gates = recurrent_activation(x[..., : 2 * units] + y[..., : 2 * units])
            z, r = jnp.split(gates, 2, axis=-1)
            candidate = activation(x[..., 2 * units :] + r * y[..., 2 * units :])
        else:
            y = h @ recurrent_kernel[:, : 2 * units]
            z, r = jnp.split(recurrent_activation(x[..., : 2 * units] + y), 2, axis=-1)
            y = (r * h) @ recurrent_kernel[:, 2 * units :]
            candidate = activation(x[..., 2 * units :] + y)
        h = z * h + (1 - z) * candidate
        return h, [h]

    return _loop(step, x, [initial_state], mask, *options)


def simple_rnn(
    inputs,
    initial_state,
    mask,
    kernel,
    recurrent_kernel,
    bias,
    activation,
    return_sequences=False,
    go_backwards=False,
    unroll=False,
    zero_output_for_mask=False,
):
    """`h = activation(inputs @ kernel + bias + h @ recurrent_kernel)` over all time steps.

    Args:
        inputs: Tensor `(batch, time, features)`.
        initial_state: Tensor `(batch, units)`.
        mask: Optional bool tensor `(batch, time)`.
        kernel: Tensor `(features, units)`.
        recurrent_kernel: Tensor `(units, units)`.
        bias: Optional tensor `(units,)`.
        activation: Function, usually `tanh`.
        return_sequences: Bool. Whether `outputs` has all time steps, or the last one only.
        go_backwards: Bool. Whether to start at the last time step.
        unroll: Bool. Whether the steps are written out.
        zero_output_for_mask: Bool. Whether masked steps give zeros.

    Returns:
        `(last_output, outputs, [h])`.

    Example:

    >>> x, h = np.ones((2, 5, 3), "float32"), np.zeros((2, 4), "float32")
    >>> kernels = np.ones((3, 4), "float32"), np.ones((4, 4), "float32")
    >>> last, outputs, states = kerajax.ops.simple_rnn(x, h, None, *kernels, None, kerajax.ops.tanh)
    >>> last.shape, outputs.shape
    ((2, 4), (2, 1, 4))
    """
    recurrent_kernel = jnp.asarray(recurrent_kernel)
    x = _projection(inputs, kernel, bias)
    options = (return_sequences, go_backwards, unroll, zero_output_for_mask)
    if _is_usual(activation, "tanh"):
        return _fixed_loop(simple_loop, x, (recurrent_kernel,), [initial_state], mask, *options)

    def step(x, states):
        h = activation(x + states[0] @ recurrent_kernel)
        return h, [h]

    return _loop(step, x, [initial_state], mask, *options)


def _projection(inputs, kernel, bias):
    """`inputs @ kernel + bias` of all steps, `(time, batch, ...)`."""
    projected = flat_product(_swap_time(inputs), jnp.asarray(kernel))
    return projected if bias is None else plus_bias(projected, jnp.asarray(bias))


def _is_usual(activation, name):
    """Whether `activation` is the function of this name, here or in JAX."""
    module = getattr(activation, "__module__", None) or ""
    known = module.startswith(("kerajax.ops.", "kerajax.activations.", "jax."))
    return known and getattr(activation, "__name__", None) == name


# Outside of a trace, a loop is compiled; the cache of `jit` keeps what a plain call would lose.
@functools.partial(jax.jit, static_argnums=(0, 5, 6, 7, 8))
def _fixed_loop(loop, x, weights, states, mask, every, backwards, unroll, zero_output_for_mask):
    """Runs one of the loops with fixed activations; results as of `rnn`."""
    dtype = jnp.result_type(x, *weights)
    x, *parts = (jnp.asarray(a, dtype) for a in (x, *weights, *states))
    keep = None
    if mask is not None:
        keep = _swap_time(mask).astype(bool)
        keep = keep.reshape(*keep.shape[:2], 1)
    if backwards:
        x, keep = jnp.flip(x, 0), None if keep is None else jnp.flip(keep, 0)
    outputs, *states = loop(x, *parts, keep, unroll)
    last_output = states[0]
    if keep is not None and zero_output_for_mask:
        outputs = jnp.where(keep, outputs, 0)
        last_output = outputs[-1]
    outputs = outputs if every else last_output[None]
    return last_output, _swap_time(outputs), states


def _loop(step, x, states, mask, every, backwards, unroll, zero_output_for_mask):
    """Runs `rnn` over inputs that are time-major already; results as of `rnn`."""
    last_output, outputs, states = rnn(
        step,
        x,
        states,
        go_backwards=backwards,
        mask=None if mask is None else _swap_time(mask),
        unroll=unroll,
        time_major=True,
        zero_output_for_mask=zero_output_for_mask,
        return_all_outputs=every,
    )
    return last_output, _swap_time(outputs), states


def _swap_time(x):
    return jnp.swapaxes(jnp.asarray(x), 0, 1)


def _choose(keep, new, old):
    return jnp.where(keep.reshape(keep.shape + (1,) * (new.ndim - 1)), new, old)


def _previous_output(states):
    """The first state is the previous output; of stacked cells it is that of the last cell."""
    first = states[0]
    return states[-1][0] if isinstance(first, (list, tuple)) else first


def _with_dtypes_of(body, states, xs):
    states = tree.map_structure(jnp.asarray, states)
    first = tree.map_structure(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), xs)
    specs = jax.eval_shape(lambda s, x: body(s, x)[0], states, first)
    return tree.map_structure(lambda state, spec: state.astype(spec.dtype), states, specs)
