"""Steps of equal size in every weight."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared


@publish("keras.optimizers.Lion")
class Lion(Optimizer):
    """Steps by the sign of a mean of gradients: every weight changes by the rate.

    `w = w - learning_rate * sign(beta_1 * m + (1 - beta_1) * gradient)`, then
    `m = beta_2 * m + (1 - beta_2) * gradient`. Wants a rate 3 to 10 times smaller than `Adam`.

    Args:
        learning_rate: Float, schedule or function.
        beta_1: Float in (0, 1]. Weight of the mean in the step.
        beta_2: Float. Decay of the mean.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Raises:
        ValueError: If `beta_1` is not in (0, 1].

    Example:

    >>> weight = kerajax.Variable([1.0, 1.0])
    >>> kerajax.optimizers.Lion(0.25).apply([np.array([4.0, -0.1])], [weight])
    >>> weight.numpy().tolist()
    [0.75, 1.25]

    Reference:
        Chen et al., 2023, "Symbolic Discovery of Optimization Algorithms",
        https://arxiv.org/abs/2302.06675
    """

    _weights_alone = True
    slots = {"momentum": "mu"}

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.99,
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
        if not 0 < beta_1 <= 1:
            raise ValueError(
                "Argument `beta_1` must be in the (0, 1] range. Otherwise, the optimizer "
                f"degenerates to SignSGD. Received: beta_1={beta_1}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def transform(self, learning_rate):
        """The sign, then the rate."""
        return optax.chain(
            optax.scale_by_lion(self.beta_1, self.beta_2),
            optax.scale_by_learning_rate(learning_rate),
        )
