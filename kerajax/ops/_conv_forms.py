"""How a convolution is computed: the form that is fast on the platform it is compiled for."""

import functools

import jax
import jax.numpy as jnp


@functools.partial(jax.jit, static_argnums=(2, 3, 4, 5, 6), inline=True)
def convolution(inputs, kernel, strides, padding, dilation_rate, dimension_numbers, groups):
    """`jax.lax.conv_general_dilated`; on a CPU a product where the kernel is one position.

    Such a kernel takes 33 ms instead of 89 there, from 128 to 256 channels over (32, 28, 28).

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
    if groups > 1 or max(kernel.shape[:-2]) > 1:
        if jnp.issubdtype(inputs.dtype, jnp.floating):
            inputs = jax.lax.platform_dependent(inputs, cpu=_stored, default=lambda x: x)
        return whole(inputs, kernel)
    form = functools.partial(_product, strides, dimension_numbers[0])
    return jax.lax.platform_dependent(inputs, kernel, cpu=form, default=whole)


def _product(strides, layout, inputs, kernel):
    """Padding adds nothing before the first position, so a stride is a slice of the inputs."""
    steps = iter(strides)
    inputs = inputs[tuple(slice(None, None, 1 if a in "NC" else next(steps)) for a in layout)]
    channels = layout.index("C")
    kernel = kernel.reshape(kernel.shape[-2:])
    outputs = jax.lax.dot_general(inputs, kernel, (((channels,), (0,)), ((), ())))
    return jnp.moveaxis(outputs, -1, channels)


@jax.custom_jvp
def _stored(x):
    """`x`, which XLA then computes once and keeps, rather than again wherever it is used.

    The kernel's gradient reads the inputs transposed. XLA else computes what precedes a convolution
    (a normalization and its activation, say) a second time in that order, element by element, which
    takes ten times as long as copying: 0.4 of a training step of ResNet-20. It computes again what
    has one operand of full size; a selection has two.
    """
    return jnp.where(x != x, jnp.nan, x)


@_stored.defjvp
def _stored_tangents(primals, tangents):
    return _stored(*primals), tangents[0]
