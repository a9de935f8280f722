"""`K.function` and `K.update`: old scripts' own programs, made of symbolic tensors.

A function is compiled. It computes its outputs, and what its updates need, from the values that
variables have when it is called, and assigns afterwards. Nothing but the updates changes, as in
Keras 2: moving averages of BatchNormalization stay, only draws of random numbers count on.
"""

import sys
from typing import NamedTuple

from kerajax import models, ops
from kerajax.backend import KerasTensor, Variable, context
from kerajax.backend._compiler import jit
from kerajax.graph import loose_in, with_values
from kerajax.legacy._state_functions import learning_phase
from kerajax.legacy._symbolic_gradients import gradients, variables_in
from kerajax.models._host_part import host_part_of
from kerajax.optimizers import _listed
from kerajax.optimizers._symbolic import OptimizerStep


class Assignment(NamedTuple):
    """What a variable is to hold after a `K.function` ran.

    Attributes:
        variable: `Variable`.
        value: KerasTensor.
    """

    variable: Variable
    value: KerasTensor


def update(x, new_x):
    """Assigns `new_x` to a variable.

    A value is assigned at once; in `call` of a layer, where training runs it, as updates that were
    handed to `add_update` ran there alone; in `get_updates` of an optimizer, when that has
    returned. For a symbolic tensor the result is meant for the `updates` of `K.function`.
    """
    if context.listing is not None:
        return context.listing.update(x, new_x)
    if isinstance(new_x, KerasTensor):
        return Assignment(x, new_x)
    if context.call is not None and not learning_phase():
        return new_x
    return x.assign(new_x)


def update_add(x, increment):
    """Adds to a variable, as `update` does."""
    if context.listing is not None:
        return context.listing.increase(x, ops.convert_to_tensor(increment))
    return update(x, ops.add(x, increment))


def update_sub(x, decrement):
    """Subtracts from a variable, as `update` does."""
    if context.listing is not None:
        return context.listing.increase(x, -ops.convert_to_tensor(decrement))
    return update(x, ops.subtract(x, decrement))


# Libraries replace `K.update` while they ask an optimizer of kerajax for its updates.
_listed.find_update[0] = lambda: getattr(sys.modules.get("keras.backend"), "update", update)


def moving_average_update(x, value, momentum):
    """Assigns `momentum * x + (1 - momentum) * value`, as `update` does."""
    return update(x, ops.cast(x, x.dtype) * momentum + value * (1.0 - momentum))


def function(inputs, outputs, updates=None, name=None, **kwargs):
    """A compiled function from values of `inputs` to values of `outputs`.

    `K.learning_phase()` among the inputs stands for the training flag; without it
    `K.set_learning_phase` says whether layers are in training mode.

    Args:
        inputs: List of symbolic tensors: inputs of models, placeholders, outputs of layers.
        outputs: Symbolic tensor, or a list of them, computed from the inputs. A variable among
            them gives the value that it has before the updates.
        updates: Optional list of what `optimizer.get_updates` and `K.update` return, and of
            `(variable, symbolic tensor)` pairs.
        name: String.
        **kwargs: Ignored: they were TensorFlow's session options.

    Returns:
        A function of a list of arrays that returns a numpy array, or a list of them.

    Example:

    >>> from kerajax.legacy import _backend as K
    >>> x = kerajax.Input((2,))
    >>> f = K.function([x, K.learning_phase()], [x * 2])
    >>> f([np.ones((1, 2)), 0])[0].tolist()
    [[2.0, 2.0]]
    """
    return _GraphFunction(inputs, outputs, updates or (), name)


class _GraphFunction:
    def __init__(self, inputs, outputs, updates, name):
        self.inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        self._is_list = isinstance(outputs, (list, tuple))
        self.outputs = list(outputs) if self._is_list else [outputs]
        self._steps = [x for x in updates if isinstance(x, OptimizerStep)]
        self._assignments = [_assignment(x) for x in updates if not isinstance(x, OptimizerStep)]
        wanted = [x for x in self.outputs if isinstance(x, KerasTensor)]
        self._number = len(wanted)
        wanted += [x.value for x in self._assignments]
        slopes = [gradients(step.loss, step.variables) for step in self._steps]
        wanted += [x for of_step in slopes for x in of_step if x is not None]
        self._unmet = [[x is None for x in of_step] for of_step in slopes]
        symbolic = [x for x in self.inputs if isinstance(x, KerasTensor)]
        self._model = models.Model(symbolic, wanted, name=name) if wanted else None
        self._variables = self._all_variables()
        self._kept = self._changing()
        compiled = self._model is not None and host_part_of(self._model) is None
        self._run = jit(self._values, static_argnums=0) if compiled else self._values

    def __call__(self, values):
        """Runs the function on a list of arrays, one for each of `inputs`."""
        values = list(values) if isinstance(values, (list, tuple)) else [values]
        if len(values) != len(self.inputs):
            raise ValueError(f"The K.function takes {len(self.inputs)} inputs, not {len(values)}.")
        pairs = list(zip(self.inputs, values, strict=True))
        phases = [v for x, v in pairs if not isinstance(x, KerasTensor)]
        given = [v for x, v in pairs if isinstance(x, KerasTensor)]
        held = [ops.convert_to_numpy(x) for x in self.outputs if not isinstance(x, KerasTensor)]
        computed = []
        if self._model is not None:
            training = bool(phases[0] if phases else learning_phase())
            given = [ops.convert_to_tensor(x) for x in given]
            computed, changed = self._run(training, [v.value for v in self._variables], given)
            for index, value in changed.items():
                self._variables[index].assign(value)
        computed, held = map(ops.convert_to_numpy, computed), iter(held)
        results = [next(computed if isinstance(x, KerasTensor) else held) for x in self.outputs]
        return results if self._is_list else results[0]

    def _values(self, training, values, given):
        """The computed outputs, and the new values of variables that change, by their index."""

        def run():
            results = self._model(given, training=training)
            results = iter(results if isinstance(results, (list, tuple)) else [results])
            outputs = [next(results) for _ in range(self._number)]
            assigned = [next(results) for _ in self._assignments]
            for step, unmet in zip(self._steps, self._unmet, strict=True):
                slopes = [None if missing else next(results) for missing in unmet]
                step.optimizer.apply(slopes, step.variables)
            for (variable, _), value in zip(self._assignments, assigned, strict=True):
                variable.assign(value)
            return outputs

        ran = with_values(run, self._variables, values)
        changed = ran.changed_from(values)
        return ran.outputs, {i: changed[i] for i in self._kept if i in changed}

    def _all_variables(self):
        nodes = self._model._graph._nodes if self._model is not None else []
        updated = [v for step in self._steps for v in (*step.variables, *step.optimizer.variables)]
        updated += [x.variable for x in self._assignments]
        self._updated = {id(v) for v in updated}
        found = list({id(v): v for v in (*variables_in(nodes), *updated)}.values())
        if self._model is None:
            return found
        return found + loose_in(self._model, found)

    def _changing(self):
        """Indices of the variables that the function may change."""
        variables = enumerate(self._variables)
        return [i for i, v in variables if id(v) in self._updated or _counts_draws(v)]


def _counts_draws(variable):
    return variable.path.rpartition("/")[2] == "seed_generator_state"


def _assignment(update):
    if not isinstance(update, (list, tuple)) or len(update) != 2:
        raise ValueError(
            "K.function takes as `updates` what `optimizer.get_updates` and `K.update` return, and "
            f"(variable, symbolic tensor) pairs, but received: {update!r:.80}."
        )
    return Assignment(*update)
