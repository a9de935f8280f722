"""Any optax transformation as an optimizer."""

import jax.numpy as jnp
import optax

from kerajax.objects import (
    Carried,
    deserialize_keras_object,
    get_registered_name,
    get_registered_object,
    own_name,
    public_path,
    publish,
    serialize_keras_object,
)
from kerajax.optimizers._base import Optimizer
from kerajax.optimizers._slots import raw_slots

_MSG_MISSING = (
    "Optimizer '{name}' was made from an optax transformation, which no file can hold. To go on "
    "with its state, load with `custom_objects={{{name!r}: transformation}}`, where "
    "`transformation` is made as before; or `compile` with it, then `load_weights` of the file."
)


class MissingTransformation(ValueError):
    """A config names an optax transformation that has not been given."""


@publish("keras.optimizers.OptaxOptimizer")
class OptaxOptimizer(Optimizer):
    """Trains with a transformation of optax, or one of your own.

    `compile(optimizer=optax.adam(1e-3))` makes one by itself. The transformation sees a dict from
    paths such as `"dense/kernel"` to arrays, so that masks and labels can be made from names; paths
    may begin with the name of the model. Each array of its state, counts included, is a variable
    here and is saved with the model. A file does not hold the transformation, but the name of the
    optimizer in its place: `load_model(path, custom_objects={"optax_optimizer": optax.adam(1e-3)})`
    goes on where the training stopped. Without it, the model is loaded and not compiled.

    Args:
        transformation: `optax.GradientTransformation`, or a function without arguments that makes
            it. A registered function is written to files by its own name.
        clipnorm: Float or None. See `Optimizer` for this and the others.
        clipvalue: Float or None.
        global_clipnorm: Float or None.
        use_ema: Bool.
        ema_momentum: Float in [0, 1].
        ema_overwrite_frequency: Int or None.
        loss_scale_factor: Float or None.
        gradient_accumulation_steps: Int >= 2 or None.
        name: String.

    Raises:
        ValueError: If `transformation` is neither.

    Example:

    >>> import optax
    >>> weight = kerajax.Variable(1.0)
    >>> optimizer = kerajax.optimizers.OptaxOptimizer(optax.sgd(0.25))
    >>> optimizer.apply([np.array(2.0)], [weight])
    >>> float(weight)
    0.5
    """

    def __init__(
        self,
        transformation,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
    ):
        super().__init__(
            learning_rate=0.0,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
        )
        self.transformation = transformation
        made = transformation
        if not is_transformation(made) and callable(made):
            made = made()
        if not is_transformation(made):
            raise ValueError(
                "OptaxOptimizer needs an `optax.GradientTransformation`, or a function without "
                f"arguments that returns one, but received: transformation={transformation!r}."
            )
        # Not an attribute to look into: a transformation is a tuple of two functions.
        self.__dict__["_chain"] = made

    _chain: optax.GradientTransformation
    # What functions of users, which make masks and labels, expect and return.
    _dict = dict

    def _start_rate(self, learning_rate):
        self._learning_rate = None

    @property
    def learning_rate(self):
        """The variable of a rate given to `optax.inject_hyperparams`; other rates are not known."""
        rate = self._learning_rate
        if rate is None:
            raise AttributeError(
                f"The learning rate of optimizer '{self.name}' is inside its optax transformation. "
                "To read and set it, make the transformation with `optax.inject_hyperparams` and "
                "build the optimizer."
            )
        return rate

    @learning_rate.setter
    def learning_rate(self, value):
        self.learning_rate.assign(value)

    def transform(self, learning_rate):
        """The transformation itself, which has its own rate."""
        return self._chain

    def _make_slots(self, variables):
        before = len(self.variables)
        slots = raw_slots(self, self._chain, variables)
        rates = [v for v in self.variables[before:] if v.name.endswith("hyperparams_learning_rate")]
        if len(rates) == 1:
            self._learning_rate = rates[0]
        return slots

    def _rate(self):
        return jnp.zeros(())

    def _base_config(self):
        made, known = self.transformation, own_name(self.transformation)
        if not is_transformation(made) and known is None:
            name = get_registered_name(made)
            if get_registered_object(name) is made or public_path(made):
                known = serialize_keras_object(made)
        config = super()._base_config()
        del config["learning_rate"], config["weight_decay"]
        # Custom objects are found by a bare string.
        return {**config, "transformation": known or self.name}

    def _rate_config(self):
        return None

    def __getstate__(self):
        # Transformations are closures.
        carried = Carried((self.transformation, self._chain))
        return {**self.__dict__, "transformation": carried, "_chain": None}

    def __setstate__(self, state):
        transformation, chain = state["transformation"].value
        self.__dict__.update(state, transformation=transformation, _chain=chain)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer from the dict that `get_config` returned, without its state."""
        made = deserialize_keras_object(config["transformation"], custom_objects)
        if isinstance(made, str):
            raise MissingTransformation(_MSG_MISSING.format(name=made))
        return super().from_config({**config, "transformation": made}, custom_objects)


def is_transformation(value) -> bool:
    """Whether `value` has the two functions of an `optax.GradientTransformation`."""
    return callable(getattr(value, "init", None)) and callable(getattr(value, "update", None))
