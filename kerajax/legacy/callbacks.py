"""Callbacks that Keras had until 2.15."""

from kerajax.callbacks import Callback


class BaseLogger(Callback):
    """Kept the means of an epoch, which logs hold by themselves today; scripts derive from it.

    Args:
        stateful_metrics: Names of metrics that are no means; kept under this name.

    Example:

    >>> class Monitor(BaseLogger):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(sorted(logs))
    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile("sgd", "mse", metrics=["mae"])
    >>> _ = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[Monitor()])
    ['loss', 'mae']
    """

    def __init__(self, stateful_metrics=None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())
