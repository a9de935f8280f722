"""The formulations of a whole LSTM: the loop of `_recurrent_loops.py`, and cuDNN's kernel on CUDA.

`jax.experimental.rnn` offers cuDNN's recurrence, of LSTM and no other: there is none of GRU or of
the simple RNN to choose. Its sizes are asked of cuDNN while a function is traced, so it is named
only where the CUDA plugin of JAX is there with a GPU; everywhere else, for instance where a program
for CUDA is exported on a machine without one, the loop is what is lowered.

What the kernel gives is brought to what the loop gives: at steps beyond a sequence's length it
writes zeros, where a masked step repeats the output before it.
"""

import functools

import jax
import jax.numpy as jnp

from kerajax.ops._recurrent_loops import flat_product, lstm_loop

LOOP, CUDNN = "loop", "cudnn"


def lstm_formulation(inputs, others, unroll) -> str:
    """Which formulations of an LSTM with its usual activations the program holds.

    Args:
        inputs: Tensor `(batch, time, features)`.
        others: States, kernels and bias; None for one that is not used.
        unroll: Bool. Whether the steps are to be written out.

    Returns:
        `"cudnn"` where CUDA is to run cuDNN's kernel and each other platform the loop; else
        `"loop"`.
    """
    tensors = (inputs, *others)
    if unroll or any(x is None or jnp.result_type(x) != jnp.float32 for x in tensors):
        return LOOP
    if not all(isinstance(n, int) and n > 0 for n in jnp.shape(inputs)):
        return LOOP
    return CUDNN if has_cudnn() else LOOP


@functools.cache
def has_cudnn() -> bool:
    """Whether JAX runs on a CUDA GPU and has cuDNN's recurrence."""
    if jax.default_backend() != "gpu":
        return False
    try:
        jax.eval_shape(_run, *_specs_of_a_small_lstm())
    except (AttributeError, RuntimeError, NotImplementedError):
        # The plugin comes without the kernel, or with one of an old cuDNN.
        return False
    return True


def lstm_by_platform(inputs, kernel, recurrent_kernel, bias, h, c, keep, unroll=False):
    """`(outputs, h, c)` of cuDNN's kernel on CUDA, of the loop on other platforms.

    Args:
        inputs: Tensor `(time, batch, features)`, in the order in which steps are taken.
        kernel: Tensor `(features, 4 * units)`, parts in the order of input, forget, candidate and
            output, which is cuDNN's.
        recurrent_kernel: Tensor `(units, 4 * units)`.
        bias: Tensor `(4 * units,)`.
        h: Tensor `(batch, units)`.
        c: Tensor `(batch, units)`.
        keep: Optional bool tensor `(time, batch, 1)`. With masked steps in front of others, or
            sequences that are masked as a whole, CUDA runs the loop too, which is decided by the
            values when the program runs.
        unroll: Bool. Whether the steps of the loop are written out.
    """

    def loop(inputs, kernel, recurrent_kernel, bias, *states):
        return lstm_loop(flat_product(inputs, kernel) + bias, recurrent_kernel, *states, unroll)

    def fused(*arguments):
        if keep is None:
            return _fused(*arguments)
        return jax.lax.cond(_is_padded_at_the_end(keep), _fused, loop, *arguments)

    arguments = (inputs, kernel, recurrent_kernel, bias, h, c, keep)
    return jax.lax.platform_dependent(*arguments, cuda=fused, default=loop)


def _fused(inputs, kernel, recurrent_kernel, bias, h, c, keep):
    time, batch = inputs.shape[:2]
    parts = (kernel.T, recurrent_kernel.T, bias, jnp.zeros_like(bias))
    weights = jnp.concatenate([part.ravel() for part in parts])
    lengths = jnp.full((batch,), time) if keep is None else jnp.sum(keep, axis=(0, 2))
    sequences = jnp.swapaxes(inputs, 0, 1)
    outputs, h, c = _run(sequences, h[None], c[None], weights, lengths.astype(jnp.int32))
    outputs, h, c = jnp.swapaxes(outputs, 0, 1), h[0], c[0]
    return outputs if keep is None else jnp.where(keep, outputs, h), h, c


def _is_padded_at_the_end(keep):
    """Whether each sequence keeps its first step, and none after a masked one."""
    return jnp.all(keep[0]) & jnp.all(keep[:-1] | ~keep[1:])


# JAX has no rule that vectorizes its kernel, forward or backward: samples of `vmap` run in turn.
@jax.custom_vjp
def _run(x, h, c, weights, lengths):
    return _forward(x, h, c, weights, lengths)[0]


def _forward(x, h, c, weights, lengths):
    run = functools.partial(_kernel("lstm_fwd"), **_sizes(x, h), precision=None)
    return jax.custom_batching.sequential_vmap(run)(x, h, c, weights, lengths)


def _backward(residuals, gradients):
    x, h = residuals[:2]
    run = functools.partial(_kernel("lstm_bwd"), *_sizes(x, h).values(), None)
    return (*jax.custom_batching.sequential_vmap(run)(residuals, gradients)[:4], None)


_run.defvjp(_forward, _backward)


def _kernel(name):
    # Imported where it runs: it loads the libraries of every GPU plugin.
    from jax.experimental import rnn

    return getattr(rnn, name)


def _sizes(x, h):
    return {
        "input_size": x.shape[-1],
        "hidden_size": h.shape[-1],
        "num_layers": 1,
        "dropout": 0.0,
        "bidirectional": False,
    }


def _specs_of_a_small_lstm():
    spec = functools.partial(jax.ShapeDtypeStruct, dtype=jnp.float32)
    states = (spec((1, 1, 1)), spec((1, 1, 1)))
    return spec((1, 1, 1)), *states, spec((16,)), jax.ShapeDtypeStruct((1,), jnp.int32)
