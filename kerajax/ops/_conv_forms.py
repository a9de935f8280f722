"""How a convolution is computed: the form that is fast on the platform it is compiled for."""

import functools
import math

import jax
import jax.numpy as jnp

# Bytes of patches and outputs that one part of a convolution should have, and at most. Above 64 MiB
# glibc takes scratch memory of a worker thread from the system anew at each step.
_PART = 3 << 19
_LARGEST_PART = 40 << 20
_PARTS = 8
# With fewer filters than this, the products are too narrow for smaller parts to pay.
_FEW_FILTERS = 32


@functools.partial(jax.jit, static_argnums=(2, 3, 4, 5, 6), inline=True)
def convolution(inputs, kernel, strides, padding, dilation_rate, dimension_numbers, groups):
    """`jax.lax.conv_general_dilated`, on a CPU as products or in parts of the batch.

    XLA's CPU backend forms the patches of the whole batch and then the gradient of the kernel on
    one core. In parts, patches stay in the caches and parts run beside each other: forward and
    gradients of 3x3 kernels from 32 to 64 channels over (128, 26, 26) take 91 ms instead of 142 on
    two cores, and no page faults. A kernel of one position is a product of matrices: 33 ms instead
    of 89 from 128 to 256 channels over (32, 28, 28).

    Args:
        inputs: Tensor, batch first.
        kernel: Tensor of the same dtype.
        strides: Tuple of ints.
        padding: `"VALID"` or `"SAME"`.
        dilation_rate: Tuple of ints.
        dimension_numbers: As `jax.lax.conv_general_dilated` takes them.
        groups: Int.
    """
    whole = functools.partial(
        jax.lax.conv_general_dilated,
        window_strides=strides,
        padding=padding,
        rhs_dilation=dilation_rate,
        dimension_numbers=dimension_numbers,
        feature_group_count=groups,
    )
    if groups > 1 or not isinstance(inputs.shape[0], int):
        return whole(inputs, kernel)
    layout = dimension_numbers[0]
    if max(kernel.shape[:-2]) == 1 and max(strides) == 1:
        form = functools.partial(_product, channels=layout.index("C"))
    else:
        parts = _count_of_parts(jax.eval_shape(whole, inputs, kernel), kernel)
        if parts < 2:
            return whole(inputs, kernel)
        form = functools.partial(_in_parts, whole, parts)
    return jax.lax.platform_dependent(inputs, kernel, cpu=form, default=whole)


def _product(inputs, kernel, channels):
    kernel = kernel.reshape(kernel.shape[-2:])
    outputs = jax.lax.dot_general(inputs, kernel, (((channels,), (0,)), ((), ())))
    return jnp.moveaxis(outputs, -1, channels)


def _in_parts(whole, parts, inputs, kernel):
    size = -(-inputs.shape[0] // parts)
    starts = range(0, inputs.shape[0], size)
    return jnp.concatenate([whole(inputs[start : start + size], kernel) for start in starts])


def _count_of_parts(outputs, kernel) -> int:
    """Into how many parts to cut the batch; a power of two, or the batch size."""
    filters = kernel.shape[-1]
    patches = outputs.size // filters * math.prod(kernel.shape[:-1]) * kernel.dtype.itemsize
    wanted = patches / _LARGEST_PART
    if filters >= _FEW_FILTERS:
        wanted = max(wanted, min(_PARTS, (patches + 4 * outputs.size) / _PART))
    parts = 1 << max(0, math.ceil(math.log2(wanted))) if wanted > 1 else 1
    return min(parts, 4 * _PARTS, outputs.shape[0])
