"""Optimizers that say a step as a list of updates, as all did until Keras 2.3.

`get_updates(loss, params)` ran once then, and what it did was a graph: the variables that it made
were made once, what it read were the values before the step, and all of its assignments happened
together. Here it runs whenever a step is traced, and means the same: the first run, when the
optimizer is built, makes the variables, and later runs get these; assignments (`K.update`, or pairs
in the list) wait until it has returned.
"""

import inspect
from collections.abc import Callable

import jax.numpy as jnp

from kerajax.backend import KerasTensor, context
from kerajax.graph import abstract_call
from kerajax.graph._pure import with_values
from kerajax.optimizers._arithmetic import clip
from kerajax.optimizers._rate import Rated
from kerajax.optimizers._state import is_variable, path_of
from kerajax.optimizers._symbolic import symbolic_step


class Listing:
    """One run of `get_updates`, which code that it calls finds as `context.listing`.

    Args:
        optimizer: The optimizer whose step it is; others may run inside of it.
        params: List of the variables to train.
        grads: List of their gradients.
        is_first: Whether this run makes what later ones find.

    Attributes:
        loss: What stands for the loss: gradients with respect to parameters are all it has.
    """

    def __init__(self, optimizer, params, grads, is_first=False):
        self.loss = Loss()
        self._optimizer = optimizer
        self._gradients = {id(p): g for p, g in zip(params, grads, strict=True)}
        self._params = params
        self._is_first = is_first
        self._made_so_far = 0
        self._updates = {}
        self._known = {id(p) for p in params}

    def run(self) -> list:
        """Runs `get_updates`; returns pairs of variables and their new values."""
        outer, context.listing = context.listing, self
        try:
            for update in self._call() or ():
                # Theano's updates were pairs.
                if isinstance(update, tuple) and len(update) == 2 and is_variable(update[0]):
                    self.update(*update)
        finally:
            context.listing = outer
        return list(self._updates.values())

    def _call(self):
        get_updates = self._optimizer.get_updates
        # By their names: Keras 1 had the order (params, constraints, loss).
        known = {
            "loss": self.loss,
            "params": self._params,
            "constraints": {p: p.constraint for p in self._params if p.constraint is not None},
        }
        names = inspect.signature(get_updates).parameters
        if not {"loss", "params"}.issubset(names):
            return get_updates(self.loss, self._params)
        return get_updates(**{name: known[name] for name in names if name in known})

    def once(self, make: Callable):
        """What `make` gave in the first run, at the same place among all that it made.

        Raises:
            RuntimeError: If this run makes more than the first did.
        """
        made = self._optimizer._made
        if self._is_first:
            made.append(make())
        elif self._made_so_far == len(made):
            raise RuntimeError(
                f"`get_updates` of optimizer '{self._optimizer.name}' makes a variable that it did "
                "not make when the optimizer was built. Make the same variables in each run, for "
                "all of `params`."
            )
        self._made_so_far += 1
        return made[self._made_so_far - 1]

    def update(self, variable, value):
        """Keeps the value that `variable` gets at the end; returns it in the variable's dtype."""
        if not is_variable(variable):
            raise ValueError(
                f"Optimizer '{self._optimizer.name}' updates a {type(variable).__name__}, but "
                "only variables can be: make it by `K.variable` or `K.zeros`."
            )
        if id(variable) not in self._known:
            self._known.update(map(id, self._optimizer.variables))
            if id(variable) not in self._known:
                raise ValueError(
                    f"Optimizer '{self._optimizer.name}' updates variable '{variable.path}', which "
                    "it neither trains nor keeps, so that its value would be lost. Make it in "
                    "`get_updates` or an attribute of the optimizer, or assign to it in a callback."
                )
        value = jnp.asarray(value, variable.value.dtype)
        self._updates[id(variable)] = variable, value
        return value

    def increase(self, variable, value):
        """Adds to the value that `variable` gets at the end; returns the sum."""
        held = self._updates.get(id(variable))
        return self.update(variable, (variable.value if held is None else held[1]) + value)

    def gradients(self, loss, variables) -> list:
        """The gradients of the loss.

        Raises:
            ValueError: If `loss` is another loss than that of the step, or a variable is unknown.
        """
        unknown = [v for v in variables if id(v) not in self._gradients]
        if loss is not self.loss or unknown:
            raise ValueError(
                f"In a step of optimizer '{self._optimizer.name}', gradients are those of the "
                "model's loss with respect to the variables that it trains. Received: "
                f"loss={loss!r}, variables={[str(getattr(v, 'path', v)) for v in variables]}. "
                "Add a term to the loss of the model (`add_loss`), or override `train_step`."
            )
        return [self._gradients[id(v)] for v in variables]


class Loss:
    """The loss that `get_updates` is given: its gradients are known, its value is not."""

    def __repr__(self):
        return "<the model's loss>"

    @property
    def shape(self):
        """Where arithmetic looks first."""
        raise ValueError(
            "The value of the loss is not known in `get_updates`; its gradients are, by "
            "`self.get_gradients(loss, params)`. Add terms to the loss of the model (`add_loss`)."
        )

    dtype = __jax_array__ = shape


# `K.update`, as libraries may have replaced it while an optimizer inside of theirs lists its
# updates; `kerajax.legacy` says where it is.
find_update: list[Callable] = [lambda: context.listing.update]


_OWN = ("get_updates", "get_gradients")


class Listed(Rated):
    """What an optimizer needs to list its updates, or to be asked for them by another one."""

    # The list of `weights` that the user's code has set.
    _own_weights: list | None = None

    def _start_listing(self):
        self._made = []
        self.updates = []

    # Whether the class has one of the two methods by which it says its step or its gradients.
    _class_lists = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls._class_lists = any(getattr(cls, name) is not getattr(Listed, name) for name in _OWN)

    @property
    def _lists_updates(self) -> bool:
        """Whether the user's class says its step by `get_updates`, or changes its gradients."""
        # Libraries also set these on objects.
        return self._class_lists or not self.__dict__.keys().isdisjoint(_OWN)

    @property
    def _keeps_own_rate(self) -> bool:
        return self._lists_updates

    @property
    def updates(self) -> list:
        """What `get_updates` lists, while it does."""
        return self.__dict__["_list_of_updates"]

    @updates.setter
    def updates(self, value):
        self.__dict__["_list_of_updates"] = value

    @property
    def weights(self) -> list:
        """The state: what `get_updates` has set as `weights`, or all of `variables`."""
        return self.variables if self._own_weights is None else list(self._own_weights)

    @weights.setter
    def weights(self, value):
        self.__dict__["_own_weights"] = list(value)

    def _wrapped(self):
        if not self._lists_updates:
            return ()
        return tuple(value for value in self.__dict__.values() if isinstance(value, Listed))

    def get_gradients(self, loss, params) -> list:
        """Gradients of the loss, clipped; for `get_updates`, as optimizers had it until Keras 2.3.

        Args:
            loss: What `get_updates` was given.
            params: List of variables.
        """
        self._check_listing("get_gradients")
        grads = context.listing.gradients(loss, params)
        return clip(grads, self.clipnorm, self.global_clipnorm, self.clipvalue)

    def get_updates(self, *args, params=None, loss=None, constraints=None) -> list:
        """The updates of a step, as optimizers listed them until Keras 2.3.

        A class of the user's that has this method is trained by it: it takes gradients from
        `self.get_gradients(loss, params)`, makes its state by `K.zeros`, and returns a list of
        `K.update(variable, value)`. All values are those before the step. It may ask an optimizer
        that it wraps for the updates of that one.

        On a symbolic loss the list is for the `updates` of `K.function`.

        Args:
            *args: `(loss, params)` as in Keras 2, or `(params, constraints, loss)` as in Keras 1.
            params: List of variables to train.
            loss: What stands for the loss, or a KerasTensor.
            constraints: Not looked at: variables have their constraints themselves.

        Raises:
            ValueError: If there is no loss, or no list of variables.

        Example:

        >>> x = kerajax.Input((2,))
        >>> layer = kerajax.layers.Dense(1)
        >>> loss = kerajax.ops.mean(layer(x))
        >>> step = kerajax.optimizers.SGD(0.1).get_updates(loss, layer.trainable_variables)
        >>> len(step[0].variables)
        2
        """
        if context.listing is None:
            return symbolic_step(self, args, params, loss)
        params = next(x for x in (*args, params) if isinstance(x, (list, tuple)))
        grads = self.get_gradients(context.listing.loss, params)
        if not self._lists_updates:
            self.build(params)
        elif "_slots" not in self.__dict__:
            self._build_state()
        variables = [*params, *self.variables]
        before = [variable.value for variable in variables]
        ran = with_values(lambda: self._step(grads, params), variables, before)
        changed = ran.changed_from(before)
        self.updates = [find_update[0]()(variables[i], new) for i, new in changed.items()]
        return self.updates

    def _check_listing(self, method):
        if context.listing is None:
            raise RuntimeError(
                f"`{method}` of optimizer '{self.name}' runs in training steps, where the loss has "
                "gradients; there is no graph that it could extend. Call `fit` or "
                "`train_on_batch`; for a step of your own, override `train_step`, or use `jax.grad`"
                " over `model.stateless_call`."
            )

    def _build_listed(self):
        """Makes the variables that `get_updates` makes, by running it on shapes alone."""
        taken = [name for name in ("use_ema", "gradient_accumulation_steps") if getattr(self, name)]
        taken += ["OffloadScope"] if self._offloads else []
        if taken:
            raise ValueError(
                f"Optimizer '{self.name}' lists its updates itself, which does not go with "
                f"{taken}. Wrap its updates in its own `get_updates`, or leave them out."
            )
        params = self._trainable_variables
        specs = [KerasTensor(p.shape, p.dtype, record_history=False) for p in params]

        def run(grads):
            Listing(self, params, grads, is_first=True).run()
            return grads

        abstract_call(run, specs)
        self.updates = []

    def _apply_listed(self, grads, variables):
        params = self._trainable_variables
        by_param = dict(zip(map(id, variables), grads, strict=True))
        missing = [path_of(p) for p in params if by_param.get(id(p)) is None]
        if missing:
            raise ValueError(
                f"Optimizer '{self.name}' lists its updates for all variables that it was built "
                f"with, but {missing} have no gradient. Pass gradients of all of them."
            )
        for variable, value in Listing(self, params, [by_param[id(p)] for p in params]).run():
            variable.assign(value)
        # They belong to a step that is over.
        self.updates = []


def made_once(make: Callable):
    """What `make` gives; inside of `get_updates`, what it gave when that ran first."""
    return make() if context.listing is None else context.listing.once(make)
