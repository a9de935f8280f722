"""The optimizer base: everything that is the same for all methods.

A method of kerajax says its hyperparameters, `transform(learning_rate)`, which is a chain of optax
transformations, and `slots`, which names the fields of the chain's state as Keras does. A step is
`Optimizer.apply`: gradients are unscaled, accumulated and clipped, weights decay, the chain updates
them, averages follow, constraints come last.

Classes of users may follow Keras' contract instead: `build` makes variables and `update_step`
changes one weight. Both kinds read and write variables only, so `stateless_apply` is `apply` run on
given values. `_state.py` makes the variables, `_slots.py` keeps states of chains in them.
"""

import collections
import re

import jax.numpy as jnp
import optax

from kerajax.backend import auto_name
from kerajax.graph._pure import with_values
from kerajax.objects import (
    CustomObjectScope,
    EraScope,
    current_era,
    deserialize_keras_object,
    publish,
)
from kerajax.ops._operation import snake_case
from kerajax.optimizers._arithmetic import check_gradients, clip, when, without_missing
from kerajax.optimizers._averages import Averaged
from kerajax.optimizers._listed import Listed
from kerajax.optimizers._slots import as_tree, named_slots
from kerajax.optimizers._state import is_overwritten, path_of

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
class Optimizer(Listed, Averaged):
    """Base of all optimizers: trains a list of variables and keeps the state of doing so.

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
        ema_overwrite_frequency: Int or None. Every so many updates the averages become the weights.
        loss_scale_factor: Float or None. The loss is multiplied by it, the gradients are divided by
            it, so that small gradients survive in float16.
        gradient_accumulation_steps: Int >= 2 or None. Weights change every so many steps, by the
            mean of the gradients since.
        name: String; by default the class name in snake case.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Attributes:
        decay: Float. With it the rate is `learning_rate / (1 + decay * steps)`, as it was until
            Keras 2.10. Zero unless the constructor was given `decay=`.
        slots: Dict from the name of a Keras variable to the field of the optax state that it
            holds. A tuple of dicts where Keras makes the variables of one dict for all weights
            before those of the next.

    Raises:
        ValueError: If an argument is out of its range or unknown.

    Example:

    >>> class SignDescent(kerajax.optimizers.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, learning_rate * np.sign(gradient))
    >>> weight = kerajax.Variable([1.0, 1.0])
    >>> SignDescent(0.25).apply([np.array([3.0, -0.1])], [weight])
    >>> weight.numpy().tolist()
    [0.75, 1.25]
    """

    slots: dict | tuple[dict, ...] = {}
    decay = 0.0
    # Unlike in a dict, JAX keeps the order of the variables in it, which costs nothing.
    _dict = collections.OrderedDict

    def __init__(
        self,
        learning_rate=None,
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
        self._start_tracking()
        self._start_listing()
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
        self._excluded, self._excluded_names = frozenset(), None
        self._start_counting()
        self._start_rate(learning_rate)

    # Whether the step of a weight follows from its own gradient and state, and no other's.
    _weights_alone = False

    @property
    def _takes_weights_alone(self) -> bool:
        """Whether that is known of the class itself, and not of one that it is derived from."""
        return type(self).__module__.startswith(f"{__package__}.") and self._weights_alone

    def slots_of_equal_weights(self) -> dict | None:
        """The slots of each weight, where equal weights may take their steps as one array.

        Returns:
            Dict of variable to a dict of its slots, in which equal weights have equal keys; or None
            where a step depends on all weights, or on which of them it is.
        """
        joint = self.use_ema or self.gradient_accumulation_steps or self.global_clipnorm
        joint = joint or self._excluded or self._excluded_names or not self._takes_weights_alone
        # As one array, slots that wait on the host would come to the device all at once.
        if joint or self._offloads or self._slots is None:
            return None
        slots = self._slots.of_weights(list(self._keys.values()))
        return {v: slots[key] for v, key in self._keys.items()}

    def transform(self, learning_rate) -> optax.GradientTransformation:
        """The method as a chain of optax transformations.

        Args:
            learning_rate: Scalar array, the rate of this step.
        """
        raise NotImplementedError(
            f"Optimizer '{type(self).__name__}' says neither `transform(learning_rate)` nor "
            "`update_step(gradient, variable, learning_rate)`. Implement one of them."
        )

    def starting_value(self, slot: str, variable) -> float:
        """What a slot holds at first, for a variable, or for all of them where it is None."""
        return 0.0

    def update_step(self, gradient, variable, learning_rate):
        """Changes one variable and its slots.

        Args:
            gradient: Array of the variable's shape.
            variable: A variable that the optimizer was built with.
            learning_rate: Scalar array.
        """
        self._run_chain([gradient], [variable], learning_rate)

    def build(self, variables):
        """Creates the state for a list of variables.

        Args:
            variables: List of the variables to train, in the order of the gradients.
        """
        if self.built:
            return
        self._know(variables)
        if self._lists_updates:
            self._build_listed()
        else:
            self._build_state()
        self.built = True

    def _build_state(self):
        variables = self._trainable_variables
        if self.use_ema:
            self._model_variables_moving_average = self.add_optimizer_variables(
                variables, "average"
            )
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = [
                self.add_variable_from_reference(v, "gradient_accumulator") for v in variables
            ]
        learned = [v for v in variables if not is_overwritten(v)]
        self._slots = self._make_slots(learned) if learned and self._has_chain() else None

    def _make_slots(self, variables):
        # Only shapes are asked for, so nothing of the rate is computed.
        return named_slots(
            self, lambda params: self.transform(self._rate()).init(params), variables
        )

    def apply(self, grads, trainable_variables=None):
        """Updates variables by their gradients, in place.

        Args:
            grads: List of arrays. None leaves the variable as it is, with a warning.
            trainable_variables: List of variables; by default those of `build`. The first call
                builds the optimizer.

        Raises:
            ValueError: If no variable has a gradient, a variable is unknown, or there is another
                number of gradients than of variables.
        """
        grads = list(grads)
        if not grads:
            return
        variables = self._variables_for(grads, trainable_variables)
        grads, variables = without_missing(grads, variables)
        grads, variables = self._overwrite(grads, variables)
        if grads:
            if self.loss_scale_factor is not None:
                grads = [g / self.loss_scale_factor for g in grads]
            if self._lists_updates:
                self._apply_listed(grads, variables)
                return
        self._step(grads, variables)

    def _step(self, grads, variables):
        """One step of the method itself; there may be no gradients, and it counts all the same."""
        if grads:
            self._update(grads, variables)
        self._iterations.assign_add(1)

    def _update(self, grads, variables):
        self._accumulate(grads, variables)
        if self.use_ema:
            self._follow_averages()
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))

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
        trained, state = self._trainable_variables, self.variables
        if not self.built:
            raise ValueError(
                f"To call `stateless_apply`, {type(self).__name__} must be built (i.e. its "
                "variables must have been created). You can build it via "
                "`optimizer.build(trainable_variables)`."
            )
        _check_count("optimizer_variables", optimizer_variables, state)
        _check_count("trainable_variables", trainable_variables, trained)
        ran = with_values(
            lambda: self.apply(grads),
            [*trained, *state],
            [*trainable_variables, *optimizer_variables],
        )
        return ran.values[: len(trained)], ran.values[len(trained) :]

    def scale_loss(self, loss):
        """The loss times `loss_scale_factor`, by which `apply` divides the gradients."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Says which variables do not decay. To be called before `build`.

        Args:
            var_list: List of variables.
            var_names: List of regular expressions; a variable whose name one of them finds a
                match in does not decay.
        """
        if self.built:
            raise ValueError(
                "`exclude_from_weight_decay()` can only be configured before the optimizer is "
                "built. Call it right after the constructor."
            )
        self._excluded = frozenset(var_list or ())
        self._excluded_names = re.compile("|".join(var_names)) if var_names else None

    def get_config(self) -> dict:
        """The constructor's arguments, as plain values and configs.

        A class that lists its updates takes the arguments that it names, and limits of gradients.
        """
        if type(self)._own_class is Optimizer and self._lists_updates:
            return {name: getattr(self, name) for name in SHARED[3:6] if getattr(self, name)}
        return super().get_config()

    def _base_config(self):
        config = {"name": self.name, "learning_rate": self._rate_config()}
        config.update({name: getattr(self, name) for name in SHARED[2:]})
        return {**config, "decay": self.decay} if self.decays else config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer from the dict that `get_config` returned, without its state.

        Args:
            config: Dict of constructor arguments, those of older Keras included.
            custom_objects: Dict of names to classes and functions of yours.
        """
        config = dict(config)
        with CustomObjectScope(custom_objects), EraScope(current_era()):
            rate = config.get("learning_rate")
            if isinstance(rate, dict):
                config["learning_rate"] = deserialize_keras_object(rate)
            return cls(**config)

    @classmethod
    def _unknown_arguments(cls, unknown, hint):
        return ValueError(
            f"Argument(s) not recognized by {cls.__name__}: {unknown}. {hint}".strip()
        )

    def _variables_for(self, grads, variables):
        """The variables of the gradients; builds the optimizer at the first call."""
        if variables is not None:
            variables = list(variables)
            check_gradients(self, grads, variables)
            if not self.built:
                self.build(variables)
                self.built = True
            for variable in variables:
                if variable not in self._indices:
                    raise ValueError(
                        f"Unknown variable: {path_of(variable)}. Optimizer '{self.name}' can only "
                        "be called for the variables it was originally built with. When working "
                        "with a new set of variables, create a new optimizer."
                    )
        elif not self.built:
            raise ValueError(
                "When passing `grads` without `variables`, the optimizer must already be built on "
                "a list of variables. Call `optimizer.build(trainable_variables)` first."
            )
        else:
            variables = self._trainable_variables
            check_gradients(self, grads, variables)
        return variables

    def _overwrite(self, grads, variables):
        """Assigns gradients that are the next values; returns the other pairs."""
        steps = self.gradient_accumulation_steps
        rest = []
        for gradient, variable in zip(grads, variables, strict=True):
            if not is_overwritten(variable):
                rest.append((gradient, variable))
            elif not steps:
                variable.assign(gradient)
            else:
                # Such values are largest absolute values, so they accumulate by their maximum.
                due = (self._iterations.value + 1) % steps == 0
                accumulator = self._accumulated_gradients[self._get_variable_index(variable)]
                largest = jnp.maximum(gradient, accumulator.value)
                variable.assign(jnp.where(due, largest, variable.value))
                accumulator.assign(jnp.where(due, 0, largest))
        return [g for g, _ in rest], [v for _, v in rest]

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
        """Clips, decays, updates."""
        grads = clip(grads, self.clipnorm, self.global_clipnorm, self.clipvalue)
        rate = self._rate()
        for variable in variables:
            decay = self._weight_decay_of(variable)
            if decay is not None:
                value = variable.value
                variable.assign(value - value * decay * jnp.asarray(rate, value.dtype))
        if type(self).update_step is Optimizer.update_step:
            self._run_chain(grads, variables, rate)
        else:
            for gradient, variable in zip(grads, variables, strict=True):
                self.update_step(gradient, variable, rate)

    def _run_chain(self, grads, variables, rate):
        chain = self.transform(rate)
        values = [v.value for v in variables]
        params = as_tree(self, variables, values)
        grads = [jnp.asarray(g, value.dtype) for g, value in zip(grads, values, strict=True)]
        state = self._slots.read(chain, params, self._updates())
        updates, state = chain.update(as_tree(self, variables, grads), state, params)
        params = optax.apply_updates(params, updates)
        for variable in variables:
            variable.assign(params[self._keys[variable]])
        self._slots.write(state)

    def _has_chain(self):
        return type(self).transform is not Optimizer.transform

    def _weight_decay_of(self, variable):
        """How much the variable decays, or None."""
        return None if self._is_excluded(variable) else self.weight_decay

    def _is_excluded(self, variable):
        names = self._excluded_names
        return variable in self._excluded or (
            names is not None and names.search(variable.name) is not None
        )


def _check_arguments(optimizer):
    steps = optimizer.gradient_accumulation_steps
    if steps and not steps >= 2:
        raise ValueError(
            "`gradient_accumulation_steps` must be an integer >= 2. Received: "
            f"gradient_accumulation_steps={steps}"
        )
    momentum, frequency = optimizer.ema_momentum, optimizer.ema_overwrite_frequency
    if optimizer.use_ema and not 0 <= momentum <= 1:
        raise ValueError(
            f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={momentum}"
        )
    if optimizer.use_ema and frequency and (not isinstance(frequency, int) or frequency < 1):
        raise ValueError(
            "`ema_overwrite_frequency` must be an integer >= 1 or None. Received: "
            f"ema_overwrite_frequency={frequency}"
        )
    limits = {
        name: getattr(optimizer, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")
    }
    if sum(limit is not None for limit in limits.values()) > 1:
        given = ", ".join(f"{name}={limit}" for name, limit in limits.items())
        raise ValueError(
            "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
            f"{given}"
        )


def _check_count(argument, values, variables):
    if len(values) != len(variables):
        raise ValueError(
            f"Argument `{argument}` of `stateless_apply` must have one value for each of the "
            f"{len(variables)} variables that the optimizer has, but received {len(values)}."
        )
