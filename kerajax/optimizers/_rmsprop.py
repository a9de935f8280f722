"""Gradient descent divided by a running root mean square."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared


@publish("keras.optimizers.RMSprop")
class RMSprop(Optimizer):
    """Gradients divided by the root of a running mean of their squares.

    `velocity = rho * velocity + (1 - rho) * gradient**2`,
    `w = w - learning_rate * gradient / sqrt(velocity + epsilon)`. Epsilon is under the root; Keras
    until 2.3 had it outside.

    Args:
        learning_rate: Float, schedule or function.
        rho: Float. Decay of the mean.
        momentum: Float. Decay of the sum of steps that is taken instead of a step, if above 0.
        epsilon: Float. Keeps the division finite.
        centered: Bool. Whether to divide by an estimate of the variance, the mean of squares less
            the squared mean.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> kerajax.optimizers.RMSprop(0.1).apply([np.array(4.0)], [weight])
    >>> round(float(weight), 4)
    0.6838

    Reference:
        Hinton et al., 2012, "Neural Networks for Machine Learning", lecture 6e,
        https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
    """

    _weights_alone = True
    slots = ({"velocity": "nu"}, {"momentum": "trace"}, {"average_gradient": "mu"})

    # False for files of stand-alone Keras, which added epsilon to the root.
    _epsilon_under_root = True

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def transform(self, learning_rate):
        """Division by the root, the rate, and the sum of steps."""
        divide = optax.scale_by_stddev if self.centered else optax.scale_by_rms
        normalized = divide(self.rho, self.epsilon, eps_in_sqrt=self._epsilon_under_root)
        if self.momentum <= 0:
            return optax.chain(normalized, optax.scale_by_learning_rate(learning_rate))
        # Files hold the sum of steps with the sign of the gradients, so it is turned last.
        scaled = optax.scale_by_learning_rate(learning_rate, flip_sign=False)
        return optax.chain(normalized, scaled, optax.trace(self.momentum), optax.scale(-1.0))
