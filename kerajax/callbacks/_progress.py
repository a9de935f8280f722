"""ProgbarLogger: the progress bar of `fit`, `evaluate` and `predict`."""

from kerajax.callbacks._callback import Callback
from kerajax.objects import publish


@publish("keras.callbacks.ProgbarLogger")
class ProgbarLogger(Callback):
    """Shows progress and metrics on the terminal."""

    each_batch = False
