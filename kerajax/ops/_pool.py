"""Pooling: the largest or the mean value of a window that moves over the spatial axes."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from kerajax._checks import int_tuple
from kerajax._checks import padding as check_padding
from kerajax.backend import as_array
from kerajax.ops._broadcast import as_float
from kerajax.ops._op import op
from kerajax.ops._windows import (
    framed,
    standardize_data_format,
    standardize_rank,
)


@op
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """Largest value of each window. Ties give the gradient to the first.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        pool_size: Int or one for each spatial axis: the window.
        strides: Int or one for each spatial axis; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (outputs of `ceil(size / strides)`).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Example:

    >>> kerajax.ops.max_pool(np.arange(4.0).reshape(1, 4, 1), 2).ravel().tolist()
    [1.0, 3.0]
    """
    inputs = as_array(inputs)
    window = _window(inputs, pool_size, strides, padding, data_format, "max_pool")
    if not jnp.issubdtype(inputs.dtype, jnp.floating) or max(window[0]) > _LONGEST_OF_VIEWS:
        return _windowed_max(inputs, *window)
    return _max_by_platform(inputs, *window)


@op
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """Mean of each window; with `"same"`, of those of its elements that are not padding.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        pool_size: Int or one for each spatial axis: the window.
        strides: Int or one for each spatial axis; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (outputs of `ceil(size / strides)`).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Example:

    >>> kerajax.ops.average_pool(np.arange(3.0).reshape(1, 3, 1), 2, 2, "same").ravel().tolist()
    [0.5, 2.0]
    """
    inputs = as_float(inputs)
    window = _window(inputs, pool_size, strides, padding, data_format, "average_pool")
    sums = jax.lax.reduce_window(inputs, 0.0, jax.lax.add, *window)
    sizes, _, padding = window
    if padding == "VALID":
        return sums / math.prod(sizes)
    # The number of real elements depends on the place in pooled axes alone.
    shape = [n if size > 1 else 1 for n, size in zip(inputs.shape, sizes, strict=True)]
    strides = [s if size > 1 else 1 for s, size in zip(window[1], sizes, strict=True)]
    ones = jnp.ones(shape, inputs.dtype)
    return sums / jax.lax.reduce_window(ones, 0.0, jax.lax.add, sizes, strides, padding)


def _window(inputs, pool_size, strides, padding, data_format, owner):
    """(window, strides, padding) of `reduce_window`."""
    data_format = standardize_data_format(data_format)
    rank = standardize_rank(inputs, owner)
    pool_size = int_tuple(pool_size, "pool_size", owner, rank)
    strides = pool_size if strides is None else int_tuple(strides, "strides", owner, rank)
    padding = check_padding(padding, "padding", owner).upper()
    return framed(pool_size, data_format), framed(strides, data_format), padding


# Beyond this many elements of a window along one axis, views cost more to compile than they save.
_LONGEST_OF_VIEWS = 6


@functools.partial(jax.jit, static_argnums=(1, 2, 3), inline=True)
def _max_by_platform(x, sizes, strides, padding):
    """The form of the maximum whose gradient is cheap on the platform it is compiled for.

    The gradient of `reduce_window` is a select-and-scatter, which XLA runs element by element on a
    CPU. With views, forward and gradient of 2x2 windows over (128, 24, 24, 64) take 4 to 6 ms of
    processor time instead of 45, those of 3x3 windows with stride 2 12 instead of 55. Accelerators
    have a kernel for select-and-scatter.
    """
    return jax.lax.platform_dependent(
        x,
        cpu=lambda x: _max_of_views(x, sizes, strides, padding),
        default=lambda x: _windowed_max(x, sizes, strides, padding),
    )


def _windowed_max(x, sizes, strides, padding):
    return jax.lax.reduce_window(x, _lowest(x.dtype), jax.lax.max, sizes, strides, padding)


def _max_of_views(x, sizes, strides, padding):
    """The largest of the shifted strided views of `x`, axis by axis.

    The last axis comes first, so that the gradient goes to the first of equal values in reading
    order, as with `reduce_window`.
    """
    pads = jax.lax.padtype_to_pads(x.shape, sizes, strides, padding)
    if any(
        n + low + high < size for n, (low, high), size in zip(x.shape, pads, sizes, strict=True)
    ):
        return _windowed_max(x, sizes, strides, padding)  # No window fits: an empty result.
    if any(low or high for low, high in pads):
        x = jax.lax.pad(x, _lowest(x.dtype), [(*pad, 0) for pad in pads])
    for axis in reversed(range(x.ndim)):
        size, stride = sizes[axis], strides[axis]
        if (size, stride) == (1, 1):
            continue
        span = (x.shape[axis] - size) // stride * stride + 1
        views = [
            jax.lax.slice_in_dim(x, start, start + span, stride, axis) for start in range(size)
        ]
        x = functools.reduce(_first_largest, views)
    return x


def _first_largest(a, b):
    # A NaN wins, from either side, as with `maximum`.
    return jnp.where((a >= b) | (a != a), a, b)


def _lowest(dtype):
    """The value that no maximum is below, a constant, so that JAX knows the gradient."""
    if jnp.issubdtype(dtype, jnp.floating):
        return np.array(-np.inf, dtype)
    return np.array(False if dtype == "bool" else jnp.iinfo(dtype).min, dtype)


def _adaptive(inputs, output_size, data_format, owner, reduce):
    """Reduces window `floor(i * n / m)` to `ceil((i + 1) * n / m)` for each output `i` of `m`."""
    inputs = as_float(inputs)
    data_format = standardize_data_format(data_format)
    rank = standardize_rank(inputs, owner)
    output_size = int_tuple(output_size, "output_size", owner, rank)
    first = 1 if data_format == "channels_last" else 2
    for axis, size in enumerate(output_size, first):
        inputs = _adaptive_axis(inputs, axis, size, reduce)
    return inputs


def _adaptive_axis(x, axis, size, reduce):
    n = x.shape[axis]
    starts = [i * n // size for i in range(size)]
    ends = [-(-(i + 1) * n // size) for i in range(size)]
    width = max(end - start for start, end in zip(starts, ends, strict=True))
    places = as_array(starts)[:, None] + jnp.arange(width)
    inside = places < as_array(ends)[:, None]
    windows = jnp.take(x, jnp.minimum(places, n - 1), axis=axis)
    inside = inside.reshape(inside.shape + (1,) * (x.ndim - axis - 1))
    return reduce(windows, axis + 1, inside)


@op
def adaptive_average_pool(inputs, output_size, data_format=None):
    """Means of windows that cut each spatial axis into `output_size` parts, which may overlap.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        output_size: Int or one for each spatial axis.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Example:

    >>> kerajax.ops.adaptive_average_pool(np.arange(4.0).reshape(1, 4, 1), 2).ravel().tolist()
    [0.5, 2.5]
    """
    return _adaptive(inputs, output_size, data_format, "adaptive_average_pool", _masked_mean)


@op
def adaptive_max_pool(inputs, output_size, data_format=None):
    """Largest values of windows that cut each spatial axis into `output_size` parts.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        inputs: Tensor `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`.
        output_size: Int or one for each spatial axis.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Example:

    >>> kerajax.ops.adaptive_max_pool(np.arange(4.0).reshape(1, 4, 1), 2).ravel().tolist()
    [1.0, 3.0]
    """
    return _adaptive(inputs, output_size, data_format, "adaptive_max_pool", _masked_max)


def _masked_mean(windows, axis, inside):
    total = jnp.sum(jnp.where(inside, windows, 0), axis=axis)
    count = jnp.sum(inside, axis=1).astype(windows.dtype)
    return total / count


def _masked_max(windows, axis, inside):
    return jnp.max(windows, axis=axis, initial=-jnp.inf, where=inside)
