"""The learning rate of an optimizer and what it is counted by.

A rate is a variable that anybody may assign to, a schedule of the steps so far, or a function. The
`decay` of Keras before 2.11 divides it by `1 + decay * steps`.
"""

import inspect

import numpy as np

from kerajax.backend import floatx
from kerajax.objects import serialize_keras_object
from kerajax.optimizers._state import Stateful, is_variable


class Rated(Stateful):
    """Counts steps and has a learning rate."""

    decay = 0.0
    # Whether a class of the user's sets the rate after the base constructor, or has none.
    _keeps_own_rate = False
    gradient_accumulation_steps: int | None = None

    def _start_counting(self):
        self._iterations = self._scalar(0, "int32", "iteration")

    def _start_rate(self, learning_rate):
        self._learning_rate = None
        if learning_rate is None and self._keeps_own_rate:
            return
        if not callable(learning_rate) and not _is_number(learning_rate):
            raise ValueError(
                "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, "
                "or a callable (that takes in the current iteration value and returns the "
                "corresponding learning rate value). Received instead: "
                f"learning_rate={learning_rate!r}"
            )
        self.learning_rate = learning_rate

    def sibling(self):
        """An optimizer of the same settings for other variables, with the same count and rate.

        Example:

        >>> one = kerajax.optimizers.SGD(0.1)
        >>> two = one.sibling()
        >>> two.learning_rate = 0.2
        >>> round(float(one.learning_rate), 3), two is one
        (0.2, False)
        """
        other = type(self).from_config(self.get_config())
        self._share_count(other)
        return other

    def _share_count(self, other):
        other._offloads = self._offloads
        for name in ("_iterations", "_learning_rate"):
            shared = self.__dict__.get(name)
            if is_variable(shared):
                other._tracker.replace(other.__dict__[name], shared)
                other.__dict__[name] = shared
        for inner, its in zip(self._wrapped(), other._wrapped(), strict=True):
            inner._share_count(its)

    @property
    def iterations(self):
        """How often the weights were updated. Classes of old set a variable of their own."""
        if self.gradient_accumulation_steps:
            return self._updates()
        return self._iterations

    @iterations.setter
    def iterations(self, variable):
        if not is_variable(variable) or self.built:
            raise ValueError(
                f"`iterations` of optimizer '{self.name}' is a variable, which can be set before "
                f"the optimizer is built. Received: {variable!r}. For a number of steps, write "
                "`optimizer.iterations.assign(number)`."
            )
        self._tracker.untrack(self._iterations)
        self._iterations = variable

    @property
    def learning_rate(self):
        """The rate: a variable, or the value that a schedule has now. Assign a number to it.

        Raises:
            TypeError: On assigning a number where the rate is a schedule.
        """
        rate = self._learning_rate
        return rate if is_variable(rate) else _rate_at(rate, self._iterations.value)

    @learning_rate.setter
    def learning_rate(self, value):
        old = self._learning_rate
        if callable(value):
            if is_variable(old):
                self._tracker.untrack(old)
            self._learning_rate = value
            self.__dict__["_revision"] = self._revision + 1
        elif old is None:
            self._learning_rate = self._scalar(float(value), floatx(), "learning_rate")
        elif is_variable(old):
            old.assign(value)
        else:
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule`, hence the learning rate "
                f"of '{self.name}' is not settable to a number, but received: {value!r}. Assign "
                "another schedule, or create the optimizer with a float `learning_rate`."
            )

    @property
    def decays(self) -> bool:
        """Whether `decay` lowers the rate. Classes that keep it in a variable see to it."""
        return not is_variable(self.decay) and bool(self.decay)

    @property
    def lr(self):
        """The learning rate, by the name it had until Keras 2.10."""
        return self.learning_rate

    @lr.setter
    def lr(self, value):
        self.learning_rate = value

    def _updates(self):
        """Array: how often the weights were updated."""
        steps = self.gradient_accumulation_steps
        return self._iterations.value // steps if steps else self._iterations.value

    def _rate(self):
        """The rate of this step."""
        rate = self.learning_rate
        rate = rate.value if is_variable(rate) else rate
        # Counted in steps, not updates, like schedules.
        return rate / (1 + self.decay * self._iterations.value) if self.decays else rate

    def _rate_config(self):
        rate = self._learning_rate
        # The number as float32 has it, which is what Keras writes.
        return float(rate.numpy()) if is_variable(rate) else serialize_keras_object(rate)


def _rate_at(rate, step):
    """What a schedule or function says the rate is after `step` steps."""
    return rate(step) if _takes_step(rate) else rate()


def _takes_step(fn):
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):  # some callables written in C have no signature
        return True
    return any(p.default is p.empty and p.kind in _POSITIONAL for p in parameters)


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _is_number(value):
    """Whether `value` is a real number: Python's, numpy's, or an array or variable without axes."""
    if isinstance(value, (bool, str)) or np.shape(value) != ():
        return False
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
