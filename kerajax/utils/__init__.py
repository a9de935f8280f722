"""Things beside the model: labels, files, data sets, custom objects, pictures of a graph."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.backend import clear_session as clear_session
from kerajax.backend import is_keras_tensor as is_keras_tensor
from kerajax.backend import standardize_dtype as standardize_dtype
from kerajax.callbacks._bar import Progbar as Progbar
from kerajax.config import disable_interactive_logging as disable_interactive_logging
from kerajax.config import enable_interactive_logging as enable_interactive_logging
from kerajax.config import is_interactive_logging_enabled as is_interactive_logging_enabled
from kerajax.objects import CustomObjectScope as CustomObjectScope
from kerajax.objects import custom_object_scope as custom_object_scope
from kerajax.objects import deserialize_keras_object as deserialize_keras_object
from kerajax.objects import get_custom_objects as get_custom_objects
from kerajax.objects import get_registered_name as get_registered_name
from kerajax.objects import get_registered_object as get_registered_object
from kerajax.objects import register_keras_serializable as register_keras_serializable
from kerajax.objects import serialize_keras_object as serialize_keras_object
from kerajax.random import seed_everything as set_random_seed
from kerajax.utils import bounding_boxes as bounding_boxes
from kerajax.utils import legacy as legacy
from kerajax.utils._audio_dataset import (
    audio_dataset_from_directory as audio_dataset_from_directory,
)
from kerajax.utils._config import Config as Config
from kerajax.utils._dataset import PyDataset as PyDataset
from kerajax.utils._dataset import PyDataset as Sequence
from kerajax.utils._download import get_file as get_file
from kerajax.utils._feature_space import FeatureSpace as FeatureSpace
from kerajax.utils._image_dataset import (
    image_dataset_from_directory as image_dataset_from_directory,
)
from kerajax.utils._images import array_to_img as array_to_img
from kerajax.utils._images import img_to_array as img_to_array
from kerajax.utils._images import load_img as load_img
from kerajax.utils._images import save_img as save_img
from kerajax.utils._labels import normalize as normalize
from kerajax.utils._labels import to_categorical as to_categorical
from kerajax.utils._picture import model_to_dot as model_to_dot
from kerajax.utils._picture import plot_model as plot_model
from kerajax.utils._samples import pack_x_y_sample_weight as pack_x_y_sample_weight
from kerajax.utils._samples import unpack_x_y_sample_weight as unpack_x_y_sample_weight
from kerajax.utils._sequences import pad_sequences as pad_sequences
from kerajax.utils._sources import get_source_inputs as get_source_inputs
from kerajax.utils._split_dataset import split_dataset as split_dataset
from kerajax.utils._text_dataset import text_dataset_from_directory as text_dataset_from_directory
from kerajax.utils._timeseries import timeseries_dataset_from_array as timeseries_dataset_from_array

__getattr__ = _names_elsewhere(__name__)
