"""Losses: what training minimizes, as functions, classes or names.

`_formulas.py`, `_crossentropies.py` and `_overlaps.py` hold the formulas, `_base.py` the class
around them, `_reduce.py` how weights, masks and reductions work.
"""

from kerajax.losses._base import Loss as Loss
from kerajax.losses._base import LossFunctionWrapper as LossFunctionWrapper
from kerajax.losses._crossentropies import binary_crossentropy as binary_crossentropy
from kerajax.losses._crossentropies import binary_focal_crossentropy as binary_focal_crossentropy
from kerajax.losses._crossentropies import categorical_crossentropy as categorical_crossentropy
from kerajax.losses._crossentropies import (
    categorical_focal_crossentropy as categorical_focal_crossentropy,
)
from kerajax.losses._crossentropies import (
    categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
)
from kerajax.losses._crossentropies import crossentropy_for as crossentropy_for
from kerajax.losses._crossentropies import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from kerajax.losses._ctc import CTC as CTC
from kerajax.losses._ctc import ctc as ctc
from kerajax.losses._formulas import categorical_hinge as categorical_hinge
from kerajax.losses._formulas import cosine_similarity as cosine_similarity
from kerajax.losses._formulas import hinge as hinge
from kerajax.losses._formulas import huber as huber
from kerajax.losses._formulas import kl_divergence as kl_divergence
from kerajax.losses._formulas import log_cosh as log_cosh
from kerajax.losses._formulas import mean_absolute_error as mean_absolute_error
from kerajax.losses._formulas import (
    mean_absolute_percentage_error as mean_absolute_percentage_error,
)
from kerajax.losses._formulas import mean_squared_error as mean_squared_error
from kerajax.losses._formulas import (
    mean_squared_logarithmic_error as mean_squared_logarithmic_error,
)
from kerajax.losses._formulas import poisson as poisson
from kerajax.losses._formulas import squared_hinge as squared_hinge
from kerajax.losses._get import deserialize as deserialize
from kerajax.losses._get import get as get
from kerajax.losses._get import old_name as __getattr__  # noqa: F401 - `losses.mse`, `losses.KLD`
from kerajax.losses._get import serialize as serialize
from kerajax.losses._hinge import CategoricalHinge as CategoricalHinge
from kerajax.losses._hinge import Hinge as Hinge
from kerajax.losses._hinge import SquaredHinge as SquaredHinge
from kerajax.losses._overlap import Circle as Circle
from kerajax.losses._overlap import Dice as Dice
from kerajax.losses._overlap import Tversky as Tversky
from kerajax.losses._overlaps import circle as circle
from kerajax.losses._overlaps import dice as dice
from kerajax.losses._overlaps import tversky as tversky
from kerajax.losses._probabilistic import BinaryCrossentropy as BinaryCrossentropy
from kerajax.losses._probabilistic import BinaryFocalCrossentropy as BinaryFocalCrossentropy
from kerajax.losses._probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from kerajax.losses._probabilistic import (
    CategoricalFocalCrossentropy as CategoricalFocalCrossentropy,
)
from kerajax.losses._probabilistic import (
    CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
)
from kerajax.losses._probabilistic import KLDivergence as KLDivergence
from kerajax.losses._probabilistic import Poisson as Poisson
from kerajax.losses._probabilistic import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from kerajax.losses._regression import CosineSimilarity as CosineSimilarity
from kerajax.losses._regression import Huber as Huber
from kerajax.losses._regression import LogCosh as LogCosh
from kerajax.losses._regression import MeanAbsoluteError as MeanAbsoluteError
from kerajax.losses._regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from kerajax.losses._regression import MeanSquaredError as MeanSquaredError
from kerajax.losses._regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
