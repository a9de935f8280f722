"""Where random numbers start: integer seeds, `SeedGenerator`, and the generator for no seed at all.

A seed for JAX is a pair of uint32. An integer `s` is the pair `(s, 0)`; a `SeedGenerator` keeps a
pair in a `Variable` and counts the second number up, so that its state is part of a layer's state
and draws work inside `jit` and under any transformation.
"""

import numbers
import random as python_random

import jax
import jax.numpy as jnp
import numpy as np

from kerajax._checks import noting
from kerajax.backend import Variable, auto_name, context, in_symbolic_scope, name_scope

_SEED_DTYPE = "uint32"
_ONE_DRAW = np.array([0, 1], dtype=_SEED_DTYPE)
_GLOBAL_GENERATOR = "global_seed_generator"
_GLOBAL_SEED = "global_random_seed"

_MSG_UNSEEDED_IN_TRACE = """\
A random function without a seed was called while JAX traces a function, where you should only use \
seeded random ops: the numbers would be drawn once, at tracing, and be the same in every call.
Keep a SeedGenerator on the layer or model:
    wrong:  kerajax.random.normal(shape)
    right:  self.seed_generator = kerajax.random.SeedGenerator(1337)   # in __init__
            kerajax.random.normal(shape, seed=self.seed_generator)     # in call"""


class SeedGenerator:
    """A source of seeds: each use of it as `seed=` gives new random numbers, reproducibly.

    A random function given an integer returns the same numbers in every call. Given a generator,
    it takes the next seed from it. The position in the sequence is the variable `state`, which
    layers and models that hold a generator in an attribute save and train with.

    Args:
        seed: Optional int, `0 <= seed < 2**32`. If absent, it is taken from Python's `random`.
        name: Optional string, part of the path of `state`.
        **kwargs: Only `backend`, kept for Keras' signature, is accepted, and ignored.

    Attributes:
        state: `Variable` of shape `(2,)`, uint32: the seed, and the number of draws so far.

    Raises:
        ValueError: If `seed` is no int or an argument is unknown.
        OverflowError: If `seed` does not fit into 32 bits.

    Example:

    >>> generator = kerajax.random.SeedGenerator(seed=42)
    >>> first = kerajax.random.normal((2, 3), seed=generator)
    >>> second = kerajax.random.normal((2, 3), seed=generator)
    >>> bool((first == second).any())
    False
    >>> generator.state.numpy().tolist()
    [42, 2]
    """

    def __init__(self, seed=None, name=None, **kwargs):
        kwargs.pop("backend", None)
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments: {kwargs}. SeedGenerator takes `seed` and `name`."
            )
        self.name = auto_name("seed_generator") if name is None else name
        self._initial_seed = seed
        if seed is None:
            seed = make_default_seed()
        if not isinstance(seed, numbers.Integral):
            raise ValueError(
                f"Argument `seed` must be an integer. Received: seed={seed!r} of type "
                f"{type(seed).__name__}. Pass an int such as 1337, or None for any."
            )
        with name_scope(self.name, caller=self):
            self.state = Variable(
                as_pair(seed),
                dtype=_SEED_DTYPE,
                trainable=False,
                aggregation="none",
                name="seed_generator_state",
            )

    def next(self, ordered=True):
        """The seed for one draw; moves `state` on.

        Args:
            ordered: Bool. If True the seeds are `(seed, 0), (seed, 1), ...`; if False both
                numbers jump, so that generators with neighbouring seeds do not overlap.

        Returns:
            Array of shape `(2,)`, uint32.

        Example:

        >>> generator = kerajax.random.SeedGenerator(7)
        >>> generator.next().tolist(), generator.next().tolist()
        ([7, 0], [7, 1])
        """
        state = self.state.value
        # Nothing is drawn where only shapes are asked for.
        if not in_symbolic_scope():
            self.state.assign(state + _ONE_DRAW if ordered else (state + 1) * 5387 % 933199)
        return state

    def get_config(self):
        """The arguments of the constructor; the position in the sequence is not among them."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """A generator at the start of its sequence."""
        return cls(**config)


def draw_seed(seed):
    """The pair that a random function starts from.

    Args:
        seed: An int; a `SeedGenerator`, which moves on; a `jax.Array` (a key of JAX), taken as it
            is; or None for the thread's own generator.

    Raises:
        ValueError: If `seed` is something else, or None while JAX traces.

    Example:

    >>> kerajax.random.draw_seed(3).tolist()
    [3, 0]
    """
    if isinstance(seed, jax.Array):
        return seed
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, numbers.Integral):
        return jnp.asarray(as_pair(seed), _SEED_DTYPE)
    if seed is None:
        return global_generator().next(ordered=False)
    raise ValueError(
        "Argument `seed` must be either an integer or an instance of `SeedGenerator`. "
        f"Received: seed={seed!r} (of type {type(seed)})"
    )


def make_default_seed() -> int:
    """A seed from Python's `random`, which `seed_everything` makes reproducible.

    Example:

    >>> 1 <= kerajax.random.make_default_seed() <= 10**9
    True
    """
    return python_random.randint(1, int(1e9))


@noting
def seed_everything(seed: int) -> None:
    """Seeds Python's `random`, numpy and the draws that are given no seed.

    `kerajax.utils.set_random_seed` is this function.

    Args:
        seed: Int, `0 <= seed < 2**32`.

    Raises:
        ValueError: If `seed` is no int.

    Example:

    >>> kerajax.random.seed_everything(1)
    >>> first = kerajax.random.uniform((2,)).tolist()
    >>> kerajax.random.seed_everything(1)
    >>> kerajax.random.uniform((2,)).tolist() == first
    True
    """
    if not isinstance(seed, numbers.Integral):
        raise ValueError(
            "Expected `seed` argument to be an integer. "
            f"Received: seed={seed!r} (of type {type(seed)})"
        )
    context.settings[_GLOBAL_SEED] = int(seed)
    # The next unseeded draw makes a new generator, from Python's `random`.
    context.settings.pop(_GLOBAL_GENERATOR, None)
    python_random.seed(int(seed))
    np.random.seed(int(seed))


def random_seed_in_use() -> int | None:
    """The seed last given to `seed_everything` in this thread, or None.

    Example:

    >>> kerajax.random.seed_everything(5)
    >>> kerajax.random.random_seed_in_use()
    5
    """
    return context.settings.get(_GLOBAL_SEED)


def global_generator() -> SeedGenerator:
    """The thread's own generator, which draws that are given no seed take theirs from."""
    if not in_symbolic_scope() and isinstance(jnp.zeros(()), jax.core.Tracer):
        raise ValueError(_MSG_UNSEEDED_IN_TRACE)
    generator = context.settings.get(_GLOBAL_GENERATOR)
    if generator is None:
        generator = context.settings[_GLOBAL_GENERATOR] = SeedGenerator()
    return generator


def as_pair(seed) -> np.ndarray:
    """The key that an integer is: two numbers of 32 bits."""
    if not 0 <= seed < 2**32:
        raise OverflowError(
            f"A seed must fit into 32 bits: 0 <= seed < 2**32, but received: seed={seed}. "
            "Take it modulo 2**32."
        )
    return np.array([int(seed), 0], dtype=_SEED_DTYPE)
