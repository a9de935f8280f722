"""Values of an array between its points, which all warps of images read."""

import functools
import itertools
import math

import jax
import jax.numpy as jnp

from kerajax._checks import one_of

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
# Interpolation by the name that the warps have for it.
ORDERS = {"nearest": 0, "bilinear": 1}


def check_modes(interpolation, fill_mode, owner):
    """Raises ValueError, with the nearest name, for modes that no warp has."""
    one_of(interpolation, "interpolation", owner, tuple(ORDERS))
    one_of(fill_mode, "fill_mode", owner, FILL_MODES)


@functools.partial(jax.jit, static_argnums=(2, 3), inline=True)
def sample(x, coordinates, order, fill_mode, fill_value):
    """Values of `x` at places given by floats.

    Args:
        x: Array whose first axes are those of space; what follows (channels) is read at once.
        coordinates: Array `(axes of space, ...)`: the places.
        order: 0 for the value of the nearest point (halves go away from zero), 1 for the mean of
            the points around, weighted by how near they are.
        fill_mode: What stands outside: one of `FILL_MODES`.
        fill_value: Number, for `"constant"`.

    Returns:
        Array `(..., channels)` of the dtype of `x`; integers are rounded.
    """
    if not jnp.issubdtype(coordinates.dtype, jnp.floating):
        coordinates = coordinates.astype(jnp.float32)
    rest = (...,) + (None,) * (x.ndim - len(coordinates))
    fill_value = jnp.asarray(fill_value).astype(x.dtype)
    total = 0
    for corner in itertools.product(*(_points(c, order) for c in coordinates)):
        places = tuple(index for index, _ in corner)
        inside, indices = _inside(places, x.shape, fill_mode)
        values = x.at[indices].get(mode="promise_in_bounds")
        if inside is not None:
            values = jnp.where(inside[rest], values, fill_value)
        if order == 0:
            return values
        total = total + math.prod(weight for _, weight in corner)[rest] * values
    if jnp.issubdtype(x.dtype, jnp.integer):
        total = jax.lax.round(total)
    return total.astype(x.dtype)


def _points(coordinate, order):
    """The points beside a coordinate along its axis, with their weights."""
    if order == 0:
        return [(jax.lax.round(coordinate).astype(jnp.int32), None)]
    lower = jnp.floor(coordinate)
    share = coordinate - lower
    index = lower.astype(jnp.int32)
    return [(index, 1 - share), (index + 1, share)]


def _inside(places, sizes, fill_mode):
    """Whether the points are in the array (None if all are made to be), and their indices."""
    pairs = list(zip(places, sizes, strict=False))
    if fill_mode == "wrap":
        return None, tuple(i % n for i, n in pairs)
    if fill_mode == "mirror":
        return None, tuple(_mirrored(i, n) for i, n in pairs)
    if fill_mode == "reflect":
        # Mirrored about the borders of the pixels, which lie halfway between the points.
        return None, tuple((_mirrored(2 * i + 1, 2 * n + 1) - 1) // 2 for i, n in pairs)
    inside = None
    if fill_mode == "constant":
        inside = functools.reduce(jnp.logical_and, [(i >= 0) & (i < n) for i, n in pairs])
    return inside, tuple(jnp.clip(i, 0, n - 1) for i, n in pairs)


def _mirrored(index, size):
    last = size - 1
    if last == 0:
        return jnp.zeros_like(index)
    return jnp.abs((index + last) % (2 * last) - last)
