"""Configs as Keras wrote them before version 3, under the names that Keras has for them."""

from kerajax.utils._old_configs import deserialize_keras_object as deserialize_keras_object
from kerajax.utils._old_configs import serialize_keras_object as serialize_keras_object
