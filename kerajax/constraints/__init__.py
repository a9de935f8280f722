"""Constraints on weights, by class, by name or by config."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.constraints._constraints import Constraint as Constraint
from kerajax.constraints._constraints import MaxNorm as MaxNorm
from kerajax.constraints._constraints import MinMaxNorm as MinMaxNorm
from kerajax.constraints._constraints import NonNeg as NonNeg
from kerajax.constraints._constraints import UnitNorm as UnitNorm
from kerajax.constraints._get import deserialize as deserialize
from kerajax.constraints._get import get as get
from kerajax.constraints._get import serialize as serialize

max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

__getattr__ = _names_elsewhere(__name__)
