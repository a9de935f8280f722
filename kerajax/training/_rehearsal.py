"""A run on shapes alone before the first compiled step, where layers have not shown what they do.

A layer that says its own `compute_output_shape` is not run while a model is put together. What its
`call` makes when it first runs, such as the generator behind `K.dropout` or the metric of
`add_metric`, must be there before a step is compiled, whose variables are counted then.
"""

from kerajax.graph import abstract_call
from kerajax.layers import Lambda, Layer
from kerajax.layers._merge import Merge


def rehearse(model, specs, training) -> None:
    """Runs the model on shapes, once, if some layer of the user's has not been run on any.

    Args:
        model: Built model.
        specs: Nested KerasTensors, inputs of the model.
        training: Bool. What the layers are told.
    """
    done = model.__dict__.setdefault("_rehearsals", set())
    if training in done:
        return
    done.add(training)
    if any(map(_is_unseen, model._flatten_layers(include_self=False))):
        abstract_call(lambda inputs: model(inputs, training=training), specs)


def _is_unseen(layer):
    if isinstance(layer, Lambda):
        return layer._output_shape is not None
    if isinstance(layer, Merge) and not layer.is_own:
        return True
    own = type(layer).compute_output_shape
    return own is not Layer.compute_output_shape and not str(own.__module__).startswith("kerajax.")
