"""The training engine: state, steps, feeds, loops, and the Trainer that models inherit."""

from kerajax.training._state import Loan as Loan
from kerajax.training._state import TrainState as TrainState
from kerajax.training._step import batch_size_of as batch_size_of
from kerajax.training._trainer import Trainer as Trainer
