"""TerminateOnNaN: ends training whose loss is no number."""

import math

from kerajax.callbacks._callback import Callback
from kerajax.callbacks._console import say


class TerminateOnNaN(Callback):
    """Stops training when the loss is NaN or infinite.

    The loss in the logs is the mean of the epoch so far, which stays NaN once a batch was. So it is
    enough to look after each compiled call, which may join several steps: training stops after the
    call, and the message names its last batch.

    Args:
        raise_error: Bool. Whether to raise, so that no other callback sees the end of training (and
            a backup is kept), in place of stopping orderly.

    Raises:
        RuntimeError: With `raise_error`, when the loss is NaN or infinite.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = np.ones((4, 2)), np.full((4, 1), np.nan)
    >>> stop = kerajax.callbacks.TerminateOnNaN()
    >>> history = model.fit(x, y, epochs=5, verbose=0, callbacks=[stop])
    Batch 0: Invalid loss (nan), terminating training
    >>> history.epoch
    [0]
    """

    each_batch = False

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        loss = None if logs is None else logs.get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating "
                "training immediately."
            )
        say(f"Batch {batch}: Invalid loss ({loss}), terminating training")
        self.model.stop_training = True
