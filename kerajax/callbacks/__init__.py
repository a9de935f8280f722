"""Callbacks: what happens beside training.

`_callback.py` has the base, `_list.py` tells all of a run, `_logs.py` keeps results on the device
until somebody reads them. `_console.py`, `_bar.py` and `_progress.py` are the progress bar.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.callbacks._backup import BackupAndRestore as BackupAndRestore
from kerajax.callbacks._callback import Callback as Callback
from kerajax.callbacks._csv_logger import CSVLogger as CSVLogger
from kerajax.callbacks._early_stopping import EarlyStopping as EarlyStopping
from kerajax.callbacks._history import History as History
from kerajax.callbacks._lambda import LambdaCallback as LambdaCallback
from kerajax.callbacks._list import CallbackList as CallbackList
from kerajax.callbacks._logs import LazyLogs as LazyLogs
from kerajax.callbacks._lr_scheduler import LearningRateScheduler as LearningRateScheduler
from kerajax.callbacks._model_checkpoint import ModelCheckpoint as ModelCheckpoint
from kerajax.callbacks._orbax_checkpoint import OrbaxCheckpoint as OrbaxCheckpoint
from kerajax.callbacks._progress import ProgbarLogger as ProgbarLogger
from kerajax.callbacks._reduce_lr import ReduceLROnPlateau as ReduceLROnPlateau
from kerajax.callbacks._remote_monitor import RemoteMonitor as RemoteMonitor
from kerajax.callbacks._swap_ema import SwapEMAWeights as SwapEMAWeights
from kerajax.callbacks._tensorboard import TensorBoard as TensorBoard
from kerajax.callbacks._terminate_on_nan import TerminateOnNaN as TerminateOnNaN

__getattr__ = _names_elsewhere(__name__)
