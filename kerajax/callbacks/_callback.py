"""Callback: what is told of every stage of training, evaluation and prediction."""

from typing import Any

from kerajax.objects import publish

_BATCH_HOOKS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


@publish("keras.callbacks.Callback")
class Callback:
    """Base of all callbacks: override the hooks that matter.

    Several steps may run in one compiled call. A callback that overrides a batch hook sees every
    batch all the same: `fit` then runs the steps one by one. A class that is content with the last
    batch of each call says so with `each_batch = False`.

    Attributes:
        model: The model.
        params: Dict with `epochs`, `steps` and `verbose`.

    Example:

    >>> class Count(kerajax.callbacks.Callback):
    ...     epochs = 0
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.epochs += 1
    >>> count = Count()
    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> _ = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[count])
    >>> count.epochs
    3
    """

    each_batch = True

    def __init__(self):
        self.validation_data = None
        self._model = None
        self.params = None

    @property
    def model(self) -> Any:
        """The model that is trained."""
        return self.__dict__.get("_model")

    def set_params(self, params) -> None:
        """Takes the dict `params`."""
        self.params = params

    def set_model(self, model) -> None:
        """Takes the model."""
        self._model = model

    def watches_batches(self, kind) -> bool:
        """Whether each batch of `"train"`, `"test"` or `"predict"` must come alone."""
        return self.each_batch and any(map(self._overrides, _BATCH_HOOKS[kind]))

    def _overrides(self, hook) -> bool:
        return hook in self.__dict__ or getattr(type(self), hook) is not getattr(Callback, hook)

    def _hears(self, hook) -> bool:
        """Whether anything happens when `hook`, a batch hook, is called."""
        alias = hook.replace("on_train_batch", "on_batch")
        return self._overrides(hook) or self._overrides(alias)

    def on_batch_begin(self, batch, logs=None):
        """Alias of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Alias of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before an epoch (counted from 0) of training."""

    def on_epoch_end(self, epoch, logs=None):
        """After an epoch; `logs` has the metrics, validation metrics with the prefix `val_`."""

    def on_train_batch_begin(self, batch, logs=None):
        """Before a training batch (counted from 0 in each epoch)."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """After a training batch; `logs` has the metrics of the epoch up to here."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Before an evaluation batch."""

    def on_test_batch_end(self, batch, logs=None):
        """After an evaluation batch."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Before a prediction batch."""

    def on_predict_batch_end(self, batch, logs=None):
        """After a prediction batch; `logs["outputs"]` has the outputs."""

    def on_train_begin(self, logs=None):
        """Before training."""

    def on_train_end(self, logs=None):
        """After training; `logs` are those of the last epoch."""

    def on_test_begin(self, logs=None):
        """Before an evaluation."""

    def on_test_end(self, logs=None):
        """After an evaluation."""

    def on_predict_begin(self, logs=None):
        """Before a prediction."""

    def on_predict_end(self, logs=None):
        """After a prediction."""
