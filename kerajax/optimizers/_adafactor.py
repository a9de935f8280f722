"""Adam in little memory: the mean of squares of a matrix is kept as row and column means."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared


class AdafactorState(NamedTuple):
    """Number of updates, means of squares over columns and over rows, and their product."""

    count: jax.Array
    rows: optax.Updates
    columns: optax.Updates
    nu: optax.Updates


@publish("keras.optimizers.Adafactor")
class Adafactor(Optimizer):
    """Steps by gradients over root mean squares that are kept as an outer product.

    Of the last two axes of a weight only the means over each are kept; their product estimates the
    mean of squares `v`. With `rate = min(learning_rate, 1 / sqrt(t))` and the root mean square
    `rms`, `u = gradient / sqrt(v)` and
    `w = w - max(epsilon_2, rms(w)) * rate * u / max(1, rms(u) / clip_threshold)`. As in Keras, the
    product is kept in a variable as well.

    Args:
        learning_rate: Float, schedule or function.
        beta_2_decay: Float < 0. The means decay by `1 - t**beta_2_decay`.
        epsilon_1: Float. Added to squares of gradients.
        epsilon_2: Float. The smallest size of a weight that its steps are made for.
        clip_threshold: Float. The largest root mean square of `u`.
        relative_step: Bool. Kept for files: the rate is always limited by `1 / sqrt(t)`.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable([[1.0, 1.0]])
    >>> kerajax.optimizers.Adafactor(0.1).apply([np.array([[4.0, 4.0]])], [weight])
    >>> [round(float(w), 3) for w in weight[0]]
    [0.9, 0.9]

    Reference:
        Shazeer and Stern, 2018, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
        https://arxiv.org/abs/1804.04235
    """

    _weights_alone = True
    slots = {"rows": "rows", "columns": "columns", "velocity": "nu"}

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=1e-3,
        clip_threshold=1.0,
        relative_step=True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def transform(self, learning_rate):
        """The whole method: its rate depends on the weights."""

        def init(params):
            zeros = {
                axis: jax.tree.map(lambda w, axis=axis: jnp.zeros(_without(axis, w.shape)), params)
                for axis in (-1, -2)
            }
            nu = jax.tree.map(jnp.zeros_like, params)
            return AdafactorState(jnp.zeros((), "int32"), zeros[-1], zeros[-2], nu)

        def update(updates, state, params):
            step = state.count + 1.0
            keep = 1 - step**self.beta_2_decay
            rate = jnp.minimum(learning_rate, 1 / jnp.sqrt(step))
            squares = jax.tree.map(lambda g: jnp.square(g) + self.epsilon_1, updates)

            def mean_over(axis):
                def towards(s, m):
                    return keep * m + (1 - keep) * jnp.mean(s, axis) if s.ndim > 1 else m

                return towards

            def product(s, r, c, v):
                if s.ndim < 2:
                    return keep * v + (1 - keep) * s
                return (r / jnp.mean(r, axis=-1, keepdims=True))[..., None] * c[..., None, :]

            def change(g, v, w):
                u = g / jnp.sqrt(v)
                u = u / jnp.maximum(1, _rms(u) / self.clip_threshold)
                return -jnp.maximum(self.epsilon_2, _rms(w)) * rate * u

            rows = jax.tree.map(mean_over(-1), squares, state.rows)
            columns = jax.tree.map(mean_over(-2), squares, state.columns)
            nu = jax.tree.map(product, squares, rows, columns, state.nu)
            changes = jax.tree.map(change, updates, nu, params)
            return changes, AdafactorState(state.count + 1, rows, columns, nu)

        return optax.GradientTransformation(init, update)


def _without(axis, shape):
    """The shape less one of the last two axes; no axes for what is not factored."""
    if len(shape) < 2:
        return ()
    return shape[:-1] if axis == -1 else (*shape[:-2], shape[-1])


def _rms(x):
    return jnp.sqrt(jnp.mean(jnp.square(x)))
