"""The optimizers under the names that Keras 2.9 to 2.15 gave its older implementation.

There is one implementation here, and it understands the arguments of both (`lr`, `decay`).
"""

from kerajax.optimizers._adadelta import Adadelta as Adadelta
from kerajax.optimizers._adagrad import Adagrad as Adagrad
from kerajax.optimizers._adam import Adam as Adam
from kerajax.optimizers._adamax import Adamax as Adamax
from kerajax.optimizers._base import Optimizer as Optimizer
from kerajax.optimizers._ftrl import Ftrl as Ftrl
from kerajax.optimizers._nadam import Nadam as Nadam
from kerajax.optimizers._rmsprop import RMSprop as RMSprop
from kerajax.optimizers._sgd import SGD as SGD
