"""Adam with a rate for each weight, for large batches."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared


@publish("keras.optimizers.Lamb")
class Lamb(Optimizer):
    """Adam whose step has the length of the weight it changes, times the rate.

    The step of `Adam` (with epsilon beside the corrected root) is multiplied by
    `|w| / |step|`, where both are above zero.

    Args:
        learning_rate: Float, schedule or function.
        beta_1: Float. Decay of the mean of gradients.
        beta_2: Float. Decay of the mean of squares.
        epsilon: Float. Keeps the division finite.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable([3.0, 4.0])
    >>> kerajax.optimizers.Lamb(0.1).apply([np.array([1.0, 0.0])], [weight])
    >>> weight.numpy().round(3).tolist()
    [2.5, 4.0]

    Reference:
        You et al., 2019, "Large Batch Optimization for Deep Learning: Training BERT in 76
        minutes", https://arxiv.org/abs/1904.00962
    """

    _weights_alone = True
    slots = {"momentum": "mu", "velocity": "nu"}

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
        """Moments, the length, then the rate."""
        return optax.chain(
            optax.scale_by_adam(self.beta_1, self.beta_2, self.epsilon),
            optax.scale_by_trust_ratio(),
            optax.scale_by_learning_rate(learning_rate),
        )
