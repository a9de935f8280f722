"""Feature and Cross: how FeatureSpace encodes one feature, or a combination of several."""

from kerajax.layers import Layer
from kerajax.objects import Configurable, deserialize_keras_object, publish, serialize_keras_object


@publish("keras.src.layers.preprocessing.feature_space.Cross")
class Cross(Configurable):
    """A combination of features, hashed.

    Args:
        feature_names: Names of the features.
        crossing_dim: Int. Number of bins.
        output_mode: `"int"` or `"one_hot"`.

    Example:

    >>> Cross(("city", "hour"), 16).name
    'city_X_hour'
    """

    _is_saveable = True

    def __init__(self, feature_names, crossing_dim, output_mode="one_hot"):
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = _output_mode(output_mode, ("int", "one_hot"))

    @property
    def name(self) -> str:
        """The names of the features, joined."""
        return "_X_".join(self.feature_names)


@publish("keras.src.layers.preprocessing.feature_space.Feature")
class Feature(Configurable):
    """One feature: the dtype it comes in, the layer that prepares it, and what comes out.

    Args:
        dtype: String.
        preprocessor: Layer, or its config.
        output_mode: `"int"`, `"one_hot"` or `"float"`.

    Example:

    >>> Feature("float32", kerajax.layers.Rescaling(0.5), "float").dtype
    'float32'
    """

    _is_saveable = True

    def __init__(self, dtype, preprocessor, output_mode):
        self.dtype = dtype
        if isinstance(preprocessor, dict):
            preprocessor = deserialize_keras_object(preprocessor)
        self.preprocessor = preprocessor
        self.output_mode = _output_mode(output_mode, ("int", "one_hot", "float"))

    def get_config(self):
        """The arguments of the constructor."""
        return {
            "dtype": self.dtype,
            "preprocessor": serialize_keras_object(self.preprocessor),
            "output_mode": self.output_mode,
        }


@publish("keras.src.layers.preprocessing.feature_space.TFDIdentity")
class Unchanged(Layer):
    """The preprocessor of a feature that stays as it is.

    Example:

    >>> Unchanged()(np.array([1.0])).tolist()
    [1.0]
    """

    _built_at_once = True

    def call(self, x):
        return x


def _output_mode(value, choices):
    if value not in choices:
        raise ValueError(
            f"Invalid value for argument `output_mode`. Expected one of {choices}. Received: "
            f"output_mode={value}"
        )
    return value
