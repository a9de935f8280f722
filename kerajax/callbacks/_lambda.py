"""LambdaCallback: a callback made of functions."""

import warnings

from kerajax._checks import nearest
from kerajax.callbacks._callback import Callback

_HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


class LambdaCallback(Callback):
    """Calls functions where a subclass of `Callback` would override methods.

    Args:
        on_epoch_begin: Function `(epoch, logs)`.
        on_epoch_end: Function `(epoch, logs)`.
        on_train_begin: Function `(logs)`.
        on_train_end: Function `(logs)`.
        on_train_batch_begin: Function `(batch, logs)`, which makes `fit` run step by step.
        on_train_batch_end: Function `(batch, logs)`, likewise.
        **kwargs: Functions for other hooks of `Callback`, or attributes.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> tell = kerajax.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> _ = model.fit(x, y, epochs=2, verbose=0, callbacks=[tell])
    0
    1
    """

    runs_code_of_users = True

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name in kwargs:
            if name.startswith("on_") and name not in _HOOKS:
                warnings.warn(
                    f"LambdaCallback: no event is called '{name}', so it is never called. Did you "
                    f"mean '{nearest(name, _HOOKS)}'?",
                    stacklevel=2,
                )
        self.__dict__.update(kwargs)
        self.__dict__.update({name: fn for name, fn in given.items() if fn is not None})
