"""Adam with Nesterov momentum."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared
from kerajax.optimizers._transforms import scale_by_nadam


@publish("keras.optimizers.Nadam")
class Nadam(Optimizer):
    """Adam whose mean of gradients looks one step ahead, as Nesterov's momentum does.

    The momentum of step `t` is `beta_1 * (1 - 0.96**t / 2)`, which rises towards `beta_1`.

    Args:
        learning_rate: Float, schedule or function.
        beta_1: Float. Decay of the mean of gradients.
        beta_2: Float. Decay of the mean of squares.
        epsilon: Float. Keeps the division finite.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> kerajax.optimizers.Nadam(0.1).apply([np.array(4.0)], [weight])
    >>> round(float(weight), 2)
    0.89

    Reference:
        Dozat, 2015, "Incorporating Nesterov Momentum into Adam",
        https://cs229.stanford.edu/proj2015/054_report.pdf
    """

    _weights_alone = True
    slots = ({"momentum": "mu", "velocity": "nu"}, {"u_product": "product"})
    # Until Keras 2.10 an argument, 0.004 by default; since then the momentum grows faster.
    schedule_decay = 1.0

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
            scale_by_nadam(self.beta_1, self.beta_2, self.epsilon, self.schedule_decay),
            optax.scale_by_learning_rate(learning_rate),
        )

    def starting_value(self, slot, variable):
        """The product of no momenta is 1."""
        return 1.0 if slot == "u_product" else 0.0
