"""Sparse tensors as arguments of ops: values are those of dense ones, and what may stays sparse."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from jax.experimental import sparse as jax_sparse

import kerajax
from kerajax import backend, ops
from kerajax.ops import _sparse

# Places in no order, (0, 1) twice: its numbers add up to 3.
_PLACES = np.array([[1, 2], [0, 1], [0, 1], [1, 0]])
X = jax_sparse.BCOO((np.array([4.0, 1.0, 2.0, -0.5], "float32"), _PLACES), shape=(2, 3))
Y = jax_sparse.BCOO(
    (np.array([2.0, 5.0, 7.0], "float32"), np.array([[0, 0], [0, 1], [1, 2]])), shape=(2, 3)
)
D = np.array([[1.0, 0.0, 3.0], [2.0, np.nan, 5.0]], "float32")

ROWS = [
    *((name, (X,), True) for name in "abs floor sin square sign round copy negative".split()),
    *((name, (X,), False) for name in "exp cos relu softmax any".split()),
    *((name, (X, Y), True) for name in "add subtract maximum minimum multiply".split()),
    *((name, (X, X), True) for name in "add subtract maximum multiply".split()),
    *((name, (X, D), False) for name in "add subtract maximum".split()),
    ("multiply", (X, D[:1]), True),
    ("multiply", (2.0, X), True),
    ("multiply", (X, np.ones((4, 2, 3), "float32")), True),
    ("divide", (X, D), True),
    ("divide", (X, 2.0), True),
    ("divide", (D, X), False),
    ("divide", (X, Y), False),
    ("sum", (X, 0), True),
    ("sum", (X, None, True), True),
    ("mean", (X, 1), True),
    ("mean", (X, (0, 1), True), True),
    ("reshape", (X, (3, 2)), True),
    ("transpose", (X,), True),
    ("expand_dims", (X, 1), True),
    ("squeeze", (X,), True),
    ("concatenate", ([X, Y], 1), True),
    ("concatenate", ([X, D], 1), False),
    ("matmul", (X, np.ones((3, 4), "float32")), False),
    ("matmul", (X, ops.transpose(Y)), True),
    ("cast", (X, "int32"), True),
    ("where", (D > 1, X, Y), False),
    ("einsum", ("ab,cb->ac", X, Y), True),
    ("einsum", ("ab,ab->a", X, Y), True),
    ("einsum", ("ab,ab->a", X, np.ones((2, 3), "float32")), False),
    ("einsum", ("ab,ba->ba", X, ops.transpose(Y)), True),
    ("einsum", ("ab,cd->cb", X, Y), True),
    ("einsum", ("...b,...b->...b", X, Y), True),
]


@pytest.mark.parametrize("name, args, stays", ROWS, ids=lambda v: v if isinstance(v, str) else "")
def test_values_are_those_of_dense_tensors(name, args, stays):
    """Sparse and dense arguments give the same numbers."""
    dense = jax.tree.map(backend.to_dense, args, is_leaf=backend.is_sparse)
    result = getattr(ops, name)(*args)
    assert backend.is_sparse(result) == stays
    expected = getattr(ops, name)(*dense)
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, rtol=1e-6)
    assert result.dtype == expected.dtype


@pytest.mark.parametrize("name, args, stays", ROWS, ids=lambda v: v if isinstance(v, str) else "")
def test_symbolic_results_know_that_they_are_sparse(name, args, stays):
    """The mark of a symbolic tensor tells what the value will be."""

    def symbolic(x):
        sparse = backend.is_sparse(x)
        return kerajax.KerasTensor(x.shape, x.dtype, sparse=sparse) if hasattr(x, "shape") else x

    args = jax.tree.map(symbolic, args, is_leaf=backend.is_sparse)
    assert getattr(ops, name)(*args).sparse == stays


def test_ops_on_sparse_tensors_compile():
    """The rules that add places run under `jit`, where their number is not known."""
    for fn in (ops.add, ops.maximum, ops.multiply):
        result = jax.jit(fn)(X, Y)
        np.testing.assert_allclose(result.todense(), fn(X, Y).todense())


def test_sparse_gradient_reaches_the_stored_numbers():
    """d sum(x * x) / d data is twice what stands at the place."""

    def total(data):
        x = jax_sparse.BCOO((data, _PLACES), shape=(2, 3))
        return jnp.sum(ops.convert_to_tensor(ops.multiply(x, D[:1] + 1), sparse=False))

    np.testing.assert_allclose(jax.grad(total)(X.data), [4.0, 1.0, 1.0, 2.0])


def test_encodings_may_be_sparse():
    """`sparse=True` gives the numbers of the dense result; class -1 gives zeros."""
    labels = np.array([[0, 2, -1], [1, 1, 5]])
    for axis in (-1, 0, 1):
        hot = ops.one_hot(labels, 3, axis=axis, sparse=True)
        np.testing.assert_array_equal(hot.todense(), ops.one_hot(labels, 3, axis=axis))
    many = ops.multi_hot(labels, 3, sparse=True)
    np.testing.assert_array_equal(many.todense(), ops.multi_hot(labels, 3))
    counts = ops.bincount(np.array([[1, 1, 3]]), sparse=True)
    np.testing.assert_array_equal(counts.todense(), [[0, 2, 0, 1]])
    assert ops.one_hot(kerajax.KerasTensor((2,), "int32"), 3, sparse=True).sparse


def test_bincount_of_sparse_tensors_needs_weights_at_the_same_places():
    """Weights that are dense have no places."""
    numbers = jax_sparse.BCOO((np.array([1, 2]), np.array([[0], [3]])), shape=(5,))
    with pytest.raises(ValueError, match="same indices"):
        ops.bincount(numbers, weights=np.ones(5, "float32"))


def test_conversions_keep_or_densify():
    """`sparse=False` makes a tensor dense, symbolic ones too."""
    assert ops.is_tensor(X) and backend.is_sparse(ops.convert_to_tensor(X))
    assert not backend.is_sparse(ops.convert_to_tensor(X, sparse=False))
    assert isinstance(ops.convert_to_numpy(X), np.ndarray)
    x = kerajax.KerasTensor((2, 3), sparse=True)
    assert ops.convert_to_tensor(x).sparse
    assert not ops.convert_to_tensor(x, sparse=False).sparse


def test_sparse_inputs_of_a_model():
    """A Dense layer takes sparse inputs; the numbers are those of dense ones."""
    inputs = kerajax.Input((3,), sparse=True)
    model = kerajax.Model(inputs, kerajax.layers.Dense(4)(inputs))
    np.testing.assert_allclose(model(X), model(X.todense()), rtol=1e-6)


def test_the_rules_name_ops_that_exist():
    """A rule for a name that no op has would never run."""
    assert set(_sparse._RULES) <= set(dir(ops))


def test_keras_keeps_the_same_ops_sparse():
    """Where the wheel gives a sparse tensor, so do the rules."""
    for name in "log1p tanh sqrt expm1 sinh arctan ceil conj".split():
        theirs = getattr(keras.ops, name)(X)
        np.testing.assert_allclose(getattr(ops, name)(X).todense(), theirs.todense(), rtol=1e-6)
