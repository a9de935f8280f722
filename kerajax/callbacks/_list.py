"""CallbackList: tells all callbacks of one run."""

import weakref

import numpy as np

from kerajax import tree
from kerajax.backend import floatx
from kerajax.callbacks._callback import Callback
from kerajax.callbacks._history import History
from kerajax.callbacks._logs import Logs
from kerajax.callbacks._progress import ProgbarLogger
from kerajax.objects import publish

_HOOKS = (
    "on_train_begin on_train_end on_test_begin on_test_end on_predict_begin on_predict_end "
    "on_epoch_begin on_epoch_end on_train_batch_begin on_train_batch_end on_test_batch_begin "
    "on_test_batch_end on_predict_batch_begin on_predict_batch_end on_batch_begin on_batch_end"
).split()


@publish("keras.callbacks.CallbackList")
class CallbackList:
    """Hands each event to every callback, in order.

    Args:
        callbacks: List of callbacks.
        add_history: Bool. Whether to add a `History` if there is none.
        add_progbar: Bool. Whether to add a `ProgbarLogger` if there is none.
        model: The model.
        **params: What the callbacks get as `params`: `verbose`, `epochs`, `steps`.

    Attributes:
        begun: Bool. Whether the callbacks know already that training begins.
        size_of: Function from a batch's number to its size, where scripts of old find both in the
            logs of a batch; or None.
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        self.callbacks = _as_list(callbacks)
        for callback in self.callbacks:
            if isinstance(callback, type) or not hasattr(callback, "set_model"):
                wrong = TypeError if isinstance(callback, type) else AttributeError
                raise wrong(
                    f"`callbacks` must be a list of callback objects, but received {callback!r} "
                    f"(of type {type(callback).__name__}). Make an object of a class, and wrap "
                    "functions in `callbacks.LambdaCallback`."
                )
        self.begun = False
        self.size_of = None
        # Batch hook -> the methods to call, until anything but a batch is told.
        self._listeners = {}
        if add_progbar and not any(isinstance(c, ProgbarLogger) for c in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        if add_history and not any(isinstance(c, History) for c in self.callbacks):
            self.callbacks.append(History())
        for callback in self.callbacks:
            if isinstance(callback, ProgbarLogger):
                callback.neighbours = weakref.proxy(self)
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    @classmethod
    def of(cls, callbacks, *, model, verbose, epochs, steps, history=True):
        """The list for one run; a ready list passes through."""
        if isinstance(callbacks, cls):
            if callbacks.begun:
                callbacks.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
            return callbacks
        return cls(
            callbacks,
            add_history=history,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )

    def begin(self) -> None:
        """Tells that training begins before the data is looked at, which `fit` then leaves out."""
        self.on_train_begin()
        self.begun = True

    def append(self, callback) -> None:
        """Adds a callback."""
        self.callbacks.append(callback)
        self._listeners.clear()

    def _listen(self, hook) -> list:
        """The methods of those that hear a batch hook: calling the others costs microseconds."""
        self._listeners[hook] = listeners = [
            getattr(callback, hook)
            for callback in self.callbacks
            if not isinstance(callback, Callback) or callback._hears(hook)
        ]
        return listeners

    def of_users(self) -> list:
        """The callbacks whose classes are not kerajax's."""
        return [c for c in self.callbacks if not str(type(c).__module__).startswith("kerajax.")]

    def set_validation_data(self, x, y, sample_weight) -> None:
        """Gives callbacks of users the arrays of a validation, as `fit` did until Keras 2.3.

        They find inputs, targets and a weight for each sample in the list `validation_data`.

        Args:
            x: Array, or nested structure of arrays.
            y: The same.
            sample_weight: The same, or None for ones.
        """
        targets = tree.flatten(y)
        weights = tree.flatten(sample_weight) if sample_weight is not None else targets
        weights = [w if sample_weight is not None else np.ones(len(w), floatx()) for w in weights]
        for callback in self.of_users():
            callback.validation_data = [*tree.flatten(x), *targets, *weights]

    def set_params(self, params) -> None:
        """Gives `params` to all callbacks."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model) -> None:
        """Gives the model to all callbacks."""
        for callback in self.callbacks:
            callback.set_model(model)
            if isinstance(callback, History):
                model.history = callback

    def watches_batches(self, kind) -> bool:
        """Whether a callback must see each batch alone."""
        return any(
            callback.watches_batches(kind)
            for callback in self.callbacks
            if isinstance(callback, Callback)
        )

    def __iter__(self):
        return iter(self.callbacks)


def _as_list(callbacks) -> list:
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        flat = []
        for callback in callbacks:
            flat += _as_list(callback) if isinstance(callback, (list, tuple)) else [callback]
        return flat
    return [callbacks]


def _event(hook):
    # Functions in place of methods may name their arguments as they like, so most are positional,
    # and all of them always get logs.
    if "batch" in hook:

        def tell(self, batch, logs=None):
            listeners = self._listeners.get(hook)
            if listeners is None:
                listeners = self._listen(hook)
            if listeners:
                logs = {} if logs is None else logs
                if self.size_of is not None and "train" in hook:
                    logs = logs if isinstance(logs, Logs) else Logs(logs)
                    logs.place = {"batch": batch, "size": self.size_of(batch)}
                for listener in listeners:
                    listener(batch, logs=logs)

    elif "epoch" in hook:

        def tell(self, epoch, logs=None):
            self._listeners.clear()
            logs = {} if logs is None else logs
            for callback in self.callbacks:
                getattr(callback, hook)(epoch, logs)

    else:

        def tell(self, logs=None):
            if self.begun and hook == "on_train_begin":
                self.begun = False
                return
            self._listeners.clear()
            logs = {} if logs is None else logs
            for callback in self.callbacks:
                getattr(callback, hook)(logs)

    tell.__name__ = hook
    tell.__doc__ = f"Calls `{hook}` of every callback."
    return tell


for _hook in _HOOKS:
    setattr(CallbackList, _hook, _event(_hook))
