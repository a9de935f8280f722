"""Random tensors: each function draws a shape from a distribution, starting at a seed.

All are pure in an integer seed. The arithmetic after the draw is in the order Keras has it, since
another order rounds to other numbers.
"""

import functools
import numbers

import jax
import jax.numpy as jnp

from kerajax._checks import noting
from kerajax.backend import canonical_dtype, convert_to_tensor, is_float_dtype, is_int_dtype
from kerajax.random import _host
from kerajax.random._seed import as_pair, draw_seed


@noting
def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Draws from the normal distribution.

    Args:
        shape: Tuple of ints.
        mean: Float, or tensor that broadcasts to `shape`.
        stddev: Float, or tensor that broadcasts to `shape`.
        dtype: String, a float type; the default float if absent.
        seed: Int for the same numbers in every call, `SeedGenerator` for new ones, or None for
            new ones from the thread's own generator.

    Returns:
        Tensor of `shape`.

    Example:

    >>> kerajax.random.normal((2, 3), seed=1).shape
    (2, 3)
    """
    dtype, shape, seed = canonical_dtype(dtype), _sizes(shape), draw_seed(seed)
    if _host.draws_on_host(seed, shape, dtype):
        return _put(_normal_on_host(seed, shape, mean, stddev))
    return _put(_host.scaled(jax.random.normal(seed, shape, dtype), mean, stddev))


@noting
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Draws from the normal distribution, without the tails beyond two standard deviations.

    Args:
        shape: Tuple of ints.
        mean: Float. Mean before truncation.
        stddev: Float. Standard deviation before truncation; what is drawn has 0.88 of it.
        dtype: String, a float type; the default float if absent.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of `shape`.

    Example:

    >>> bool((abs(kerajax.random.truncated_normal((100,), seed=1)) <= 2).all())
    True
    """
    dtype, shape, seed = canonical_dtype(dtype), _sizes(shape), draw_seed(seed)
    if _host.draws_on_host(seed, shape, dtype):
        return _put(_truncated_on_host(seed, shape, mean, stddev))
    sample = jax.random.truncated_normal(seed, -2.0, 2.0, shape, dtype)
    return _put(_host.scaled(sample, mean, stddev))


@noting
def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Draws evenly from the interval `[minval, maxval)`.

    Args:
        shape: Tuple of ints.
        minval: Float. The lower end, which can be drawn.
        maxval: Float. The upper end, which cannot.
        dtype: String, a float type; the default float if absent.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of `shape`.

    Raises:
        ValueError: If `dtype` is no float type; `randint` draws integers.

    Example:

    >>> bool((kerajax.random.uniform((100,), 2.0, 3.0, seed=1) >= 2).all())
    True
    """
    if dtype and not is_float_dtype(dtype):
        raise ValueError(
            "`keras.random.uniform` requires a floating point `dtype`. "
            f"Received: dtype={dtype}. Use `randint` for integers."
        )
    dtype, shape, seed = canonical_dtype(dtype), _sizes(shape), draw_seed(seed)
    if _host.draws_on_host(seed, shape, dtype, minval, maxval):
        return _put(_host.uniform(seed, shape, minval, maxval))
    return jax.random.uniform(seed, shape, dtype, minval, maxval)


@noting
def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Draws evenly from the integers `minval, ..., maxval - 1`.

    Args:
        shape: Tuple of ints.
        minval: Int. The smallest number that can be drawn.
        maxval: Int. One more than the largest.
        dtype: String, an integer type.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of `shape`.

    Raises:
        ValueError: If `dtype` is no integer type; `uniform` draws floats.

    Example:

    >>> kerajax.random.randint((3,), 5, 6, seed=1).tolist()
    [5, 5, 5]
    """
    if dtype and not is_int_dtype(dtype):
        raise ValueError(
            "`keras.random.randint` requires an integer `dtype`. "
            f"Received: dtype={dtype}. Use `uniform` for floats."
        )
    dtype = canonical_dtype(dtype or "int32")
    return jax.random.randint(draw_seed(seed), _sizes(shape), minval, maxval, dtype)


@noting
def categorical(logits, num_samples, dtype="int32", seed=None):
    """Draws class indices, each class with probability `softmax(logits)`.

    Args:
        logits: Tensor `(batch, classes)`: unnormalized logarithms of the probabilities.
        num_samples: Int. Draws per row.
        dtype: String. Dtype of the indices.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor `(batch, num_samples)`.

    Raises:
        ValueError: If `logits` has not two axes.

    Example:

    >>> kerajax.random.categorical(np.array([[0.0, 100.0]]), 4, seed=1).tolist()
    [[1, 1, 1, 1]]
    """
    logits = convert_to_tensor(logits)
    if logits.ndim != 2:
        raise ValueError(
            "`logits` should be a 2-D tensor with shape [batch_size, num_classes]. "
            f"Received shape {tuple(logits.shape)}. Reshape it to one row per draw."
        )
    shape = (logits.shape[0], num_samples)
    drawn = jax.random.categorical(draw_seed(seed), logits[..., None], axis=1, shape=shape)
    return drawn.astype(canonical_dtype(dtype))


@noting
def dropout(inputs, rate, noise_shape=None, seed=None):
    """Sets a random part of the inputs to zero and scales the rest by `1 / (1 - rate)`.

    Args:
        inputs: Float tensor.
        rate: Float in `[0, 1]`. The part that becomes zero.
        noise_shape: Optional tuple that broadcasts to the shape of `inputs`: an axis of size 1 is
            kept or dropped as a whole; None stands for the size of the input's axis.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of the shape of `inputs`.

    Example:

    >>> y = kerajax.random.dropout(np.ones((4, 4), "float32"), 0.5, seed=1)
    >>> sorted(set(y.ravel().tolist()))
    [0.0, 2.0]
    """
    inputs = convert_to_tensor(inputs)
    if rate == 1.0:
        return jnp.zeros_like(inputs)
    if rate == 0.0:
        return inputs
    keep = 1.0 - rate
    if noise_shape is None:
        noise_shape = inputs.shape
    else:
        noise_shape = tuple(
            inputs.shape[axis] if size is None else size for axis, size in enumerate(noise_shape)
        )
    kept = jax.random.bernoulli(draw_seed(seed), keep, noise_shape)
    return jnp.where(kept, inputs / keep, jnp.zeros((), inputs.dtype))


@noting
def shuffle(x, axis=0, seed=None):
    """Reorders the entries along one axis; each column along the axis is reordered by itself.

    Args:
        x: Tensor.
        axis: Int.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of the shape and dtype of `x`.

    Example:

    >>> sorted(kerajax.random.shuffle(np.arange(4), seed=1).tolist())
    [0, 1, 2, 3]
    """
    return jax.random.permutation(draw_seed(seed), convert_to_tensor(x), axis, independent=True)


@noting
def gamma(shape, alpha, dtype=None, seed=None):
    """Draws from the gamma distribution of shape `alpha` and rate 1.

    Args:
        shape: Tuple of ints.
        alpha: Float > 0, or tensor that broadcasts to `shape`.
        dtype: String, a float type; the default float if absent.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of `shape`.

    Example:

    >>> bool((kerajax.random.gamma((5,), alpha=2.0, seed=1) > 0).all())
    True
    """
    alpha = convert_to_tensor(alpha)
    return jax.random.gamma(draw_seed(seed), alpha, _sizes(shape), canonical_dtype(dtype))


@noting
def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """Draws how many of `counts` independent trials succeed, each with the given probability.

    Args:
        shape: Tuple of ints.
        counts: Number of trials, or tensor of them that broadcasts to `shape`.
        probabilities: Float in `[0, 1]`, or tensor of them that broadcasts to `shape`.
        dtype: String, a float type; the default float if absent.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of `shape`.

    Example:

    >>> kerajax.random.binomial((2,), counts=3, probabilities=1.0, seed=1).tolist()
    [3.0, 3.0]
    """
    counts, probabilities = jnp.array(counts), jnp.array(probabilities)
    dtype = canonical_dtype(dtype)
    return jax.random.binomial(draw_seed(seed), counts, probabilities, _sizes(shape), dtype)


@noting
def beta(shape, alpha, beta, dtype=None, seed=None):
    """Draws from the beta distribution, whose values lie between 0 and 1.

    Args:
        shape: Tuple of ints.
        alpha: Float > 0, or tensor that broadcasts to `shape`.
        beta: Float > 0, or tensor that broadcasts to `shape`.
        dtype: String, a float type; the default float if absent.
        seed: Int, `SeedGenerator` or None, as for `normal`.

    Returns:
        Tensor of `shape`.

    Example:

    >>> x = kerajax.random.beta((5,), alpha=2.0, beta=3.0, seed=1)
    >>> bool(((x > 0) & (x < 1)).all())
    True
    """
    alpha, beta = jnp.array(alpha), jnp.array(beta)
    return jax.random.beta(draw_seed(seed), alpha, beta, _sizes(shape), canonical_dtype(dtype))


def drawn_later(draw, shape, first, second, dtype, seed):
    """What makes the numbers that `draw(shape, first, second, dtype, seed)` returns when called.

    Args:
        draw: `normal`, `truncated_normal` or `uniform`.
        shape: Tuple of ints.
        first: The first number of the distribution.
        second: The second.
        dtype: String.
        seed: Int, `SeedGenerator` or None.

    Returns:
        Function without arguments that returns an array of numpy; None where the seed is no number
        that stays the same, or where JAX makes the draw.
    """
    if not isinstance(seed, numbers.Integral):
        return None
    seed = as_pair(seed)
    if not _host.draws_on_host(seed, shape, dtype, first, second):
        return None
    return functools.partial(_ON_HOST[draw], seed, shape, first, second)


def _normal_on_host(seed, shape, mean, stddev):
    return _host.scaled(_host.normal(seed, shape), mean, stddev)


def _truncated_on_host(seed, shape, mean, stddev):
    return _host.scaled(_host.normal(seed, shape, limit=2.0), mean, stddev)


_ON_HOST = {
    normal: _normal_on_host,
    truncated_normal: _truncated_on_host,
    uniform: _host.uniform,
}


def _put(sample):
    return sample if isinstance(sample, jax.Array) else jax.device_put(sample)


def _sizes(shape) -> tuple:
    try:
        return tuple(int(size) for size in shape)
    except (TypeError, ValueError):
        raise TypeError(f"`shape` must be a tuple of ints, but received {shape!r}.") from None
