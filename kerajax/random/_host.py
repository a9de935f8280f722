"""Draws made on the host, bit for bit those of `jax.random`.

JAX compiles a program for every shape it draws, which takes tens of milliseconds; a new model draws
a dozen shapes for its initial weights. The generator behind it, Threefry-2x32 with 20 rounds, is
integer arithmetic that numpy does as well: key and counter in, 32 random bits out.

Reference:
    Salmon et al., 2011, "Parallel Random Numbers: As Easy as 1, 2, 3",
    https://doi.org/10.1145/2063384.2063405
"""

import math

import jax
import numpy as np

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = np.uint32(0x1BD11BDA)
# Beyond this many numbers JAX's compiled loop wins, compilation included.
_MOST = 1 << 20


def draws_on_host(seed, shape, dtype, *limits) -> bool:
    """Whether `uniform` here gives what JAX would give, and sooner."""
    return (
        dtype == "float32"
        and math.prod(shape) <= _MOST
        and isinstance(seed, (jax.Array, np.ndarray))
        and not isinstance(seed, jax.core.Tracer)
        and seed.shape == (2,)
        and seed.dtype == np.uint32
        and all(isinstance(limit, (int, float)) for limit in limits)
        and jax.config.jax_threefry_partitionable
        and jax.config.jax_default_prng_impl == "threefry2x32"
    )


def uniform(seed, shape, minval, maxval):
    """Float32 numbers in `[minval, maxval)`, an array of numpy.

    Args:
        seed: Array of two uint32, the key.
        shape: Tuple of ints.
        minval: Float.
        maxval: Float.
    """
    bits = random_bits(np.asarray(seed), math.prod(shape))
    # 23 random bits under the exponent of 1.0 are a float in [1, 2).
    bits >>= np.uint32(9)
    bits |= np.uint32(0x3F800000)
    floats = bits.view(np.float32)
    floats -= np.float32(1)
    low, high = np.float32(minval), np.float32(maxval)
    # XLA multiplies and adds with one rounding; in float64 the product is exact.
    wide = floats.astype(np.float64)
    wide *= high - low
    wide += low
    floats[...] = wide
    return np.maximum(low, floats, out=floats).reshape(shape)


def normal(seed, shape, limit=None):
    """Float32 numbers of the standard normal distribution, an array of numpy.

    The inverse of the error function is JAX's, on the device, in blocks whose sizes are powers of
    four: ten programs serve all shapes.

    Args:
        seed: Array of two uint32, the key.
        shape: Tuple of ints.
        limit: Float, or None. Numbers beyond it, on either side, are not drawn.
    """
    if limit is None:
        low, high = np.nextafter(np.float32(-1), np.float32(0)), np.float32(1)
    else:
        high = np.float32(math.erf(np.float32(limit) / _SQRT2))
        low = -high
    sample = uniform(seed, shape, low, high)
    block = np.zeros(1 << 2 * math.ceil(math.log2(max(sample.size, 2)) / 2), np.float32)
    block[: sample.size] = sample.ravel()
    with jax.core.eval_context():
        block = np.asarray(_normal_of(block))
    sample = block[: sample.size].reshape(shape)
    if limit is not None:
        # Rounding must not put a number onto the limit.
        inside = np.nextafter(np.float32(limit), np.float32(0))
        sample = np.clip(sample, -inside, inside)
    return sample


_SQRT2 = np.sqrt(np.float32(2))


@jax.jit
def _normal_of(uniform):
    return _SQRT2 * jax.lax.erf_inv(uniform)


def scaled(sample, mean, stddev):
    """`sample * stddev + mean`, in numpy where JAX would compile two programs for the shape.

    Args:
        sample: Array of floats, of JAX or numpy, or a tracer.
        mean: Float or array.
        stddev: Float or array.
    """
    if (
        isinstance(sample, jax.core.Tracer)
        or sample.dtype != np.float32
        or sample.size > _MOST
        or not all(isinstance(x, (int, float)) for x in (mean, stddev))
    ):
        return jax.numpy.asarray(sample) * stddev + mean
    if (mean, stddev) == (0, 1):
        return sample
    return np.asarray(sample) * np.float32(stddev) + np.float32(mean)


def random_bits(key, count):
    """`count` uint32 numbers: the two words of each Threefry block, joined by exclusive or.

    All is done in place: new arrays would take a fifth more time.
    """
    with np.errstate(over="ignore"):
        keys = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
        x = np.full(count, keys[0], np.uint32)
        y = np.arange(count, dtype=np.uint32)
        y += keys[1]
        left = np.empty_like(y)
        for block in range(5):
            for rotation in _ROTATIONS[block % 2]:
                x += y
                np.left_shift(y, np.uint32(rotation), out=left)
                y >>= np.uint32(32 - rotation)
                y |= left
                y ^= x
            x += keys[(block + 1) % 3]
            y += keys[(block + 2) % 3] + np.uint32(block + 1)
        x ^= y
    return x
