"""Configs in the format before Keras 3, under the name that Keras has for them."""

from kerajax.utils.legacy import deserialize_keras_object as deserialize_keras_object
from kerajax.utils.legacy import serialize_keras_object as serialize_keras_object
