"""The optimizer base: everything that is the same for all methods.

A method of kerajax says its hyperparameters, `transform(learning_rate)`, which is a chain of optax
transformations, and `slots`, which names the fields of the chain's state as Keras does. This file
runs the chain: gradients are unscaled, accumulated and clipped, weights decay, the chain updates
them, averages follow, constraints come last. `_slots.py` keeps optax states in variables.

Classes of users follow Keras' contract instead: `build` makes variables and `update_step` changes
one weight. Both kinds are read and written through variables, so that `stateless_apply` is `apply`
run on given values.
"""

import re
import warnings

import jax.numpy as jnp
import numpy as np
import optax

from kerajax import initializers
from kerajax.backend import Variable, auto_name, detached_names, floatx, name_scope
from kerajax.graph._pure import with_values
from kerajax.graph._tracking import Tracker
from kerajax.objects import (
    Configurable,
    CustomObjectScope,
    EraScope,
    current_era,
    deserialize_keras_object,
    publish,
    serialize_keras_object,
)
from kerajax.ops._operation import snake_case
from kerajax.optimizers import _clipping
from kerajax.optimizers._rate import check_rate, is_schedule, rate_at
from kerajax.optimizers._slots import StateSlots, filled
from kerajax.optimizers._when import when

# Arguments of every optimizer, in the order of Keras' configs.
SHARED = (
    "name",
    "learning_rate",
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


def shared(arguments: dict) -> dict:
    """What the base constructor takes of another constructor's `locals()`.

    Example:

    >>> shared({"self": None, "momentum": 0.9, "name": "sgd", "kwargs": {}})
    {'name': 'sgd'}
    """
    taken = {name: arguments[name] for name in SHARED if name in arguments}
    return {**taken, **arguments.get("kwargs", {})}


@publish("keras.optimizers.Optimizer", "keras.Optimizer")
class Optimizer(Configurable):
    """Base of all optimizers: keeps the state of training a list of variables.

    To write a method of your own, either give its chain of optax transformations, or build
    variables and say how one weight changes, as in Keras:

    * `transform(learning_rate)` returns an `optax.GradientTransformation`; `slots` names its state.
    * `build(variables)` makes state with `add_optimizer_variables`, and
      `update_step(gradient, variable, learning_rate)` assigns.

    Args:
        learning_rate: Float, a `schedules.LearningRateSchedule`, or a function. A function without
            arguments is called as it is, one with an argument gets the number of steps so far.
        weight_decay: Float or None. Each step first takes `weight * weight_decay * learning_rate`
            off every weight.
        clipnorm: Float or None. Largest L2 norm of the gradient of one weight.
        clipvalue: Float or None. Largest absolute value in a gradient.
        global_clipnorm: Float or None. Largest L2 norm of all gradients together. Only one of the
            three may be given.
        use_ema: Bool. Whether to keep an exponential moving average of each weight,
            `average = ema_momentum * average + (1 - ema_momentum) * weight`, which becomes the
            weight at the end of `fit`.
        ema_momentum: Float in [0, 1].
        ema_overwrite_frequency: Int or None. Every so many steps the averages become the weights.
        loss_scale_factor: Float or None. The loss is multiplied by it, the gradients are divided by
            it, so that small gradients survive in float16.
        gradient_accumulation_steps: Int >= 2 or None. Weights change every so many steps, by the
            mean of the gradients since.
        name: String; by default the class name in snake case.
        **kwargs: Spellings of older Keras: `lr`, `decay`.

    Attributes:
        decay: Float. With it the rate is `learning_rate / (1 + decay * steps)`, as it was until
            Keras 2.10. Zero unless the constructor was given `decay=`.
        iterations: Number of updates so far.

    Raises:
        ValueError: If an argument is out of its range or unknown.

    Example:

    >>> class SignDescent(kerajax.optimizers.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, learning_rate * kerajax.ops.sign(gradient))
    >>> weight = kerajax.Variable([1.0, 1.0])
    >>> SignDescent(0.25).apply([np.array([3.0, -0.1])], [weight])
    >>> weight.numpy().tolist()
    [0.75, 1.25]
    """

    # Keras variable name -> field of the optax state; a tuple of dicts where Keras creates the
    # variables of one dict for all weights before those of the next.
    slots: dict | tuple[dict, ...] = {}
    decay = 0.0
    # Counts changes of hyperparameters: a compiled step of an older revision is out of date.
    revision = 0

    def __init__(
        self,
        learning_rate,
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
        self._variables = []
        self._tracker = Tracker({"variables": (_is_variable, self._variables)})
        self._trainable_variables = []
        self._keys = {}
        self.built = False
        self.name = auto_name(snake_case(type(self).__name__)) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        _check_arguments(self)
        self._iterations = self._scalar(0, "int32", "iteration")
        self._learning_rate = None
        self.learning_rate = check_rate(learning_rate, self)

    def __setattr__(self, name, value):
        fields = self.__dict__
        if name not in _PLAIN_ATTRIBUTES and not isinstance(getattr(type(self), name, 0), property):
            if "_tracker" not in fields:
                raise RuntimeError(
                    f"In optimizer '{type(self).__name__}', `super().__init__()` must be called "
                    "before attributes are set. Make it the first line of `__init__`."
                )
            value = self._tracker.track(value)
            if not name.startswith("_"):
                fields["revision"] = self.revision + 1
        super().__setattr__(name, value)

    # --- What a method says -----------------------------------------------------------------

    def transform(self, learning_rate) -> optax.GradientTransformation:
        """The method as a chain of optax transformations.

        Args:
            learning_rate: Scalar array, the rate of this step.
        """
        raise NotImplementedError(
            f"Optimizer '{type(self).__name__}' says neither `transform(learning_rate)` nor "
            "`update_step(gradient, variable, learning_rate)`. Implement one of them."
        )

    def starting_value(self, slot: str) -> float:
        """What the variables of a slot start with, where it is not zero."""
        return 0.0

    def update_step(self, gradient, variable, learning_rate):
        """Changes one variable and its slots.

        Args:
            gradient: Array of the variable's shape.
            variable: Variable that the optimizer was built with.
            learning_rate: Scalar array.
        """
        self._run_chain([gradient], [variable], learning_rate)

    # --- Variables --------------------------------------------------------------------------

    @property
    def variables(self) -> list:
        """All state as a list of variables, in Keras' order: iteration, rate, averages, slots."""
        return self._variables[:]

    weights = variables

    @property
    def iterations(self):
        """How often the weights were updated."""
        if self.gradient_accumulation_steps:
            return self._iterations.value // self.gradient_accumulation_steps
        return self._iterations

    @property
    def learning_rate(self):
        """The rate: a variable, or the value that a schedule has now. Assign a number to it.

        Raises:
            TypeError: On assigning a number where the rate is a schedule.
        """
        if _is_variable(self._learning_rate):
            return self._learning_rate
        return rate_at(self._learning_rate, self._iterations.value)

    @learning_rate.setter
    def learning_rate(self, value):
        old = self._learning_rate
        if is_schedule(value):
            if _is_variable(old):
                self._tracker.untrack(old)
            self._learning_rate = value
            self.__dict__["revision"] = self.revision + 1
        elif old is None:
            self._learning_rate = self._scalar(value, floatx(), "learning_rate")
        elif _is_variable(old):
            old.assign(value)
        else:
            raise TypeError(
                f"The learning rate of optimizer '{self.name}' is a schedule, so it cannot be set "
                f"to a number, but received: {value!r}. Assign another schedule, or create the "
                "optimizer with a float."
            )

    @property
    def lr(self):
        """The learning rate, by the name it had until Keras 2.10."""
        return self.learning_rate

    @lr.setter
    def lr(self, value):
        self.learning_rate = value

    def build(self, variables):
        """Creates the state for a list of variables.

        Args:
            variables: List of the variables to train, in the order of the gradients.
        """
        if self.built:
            return
        variables = list(variables)
        self._trainable_variables = variables
        self._keys = _unique_keys(variables)
        if self.use_ema:
            self._model_variables_moving_average = self._slot_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = [
                self._slot_variable(v, "gradient_accumulator") for v in variables
            ]
        if _overrides(self, "transform"):
            learned = [v for v in variables if not v.overwrite_with_gradient]
            self._state = StateSlots(self, learned)
        self.built = True

    def add_variable(
        self,
        shape,
        initializer="zeros",
        dtype=None,
        aggregation="none",
        layout=None,
        name=None,
    ):
        """Creates a variable of the optimizer's state.

        Args:
            shape: Tuple of ints.
            initializer: An initializer or its name.
            dtype: String; the default float if absent.
            aggregation: See `kerajax.Variable`.
            layout: Optional layout over devices.
            name: String without slashes.
        """
        extra = {} if layout is None else {"layout": layout}
        with detached_names(), name_scope(self.name):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
                **extra,
            )
        self._tracker.add("variables", variable)
        return variable

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """Creates a variable of another one's shape and dtype, named `path_of_the_other_name`."""
        path = getattr(reference_variable, "path", None) or reference_variable.name
        return self.add_variable(
            shape=reference_variable.shape,
            initializer=initializer,
            dtype=reference_variable.dtype,
            name=f"{path.replace('/', '_').replace(':', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Creates one variable, or several, for each of a list of variables.

        Args:
            trainable_variables: List of variables. One that its gradient overwrites gets None.
            name: String, or list of strings.
            initializer: Initializer, or a list of as many as names.

        Returns:
            A list of variables, or a tuple of lists, one for each name.
        """
        names = [name] if isinstance(name, str) else list(name)
        listed = isinstance(initializer, (list, tuple))
        starts = list(initializer) if listed else [initializer] * len(names)
        if len(names) != len(starts):
            raise ValueError(
                "The number of provided names must match the number of provided initializers. "
                f"Received name='{name}', initializer='{initializer}'"
            )
        made = tuple([] for _ in names)
        for variable in trainable_variables:
            for one, start, into in zip(names, starts, made, strict=True):
                skipped = getattr(variable, "overwrite_with_gradient", False)
                into.append(
                    None if skipped else self.add_variable_from_reference(variable, one, start)
                )
        return made[0] if isinstance(name, str) else made

    def assign(self, variable, value):
        """Gives `variable` a value, in `update_step`."""
        variable.assign(value)

    def assign_add(self, variable, value):
        """Adds to `variable`, in `update_step`."""
        variable.assign_add(value)

    def assign_sub(self, variable, value):
        """Subtracts from `variable`, in `update_step`."""
        variable.assign_sub(value)

    # --- A step -----------------------------------------------------------------------------

    def apply(self, grads, trainable_variables=None):
        """Updates variables by their gradients, in place.

        Args:
            grads: List of arrays. None leaves the variable as it is, with a warning.
            trainable_variables: List of variables; by default those of `build`. The first call
                builds the optimizer.

        Raises:
            ValueError: If there is no gradient for any variable, a variable is unknown, or numbers
                do not match.
        """
        grads = list(grads)
        if not grads:
            return
        variables = self._variables_for(grads, trainable_variables)
        grads, variables = _with_gradients(grads, variables)
        grads, variables = self._overwritten(grads, variables)
        if grads:
            if self.loss_scale_factor is not None:
                grads = [g / self.loss_scale_factor for g in grads]
            self._accumulate(grads, variables)
            if self.use_ema:
                self._follow_averages()
            for variable in variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable.value))
        self._iterations.assign_add(1)

    def apply_gradients(self, grads_and_vars):
        """Updates variables by `(gradient, variable)` pairs; returns the number of steps."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self._iterations

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """One step as a pure function, for `jax.jit`.

        Args:
            optimizer_variables: Values of `variables`.
            grads: List of arrays, as for `apply`.
            trainable_variables: Values of the variables that the optimizer was built with.

        Returns:
            `(trainable_variables, optimizer_variables)`, lists of new values.

        Raises:
            ValueError: If the optimizer is not built or a list has another length.
        """
        self._check_stateless(optimizer_variables, trainable_variables)
        count = len(self._trainable_variables)
        ran = with_values(
            lambda: self.apply(grads),
            [*self._trainable_variables, *self.variables],
            [*trainable_variables, *optimizer_variables],
        )
        return ran.values[:count], ran.values[count:]

    def scale_loss(self, loss):
        """The loss times `loss_scale_factor`, which `apply` divides gradients by."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def finalize_variable_values(self, var_list):
        """Makes the moving averages the weights, at the end of training."""
        if self.use_ema:
            self._overwrite_model_variables_with_average_value(var_list)

    def _overwrite_model_variables_with_average_value(self, variables):
        averages = self._model_variables_moving_average
        if len(variables) != len(averages):
            raise ValueError(
                f"Optimizer '{self.name}' keeps averages of {len(averages)} variables, but received"
                f" {len(variables)}. Pass the variables it was built with."
            )
        for variable, average in zip(variables, averages, strict=True):
            if average is not None:
                variable.assign(average.value)

    def _accumulate(self, grads, variables):
        steps = self.gradient_accumulation_steps
        if not steps:
            self._descend(grads, variables)
            return
        accumulators = [self._accumulated_gradients[self._get_variable_index(v)] for v in variables]
        sums = [g + a.value for g, a in zip(grads, accumulators, strict=True)]
        due = (self._iterations.value + 1) % steps == 0
        state = [*self._trainable_variables, *self.variables]
        when(due, lambda: self._descend([s / steps for s in sums], variables), state)
        for accumulator, total in zip(accumulators, sums, strict=True):
            accumulator.assign(jnp.where(due, 0, total))

    def _descend(self, grads, variables):
        """Clips, decays and updates."""
        grads = _clipping.clip(grads, self.clipnorm, self.global_clipnorm, self.clipvalue)
        rate = self._rate()
        for variable in variables:
            decay = self._weight_decay_of(variable)
            if decay is not None and self._use_weight_decay(variable):
                value = variable.value
                variable.assign(value - value * decay * jnp.asarray(rate, value.dtype))
        if _overrides(self, "update_step"):
            for gradient, variable in zip(grads, variables, strict=True):
                self.update_step(gradient, variable, rate)
        else:
            self._run_chain(grads, variables, rate)

    def _run_chain(self, grads, variables, rate):
        chain = self.transform(rate)
        params = self._tree(v.value for v in variables)(variables)
        grads = self._tree(
            jnp.asarray(g, v.dtype) for g, v in zip(grads, variables, strict=True)
        )(variables)
        state = self._state.read(chain, params)
        updates, state = chain.update(grads, state, params)
        for variable, value in zip(
            variables, optax.apply_updates(params, updates).values(), strict=True
        ):
            variable.assign(value)
        self._state.write(state)
