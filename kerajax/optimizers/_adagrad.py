"""Gradient descent divided by the root of all squares so far."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared
from kerajax.optimizers._transforms import scale_by_rss_and_epsilon


@publish("keras.optimizers.Adagrad")
class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares so far.

    `accumulator = accumulator + gradient**2`,
    `w = w - learning_rate * gradient / sqrt(accumulator + epsilon)`. Rare features keep a high
    rate; all rates fall.

    Args:
        learning_rate: Float, schedule or function. Keras until 2.3 had 0.01 as the default.
        initial_accumulator_value: Float. What the sums start with.
        epsilon: Float. Keeps the division finite.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> kerajax.optimizers.Adagrad(0.1).apply([np.array(4.0)], [weight])
    >>> round(float(weight), 3)
    0.9

    Reference:
        Duchi et al., 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic
        Optimization", https://jmlr.org/papers/v12/duchi11a.html
    """

    _weights_alone = True
    slots = {"accumulator": "sum_of_squares"}

    # False for files of stand-alone Keras, which added epsilon to the root.
    _epsilon_under_root = True

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
        epsilon=1e-7,
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
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def transform(self, learning_rate):
        """Division by the root, then the rate."""
        divide = optax.scale_by_rss if self._epsilon_under_root else scale_by_rss_and_epsilon
        return optax.chain(
            divide(self.initial_accumulator_value, self.epsilon),
            optax.scale_by_learning_rate(learning_rate),
        )

    def starting_value(self, slot, variable):
        """`initial_accumulator_value`."""
        return self.initial_accumulator_value
