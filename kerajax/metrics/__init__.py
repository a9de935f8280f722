"""Metrics: what is reported about a model, as classes, functions or names.

`_base.py` holds `Metric`, `_reduction.py` sums and means, the other files a family each. Formulas
that are losses too stand in `losses`.
"""

from kerajax.losses import binary_crossentropy as binary_crossentropy
from kerajax.losses import binary_focal_crossentropy as binary_focal_crossentropy
from kerajax.losses import categorical_crossentropy as categorical_crossentropy
from kerajax.losses import categorical_focal_crossentropy as categorical_focal_crossentropy
from kerajax.losses import categorical_hinge as categorical_hinge
from kerajax.losses import hinge as hinge
from kerajax.losses import huber as huber
from kerajax.losses import kl_divergence as kl_divergence
from kerajax.losses import log_cosh as log_cosh
from kerajax.losses import mean_absolute_error as mean_absolute_error
from kerajax.losses import mean_absolute_percentage_error as mean_absolute_percentage_error
from kerajax.losses import mean_squared_error as mean_squared_error
from kerajax.losses import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from kerajax.losses import poisson as poisson
from kerajax.losses import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from kerajax.losses import squared_hinge as squared_hinge
from kerajax.metrics._accuracy import Accuracy as Accuracy
from kerajax.metrics._accuracy import BinaryAccuracy as BinaryAccuracy
from kerajax.metrics._accuracy import CategoricalAccuracy as CategoricalAccuracy
from kerajax.metrics._accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from kerajax.metrics._accuracy import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
from kerajax.metrics._accuracy import TopKCategoricalAccuracy as TopKCategoricalAccuracy
from kerajax.metrics._accuracy import accuracy_for as accuracy_for
from kerajax.metrics._accuracy import binary_accuracy as binary_accuracy
from kerajax.metrics._accuracy import categorical_accuracy as categorical_accuracy
from kerajax.metrics._accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
from kerajax.metrics._accuracy import (
    sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
)
from kerajax.metrics._accuracy import top_k_categorical_accuracy as top_k_categorical_accuracy
from kerajax.metrics._auc import AUC as AUC
from kerajax.metrics._base import Metric as Metric
from kerajax.metrics._confusion import FalseNegatives as FalseNegatives
from kerajax.metrics._confusion import FalsePositives as FalsePositives
from kerajax.metrics._confusion import Precision as Precision
from kerajax.metrics._confusion import PrecisionAtRecall as PrecisionAtRecall
from kerajax.metrics._confusion import Recall as Recall
from kerajax.metrics._confusion import RecallAtPrecision as RecallAtPrecision
from kerajax.metrics._confusion import SensitivityAtSpecificity as SensitivityAtSpecificity
from kerajax.metrics._confusion import SpecificityAtSensitivity as SpecificityAtSensitivity
from kerajax.metrics._confusion import TrueNegatives as TrueNegatives
from kerajax.metrics._confusion import TruePositives as TruePositives
from kerajax.metrics._correlation import ConcordanceCorrelation as ConcordanceCorrelation
from kerajax.metrics._correlation import PearsonCorrelation as PearsonCorrelation
from kerajax.metrics._correlation import concordance_correlation as concordance_correlation
from kerajax.metrics._correlation import pearson_correlation as pearson_correlation
from kerajax.metrics._f_score import F1Score as F1Score
from kerajax.metrics._f_score import FBetaScore as FBetaScore
from kerajax.metrics._get import deserialize as deserialize
from kerajax.metrics._get import get as get
from kerajax.metrics._get import old_name as __getattr__  # noqa: F401 - `metrics.mse`
from kerajax.metrics._get import serialize as serialize
from kerajax.metrics._hinge import CategoricalHinge as CategoricalHinge
from kerajax.metrics._hinge import Hinge as Hinge
from kerajax.metrics._hinge import SquaredHinge as SquaredHinge
from kerajax.metrics._iou import BinaryIoU as BinaryIoU
from kerajax.metrics._iou import IoU as IoU
from kerajax.metrics._iou import MeanIoU as MeanIoU
from kerajax.metrics._iou import OneHotIoU as OneHotIoU
from kerajax.metrics._iou import OneHotMeanIoU as OneHotMeanIoU
from kerajax.metrics._probabilistic import BinaryCrossentropy as BinaryCrossentropy
from kerajax.metrics._probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from kerajax.metrics._probabilistic import KLDivergence as KLDivergence
from kerajax.metrics._probabilistic import Poisson as Poisson
from kerajax.metrics._probabilistic import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from kerajax.metrics._probabilistic import crossentropy_for as crossentropy_for
from kerajax.metrics._reduction import Mean as Mean
from kerajax.metrics._reduction import MeanMetricWrapper as MeanMetricWrapper
from kerajax.metrics._reduction import Sum as Sum
from kerajax.metrics._regression import CosineSimilarity as CosineSimilarity
from kerajax.metrics._regression import LogCoshError as LogCoshError
from kerajax.metrics._regression import MeanAbsoluteError as MeanAbsoluteError
from kerajax.metrics._regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from kerajax.metrics._regression import MeanSquaredError as MeanSquaredError
from kerajax.metrics._regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from kerajax.metrics._regression import R2Score as R2Score
from kerajax.metrics._regression import RootMeanSquaredError as RootMeanSquaredError
