"""Moving averages of the weights, which `use_ema` keeps and which become the weights in the end."""

import jax.numpy as jnp

from kerajax.optimizers._rate import Rated


class Averaged(Rated):
    """Keeps a moving average of each weight, if asked to."""

    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None

    def finalize_variable_values(self, var_list):
        """Makes the moving averages the weights, at the end of training.

        Args:
            var_list: List of the variables that the optimizer was built with.
        """
        if self.use_ema:
            self._overwrite_model_variables_with_average_value(var_list)

    def _follow_averages(self):
        variables, averages = self._trainable_variables, self._model_variables_moving_average
        momentum = jnp.where(self._updates() == 0, 0.0, self.ema_momentum)
        frequency = self.ema_overwrite_frequency
        for variable, average in zip(variables, averages, strict=True):
            if average is None:
                continue
            value = variable.value
            average.assign(momentum * average.value + (1 - momentum) * value)
            if frequency:
                due = (self._updates() + 1) % frequency == 0
                variable.assign(jnp.where(due, average.value, value))

    def _overwrite_model_variables_with_average_value(self, variables):
        averages = self._model_variables_moving_average
        if len(variables) != len(averages):
            raise ValueError(
                f"Optimizer '{self.name}' keeps averages of {len(averages)} variables, but received"
                f" {len(variables)}. Pass the variables that it was built with."
            )
        for variable, average in zip(variables, averages, strict=True):
            if average is not None:
                variable.assign(average.value)
