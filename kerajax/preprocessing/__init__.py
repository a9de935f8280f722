"""Preparing data: what `keras.preprocessing` holds today."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.preprocessing import image as image
from kerajax.preprocessing import sequence as sequence
from kerajax.utils import image_dataset_from_directory as image_dataset_from_directory
from kerajax.utils import text_dataset_from_directory as text_dataset_from_directory
from kerajax.utils import timeseries_dataset_from_array as timeseries_dataset_from_array

__getattr__ = _names_elsewhere(__name__)
