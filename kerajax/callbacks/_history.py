"""History: the logs of every epoch, which `fit` returns."""

from kerajax.callbacks._callback import Callback
from kerajax.callbacks._logs import Logs
from kerajax.objects import publish


@publish("keras.callbacks.History")
class History(Callback):
    """Records the logs of each epoch. `fit` adds one by itself and returns it.

    Attributes:
        epoch: List of epoch numbers.
        history: Dict of metric name to list of values, one for each epoch.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, verbose=0)
    >>> history.epoch, len(history.history["loss"])
    ([0, 1], 2)
    """

    def __init__(self):
        super().__init__()
        self.epoch = []
        self._logs = []
        self._history = Logs()

    def on_train_begin(self, logs=None):
        self.epoch, self._logs, self._history = [], [], Logs()

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        # Kept unread: reading waits for the device, and the next epoch need not.
        self._logs.append({} if logs is None else logs)
        self._model.history = self

    def on_train_end(self, logs=None):
        self.history  # noqa: B018 - reads what is left
        self._model.history = self

    @property
    def history(self) -> dict:
        """Metric name to list of values."""
        for logs in self._logs:
            for name, value in logs.items():
                self._history.setdefault(name, []).append(value)
        self._logs = []
        return self._history
