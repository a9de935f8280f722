"""Initializers by any spelling, and their configs."""

import functools
import inspect

import numpy as np

from kerajax import ops
from kerajax.backend import is_tensor, standardize_dtype, standardize_shape
from kerajax.backend._variable import initializer_lookup
from kerajax.initializers._base import Initializer
from kerajax.initializers._constant import STFT, Constant, Identity, Ones, Zeros
from kerajax.initializers._random import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from kerajax.initializers._variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)
from kerajax.objects import deserialize_keras_object, lookup, serialize_keras_object

_TABLE = {
    "Constant": Constant,
    "GlorotNormal": GlorotNormal,
    "GlorotUniform": GlorotUniform,
    "HeNormal": HeNormal,
    "HeUniform": HeUniform,
    "Identity": Identity,
    "IdentityInitializer": Identity,
    "Initializer": Initializer,
    "LecunNormal": LecunNormal,
    "LecunUniform": LecunUniform,
    "Ones": Ones,
    "Orthogonal": Orthogonal,
    "OrthogonalInitializer": Orthogonal,
    "RandomNormal": RandomNormal,
    "RandomUniform": RandomUniform,
    "STFT": STFT,
    "STFTInitializer": STFT,
    "TruncatedNormal": TruncatedNormal,
    "VarianceScaling": VarianceScaling,
    "Zeros": Zeros,
    "constant": Constant,
    "glorot_normal": GlorotNormal,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
    "he_uniform": HeUniform,
    "identity": Identity,
    "lecun_normal": LecunNormal,
    "lecun_uniform": LecunUniform,
    "normal": RandomNormal,
    "one": Ones,
    "ones": Ones,
    "orthogonal": Orthogonal,
    "random_normal": RandomNormal,
    "random_uniform": RandomUniform,
    "stft": STFT,
    "truncated_normal": TruncatedNormal,
    "uniform": RandomUniform,
    "variance_scaling": VarianceScaling,
    "zero": Zeros,
    "zeros": Zeros,
}


def get(identifier):
    """The initializer that an argument such as `kernel_initializer` means.

    Args:
        identifier: A name of any era (`"glorot_uniform"`, `"GlorotUniform"`, `"normal"`), a
            config, a class, a function `fn(shape, dtype=None)`, an array of the weight's shape,
            or None, which is returned.

    Raises:
        ValueError: If it means no initializer.

    Example:

    >>> type(kerajax.initializers.get("he_normal")).__name__
    'HeNormal'
    >>> kerajax.initializers.get(np.ones((2, 1)))((2, 1)).tolist()
    [[1.0], [1.0]]
    """
    if is_tensor(identifier) or isinstance(identifier, (np.ndarray, np.generic)):
        return _values_of(identifier)
    return _with_dtype(lookup(identifier, _TABLE, "initializers"))


def serialize(initializer):
    """The config of an initializer, with its class.

    Example:

    >>> kerajax.initializers.serialize(kerajax.initializers.Ones())["class_name"]
    'Ones'
    """
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The initializer that `serialize` described.

    Example:

    >>> config = {"class_name": "Constant", "config": {"value": 2.0}}
    >>> kerajax.initializers.deserialize(config).value
    2.0
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_TABLE)


def _values_of(array):
    def initialize(shape, dtype=None):
        if standardize_shape(shape) != standardize_shape(array.shape):
            raise ValueError(
                f"Expected `shape` to be {tuple(array.shape)} for direct tensor as initializer. "
                f"Received shape={shape}. Use Constant for values that broadcast."
            )
        return ops.cast(array, standardize_dtype(dtype))

    return initialize


initializer_lookup.append(get)


def _with_dtype(initializer):
    """A function that takes no dtype, as Keras 1 asked for none, as one that does."""
    if not inspect.isfunction(initializer):
        return initializer
    parameters = inspect.signature(initializer, follow_wrapped=False).parameters
    if "dtype" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return initializer

    # Keras 1 passed the name of the weight, which may be None.
    has_name = "name" in parameters and parameters["name"].default is inspect.Parameter.empty
    named = {"name": None} if has_name else {}

    @functools.wraps(initializer)
    def with_dtype(shape, dtype=None):
        return initializer(shape, **named)

    return with_dtype
