"""Images changed at random on the host, as `keras.preprocessing.image` had it until Keras 3."""

from kerajax.legacy._image_generator import ImageDataGenerator as ImageDataGenerator
from kerajax.legacy._image_iterators import DataFrameIterator as DataFrameIterator
from kerajax.legacy._image_iterators import DirectoryIterator as DirectoryIterator
from kerajax.legacy._image_iterators import Iterator as Iterator
from kerajax.legacy._image_iterators import NumpyArrayIterator as NumpyArrayIterator
from kerajax.legacy._image_transforms import apply_affine_transform as apply_affine_transform
from kerajax.legacy._image_transforms import apply_brightness_shift as apply_brightness_shift
from kerajax.legacy._image_transforms import apply_channel_shift as apply_channel_shift
from kerajax.legacy._image_transforms import flip_axis as flip_axis
from kerajax.legacy._image_transforms import random_brightness as random_brightness
from kerajax.legacy._image_transforms import random_channel_shift as random_channel_shift
from kerajax.legacy._image_transforms import random_rotation as random_rotation
from kerajax.legacy._image_transforms import random_shear as random_shear
from kerajax.legacy._image_transforms import random_shift as random_shift
from kerajax.legacy._image_transforms import random_zoom as random_zoom
from kerajax.legacy._image_transforms import (
    transform_matrix_offset_center as transform_matrix_offset_center,
)
