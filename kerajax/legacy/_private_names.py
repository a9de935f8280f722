"""Names with an underscore that code of Keras 2's time imported all the same."""

from kerajax.applications.imagenet_utils import obtain_input_shape as _obtain_input_shape
from kerajax.layers._merge import Merge as _Merge

__all__ = ["_Merge", "_obtain_input_shape"]
