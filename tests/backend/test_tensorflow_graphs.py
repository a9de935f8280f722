"""Layers and ops in the graphs that TensorFlow traces, on a stand-in for its tensors."""

import sys
import types

import numpy as np
import pytest

from kerajax import KerasTensor, layers, ops, utils


class Shape(tuple):
    """A shape of TensorFlow: it knows its rank, or that it is unknown."""

    rank = property(len)


class UnknownShape:
    rank = None


class Symbolic:
    """A tensor that stands for the batches to come."""

    def __init__(self, shape, dtype):
        self.shape, self.dtype = shape, types.SimpleNamespace(name=dtype)

    def __array__(self, dtype=None, copy=None):
        raise NotImplementedError("a symbolic tensor has no values")

    def set_shape(self, shape):
        self.shape = Shape(shape)


@pytest.fixture
def pipeline(monkeypatch):
    """`pipeline(fn, *batch)`: what `Dataset.map(fn)` promises, and what it makes of a batch."""
    graph = {}

    def numpy_function(run, inputs, dtypes):
        graph.update(run=run, fed=inputs)
        return [Symbolic(UnknownShape, dtype) for dtype in dtypes]

    fake = types.SimpleNamespace(
        is_symbolic_tensor=lambda x: isinstance(x, Symbolic), numpy_function=numpy_function
    )
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    monkeypatch.setitem(sys.modules, "tensorflow.python.framework.ops", fake)

    def run(fn, *arguments):
        dtypes = ["string" if x.dtype.kind == "O" else x.dtype.name for x in arguments]
        tensors = [
            Symbolic(Shape((None, *x.shape[1:])), d) for x, d in zip(arguments, dtypes, strict=True)
        ]
        outputs = fn(*tensors)
        assert graph["fed"] == tensors
        return outputs, graph["run"](*arguments)

    return run


def test_a_layer_becomes_an_operation(pipeline):
    """The shape and dtype are the layer's for a symbolic tensor, the values those for arrays."""
    images = np.arange(2 * 4 * 4 * 3, dtype="float32").reshape(2, 4, 4, 3)
    layer = layers.Resizing(2, 2)
    promised, values = pipeline(layer, images)
    assert promised.shape == (None, 2, 2, 3) and promised.dtype.name == "float32"
    assert isinstance(values[0], np.ndarray)
    np.testing.assert_allclose(values[0], layer(images))


def test_strings_are_looked_up(pipeline):
    """Bytes come from TensorFlow; indices have the layer's dtype."""
    layer = layers.StringLookup(vocabulary=["no", "yes"], num_oov_indices=0)
    promised, values = pipeline(layer, np.array([b"yes", b"no"], object))
    assert promised.shape == (None,) and promised.dtype.name == values[0].dtype
    assert values[0].tolist() == layer(["yes", "no"]).tolist()
    inverse = layers.StringLookup(vocabulary=["no", "yes"], invert=True)
    promised, values = pipeline(inverse, np.array([1, 2]))
    assert promised.dtype.name == "string" and values[0].tolist() == ["no", "yes"]


def test_structures_and_other_arguments(pipeline):
    """Dicts go in and out; what is no tensor reaches the layer as it is."""

    class Both(layers.Layer):
        def call(self, inputs, scale):
            return {"sum": (inputs["a"] + inputs["b"]) * scale, "a": inputs["a"]}

    a, b = np.ones((2, 3), "float32"), np.full((2, 3), 2, "float32")
    promised, values = pipeline(lambda a, b: Both()({"a": a, "b": b}, scale=10), a, b)
    assert promised["sum"].shape == (None, 3)
    np.testing.assert_array_equal(values, [a, 30 * a])


def test_feature_space_encodes(pipeline):
    """The columns of a batch, and of a single row."""
    space = utils.FeatureSpace(
        {"age": "float_normalized", "job": "string_categorical"}, output_mode="concat"
    )
    rows = {"age": np.array([1.0, 3.0], "float32"), "job": np.array(["a", "b"], object)}
    space.adapt([rows])
    columns = [rows["age"], np.array([b"a", b"b"], object)]
    promised, values = pipeline(lambda age, job: space({"age": age, "job": job}), *columns)
    assert promised.shape == (None, 4)
    np.testing.assert_allclose(values[0], space(rows))
    row = space({"age": Symbolic(Shape(()), "float32"), "job": Symbolic(Shape(()), "string")})
    assert row.shape == (4,)


def test_ops_become_operations(pipeline):
    """An op of `keras.ops` runs in a pipeline, too."""
    promised, values = pipeline(lambda i: ops.one_hot(i, 3), np.array([0, 2]))
    assert promised.shape == (None, 3)
    np.testing.assert_array_equal(values[0], [[1, 0, 0], [0, 0, 1]])


def test_category_encoding_of_a_number_promises_what_it_gives():
    """Keras' one-hot row of a number has two axes."""
    layer = layers.CategoryEncoding(num_tokens=3, output_mode="one_hot")
    promised = layer(KerasTensor((), "int32"))
    assert promised.shape == layer(np.int32(1)).shape == (1, 3)


def test_unknown_rank_is_refused(pipeline):
    """The message says how to give the tensor a shape."""
    with pytest.raises(ValueError, match="ensure_shape"):
        layers.Rescaling(2.0)(Symbolic(UnknownShape, "float32"))


class ArrayOfAnotherLibrary:
    shape = (2,)

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0], dtype or "float32")


def test_ops_take_arrays_of_other_libraries():
    """Eager tensors of TensorFlow have `__array__`, which JAX takes in `asarray` alone."""
    x = ArrayOfAnotherLibrary()
    assert float(ops.sum(x)) == 3
    np.testing.assert_array_equal(ops.concatenate([x, np.zeros(1, "float32")]), [1, 2, 0])
