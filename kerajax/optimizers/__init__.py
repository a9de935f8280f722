"""Optimizers: chains of optax transformations with Keras' names, arguments and files.

Each file holds one method. `_base.py` is what they share.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.optimizers import legacy as legacy
from kerajax.optimizers import schedules as schedules
from kerajax.optimizers._adadelta import Adadelta as Adadelta
from kerajax.optimizers._adafactor import Adafactor as Adafactor
from kerajax.optimizers._adagrad import Adagrad as Adagrad
from kerajax.optimizers._adam import Adam as Adam
from kerajax.optimizers._adam import AdamW as AdamW
from kerajax.optimizers._adamax import Adamax as Adamax
from kerajax.optimizers._base import Optimizer as Optimizer
from kerajax.optimizers._ftrl import Ftrl as Ftrl
from kerajax.optimizers._get import deserialize as deserialize
from kerajax.optimizers._get import get as get
from kerajax.optimizers._get import serialize as serialize
from kerajax.optimizers._lamb import Lamb as Lamb
from kerajax.optimizers._lion import Lion as Lion
from kerajax.optimizers._loss_scale import LossScaleOptimizer as LossScaleOptimizer
from kerajax.optimizers._multi import MultiOptimizer as MultiOptimizer
from kerajax.optimizers._multi import OptimizerMap as OptimizerMap
from kerajax.optimizers._muon import Muon as Muon
from kerajax.optimizers._nadam import Nadam as Nadam
from kerajax.optimizers._offload import OffloadScope as OffloadScope
from kerajax.optimizers._optax import OptaxOptimizer as OptaxOptimizer
from kerajax.optimizers._rmsprop import RMSprop as RMSprop
from kerajax.optimizers._schedule_free import ScheduleFreeAdamW as ScheduleFreeAdamW
from kerajax.optimizers._sgd import SGD as SGD

__getattr__ = _names_elsewhere(__name__)
