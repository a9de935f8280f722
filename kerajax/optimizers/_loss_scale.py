"""Loss scaling that finds its own scale, for training in float16."""

import jax.numpy as jnp

from kerajax.objects import deserialize_keras_object, publish, serialize_keras_object
from kerajax.optimizers._arithmetic import when
from kerajax.optimizers._base import SHARED, Optimizer
from kerajax.optimizers._state import Filled, is_overwritten

_UNUSED = {
    **{name: None for name in SHARED[2:]},
    "use_ema": False,
    "ema_momentum": 0.99,
}


@publish("keras.optimizers.LossScaleOptimizer")
class LossScaleOptimizer(Optimizer):
    """Wraps an optimizer: multiplies the loss so that small gradients survive in float16.

    Gradients are divided by the scale again. A step with a gradient that is not finite is left out
    and halves the scale; `dynamic_growth_steps` good steps in a row double it. A model with the
    policy `"mixed_float16"` wraps its optimizer by itself.

    Args:
        inner_optimizer: The optimizer that takes the steps. Its own `loss_scale_factor` is
            switched off.
        initial_scale: Float.
        dynamic_growth_steps: Int.
        name: String.
        **kwargs: Arguments of `Optimizer` at their defaults, which older files hold.

    Raises:
        ValueError: If another argument of `Optimizer` is given: it belongs to the inner one.

    Example:

    >>> weight = kerajax.Variable(1.0)
    >>> inner = kerajax.optimizers.SGD(0.5)
    >>> optimizer = kerajax.optimizers.LossScaleOptimizer(inner, initial_scale=4.0)
    >>> optimizer.build([weight])
    >>> optimizer.apply([np.array(np.inf)])
    >>> optimizer.apply([np.array(2.0)])  # 2 is the gradient 1, scaled by 4 / 2
    >>> float(weight), float(optimizer.dynamic_scale)
    (0.5, 2.0)

    Reference:
        Micikevicius et al., 2017, "Mixed Precision Training", https://arxiv.org/abs/1710.03740
    """

    _extra_arguments = frozenset(_UNUSED)

    def __init__(
        self,
        inner_optimizer,
        initial_scale=2.0**15,
        dynamic_growth_steps=2000,
        name=None,
        **kwargs,
    ):
        for argument, value in kwargs.items():
            if argument not in _UNUSED or value != _UNUSED[argument]:
                raise ValueError(
                    f"LossScaleOptimizer does not support `{argument}`. Instead, set `{argument}` "
                    f"on the `inner_optimizer`. Received: {argument}={value!r}"
                )
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        # Otherwise gradients would be divided twice.
        inner_optimizer.loss_scale_factor = None

    def _start_rate(self, learning_rate):
        # Never used, but files have its place.
        self._learning_rate = self._scalar(learning_rate, "float32", "learning_rate")

    @property
    def learning_rate(self):
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        self.inner_optimizer.learning_rate = value

    @property
    def iterations(self):
        """How often the inner optimizer updated the weights."""
        return self.inner_optimizer.iterations

    def _wrapped(self):
        inner = self.__dict__.get("inner_optimizer")
        return () if inner is None else (inner,)

    def build(self, variables):
        """Creates the own state and that of the inner optimizer."""
        if self.built:
            return
        self._know(variables)
        self.step_counter = self.add_variable((), Filled(0), "int32", name="step_counter")
        self.dynamic_scale = self._scalar(self.initial_scale, "float32", "dynamic_scale")
        self.inner_optimizer.build(self._trainable_variables)
        self.built = True

    def apply(self, grads, trainable_variables=None):
        """Updates variables by their scaled gradients, or the scale alone if one is not finite."""
        grads = list(grads)
        if not grads:
            return
        variables = self._variables_for(grads, trainable_variables)
        scale, counter = self.dynamic_scale.value, self.step_counter.value
        known = [jnp.asarray(g) for g in grads if g is not None]
        finite = jnp.all(jnp.array([jnp.all(jnp.isfinite(g)) for g in known]))
        unscaled = [
            g if g is None or is_overwritten(v) else g / scale
            for g, v in zip(grads, variables, strict=True)
        ]
        when(
            finite,
            lambda: self.inner_optimizer.apply(unscaled, variables),
            [*self._trainable_variables, *self.inner_optimizer.variables],
        )
        grown = finite & (counter == self.dynamic_growth_steps - 1)
        self.step_counter.assign(jnp.where(finite & ~grown, counter + 1, 0))
        factor = jnp.where(grown, 2.0, jnp.where(finite, 1.0, 0.5))
        self.dynamic_scale.assign(scale * factor)

    def scale_loss(self, loss):
        """The loss times the scale."""
        return loss * (self.dynamic_scale.value if self.built else self.initial_scale)

    def finalize_variable_values(self, var_list):
        """Makes the averages of the inner optimizer the weights."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self):
        """The constructor's arguments."""
        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def _unknown_arguments(cls, unknown, hint):
        names = ", ".join(f"`{name}`" for name in unknown)
        return ValueError(f"LossScaleOptimizer does not support arguments: {names}. {hint}".strip())

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer from the dict that `get_config` returned."""
        inner = deserialize_keras_object(config["inner_optimizer"], custom_objects)
        return super().from_config({**config, "inner_optimizer": inner}, custom_objects)
