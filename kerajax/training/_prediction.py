"""Prediction: the compiled inference of a model, kept until the model's structure changes."""

import contextlib
from operator import attrgetter

import jax
import jax.numpy as jnp
import numpy as np

from kerajax import tree
from kerajax.backend import equal_calls_once
from kerajax.backend._compiler import jit
from kerajax.backend._distribution import in_force, spread_batch
from kerajax.graph import loose_in, with_values
from kerajax.training._own_steps import check_takes_state, packed
from kerajax.training._rehearsal import rehearse
from kerajax.training._step import unpack_batch

_is_trainable, _value = attrgetter("_trainable"), attrgetter("_value")


class Prediction:
    """The compiled form of `predict_step`.

    Args:
        model: A built model.
        through_function: Bool. Whether a `make_predict_function` of the user's is asked for it.

    Attributes:
        program: `((trainable, non_trainable), batch) -> (outputs, changes)`, where `changes` maps
            the index of a non-trainable variable that the model assigned to its new value: seeds,
            states of recurrent layers, counters.
        run: The function that the program was compiled from; None where it was not compiled.
        batch_groups: Dict of kinds of batches to their `BatchGroups`.
    """

    def __init__(self, model, through_function=True):
        self.variables = model.variables
        self.groups = (model.trainable_variables, model.non_trainable_variables)
        if not model._has_own_steps():
            self._add_loose_variables(model)
        self.key = self.key_of(model)
        self.run, self.batch_groups = None, {}
        if through_function and model._overrides("make_predict_function"):
            self.program = self._own_function(model)
            return
        run = self._own_step(model) if model._overrides("predict_step") else self._run(model)
        if model.jit_compile:
            self.run = equal_calls_once(run)
        self.program = jit(self.run) if model.jit_compile else run

    def key_of(self, model) -> tuple:
        """What must stay equal for this prediction to stay valid."""
        settings = (model._compiled, model.jit_compile, in_force.distribution)
        return (
            *settings,
            model._trainable,
            len(model._layers),
            *map(_is_trainable, self.variables),
        )

    def _add_loose_variables(self, model):
        """Takes the variables of the script that layers read for part of the state."""
        if getattr(model, "_graph", None) is None:
            return
        found = loose_in(model, self.variables)
        self.variables = [*self.variables, *found]
        self.groups = (self.groups[0], [*self.groups[1], *found])

    def _run(self, model):
        variables = [*self.groups[0], *self.groups[1]]

        def run(values, batch):
            trainable, non_trainable = values
            x, _, _ = unpack_batch(spread_batch(batch))
            ran = with_values(
                lambda: model(x, training=False), variables, [*trainable, *non_trainable]
            )
            return ran.outputs, _changes(non_trainable, ran.values[len(trainable) :])

        return run

    def _own_step(self, model):
        """The `predict_step` that the user wrote."""
        check_takes_state(model, "predict")

        def run(values, batch):
            outputs, non_trainable = model.predict_step(values, packed(batch))
            return outputs, _changes(values[1], non_trainable)

        return run

    def _own_function(self, model):
        """What the `make_predict_function` that the user wrote has made."""
        model.make_predict_function()

        def run(values, batch):
            outputs, (_, non_trainable) = model.predict_function(values, iter([packed(batch)]))
            return outputs, _changes(values[1], non_trainable)

        return run

    def values(self) -> tuple:
        """The values of the variables now, without marking them as seen by somebody."""
        for variable in self.variables:
            if variable._loan is not None:
                variable._loan.settle()
        trainable, non_trainable = self.groups
        return list(map(_value, trainable)), list(map(_value, non_trainable))

    def keep(self, values, changes) -> None:
        """Gives what a batch changed to the variables, and to the values for the next batch."""
        for index, value in changes.items():
            values[1][index] = self.groups[1][index]._value = value


def function_of(model):
    """What `make_predict_function` makes: `(state, iterator) -> (outputs, state)`.

    The state is `(trainable, non_trainable)`. The function takes the next batch of the iterator.
    """
    run = Prediction(model, through_function=False).program

    def function(state, iterator):
        trainable, non_trainable = state
        outputs, changes = run((list(trainable), list(non_trainable)), packed(next(iterator)))
        return outputs, (trainable, [changes.get(i, v) for i, v in enumerate(non_trainable)])

    return function


def prediction_of(model) -> Prediction:
    """The model's prediction, made anew where the model has changed."""
    known = model.__dict__.get("_prediction")
    if known is None or known.key != known.key_of(model):
        if getattr(model, "_graph", None) is not None:
            # What does not fit an open size may fit the real one; if not, it is told then.
            with contextlib.suppress(Exception):
                rehearse(model, model.input, training=False)
        known = Prediction(model)
        object.__setattr__(model, "_prediction", known)
    return known


def is_one_batch(x, batch_size) -> bool:
    """Whether inputs are a plain array of no more samples than a batch has."""
    if type(x) is not np.ndarray and not isinstance(x, jax.Array):
        return False
    most = 32 if batch_size is None else batch_size
    return x.ndim > 0 and type(most) is int and 0 < x.shape[0] <= most


def of_batch(model, batch):
    """The outputs for one batch `(x, None, None)`, on the device."""
    prediction = prediction_of(model)
    values = prediction.values()
    outputs, changes = prediction.program(values, batch)
    if changes:
        prediction.keep(values, changes)
    return outputs


class JoinedPredictions:
    """Callbacks that are told of every `count` batches of a prediction at once.

    Args:
        callbacks: `CallbackList`.
        count: Int, the `steps_per_execution` given to `compile`.
    """

    def __init__(self, callbacks, count):
        self.callbacks = callbacks
        self.count = count
        self.outputs = []
        self.last = 0

    def on_predict_begin(self):
        """Passed on."""
        self.callbacks.on_predict_begin()

    def on_predict_batch_begin(self, batch):
        """Passed on for the first of the batches."""
        if batch % self.count == 0:
            self.callbacks.on_predict_batch_begin(batch)

    def on_predict_batch_end(self, batch, logs):
        """Passed on after the last of the batches, with the outputs of all."""
        self.outputs.append(logs["outputs"])
        self.last = batch
        if len(self.outputs) == self.count:
            self._tell(batch)

    def on_predict_end(self):
        """Passed on, after what is left of the batches."""
        if self.outputs:
            self._tell(self.last + self.count - len(self.outputs))
        self.callbacks.on_predict_end()

    def _tell(self, batch):
        joined = tree.map_structure(lambda *parts: jnp.concatenate(parts), *self.outputs)
        self.outputs = []
        self.callbacks.on_predict_batch_end(batch, {"outputs": joined})


def _changes(before, after) -> dict:
    pairs = enumerate(zip(before, after, strict=True))
    return {i: new for i, (old, new) in pairs if new is not old}
