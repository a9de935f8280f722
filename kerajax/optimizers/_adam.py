"""Adam, and Adam with decoupled weight decay."""

import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared
from kerajax.optimizers._transforms import scale_by_adam_hat


@publish("keras.optimizers.Adam")
class Adam(Optimizer):
    """Steps along a running mean of gradients, divided by the root of a running mean of squares.

    In the paper's "epsilon hat" form: `m = beta_1 * m + (1 - beta_1) * gradient`,
    `v = beta_2 * v + (1 - beta_2) * gradient**2`, and in step `t`, counted from 1,
    `w = w - learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)`.
    PyTorch and `optax.adam` divide by `sqrt(v / (1 - beta_2**t)) + epsilon` instead, which differs
    where gradients are as small as epsilon.

    Args:
        learning_rate: Float, schedule or function.
        beta_1: Float. Decay of the mean of gradients.
        beta_2: Float. Decay of the mean of squares.
        epsilon: Float. Keeps the division finite.
        amsgrad: Bool. Whether to divide by the root of the largest `v` so far.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> kerajax.optimizers.Adam(0.1).apply([np.array(4.0)], [weight])
    >>> round(float(weight), 4)
    0.9

    Reference:
        Kingma and Ba, 2014, "Adam: A Method for Stochastic Optimization",
        https://arxiv.org/abs/1412.6980; Reddi et al., 2018, "On the Convergence of Adam and
        Beyond", https://openreview.net/forum?id=ryQu7f-RZ
    """

    _weights_alone = True
    slots = ({"momentum": "mu", "velocity": "nu"}, {"velocity_hat": "nu_max"})

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
        self.amsgrad = amsgrad

    def transform(self, learning_rate):
        """Moments, then the rate."""
        return optax.chain(
            scale_by_adam_hat(self.beta_1, self.beta_2, self.epsilon, self.amsgrad),
            optax.scale_by_learning_rate(learning_rate),
        )


@publish("keras.optimizers.AdamW")
class AdamW(Adam):
    """Adam whose weights decay by themselves, apart from the gradient.

    Before each step, `w = w - learning_rate * weight_decay * w`. A penalty in the loss would be
    divided by the root of the mean of squares like any gradient.

    Args:
        learning_rate: Float, schedule or function.
        weight_decay: Float.
        beta_1: Float. Decay of the mean of gradients.
        beta_2: Float. Decay of the mean of squares.
        epsilon: Float. Keeps the division finite.
        amsgrad: Bool. Whether to divide by the root of the largest `v` so far.
        clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Raises:
        ValueError: If `weight_decay` is None.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> kerajax.optimizers.AdamW(0.1, weight_decay=0.5).apply([np.array(0.0)], [weight])
    >>> round(float(weight), 4)
    0.95

    Reference:
        Loshchilov and Hutter, 2017, "Decoupled Weight Decay Regularization",
        https://arxiv.org/abs/1711.05101
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
        super().__init__(
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
            **shared(locals()),
        )
        if self.weight_decay is None:
            raise ValueError(
                "Argument `weight_decay` must be a float. Received: weight_decay=None. "
                "AdamW is Adam with weight decay: use `keras.optimizers.Adam` to train without."
            )
