"""Follow the regularized leader, for sparse linear models."""

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared
from kerajax.optimizers._transforms import ftrl


@publish("keras.optimizers.Ftrl")
class Ftrl(Optimizer):
    """Each weight is the minimum of all linearized losses so far plus penalties.

    With the sums `n` of squared gradients and `z` of linear terms, and `s(n) = n**-power / rate`:
    `z = z + gradient - (s(n_new) - s(n)) * w`,
    `w = (clip(z, -l1, l1) - z) / (s(n_new) + 2 * l2 + beta / rate)`. An L1 penalty gives weights
    that are exactly zero.

    Args:
        learning_rate: Float, schedule or function.
        learning_rate_power: Float <= 0. How the rate falls with the sum of squares.
        initial_accumulator_value: Float >= 0. What the sums of squares start with.
        l1_regularization_strength: Float >= 0.
        l2_regularization_strength: Float >= 0.
        l2_shrinkage_regularization_strength: Float >= 0. An L2 penalty that acts on the gradient
            alone.
        beta: Float. The paper's beta, which lowers the rate at the start.
        weight_decay, clipnorm, ..., name: See `Optimizer`.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Raises:
        ValueError: If a strength or the initial value is below 0, or the power is above 0.

    Example:

    >>> weight = kerajax.Variable([1.0, 1.0])
    >>> optimizer = kerajax.optimizers.Ftrl(0.1, l1_regularization_strength=9.0)
    >>> optimizer.apply([np.array([1.0, 30.0])], [weight])
    >>> [round(float(w), 2) for w in weight]
    [0.0, 0.86]

    Reference:
        McMahan et al., 2013, "Ad Click Prediction: a View from the Trenches",
        https://research.google/pubs/pub41159/
    """

    _weights_alone = True
    slots = {"accumulator": "accumulator", "linear": "linear"}

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
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
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

        for name in (
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
        ):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"`{name}` needs to be positive or zero. Received: "
                    f"{name}={getattr(self, name)}."
                )
        if learning_rate_power > 0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. Received: "
                f"learning_rate_power={learning_rate_power}."
            )

    def transform(self, learning_rate):
        """The whole method: its rate is inside."""
        return ftrl(
            learning_rate,
            self.learning_rate_power,
            self.initial_accumulator_value,
            self.l1_regularization_strength,
            self.l2_regularization_strength,
            self.l2_shrinkage_regularization_strength,
            self.beta,
        )

    def starting_value(self, slot, variable):
        """`initial_accumulator_value` for the sums of squares."""
        return self.initial_accumulator_value if slot == "accumulator" else 0.0
