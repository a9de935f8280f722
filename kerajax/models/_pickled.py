"""Pickles of models: the saved file, beside what it leaves out.

A pickle is read back by the reader of files, so that no more runs than in loading a model.
"""

import os
import tempfile

from kerajax.objects import Carried, OwnObjectsScope, hook


def reduced(model):
    """What `pickle` and `copy` keep of a model."""
    # The saved file holds what counts; the graph behind it may be deeper than pickle recurses.
    objects: dict = {}
    with tempfile.TemporaryDirectory() as folder, OwnObjectsScope(objects):
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with open(path, "rb") as file:
            content = file.read()
    # What configs of users name by themselves.
    classes = {type(x).__name__: type(x) for x in model._flatten_layers()}
    classes, objects = (
        {name: Carried(value, _instead(value)) for name, value in values.items()}
        for values in (classes, objects)
    )
    # Files leave out seeds and the states of recurrent layers, from which the next step begins.
    beside = [variable.numpy() for variable in _beside_weights(model)]
    totals = None if model._compiled is None else model._compiled.totals()
    return _unpickled, (content, classes, objects, beside, totals)


def _unpickled(content, classes, objects, beside, totals):
    """A model from its file; functions came beside it, so that bytecode in it stays refused."""
    classes, objects = (
        {name: carried.value for name, carried in values.items() if carried.value is not None}
        for values in (classes, objects)
    )
    with tempfile.TemporaryDirectory() as folder, OwnObjectsScope(objects):
        path = os.path.join(folder, "model.keras")
        with open(path, "wb") as file:
            file.write(content)
        model = hook("load_model")(path, custom_objects=classes, safe_mode=True)
    for variable, value in zip(_beside_weights(model), beside, strict=True):
        variable.assign(value)
    if totals is not None and model.compiled:
        model._compiled.set_totals(totals)
    return model


def _instead(value):
    """What happens to a model without an optax transformation; nothing else can be left out."""
    if hasattr(value, "update") and not isinstance(value, type):
        return "The model will not be compiled: call `compile` after unpickling."
    return None


def _beside_weights(model):
    weights = set(map(id, model.weights))
    return [variable for variable in model.variables if id(variable) not in weights]
