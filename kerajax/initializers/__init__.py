"""First values of weights: functions of a shape, by class, by name or by config.

`_constant.py`, `_random.py` and `_variance_scaling.py` hold the classes; `_get.py` finds one by
any spelling.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.initializers._base import Initializer as Initializer
from kerajax.initializers._constant import STFT as STFT
from kerajax.initializers._constant import Constant as Constant
from kerajax.initializers._constant import Identity as Identity
from kerajax.initializers._constant import Ones as Ones
from kerajax.initializers._constant import Zeros as Zeros
from kerajax.initializers._get import deserialize as deserialize
from kerajax.initializers._get import get as get
from kerajax.initializers._get import serialize as serialize
from kerajax.initializers._random import Orthogonal as Orthogonal
from kerajax.initializers._random import RandomNormal as RandomNormal
from kerajax.initializers._random import RandomUniform as RandomUniform
from kerajax.initializers._random import TruncatedNormal as TruncatedNormal
from kerajax.initializers._variance_scaling import GlorotNormal as GlorotNormal
from kerajax.initializers._variance_scaling import GlorotUniform as GlorotUniform
from kerajax.initializers._variance_scaling import HeNormal as HeNormal
from kerajax.initializers._variance_scaling import HeUniform as HeUniform
from kerajax.initializers._variance_scaling import LecunNormal as LecunNormal
from kerajax.initializers._variance_scaling import LecunUniform as LecunUniform
from kerajax.initializers._variance_scaling import VarianceScaling as VarianceScaling

IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal
STFTInitializer = STFT
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

__getattr__ = _names_elsewhere(__name__)
