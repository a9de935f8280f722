"""Rates that fall: by a factor, with the inverse of time, by a power, and in given pieces."""

import jax.numpy as jnp

from kerajax.objects import publish
from kerajax.optimizers.schedules._base import LearningRateSchedule, as_float, check_steps


@publish("keras.optimizers.schedules.ExponentialDecay")
class ExponentialDecay(LearningRateSchedule):
    """Multiplies by a factor over and over: `initial * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: Float.
        decay_steps: Number > 0. Steps in which the rate falls by `decay_rate` once.
        decay_rate: Float.
        staircase: Bool. Whether the rate stays until all `decay_steps` are done: the quotient is
            rounded down.
        name: String.

    Example:

    >>> schedule = kerajax.optimizers.schedules.ExponentialDecay(0.5, 10, 0.25)
    >>> float(schedule(0)), float(schedule(5)), float(schedule(10))
    (0.5, 0.25, 0.125)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        check_steps(self, "decay_steps", decay_steps)

    def __call__(self, step):
        """The rate of a step."""
        periods = _periods(step, self.decay_steps, self.staircase)
        return as_float(self.initial_learning_rate) * as_float(self.decay_rate) ** periods


@publish("keras.optimizers.schedules.InverseTimeDecay")
class InverseTimeDecay(LearningRateSchedule):
    """Divides by time: `initial / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: Float.
        decay_steps: Number > 0. Steps in a unit of time.
        decay_rate: Float.
        staircase: Bool. Whether time goes in whole units: the quotient is rounded down.
        name: String.

    Example:

    >>> schedule = kerajax.optimizers.schedules.InverseTimeDecay(0.5, 10, 1.0)
    >>> float(schedule(0)), float(schedule(10)), float(schedule(30))
    (0.5, 0.25, 0.125)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="InverseTimeDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        check_steps(self, "decay_steps", decay_steps)

    def __call__(self, step):
        """The rate of a step."""
        periods = _periods(step, self.decay_steps, self.staircase)
        return as_float(self.initial_learning_rate) / (1 + as_float(self.decay_rate) * periods)


@publish("keras.optimizers.schedules.PolynomialDecay")
class PolynomialDecay(LearningRateSchedule):
    """Falls to an end by a power: `(initial - end) * (1 - step / decay_steps) ** power + end`.

    After `decay_steps` the rate stays at the end, or begins again.

    Args:
        initial_learning_rate: Float.
        decay_steps: Number > 0. Steps until the end.
        end_learning_rate: Float.
        power: Float. 1 is a straight line.
        cycle: Bool. Whether `decay_steps` is stretched to the next multiple of itself each time it
            is over, so that the rate jumps up and falls more slowly.
        name: String.

    Example:

    >>> schedule = kerajax.optimizers.schedules.PolynomialDecay(0.5, 4, end_learning_rate=0.0)
    >>> [float(schedule(step)) for step in (0, 1, 4, 9)]
    [0.5, 0.375, 0.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name
        check_steps(self, "decay_steps", decay_steps)

    def __call__(self, step):
        """The rate of a step."""
        step, steps = as_float(step), as_float(self.decay_steps)
        if self.cycle:
            # Rounded up.
            steps = steps * jnp.where(step == 0, 1, -jnp.floor_divide(-step, steps))
        # A compiled quotient may exceed 1 by rounding, and a power of less than 0 is no number.
        left = jnp.clip(1 - step / steps, 0, 1)
        end = as_float(self.end_learning_rate)
        return (as_float(self.initial_learning_rate) - end) * left ** as_float(self.power) + end


@publish("keras.optimizers.schedules.PiecewiseConstantDecay")
class PiecewiseConstantDecay(LearningRateSchedule):
    """Keeps `values[0]` up to and including step `boundaries[0]`, then `values[1]`, and so on.

    Args:
        boundaries: List of numbers, rising.
        values: List of numbers, one more than boundaries.
        name: String.

    Raises:
        ValueError: If the lengths do not match.

    Example:

    >>> schedule = kerajax.optimizers.schedules.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
    >>> [float(schedule(step)) for step in (10, 11, 21)]
    [1.0, 0.5, 0.25]
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of "
                f"length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step):
        """The rate of a step."""
        # Boundaries are rounded to the step's dtype, as in Keras: 2.9 is 2 for whole steps.
        step = jnp.asarray(step)
        passed = sum(
            (step > jnp.asarray(b).astype(step.dtype)).astype(int) for b in self.boundaries
        )
        return as_float(self.values)[passed]


def _periods(step, decay_steps, staircase):
    if staircase:
        # A compiled quotient may be rounded to just below a whole number; this one is not.
        return as_float(jnp.floor_divide(jnp.asarray(step), decay_steps))
    return as_float(step) / as_float(decay_steps)
