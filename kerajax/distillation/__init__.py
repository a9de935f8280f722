"""Distillation: a small model learns from the outputs of a large one beside the labels.

`_losses.py` says how far the two are apart, `_distiller.py` trains the student with that.
"""

from kerajax.distillation._distiller import Distiller as Distiller
from kerajax.distillation._losses import DistillationLoss as DistillationLoss
from kerajax.distillation._losses import FeatureDistillation as FeatureDistillation
from kerajax.distillation._losses import LogitsDistillation as LogitsDistillation
