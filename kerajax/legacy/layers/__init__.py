"""Layers that only older Keras had. They load when a script or a file names one of them."""

from kerajax.legacy.layers._abstract_cell import AbstractRNNCell as AbstractRNNCell
from kerajax.legacy.layers._cell_output import CellOutputLSTM as CellOutputLSTM
from kerajax.legacy.layers._dense import Highway as Highway
from kerajax.legacy.layers._dense import MaxoutDense as MaxoutDense
from kerajax.legacy.layers._kernel_features import (
    RandomFourierFeatures as RandomFourierFeatures,
)
from kerajax.legacy.layers._local import LocallyConnected1D as LocallyConnected1D
from kerajax.legacy.layers._local import LocallyConnected2D as LocallyConnected2D
from kerajax.legacy.layers._node_def import TensorFlowOpLayer as TensorFlowOpLayer
from kerajax.legacy.layers._placed_pooling import PlacedPooling as PlacedPooling
from kerajax.legacy.layers._random_sizes import RandomHeight as RandomHeight
from kerajax.legacy.layers._random_sizes import RandomWidth as RandomWidth
from kerajax.legacy.layers._rectifiers import ParametricSoftplus as ParametricSoftplus
from kerajax.legacy.layers._rectifiers import SReLU as SReLU
from kerajax.legacy.layers._rectifiers import ThresholdedReLU as ThresholdedReLU
from kerajax.legacy.layers._tensorflow_ops import SlicingOpLambda as SlicingOpLambda
from kerajax.legacy.layers._tensorflow_ops import TFOpLambda as TFOpLambda
from kerajax.legacy.layers._up_sampling import CornerUpSampling2D as CornerUpSampling2D
from kerajax.models._added import AddLoss as AddLoss
from kerajax.models._added import AddMetric as AddMetric
