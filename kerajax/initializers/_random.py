"""Initializers that draw from one distribution, whatever the shape; and orthogonal matrices."""

import math
import numbers

import numpy as np

from kerajax import ops, random
from kerajax.backend import is_traced
from kerajax.initializers._base import Initializer
from kerajax.objects import deserialize_keras_object, publish, serialize_keras_object
from kerajax.random import SeedGenerator, make_default_seed
from kerajax.random._draws import drawn_later

# The floor of `random` lies below that of the registry, so its one configurable class enters here.
publish("keras.random.SeedGenerator")(SeedGenerator)


class RandomInitializer(Initializer):
    """Base of initializers with a seed.

    Args:
        seed: Int or `SeedGenerator`; a config of one; or None, which draws an int once, so that
            calls of one initializer agree and those of two differ.
    """

    def __init__(self, seed=None):
        self._init_seed = seed
        if seed is None:
            seed = make_default_seed()
        elif isinstance(seed, dict):
            seed = deserialize_keras_object(seed)
        elif not isinstance(seed, (numbers.Integral, SeedGenerator)):
            raise ValueError(
                f"{type(self).__name__} needs `seed` to be an instance of "
                "`kerajax.random.SeedGenerator` or an integer, but received: "
                f"seed={seed!r}."
            )
        self.seed = seed

    def _draw_for(self, shape):
        """The function of `random` that draws the shape, and its two numbers."""
        raise NotImplementedError

    def __call__(self, shape, dtype=None):
        """Draws a tensor of `shape` and `dtype`."""
        draw, *numbers = self._draw_for(shape)
        return draw(shape, *numbers, dtype, self.seed)

    def _later(self, shape, dtype):
        draw, *numbers = self._draw_for(shape)
        return drawn_later(draw, shape, *numbers, dtype, self.seed)

    def _base_config(self):
        # The seed as it was given: a drawn one must not be fixed by saving.
        return {"seed": serialize_keras_object(self._init_seed)}


@publish("keras.initializers.RandomNormal", "keras.initializers.random_normal")
class RandomNormal(RandomInitializer):
    """Draws from a normal distribution.

    Args:
        mean: Float.
        stddev: Float.
        seed: Int, `SeedGenerator` or None.

    Example:

    >>> kerajax.initializers.RandomNormal(stddev=0.1, seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def _draw_for(self, shape):
        return random.normal, self.mean, self.stddev


@publish("keras.initializers.TruncatedNormal", "keras.initializers.truncated_normal")
class TruncatedNormal(RandomInitializer):
    """Draws from a normal distribution without what lies beyond two standard deviations.

    Args:
        mean: Float. Mean before truncation.
        stddev: Float. Standard deviation before truncation.
        seed: Int, `SeedGenerator` or None.

    Example:

    >>> kerajax.initializers.TruncatedNormal(stddev=0.1, seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def _draw_for(self, shape):
        return random.truncated_normal, self.mean, self.stddev


@publish("keras.initializers.RandomUniform", "keras.initializers.random_uniform")
class RandomUniform(RandomInitializer):
    """Draws evenly from `[minval, maxval)`.

    Args:
        minval: Float.
        maxval: Float.
        seed: Int, `SeedGenerator` or None.

    Example:

    >>> kerajax.initializers.RandomUniform(0.0, 1.0, seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def _draw_for(self, shape):
        return random.uniform, self.minval, self.maxval


@publish(
    "keras.initializers.Orthogonal",
    "keras.initializers.OrthogonalInitializer",
    "keras.initializers.orthogonal",
)
class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal rows or columns, whichever are fewer, times `gain`.

    More axes than two: all but the last are taken as one.

    Args:
        gain: Float. Factor of the matrix.
        seed: Int, `SeedGenerator` or None.

    Raises:
        ValueError: When called, if the shape has fewer than two axes.

    Example:

    >>> q = kerajax.initializers.Orthogonal(seed=1)((3, 2))
    >>> np.allclose(q.T @ q, np.eye(2), atol=1e-6)
    True

    Reference:
        Saxe et al., 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear
        neural networks", https://arxiv.org/abs/1312.6120
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape, dtype=None):
        """Draws a tensor of `shape` and `dtype`."""
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. Received: "
                f"shape={shape} of rank {len(shape)}. Use RandomNormal for vectors."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        sample = random.normal(tall, dtype=dtype, seed=self.seed)
        if is_traced(sample):
            return self._signed(ops, *ops.qr(sample), shape)
        # On the host: JAX would compile a program for each of these few steps. The factorization
        # is LAPACK's in both, which knows 32 and 64 bits.
        matrix = ops.convert_to_numpy(sample)
        matrix = matrix if matrix.dtype == np.float64 else matrix.astype(np.float32)
        signed = self._signed(np, *np.linalg.qr(matrix), shape)
        return ops.convert_to_tensor(signed, dtype=str(sample.dtype))

    def _signed(self, module, q, r, shape):
        # The factorization is unique, and `q` uniform, once the diagonal of `r` is positive.
        q = q * module.sign(module.diag(r))
        if q.shape[-1] != shape[-1]:
            q = module.transpose(q)
        return self.gain * module.reshape(q, shape)
