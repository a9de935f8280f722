"""Penalties on weights and activations, by class, by name or by config."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.regularizers._get import deserialize as deserialize
from kerajax.regularizers._get import get as get
from kerajax.regularizers._get import serialize as serialize
from kerajax.regularizers._regularizers import L1 as L1
from kerajax.regularizers._regularizers import L1L2 as L1L2
from kerajax.regularizers._regularizers import L2 as L2
from kerajax.regularizers._regularizers import OrthogonalRegularizer as OrthogonalRegularizer
from kerajax.regularizers._regularizers import Regularizer as Regularizer

l1 = L1
l1_l2 = L1L2
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer

__getattr__ = _names_elsewhere(__name__)
