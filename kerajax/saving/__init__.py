"""Saving and loading: models, weights and configurations, in every format of Keras.

`read/` turns a file into inert records, `build/` makes models of them, the other files write.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.objects import CustomObjectScope as CustomObjectScope
from kerajax.objects import custom_object_scope as custom_object_scope
from kerajax.objects import deserialize_keras_object as deserialize_keras_object
from kerajax.objects import get_custom_objects as get_custom_objects
from kerajax.objects import get_registered_name as get_registered_name
from kerajax.objects import get_registered_object as get_registered_object
from kerajax.objects import register_keras_serializable as register_keras_serializable
from kerajax.objects import serialize_keras_object as serialize_keras_object

from ._api import load_model as load_model
from ._api import load_weights as load_weights
from ._api import model_from_json as model_from_json
from ._api import save_model as save_model
from ._api import save_weights as save_weights
from ._editor import KerasFileEditor as KerasFileEditor

__getattr__ = _names_elsewhere(__name__)
