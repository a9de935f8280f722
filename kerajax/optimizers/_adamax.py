"""Adam in the maximum norm."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared
from kerajax.optimizers._transforms import scale_by_adamax


@publish("keras.optimizers.Adamax")
class Adamax(Optimizer):
    """Adam that divides by a decaying maximum of gradients instead of a root mean square.

    `u = max(beta_2 * u, |gradient|)`,
    `w = w - learning_rate / (1 - beta_1**t) * m / (u + epsilon)`, with `m` as in `Adam`.

    Args:
        learning_rate: Float, schedule or function.
        beta_1: Float. Decay of the mean of gradients.
        beta_2: Float. Decay of the maximum.
        epsilon: Float. Keeps the division finite.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> kerajax.optimizers.Adamax(0.1).apply([np.array(4.0)], [weight])
    >>> round(float(weight), 4)
    0.9

    Reference:
        Kingma and Ba, 2014, "Adam: A Method for Stochastic Optimization", section 7,
        https://arxiv.org/abs/1412.6980
    """

    _weights_alone = True
    slots = {"momentum": "mu", "norm": "nu"}

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def transform(self, learning_rate):
        """Moments, then the rate."""
        return optax.chain(
            scale_by_adamax(self.beta_1, self.beta_2, self.epsilon),
            optax.scale_by_learning_rate(learning_rate),
        )
