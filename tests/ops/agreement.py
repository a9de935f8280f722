"""Runs an op here and in the Keras wheel, on values and on symbolic tensors, and compares."""

import jax
import keras
import numpy as np

import kerajax
from kerajax import ops


def check_values(name, *args, rtol=2e-6, atol=1e-6, **kwargs):
    """Same numbers, same dtypes."""
    ours = jax.tree_util.tree_leaves(_op(ops, name)(*args, **kwargs))
    theirs = jax.tree_util.tree_leaves(_op(keras.ops, name)(*args, **kwargs))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype, (name, a.dtype, b.dtype)
        assert a.shape == b.shape, (name, a.shape, b.shape)
        if a.dtype.name in ("float16", "bfloat16"):
            a, b, rtol, atol = a.astype("float32"), b.astype("float32"), 1e-2, 1e-3
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def check_symbolic(name, *args, dtypes=True, unknown=True, **kwargs):
    """Same shapes, dtypes and class names of nodes; then with the size of the batch unknown."""
    for batch in (False, True) if unknown else (False,):
        ours = _op(ops, name)(*_symbolic(args, kerajax, batch), **kwargs)
        theirs = _op(keras.ops, name)(*_symbolic(args, keras, batch), **kwargs)
        ours, theirs = _flat(ours, kerajax), _flat(theirs, keras)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert a.shape == b.shape, (name, batch, a.shape, b.shape)
            if dtypes:
                assert a.dtype == b.dtype, (name, a.dtype, b.dtype)
            operations = [type(t._keras_history.operation).__name__ for t in (a, b)]
            assert operations[0] == operations[1], operations


def _op(package, name):
    return getattr(package, name, None) or getattr(package.image, name)


def _symbolic(args, package, batch):
    """Arrays become KerasTensors; if `batch`, those as long as the first lose their length."""
    arrays = [x for x in jax.tree_util.tree_leaves(args) if isinstance(x, np.ndarray)]
    length = next((x.shape[0] for x in arrays if x.ndim), None)

    def convert(x):
        if isinstance(x, (list, tuple)) and any(isinstance(y, np.ndarray) for y in x):
            return type(x)(convert(y) for y in x)
        if not isinstance(x, np.ndarray):
            return x
        hide = batch and x.ndim and x.shape[0] == length
        return package.KerasTensor((None, *x.shape[1:]) if hide else x.shape, x.dtype.name)

    return tuple(convert(x) for x in args)


def _flat(structure, package):
    leaves = package.tree.flatten(structure)
    return [x for x in leaves if isinstance(x, package.KerasTensor)]
