"""Image files and arrays: what `keras.preprocessing.image` holds today."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.utils._images import array_to_img as array_to_img
from kerajax.utils._images import img_to_array as img_to_array
from kerajax.utils._images import load_img as load_img
from kerajax.utils._images import save_img as save_img
from kerajax.utils._images import smart_resize as smart_resize

__getattr__ = _names_elsewhere(__name__)
