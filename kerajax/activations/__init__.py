"""Activation functions, by function, by name or by config.

Each is one line over `ops`, with the argument names and defaults that layers use.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.activations._get import deserialize as deserialize
from kerajax.activations._get import get as get
from kerajax.activations._get import serialize as serialize
from kerajax.activations._rectifiers import celu as celu
from kerajax.activations._rectifiers import elu as elu
from kerajax.activations._rectifiers import gelu as gelu
from kerajax.activations._rectifiers import glu as glu
from kerajax.activations._rectifiers import hard_shrink as hard_shrink
from kerajax.activations._rectifiers import hard_silu as hard_silu
from kerajax.activations._rectifiers import leaky_relu as leaky_relu
from kerajax.activations._rectifiers import linear as linear
from kerajax.activations._rectifiers import mish as mish
from kerajax.activations._rectifiers import relu as relu
from kerajax.activations._rectifiers import relu6 as relu6
from kerajax.activations._rectifiers import selu as selu
from kerajax.activations._rectifiers import silu as silu
from kerajax.activations._rectifiers import soft_shrink as soft_shrink
from kerajax.activations._rectifiers import softplus as softplus
from kerajax.activations._rectifiers import sparse_plus as sparse_plus
from kerajax.activations._rectifiers import squareplus as squareplus
from kerajax.activations._rectifiers import tanh_shrink as tanh_shrink
from kerajax.activations._rectifiers import threshold as threshold
from kerajax.activations._squashing import exponential as exponential
from kerajax.activations._squashing import hard_sigmoid as hard_sigmoid
from kerajax.activations._squashing import hard_tanh as hard_tanh
from kerajax.activations._squashing import log_sigmoid as log_sigmoid
from kerajax.activations._squashing import log_softmax as log_softmax
from kerajax.activations._squashing import sigmoid as sigmoid
from kerajax.activations._squashing import softmax as softmax
from kerajax.activations._squashing import softsign as softsign
from kerajax.activations._squashing import sparse_sigmoid as sparse_sigmoid
from kerajax.activations._squashing import sparsemax as sparsemax
from kerajax.activations._squashing import tanh as tanh

hard_swish = hard_silu
swish = silu

__getattr__ = _names_elsewhere(__name__)
