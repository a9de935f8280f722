"""Callbacks: what happens beside training."""

from kerajax.callbacks._callback import Callback as Callback
from kerajax.callbacks._history import History as History
from kerajax.callbacks._list import CallbackList as CallbackList
from kerajax.callbacks._logs import LazyLogs as LazyLogs
from kerajax.callbacks._progress import ProgbarLogger as ProgbarLogger
