"""What every schedule is: a function of the step, with a config."""

import inspect

import jax.numpy as jnp

from kerajax._checks import noting
from kerajax.backend import floatx
from kerajax.objects import (
    Configurable,
    deserialize_keras_object,
    publish,
    serialize_keras_object,
)


@publish("keras.optimizers.schedules.LearningRateSchedule")
class LearningRateSchedule(Configurable):
    """Base of all schedules: override `__call__(step)`, and `get_config` for saving.

    A schedule is given to an optimizer as its `learning_rate`. It runs inside the compiled step, so
    it has to be written in `kerajax.ops` or `jax.numpy`, without `if` on the step.

    Example:

    >>> class Halving(kerajax.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** (1.0 + step)
    >>> optimizer = kerajax.optimizers.SGD(Halving())
    >>> float(optimizer.learning_rate)
    0.5
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if inspect.isfunction(vars(cls).get("__call__")):
            cls.__call__ = noting(cls.__call__)

    def __call__(self, step):
        """The rate of a step.

        Args:
            step: Scalar int array, the number of steps so far.

        Returns:
            A scalar.
        """
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def get_config(self) -> dict:
        """The constructor's arguments.

        Raises:
            NotImplementedError: If a class of the user's does not say them.
        """
        if type(self)._own_class in (LearningRateSchedule, None):
            raise NotImplementedError(
                f"Learning rate schedule '{type(self).__name__}' must override `get_config()` in "
                "order to be serializable."
            )
        return super().get_config()

    @classmethod
    def from_config(cls, config):
        """A schedule from the dict that `get_config` returned."""
        return cls(**config)


def serialize(learning_rate_schedule):
    """The config of a schedule, with its class.

    Example:

    >>> schedule = kerajax.optimizers.schedules.CosineDecay(0.1, 1000)
    >>> kerajax.optimizers.schedules.serialize(schedule)["class_name"]
    'CosineDecay'
    """
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule that `serialize` described.

    Args:
        config: Dict.
        custom_objects: Dict of names to classes of yours.

    Example:

    >>> config = {"class_name": "InverseTimeDecay",
    ...     "config": {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 1.0}}
    >>> round(float(kerajax.optimizers.schedules.deserialize(config)(1)), 3)
    0.05
    """
    return deserialize_keras_object(config, custom_objects=custom_objects)


def as_float(value):
    """A number or array as an array of the default float dtype."""
    return jnp.asarray(value, floatx())


def check_steps(owner, name, value):
    """Raises unless a number of steps is above zero."""
    if value <= 0:
        raise ValueError(
            f"Argument `{name}` of {type(owner).__name__} must be > 0. Received: {name}={value}"
        )
