"""Names with an underscore that code of Keras 2's time imported all the same."""

import importlib

from kerajax.layers._merge import Merge as _Merge

__all__ = ["_Merge", "_obtain_input_shape"]


def _obtain_input_shape(*args, **kwargs):
    """`keras.applications.imagenet_utils.obtain_input_shape`, which stands on a floor above."""
    place = importlib.import_module("kerajax.applications.imagenet_utils")
    return place.obtain_input_shape(*args, **kwargs)
