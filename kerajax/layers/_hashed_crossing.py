"""HashedCrossing: a bin for each combination of features."""

import numpy as np

from kerajax import tree
from kerajax._checks import described, one_of, positive_int
from kerajax.backend import KerasTensor, convert_to_tensor, is_keras_tensor
from kerajax.layers import _categories
from kerajax.layers._fingerprints import fingerprint64, join64
from kerajax.layers._host_layer import HostLayer, as_bytes, as_host_array, refuse_traced
from kerajax.objects import publish

# The fingerprint that TensorFlow starts from.
_START = 0xDECAFCAFFE


@publish("keras.layers.HashedCrossing")
class HashedCrossing(HostLayer):
    """Maps combinations of values of several features to bins: `hash(values) % num_bins`.

    The layer works on the host: call it on data, or make it a layer of a Functional model, which
    runs it before its compiled part.

    Args:
        num_bins: Int > 0. Number of bins.
        output_mode: `"int"` for bins, `"one_hot"` for vectors.
        sparse: Only False.
        name: String.
        dtype: Dtype of the output: int64 for `"int"`, the default float type otherwise.
        **kwargs: Nothing else is taken from configs of older versions than `trainable`.

    Input shape: a list or tuple of at least two features, each `()`, `(batch,)` or `(batch, 1)`,
        int or strings.
    Output shape: that of a feature; `(..., num_bins)` for vectors.

    Raises:
        ValueError: If inputs are fewer than two, of other shapes, or floats.

    Example:

    >>> layer = kerajax.layers.HashedCrossing(5)
    >>> layer((np.array(["A", "B", "A"]), np.array([101, 101, 102]))).tolist()
    [1, 4, 3]
    """

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        if output_mode == "int" and dtype is None:
            dtype = "int64"
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.num_bins = positive_int(num_bins, "num_bins", self)
        self.output_mode = one_of(output_mode, "output_mode", self, ("int", "one_hot"))
        self.sparse = _categories.refuse_sparse(sparse, self)

    def _from_anything(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(
                "`HashedCrossing` should be called on a list or tuple of inputs. Received: "
                f"inputs={inputs}"
            )
        if len(inputs) < 2:
            raise ValueError(
                f"`HashedCrossing` should be called on at least two inputs. Received: {inputs}"
            )
        refuse_traced(self, inputs)
        inputs = [x if is_keras_tensor(x) else as_host_array(x, self) for x in inputs]
        self._check(inputs)
        return inputs

    def _check(self, inputs):
        shapes = [tuple(x.shape) for x in inputs]
        if len(shapes[0]) > 2 or (len(shapes[0]) == 2 and shapes[0][-1] != 1):
            raise ValueError(
                "All `HashedCrossing` inputs should have shape `()`, `(batch_size)` or "
                f"`(batch_size, 1)`. Received: inputs with shapes {shapes}"
            )
        if any(len(shape) != len(shapes[0]) for shape in shapes) or (
            not any(map(is_keras_tensor, inputs)) and len(set(shapes)) > 1
        ):
            raise ValueError(
                "All `HashedCrossing` inputs should have equal shape. Received: inputs with "
                f"shapes {shapes}"
            )
        dtypes = [str(x.dtype) for x in inputs]
        if not all("int" in dtype or dtype in ("object", "string") for dtype in dtypes):
            raise ValueError(
                "All `HashedCrossing` inputs should have an integer or string dtype, but "
                f"{described(self)} received inputs of dtypes {dtypes}."
            )

    def call(self, inputs):
        shape = inputs[0].shape
        crossed = np.full(inputs[0].size, _START, "uint64")
        for feature in inputs:
            crossed = join64(crossed, _fingerprints(feature.ravel()))
        bins = (crossed % np.uint64(self.num_bins)).astype("int64").reshape(shape)
        mode = self.output_mode
        encoded = _categories.encode_array(bins, mode, self.num_bins, "float32")
        return convert_to_tensor(encoded, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for the shapes of the features."""
        first, *others = tree.map_shape_structure(tuple, input_shape)
        if not others or any(shape[-1:] != first[-1:] for shape in others):
            raise ValueError(
                "HashedCrossing needs at least two inputs of equal shapes. Received: "
                f"input_shape={input_shape}"
            )
        return _categories.encoded_shape(first, self.output_mode, self.num_bins)

    def compute_output_spec(self, inputs):
        """The output for symbolic inputs."""
        shape = self.compute_output_shape([x.shape for x in inputs])
        return KerasTensor(shape, self.compute_dtype)

    def get_config(self):
        """The arguments of the constructor."""
        return {
            "num_bins": self.num_bins,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }


def _fingerprints(flat):
    """What is joined for the values of one feature: integers are their own fingerprints."""
    if flat.dtype.kind == "O":
        return fingerprint64(as_bytes(flat))
    return flat.astype("int64").view("uint64")
