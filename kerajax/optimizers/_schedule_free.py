"""AdamW that needs no schedule: steps are averaged instead of shrinking."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared


class ScheduleFreeState(NamedTuple):
    """Number of updates, the point that takes the steps, and mean squares of gradients."""

    count: jax.Array
    point: optax.Updates
    nu: optax.Updates


@publish("keras.optimizers.ScheduleFreeAdamW")
class ScheduleFreeAdamW(Optimizer):
    """Steps of Adam taken by a point `z`, whose mean `x` over all steps is the solution.

    The weights are in between, `y = (1 - beta_1) * z + beta_1 * x`, and that is where gradients are
    taken. In step `t`, counted from 1:
    `v = beta_2 * v + (1 - beta_2) * gradient**2`,
    `z = z - rate * gradient / (sqrt(v / (1 - beta_2**t)) + epsilon)` and `x = x + (z - x) / t`.
    Averaging replaces a schedule that falls, so the number of steps need not be known in advance.

    As in Keras, the weights stay at `y`, for evaluation too, all steps weigh the same in the mean,
    and `weight_decay` moves `y` alone. The authors' code evaluates at `x`, weighs steps by the
    square of their rate, and decays `z`.

    Args:
        learning_rate: Float, schedule or function.
        beta_1: Float. How far from `z` to `x` the weights are.
        beta_2: Float. Decay of the mean of squares.
        epsilon: Float. Keeps the division finite.
        warmup_steps: Int. Updates over which the rate rises in a straight line; 0 for none.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> optimizer = kerajax.optimizers.ScheduleFreeAdamW(0.1)
    >>> optimizer.apply([np.array(4.0)], [weight])  # x and z are the same after one step
    >>> round(float(weight), 4)
    0.9

    Reference:
        Defazio et al., 2024, "The Road Less Scheduled", https://arxiv.org/abs/2405.15682
    """

    slots = {"momentum": "point", "velocity": "nu"}

    def __init__(
        self,
        learning_rate=0.0025,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warmup_steps=0,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        super().__init__(**shared(locals()))
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    def transform(self, learning_rate):
        """The whole method: its rate is inside."""

        def init(params):
            zeros = jax.tree.map(jnp.zeros_like, params)
            return ScheduleFreeState(jnp.zeros((), "int32"), params, zeros)

        def update(updates, state, params):
            t = state.count + 1
            rate = learning_rate
            if self.warmup_steps > 0:
                rate = rate * jnp.minimum(t / self.warmup_steps, 1.0)
            correction = 1 - self.beta_2**t
            nu = jax.tree.map(
                lambda v, g: v + (jnp.square(g) - v) * (1 - self.beta_2), state.nu, updates
            )
            point = jax.tree.map(
                lambda z, g, v: z - rate * g / (jnp.sqrt(v / correction) + self.epsilon),
                state.point,
                updates,
                nu,
            )

            def move(y, old, new):
                # `beta_1 * x` is what the weights are beyond their share of the point.
                mean = (y - (1 - self.beta_1) * old) * (1 - 1 / t) + self.beta_1 * new / t
                return (1 - self.beta_1) * new + mean - y

            changes = jax.tree.map(move, params, state.point, point)
            return changes, ScheduleFreeState(t, point, nu)

        return optax.GradientTransformation(init, update)

    def starting_value(self, slot, variable):
        """The point starts at the weights."""
        return variable.numpy() if slot == "momentum" else 0.0
