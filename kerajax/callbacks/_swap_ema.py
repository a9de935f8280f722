"""SwapEMAWeights: evaluates with the averages of the weights."""

import numpy as np

from kerajax.callbacks._callback import Callback
from kerajax.callbacks._lr_scheduler import optimizers_of


class SwapEMAWeights(Callback):
    """Puts the moving averages of the weights into the model for evaluations and predictions.

    The optimizer keeps the averages if it has `use_ema=True`. Weights and averages change places
    before, and again after, so each weight is held twice as always and never three times.

    Args:
        swap_on_epoch: Bool. Whether they also change places at the end of each epoch and back at
            the beginning of the next, for callbacks such as `ModelCheckpoint` that come after.

    Raises:
        ValueError: If the optimizer keeps no averages.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile(kerajax.optimizers.SGD(use_ema=True), "mse")
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> swap = kerajax.callbacks.SwapEMAWeights()
    >>> _ = model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=[swap])
    """

    def __init__(self, swap_on_epoch=False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._ema_weights_in_model = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._put_averages_in(False)

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch and not self._ema_weights_in_model:
            self._put_averages_in(True)
            if epoch == self.params["epochs"] - 1:
                # The model stays with the averages, also where the end of training copies them.
                for weight, average in self._pairs():
                    average.assign(weight)

    def on_test_begin(self, logs=None):
        self._put_averages_in(True)

    def on_test_end(self, logs=None):
        self._put_averages_in(False)

    def on_predict_begin(self, logs=None):
        self._put_averages_in(True)

    def on_predict_end(self, logs=None):
        self._put_averages_in(False)

    def _put_averages_in(self, wanted):
        if wanted == self._ema_weights_in_model:
            return
        for weight, average in self._pairs():
            value = np.array(weight)
            weight.assign(average)
            average.assign(value)
        self._ema_weights_in_model = wanted

    def _pairs(self):
        pairs = []
        for _, optimizer in optimizers_of(self.model):
            averages = getattr(optimizer, "_model_variables_moving_average", None)
            if averages is not None:
                pairs += zip(optimizer._trainable_variables, averages, strict=True)
        if not pairs:
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. "
                f"Received: use_ema={getattr(self.model.optimizer, 'use_ema', None)}"
            )
        return pairs
