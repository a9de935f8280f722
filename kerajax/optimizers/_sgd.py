"""Gradient descent, with or without momentum."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared


@publish("keras.optimizers.SGD")
class SGD(Optimizer):
    """Gradient descent: `w = w - learning_rate * gradient`.

    With `momentum` the step is a decaying sum of steps,
    `velocity = momentum * velocity - learning_rate * gradient; w = w + velocity`, and with
    `nesterov` the gradient counts as if taken one step ahead,
    `w = w + momentum * velocity - learning_rate * gradient`.

    Args:
        learning_rate: Float, schedule or function.
        momentum: Float in [0, 1].
        nesterov: Bool. Whether the momentum is Nesterov's.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Raises:
        ValueError: If `momentum` is not a number in [0, 1].

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> optimizer = kerajax.optimizers.SGD(0.5, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.apply([np.array(1.0)], [weight])
    >>> float(weight)
    -0.25

    Reference:
        Sutskever et al., 2013, "On the importance of initialization and momentum in deep
        learning", https://proceedings.mlr.press/v28/sutskever13.html
    """

    _weights_alone = True
    slots = {"momentum": "trace"}

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.0,
        nesterov=False,
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
        if isinstance(momentum, str) or not 0 <= momentum <= 1:
            raise ValueError(
                "`momentum` must be a float between [0, 1]. "
                f"Received: momentum={momentum!r}, for {type(self).__name__} '{self.name}'."
            )
        self.momentum = momentum
        self.nesterov = nesterov

    def transform(self, learning_rate):
        """Steps are scaled before they are summed: a new rate acts on new gradients only."""
        scale = optax.scale_by_learning_rate(learning_rate)
        if self.momentum == 0:
            return scale
        return optax.chain(scale, optax.trace(self.momentum, self.nesterov))
