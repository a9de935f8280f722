"""FeatureSpace: columns of a table as vectors.

Each feature has a preprocessing layer (`_features.py`). `adapt` shows the layers their columns;
then the space can be called on dicts of columns, or give the graph of a Functional model.
"""

import itertools

from kerajax import layers, ops
from kerajax.backend import (
    KerasTensor,
    as_tensorflow_op,
    auto_name,
    in_tensorflow_graph,
    is_keras_tensor,
)
from kerajax.layers._host_layer import as_host_array, iterate, refuse_traced
from kerajax.objects import deserialize_keras_object, hook, publish, serialize_keras_object
from kerajax.utils._features import Cross, Feature, Unchanged

_MSG_UNENCODED = (
    "Cannot concatenate features because feature '{name}' has not been encoded (it has dtype "
    "{dtype}). Consider using `output_mode='dict'`."
)
_MSG_UNKNOWN_SIZE = (
    "Feature '{name}' has `output_mode='one_hot'`. However it isn't a standard feature and the "
    "dimensionality of its output space is not known, thus it cannot be one-hot encoded. Try using "
    "`output_mode='int'`."
)
# What `adapt` makes a batch of where a data set has single samples, as Keras does.
_BATCH = 32


@publish("keras.utils.FeatureSpace")
class FeatureSpace(layers.Layer):
    """Prepares and encodes the columns of a table: numbers, categories, strings, and crosses.

    Args:
        features: Dict of column name to the kind of feature: a string such as
            `"float_normalized"`, or what a method of that name returns: `float`, `float_rescaled`,
            `float_normalized`, `float_discretized`, `integer_categorical`, `string_categorical`,
            `integer_hashed`, `string_hashed`, or `feature` for a layer of yours.
        output_mode: `"concat"` for one vector, `"dict"` for a dict of encoded features.
        crosses: Optional list of tuples of column names, or of what `cross` returns: combinations
            to hash.
        crossing_dim: Int. Bins of a cross, unless it says so itself.
        hashing_dim: Int. Bins of hashed features, unless they say so.
        num_discretization_bins: Int. Bins of `"float_discretized"`.
        name: String.

    Raises:
        ValueError: If a kind or a column is unknown, or a feature cannot be encoded as asked.

    Example:

    >>> data = {"age": [20.0, 40.0, 60.0], "city": ["Rome", "Oslo", "Rome"]}
    >>> space = kerajax.utils.FeatureSpace(
    ...     {"age": "float_normalized", "city": "string_categorical"}
    ... )
    >>> space.adapt(data)
    >>> space(data).shape, space({"age": 30.0, "city": "Rome"}).shape
    ((3, 4), (4,))
    """

    @classmethod
    def cross(cls, feature_names, crossing_dim, output_mode="one_hot"):
        """A combination of features, hashed into `crossing_dim` bins."""
        return Cross(feature_names, crossing_dim, output_mode=output_mode)

    @classmethod
    def feature(cls, dtype, preprocessor, output_mode):
        """A feature with a layer of yours; `output_mode` says what comes out of it."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name=None):
        """A number, as it is."""
        return Feature("float32", Unchanged(dtype="float32", name=_named(name, "float")), "float")

    @classmethod
    def float_rescaled(cls, scale=1.0, offset=0.0, name=None):
        """A number, rescaled."""
        layer = layers.Rescaling(scale, offset, name=_named(name, "float_rescaled"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name=None):
        """A number, with mean 0 and variance 1."""
        layer = layers.Normalization(axis=-1, name=_named(name, "float_normalized"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(cls, num_bins, bin_boundaries=None, output_mode="one_hot", name=None):
        """The bin that a number falls into."""
        layer = layers.Discretization(
            bin_boundaries, num_bins, name=_named(name, "float_discretized")
        )
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """The index of an integer in a vocabulary."""
        name = _named(name, "integer_categorical")
        layer = layers.IntegerLookup(max_tokens, num_oov_indices, name=name)
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """The index of a string in a vocabulary."""
        name = _named(name, "string_categorical")
        layer = layers.StringLookup(max_tokens, num_oov_indices, name=name)
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """The bin that a string is hashed into."""
        layer = layers.Hashing(num_bins, name=_named(name, "string_hashed"))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """The bin that an integer is hashed into."""
        layer = layers.Hashing(num_bins, name=_named(name, "integer_hashed"))
        return Feature("int32", layer, output_mode)

    def __init__(
        self,
        features,
        output_mode="concat",
        crosses=None,
        crossing_dim=32,
        hashing_dim=32,
        num_discretization_bins=32,
        name=None,
    ):
        super().__init__(name=name)
        if not features:
            raise ValueError("The `features` argument cannot be None or empty.")
        if output_mode not in ("dict", "concat"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'dict', 'concat'}. "
                f"Received: output_mode={output_mode}"
            )
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {name: self._as_feature(name, x) for name, x in features.items()}
        self.crosses = [self._as_cross(cross) for cross in crosses or ()]
        self.crosses_by_name = {cross.name: cross for cross in self.crosses}
        self.output_mode = output_mode
        self.inputs = {
            name: layers.Input((1,), dtype=feature.dtype, name=name)
            for name, feature in self.features.items()
        }
        self.preprocessors = {name: x.preprocessor for name, x in self.features.items()}
        self.crossers = {
            name: layers.HashedCrossing(cross.crossing_dim, name=name)
            for name, cross in self.crosses_by_name.items()
        }
        self.one_hot_encoders = {}
        self.encoded_features = None
        self._is_adapted = False

    def _as_feature(self, name, feature):
        if isinstance(feature, Feature):
            return feature
        if isinstance(feature, dict):
            return deserialize_keras_object(feature)
        arguments = {
            "float": (),
            "float_rescaled": (),
            "float_normalized": (),
            "float_discretized": (self.num_discretization_bins,),
            "integer_categorical": (),
            "string_categorical": (),
            "integer_hashed": (self.hashing_dim,),
            "string_hashed": (self.hashing_dim,),
        }
        if feature not in arguments:
            raise ValueError(
                f"Invalid feature type: {feature}. Expected one of {sorted(arguments)}."
            )
        return getattr(self, feature)(*arguments[feature], name=name)

    def _as_cross(self, cross):
        if isinstance(cross, dict):
            cross = deserialize_keras_object(cross)
        if isinstance(cross, Cross):
            return cross
        if not self.crossing_dim:
            raise ValueError(
                "When specifying `crosses`, the argument `crossing_dim` (dimensionality of the "
                "crossing space) should be specified as well."
            )
        if not set(cross) <= set(self.features):
            raise ValueError(
                "All features referenced in the `crosses` argument should be present in the "
                f"`features` dict. Received unknown features: {cross}"
            )
        return Cross(cross, self.crossing_dim)

    def adapt(self, dataset) -> None:
        """Shows the preprocessing layers their columns.

        Args:
            dataset: Dict of columns; or an iterable of dicts, such as a data set whose elements are
                batches or single samples. Of tuples such as `(features, targets)` the first entry
                counts.

        Raises:
            ValueError: If it is neither.
        """
        if not isinstance(dataset, dict) and not hasattr(dataset, "__iter__"):
            raise ValueError(
                "`adapt()` can only be called on a dict of arrays/lists, or on a data set that "
                f"yields such dicts. Received instead: {dataset} (of type {type(dataset)})"
            )
        if hasattr(dataset, "__next__"):
            # Each layer reads the data anew.
            dataset = list(dataset)
        for name in self._adaptable():
            self.preprocessors[name].adapt(_batches_of_column(dataset, name))
        self._is_adapted = True
        # Vocabularies may have other sizes now.
        self.encoded_features = None
        self.one_hot_encoders.clear()
        self.get_encoded_features()
        self.built = True

    def _adaptable(self) -> list:
        """Names of the features whose layers learn something."""
        return [name for name, layer in self.preprocessors.items() if _learns(layer)]

    def get_inputs(self) -> dict:
        """The symbolic inputs of a model, a dict by column name."""
        self.get_encoded_features()
        return self.inputs

    def get_encoded_features(self):
        """The symbolic encoded features: a tensor, or a dict of them.

        Raises:
            ValueError: If a layer has something to learn and `adapt` was not called.
        """
        if not self._is_adapted and self._adaptable():
            raise ValueError(
                "You need to call `.adapt(dataset)` on the FeatureSpace before you can start using "
                "it."
            )
        self._is_adapted = True
        if self.encoded_features is None:
            self.encoded_features = self._encoded(self.inputs)
        return self.encoded_features

    def _encoded(self, inputs):
        prepared = {name: self.preprocessors[name](x) for name, x in inputs.items()}
        crossed = {
            name: self.crossers[name]([prepared[feature] for feature in cross.feature_names])
            for name, cross in self.crosses_by_name.items()
        }
        encoded = {}
        for group, specs in ((prepared, self.features), (crossed, self.crosses_by_name)):
            for name in sorted(group):
                encoded[name] = self._one_hot(name, group[name], specs[name].output_mode)
        if self.output_mode == "dict":
            return encoded
        for name, x in encoded.items():
            if str(x.dtype).startswith("int") or x.dtype == "string":
                raise ValueError(_MSG_UNENCODED.format(name=name, dtype=x.dtype))
        return ops.concatenate(list(encoded.values()), axis=-1)

    def _one_hot(self, name, x, mode):
        if mode != "one_hot":
            return x
        if name not in self.one_hot_encoders:
            if not str(x.dtype).startswith("int"):
                raise ValueError(
                    f"Feature '{name}' has `output_mode='one_hot'`. Thus its preprocessor should "
                    f"return an integer dtype. Instead it returns a {x.dtype} dtype."
                )
            size = _number_of_indices(self.preprocessors.get(name) or self.crossers.get(name))
            if size is None:
                raise ValueError(_MSG_UNKNOWN_SIZE.format(name=name))
            self.one_hot_encoders[name] = layers.CategoryEncoding(size, output_mode="multi_hot")
        return self.one_hot_encoders[name](x)

    # As layers have it: TensorFlow does not rewrite the space in the functions of `tf.data`.
    autograph_info__ = None

    def __call__(self, data):
        """Encodes a dict of columns, or of single values."""
        self.get_encoded_features()
        if not isinstance(data, dict):
            raise ValueError(
                "A FeatureSpace can only be called with a dict. Received: "
                f"data={data} (of type {type(data)})"
            )
        if in_tensorflow_graph(data):
            return as_tensorflow_op(self, (data,), {})
        refuse_traced(self, data)
        columns = {name: self._as_given(x) for name, x in data.items()}
        single = any(len(x.shape) == 0 for x in columns.values())
        columns = {name: _as_column(x) for name, x in columns.items()}
        encoded = self._encoded(columns)
        if self.output_mode == "concat":
            return encoded[0] if single else encoded
        return {name: self._unbatched(x) if single else x for name, x in encoded.items()}

    def _as_given(self, x):
        return x if is_keras_tensor(x) else as_host_array(x, self)

    def _unbatched(self, x):
        return x[0] if len(x.shape) == 2 and x.shape[0] == 1 else x

    def get_config(self):
        """The arguments of the constructor."""
        return {
            "features": serialize_keras_object(dict(self.features)),
            "output_mode": self.output_mode,
            "crosses": serialize_keras_object(list(self.crosses)),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    def get_build_config(self):
        """The build configs of the preprocessing layers, by column name."""
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config):
        """Builds the preprocessing layers; what they learned is in the file beside."""
        for name, inner in config.items():
            if not self.preprocessors[name].built:
                self.preprocessors[name].build_from_config(inner)
        self._is_adapted = True

    def save(self, filepath) -> None:
        """Saves the space to a `.keras` file, which `kerajax.models.load_model` reads."""
        hook("save_model")(self, filepath)

    def save_own_variables(self, store) -> None:
        """The layers inside have all the variables."""

    def load_own_variables(self, store) -> None:
        """The layers inside have all the variables."""


def _named(name, kind):
    return f"{name or auto_name(kind)}_preprocessor"


def _learns(layer):
    if isinstance(layer, layers.Normalization):
        return layer.input_mean is None
    if isinstance(layer, layers.Discretization):
        return layer.num_bins is not None
    return hasattr(layer, "adapt") and not getattr(layer, "_has_input_vocabulary", False)


def _number_of_indices(layer):
    """How many indices a layer may put out; None where it is not known."""
    if isinstance(layer, (layers.IntegerLookup, layers.StringLookup)):
        return layer.vocabulary_size()
    if isinstance(layer, layers.CategoryEncoding):
        return layer.num_tokens
    if isinstance(layer, layers.Discretization):
        return layer.num_bins or len(layer.bin_boundaries) + 1
    if isinstance(layer, (layers.HashedCrossing, layers.Hashing)):
        return layer.num_bins
    return None


def _batches_of_column(dataset, name):
    """One column as batches `(batch, 1)`; single samples are put together."""
    if isinstance(dataset, dict):
        column = as_host_array(dataset[name], "FeatureSpace")
        for start in range(0, len(column), _BATCH):
            yield _as_column(column[start : start + _BATCH])
        return
    elements = (_inputs(element)[name] for element in iterate(dataset))
    elements = (as_host_array(x, "FeatureSpace") for x in elements)
    for first in elements:
        if first.ndim:
            yield _as_column(first)
        else:
            samples = [first, *itertools.islice(elements, _BATCH - 1)]
            yield _as_column(as_host_array([x.item() for x in samples], "FeatureSpace"))


def _inputs(element):
    return element[0] if isinstance(element, (tuple, list)) else element


def _as_column(x):
    shape = {0: (1, 1), 1: (*x.shape, 1)}.get(len(x.shape))
    if shape is None:
        return x
    return KerasTensor(shape, x.dtype) if is_keras_tensor(x) else x.reshape(shape)
