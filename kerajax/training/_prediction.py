"""Prediction: the compiled inference of a model, kept until the model's structure changes."""

import jax

from kerajax.graph import with_values
from kerajax.training._step import unpack_batch


class Prediction:
    """The compiled form of `predict_step`.

    Args:
        model: A built model.

    Attributes:
        program: `((trainable, non_trainable), batch) -> (outputs, non_trainable)`.
    """

    def __init__(self, model):
        self.variables = model.variables
        self.groups = (model.trainable_variables, model.non_trainable_variables)
        self.key = self.key_of(model)
        run = model.predict_step if model._overrides("predict_step") else self._run(model)
        self.program = jax.jit(run) if model.jit_compile else run

    def key_of(self, model) -> tuple:
        """What must stay equal for this prediction to stay valid."""
        flags = (variable._trainable for variable in self.variables)
        return (model._compiled, model.jit_compile, model._trainable, len(model._layers), *flags)

    def _run(self, model):
        variables = [*self.groups[0], *self.groups[1]]

        def run(values, batch):
            trainable, non_trainable = values
            x, _, _ = unpack_batch(batch)
            ran = with_values(
                lambda: model(x, training=False), variables, [*trainable, *non_trainable]
            )
            return ran.outputs, ran.values[len(trainable) :]

        return run

    def values(self) -> tuple:
        """The values of the variables now, without marking them as seen by somebody."""
        for variable in self.variables:
            if variable._loan is not None:
                variable._loan.settle()
        return tuple([variable._value for variable in group] for group in self.groups)


def prediction_of(model) -> Prediction:
    """The model's prediction, made anew where the model has changed."""
    known = model.__dict__.get("_prediction")
    if known is None or known.key != known.key_of(model):
        known = Prediction(model)
        object.__setattr__(model, "_prediction", known)
    return known
