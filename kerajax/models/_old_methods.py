"""Methods that models had until Keras 2: thin forms of `fit`, `evaluate` and `predict`.

Keras 1 counted the epochs of generators in samples and Keras 2 counts batches, so the old arguments
are divided by the size of the generator's first batch.
"""

import itertools

import numpy as np

from kerajax.backend import KerasTensor
from kerajax.callbacks import CallbackList
from kerajax.eras import COUNTED_IN_SAMPLES
from kerajax.layers._base._old_attributes import OLD_ATTRIBUTES
from kerajax.models._added import AddLoss, AddMetric, add_to_graph, end_layer
from kerajax.objects import old_spellings
from kerajax.training import batch_size_of


def _layers_of(tensors):
    return [tensor._keras_history.operation for tensor in tensors]


def _nothing(model):
    # Programs are compiled at the first call, which threads may share.
    return lambda: None


class OldMethods:
    """`fit_generator`, `predict_classes` and the like."""

    _old_attributes = {
        **OLD_ATTRIBUTES,
        "stateful": lambda model: any(
            getattr(layer, "stateful", False)
            for layer in model._flatten_layers(include_self=False, recursive=False)
        ),
        "state_updates": lambda model: [],
        "input_layers": lambda model: _layers_of(model.inputs),
        "output_layers": lambda model: _layers_of(model.outputs),
        "flattened_layers": lambda model: [*model._flatten_layers(include_self=False)],
        "_make_train_function": _nothing,
        "_make_test_function": _nothing,
        "_make_predict_function": _nothing,
    }

    def to_yaml(self, **kwargs):
        """The architecture for `keras.models.model_from_yaml`: JSON, which is YAML, too.

        Args:
            **kwargs: Not looked at: they were settings of a YAML writer.

        Example:

        >>> from kerajax.legacy._architectures import model_from_yaml
        >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(3, name="d")])
        >>> model_from_yaml(model.to_yaml()).get_layer("d").units
        3
        """
        return self.to_json()

    def fit_generator(self, generator, steps_per_epoch=None, epochs=None, **kwargs):
        """`fit` on a generator. `samples_per_epoch` and `nb_val_samples` count samples.

        Callbacks hear of the beginning before the generator yields, since some prepare its data.
        """
        if kwargs.get("callbacks") and hasattr(generator, "__next__") and self.built:
            told = {"verbose": kwargs.get("verbose", 1), "epochs": epochs, "steps": steps_per_epoch}
            kwargs["callbacks"] = CallbackList(
                kwargs["callbacks"],
                add_history=True,
                add_progbar=told["verbose"] != 0,
                model=self,
                **told,
            )
            kwargs["callbacks"].begin()
        generator, kwargs = _in_steps(generator, {"steps_per_epoch": steps_per_epoch, **kwargs})
        validation = kwargs.get("validation_data")
        if validation is not None and not isinstance(validation, (tuple, list)):
            counts = {k: v for k, v in kwargs.items() if k in ("nb_val_samples",)}
            validation, counts = _in_steps(validation, counts)
            kwargs = {**kwargs, **counts, "validation_data": validation}
        kwargs.pop("nb_val_samples", None)
        if epochs is not None:
            kwargs["epochs"] = epochs
        return _call("Model.fit_generator", self.fit, generator, **kwargs)

    def evaluate_generator(self, generator, steps=None, **kwargs):
        """`evaluate` on a generator. `val_samples` counts samples."""
        generator, kwargs = _in_steps(generator, {"steps": steps, **kwargs})
        kwargs.setdefault("verbose", 0)
        return _call("Model.evaluate_generator", self.evaluate, generator, **kwargs)

    def predict_generator(self, generator, steps=None, **kwargs):
        """`predict` on a generator. `val_samples` counts samples."""
        generator, kwargs = _in_steps(generator, {"steps": steps, **kwargs})
        kwargs.setdefault("verbose", 0)
        return _call("Model.predict_generator", self.predict, generator, **kwargs)

    def _make_predict_function(self):
        """Nothing: `predict` compiles when it is called, in any thread."""

    _make_train_function = _make_test_function = _make_predict_function

    def reset_states(self):
        """Sets the states of stateful recurrent layers to zero."""
        for layer in self._flatten_layers(include_self=False):
            if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
                layer.reset_state()

    def add_loss(self, loss, inputs=None):
        """Adds to the loss that training minimizes.

        Args:
            loss: Tensor or list of tensors, inside `call`. A functional model also takes symbolic
                tensors computed from its inputs. It then ends in a layer `AddLoss` for each, which
                is saved with it; Keras 3 has no such layer and refuses the file. A class with a
                constructor of its own adds its losses there.
            inputs: Not looked at.

        Example:

        >>> x = kerajax.Input((2,))
        >>> model = kerajax.Model(x, kerajax.layers.Dense(2)(x))
        >>> model.add_loss(kerajax.ops.mean(kerajax.ops.square(x - model.output)))
        >>> model.compile("sgd")
        >>> len(model.fit(np.ones((4, 2)), verbose=0).history["loss"])
        1
        """
        losses = loss if isinstance(loss, (list, tuple)) else [loss]
        symbolic = [value for value in losses if isinstance(value, KerasTensor)]
        if symbolic:
            add_to_graph(self, [end_layer(self, AddLoss)(value) for value in symbolic])
        super().add_loss([value for value in losses if not isinstance(value, KerasTensor)])

    def add_metric(self, value, name=None, aggregation=None, **kwargs):
        """Adds the mean of a tensor to the metrics.

        Args:
            value: Tensor, inside `call`; or for a functional model a KerasTensor computed from its
                inputs. The model then ends in a layer `AddMetric`, which is saved with it.
            name: String, the name in the logs.
            aggregation: `"mean"`, or None for it.
            **kwargs: `inputs`, which was needed once.

        Raises:
            ValueError: If the aggregation is another one, or if there is no name.
        """
        if not isinstance(value, KerasTensor):
            return super().add_metric(value, name, aggregation, **kwargs)
        add_to_graph(self, [end_layer(self, AddMetric, aggregation, name)(value)])

    def predict_classes(self, x, batch_size=32, verbose=0):
        """The most likely class of each sample; for one output, whether it is above 0.5."""
        outputs = self.predict(x, batch_size=batch_size, verbose=verbose)
        if outputs.shape[-1] > 1:
            return outputs.argmax(axis=-1)
        return (outputs > 0.5).astype("int32")

    def predict_proba(self, x, batch_size=32, verbose=0):
        """`predict`, as classifiers name it."""
        return self.predict(x, batch_size=batch_size, verbose=verbose)


def _call(owner, method, *args, **kwargs):
    """Calls a method of today, with the old arguments of `owner` in today's words."""

    @old_spellings(owner)
    def run(*args, **kwargs):
        return method(*args, **kwargs)

    return run(*args, **kwargs)


def _in_steps(generator, kwargs):
    """Turns counts of samples into counts of steps; gives the generator back unread."""
    samples = {k: kwargs[k] for k in COUNTED_IN_SAMPLES if kwargs.get(k) is not None}
    kwargs = {k: v for k, v in kwargs.items() if k not in samples and v is not None}
    if not samples:
        return generator, kwargs
    if hasattr(generator, "__next__"):
        first = next(generator)
        generator = itertools.chain([first], generator)
    else:
        first = generator[0]
    size = batch_size_of(first)
    for name, count in samples.items():
        kwargs[COUNTED_IN_SAMPLES[name]] = int(np.ceil(count / size))
    return generator, kwargs
