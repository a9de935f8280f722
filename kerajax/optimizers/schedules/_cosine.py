"""Rates that fall along half a cosine, once or again and again."""

import jax.numpy as jnp

from kerajax.objects import publish
from kerajax.optimizers.schedules._base import LearningRateSchedule, as_float, check_steps


@publish("keras.optimizers.schedules.CosineDecay")
class CosineDecay(LearningRateSchedule):
    """Half a cosine from `initial_learning_rate` down to `alpha` of it, after an optional rise.

    With `warmup_target`, the rate first rises on a straight line to the target in `warmup_steps`
    steps, and falls from there.

    Args:
        initial_learning_rate: Float.
        decay_steps: Number > 0. Steps of the fall.
        alpha: Float. The lowest rate, as a fraction of that at the top.
        name: String.
        warmup_target: Float or None. The rate at the top; None for no rise.
        warmup_steps: Number. Steps of the rise.

    Example:

    >>> schedule = kerajax.optimizers.schedules.CosineDecay(
    ...     0.0, decay_steps=10, warmup_target=0.5, warmup_steps=10)
    >>> [round(float(schedule(step)), 4) for step in (0, 5, 10, 15, 20)]
    [0.0, 0.25, 0.5, 0.25, 0.0]

    Reference:
        Loshchilov and Hutter, 2016, "SGDR: Stochastic Gradient Descent with Warm Restarts",
        https://arxiv.org/abs/1608.03983
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        check_steps(self, "decay_steps", decay_steps)

    def __call__(self, step):
        """The rate of a step."""
        step, start = as_float(step), as_float(self.initial_learning_rate)
        if self.warmup_target is None:
            return start * self._factor(step)
        top, rise = as_float(self.warmup_target), as_float(self.warmup_steps)
        # The line is not used without a rise; the maximum keeps it from dividing by zero.
        line = start + (top - start) * step / jnp.maximum(rise, 1)
        return jnp.where(step < rise, line, top * self._factor(step - rise))

    def _factor(self, step):
        done = jnp.clip(step / as_float(self.decay_steps), 0, 1)
        return (1 - self.alpha) * 0.5 * (1 + jnp.cos(jnp.pi * done)) + self.alpha


@publish("keras.optimizers.schedules.CosineDecayRestarts")
class CosineDecayRestarts(LearningRateSchedule):
    """Half cosines one after the other, each longer and lower than the one before.

    Args:
        initial_learning_rate: Float.
        first_decay_steps: Number > 0. Steps of the first fall.
        t_mul: Float. Length of a fall over that of the one before.
        m_mul: Float. Height of a fall over that of the one before.
        alpha: Float. The lowest rate, as a fraction of the initial one.
        name: String.

    Example:

    >>> schedule = kerajax.optimizers.schedules.CosineDecayRestarts(0.5, 10, m_mul=0.5)
    >>> [round(float(schedule(step)), 4) for step in (0, 5, 10, 20)]
    [0.5, 0.25, 0.25, 0.125]

    Reference:
        Loshchilov and Hutter, 2016, "SGDR: Stochastic Gradient Descent with Warm Restarts",
        https://arxiv.org/abs/1608.03983
    """

    def __init__(
        self,
        initial_learning_rate,
        first_decay_steps,
        t_mul=2.0,
        m_mul=1.0,
        alpha=0.0,
        name="SGDRDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name
        check_steps(self, "first_decay_steps", first_decay_steps)

    def __call__(self, step):
        """The rate of a step."""
        done = as_float(step) / as_float(self.first_decay_steps)
        if self.t_mul == 1:
            restarts = jnp.floor(done)
            done = done - restarts
        else:
            # Falls have lengths 1, t, t**2, ...: after n of them (1 - t**n) / (1 - t) is over.
            t = as_float(self.t_mul)
            restarts = jnp.floor(jnp.log(1 - done * (1 - t)) / jnp.log(t))
            done = (done - (1 - t**restarts) / (1 - t)) / t**restarts
        height = 0.5 * as_float(self.m_mul) ** restarts
        factor = (1 - self.alpha) * height * (1 + jnp.cos(jnp.pi * done)) + self.alpha
        return as_float(self.initial_learning_rate) * factor
