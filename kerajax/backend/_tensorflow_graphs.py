"""Code of kerajax inside TensorFlow's graphs, as `tf.data` traces the functions of its pipelines.

`dataset.map(layer)` calls the layer once, on tensors that stand for the batches to come. The call
becomes an operation of that graph, which runs the layer on the arrays of each batch; its shape and
dtype are those that the layer gives a symbolic tensor.
"""

import sys
import threading

import jax
import numpy as np

from kerajax import tree
from kerajax.backend._keras_tensor import KerasTensor

# Calls of one pipeline come from several threads, and a layer may count its draws.
_one_at_a_time = threading.RLock()


def in_tensorflow_graph(structure) -> bool:
    """Whether a tensor in `structure` is one of a graph that TensorFlow is tracing."""
    if "tensorflow.python.framework.ops" not in sys.modules:
        return False
    is_symbolic = sys.modules["tensorflow"].is_symbolic_tensor
    return any(map(is_symbolic, jax.tree_util.tree_leaves(structure)))


def as_tensorflow_op(fn, args, kwargs):
    """The call `fn(*args, **kwargs)` as an operation of the graph that its tensors belong to.

    Args:
        fn: Callable that takes arrays as well as symbolic tensors of Keras.
        args: Tuple. Tensors of TensorFlow in it, and in `kwargs`, are what the operation is fed.
        kwargs: Dict.

    Returns:
        Tensors of TensorFlow, in the structure that `fn` returns.
    """
    tf = sys.modules["tensorflow"]
    leaves, structure = jax.tree_util.tree_flatten((args, kwargs))
    places = [i for i, x in enumerate(leaves) if tf.is_symbolic_tensor(x)]

    def call(values):
        filled = dict(enumerate(leaves)) | dict(zip(places, values, strict=True))
        args, kwargs = structure.unflatten(filled.values())
        return fn(*args, **kwargs)

    outputs = call([_as_keras_tensor(leaves[i]) for i in places])
    expected = tree.flatten(outputs)

    def run(*arrays):
        with _one_at_a_time:
            flat = tree.flatten(call(arrays))
        return [_as_numpy(x, spec.dtype) for x, spec in zip(flat, expected, strict=True)]

    inputs = [leaves[i] for i in places]
    results = tf.numpy_function(run, inputs, [x.dtype for x in expected])
    for result, spec in zip(results, expected, strict=True):
        result.set_shape(spec.shape)
    return tree.pack_sequence_as(outputs, results)


def _as_keras_tensor(x):
    if x.shape.rank is None:
        raise ValueError(
            f"A layer of a `tf.data` pipeline needs tensors whose number of axes is known, but "
            f"received {x}. Give it a shape by `x = tf.ensure_shape(x, (None, ...))`."
        )
    return KerasTensor(tuple(x.shape), x.dtype.name, record_history=False)


def _as_numpy(x, dtype):
    x = np.asarray(x)
    return x.astype(object) if dtype == "string" else x.astype(dtype, copy=False)
