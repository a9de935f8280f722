"""Gradient descent whose steps have the size of past steps."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared


@publish("keras.optimizers.Adadelta")
class Adadelta(Optimizer):
    """Gradients divided by their root mean square and multiplied by that of the steps so far.

    `E[g**2] = rho * E[g**2] + (1 - rho) * gradient**2`,
    `step = -sqrt(E[step**2] + epsilon) / sqrt(E[g**2] + epsilon) * gradient`,
    `w = w + learning_rate * step`. The paper has a rate of 1, as had Keras until 2.3.

    Args:
        learning_rate: Float, schedule or function.
        rho: Float. Decay of both means.
        epsilon: Float. Keeps the division finite and gets the steps going.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> kerajax.optimizers.Adadelta(1.0).apply([np.array(4.0)], [weight])
    >>> round(float(weight), 4)
    0.9986

    Reference:
        Zeiler, 2012, "ADADELTA: An Adaptive Learning Rate Method",
        https://arxiv.org/abs/1212.5701
    """

    _weights_alone = True
    slots = {"accumulated_grad": "e_g", "accumulated_delta_var": "e_x"}

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def transform(self, learning_rate):
        """The step, then the rate."""
        return optax.chain(
            optax.scale_by_adadelta(self.rho, self.epsilon),
            optax.scale_by_learning_rate(learning_rate),
        )
