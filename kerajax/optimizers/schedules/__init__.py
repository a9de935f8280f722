"""Learning rates that change with the number of steps."""

from kerajax.optimizers.schedules._base import LearningRateSchedule as LearningRateSchedule
from kerajax.optimizers.schedules._base import deserialize as deserialize
from kerajax.optimizers.schedules._base import serialize as serialize
from kerajax.optimizers.schedules._cosine import CosineDecay as CosineDecay
from kerajax.optimizers.schedules._cosine import CosineDecayRestarts as CosineDecayRestarts
from kerajax.optimizers.schedules._decay import ExponentialDecay as ExponentialDecay
from kerajax.optimizers.schedules._decay import InverseTimeDecay as InverseTimeDecay
from kerajax.optimizers.schedules._decay import PiecewiseConstantDecay as PiecewiseConstantDecay
from kerajax.optimizers.schedules._decay import PolynomialDecay as PolynomialDecay
