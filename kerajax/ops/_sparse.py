"""Sparse tensors (`jax.experimental.sparse.BCOO`) as arguments of ops.

One table names the ops that keep a tensor sparse, and the rule each of them follows. Every other
op sees its sparse arguments dense. `@op` asks this file only when a sparse argument came, since
the import of `jax.experimental.sparse` takes a fifth of a second.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import sparse as jax_sparse

from kerajax.backend import KerasTensor, is_sparse, is_traced, to_dense

BCOO = jax_sparse.BCOO


class Rule(NamedTuple):
    """How an op treats sparse arguments.

    Attributes:
        run: Function `(fn, *args, **kwargs)` that computes the op `fn` with sparse `args`.
        stays: Function of the list of flags "is sparse" of the data arguments: whether the
            result is sparse.
    """

    run: object
    stays: object


def on_sparse(name, fn, args, kwargs):
    """The op `fn` called `name`, with sparse tensors among its arguments."""
    rule = _RULES.get(name)
    sparse = [x for x in jax.tree.leaves(args, is_leaf=is_sparse) if is_sparse(x)]
    if rule is None or not all(isinstance(x, BCOO) for x in sparse):
        args, kwargs = _dense((args, kwargs))
        return fn(*args, **kwargs)
    return rule.run(fn, *args, **kwargs)


def marked(name, arguments, outputs):
    """The symbolic outputs of the op `name`, marked as sparse where they will be."""
    rule = _RULES.get(name)
    leaves = jax.tree.leaves(arguments, is_leaf=lambda x: x is None)
    if rule is None or not rule.stays([getattr(x, "sparse", False) for x in leaves]):
        return outputs
    return jax.tree.map(lambda x: KerasTensor(x.shape, x.dtype, sparse=True), outputs)


def one_hot(x, num_classes, axis, dtype):
    """`ops.one_hot` as a sparse tensor that stores one number for each element of `x`."""
    places = list(jnp.meshgrid(*(jnp.arange(size) for size in x.shape), indexing="ij"))
    is_class = (x >= 0) & (x < num_classes)
    axis %= x.ndim + 1
    places.insert(axis, jnp.where(is_class, x, 0))
    shape = (*x.shape[:axis], num_classes, *x.shape[axis:])
    indices = jnp.stack([place.ravel().astype("int32") for place in places], axis=-1)
    return BCOO((is_class.ravel().astype(dtype), indices), shape=shape, unique_indices=True)


def multi_hot(x, num_classes, axis, dtype):
    """`ops.multi_hot` as a sparse tensor."""
    hot = one_hot(x, num_classes, axis, "int32")
    counts = _unique(jax_sparse.bcoo_reduce_sum(hot, axes=(1 if x.ndim > 1 else 0,)))
    return _with_data(counts, (counts.data > 0).astype(dtype))


def bincount(x, weights, minlength):
    """`ops.bincount` as a sparse tensor; of a sparse `x`, only the stored numbers are counted."""
    x, weights = (_stored(part) if part is not None else None for part in (x, weights))
    if weights is not None and not jnp.array_equal(x.indices, weights.indices):
        raise ValueError(
            "bincount of a sparse `x` needs sparse `weights` with the same indices. "
            f"Received: x={x}, weights={weights}"
        )
    length = max(int(jnp.max(x.data)) + 1, minlength)
    counts = jnp.ones_like(x.data) if weights is None else weights.data
    indices = jnp.concatenate([x.indices[:, :-1], x.data[:, None].astype("int32")], axis=-1)
    return _unique(BCOO((counts, indices), shape=(*x.shape[:-1], length)))


def _stored(x):
    """`x` as a sparse tensor without batch axes; of a dense one, all numbers are stored."""
    if isinstance(x, BCOO):
        return jax_sparse.bcoo_update_layout(x, n_batch=0, on_inefficient=None)
    x = jnp.asarray(x)
    indices = np.stack(np.unravel_index(np.arange(x.size), x.shape), axis=-1).astype("int32")
    return BCOO((x.ravel(), jnp.asarray(indices)), shape=x.shape)


def _on_data(fn, x, *args, **kwargs):
    """For elementwise ops that give 0 for 0: only the stored numbers change."""
    if not isinstance(x, BCOO):
        return fn(*_dense((x, *args)), **kwargs)
    x = _unique(x)
    return _with_data(x, fn(x.data, *_dense(args), **kwargs))


def _on_summands(fn, x, *args, **kwargs):
    """As `_on_data` for linear ops, where numbers stored twice for one place may stay so."""
    return _with_data(x, fn(x.data, *args, **kwargs))


def _on_union(fn, x1, x2):
    """For ops of two tensors that give 0 where both are 0."""
    if not (_is_bcoo(x1, x2) and _layout(x1) == _layout(x2)):
        return fn(to_dense(x1), to_dense(x2))
    if x1.indices is x2.indices:
        x1, x2 = _unique(x1), _unique(x2)
    else:
        x1, x2 = _extended(x1, x2.indices), _extended(x2, x1.indices)
    return _with_data(x1, fn(x1.data, x2.data))


def _on_product(fn, x1, x2):
    if _is_bcoo(x1, x2):
        if x1.indices is x2.indices:
            x1, x2 = _unique(x1), _unique(x2)
            return _with_data(x1, fn(x1.data, x2.data))
        return jax_sparse.bcoo_multiply_sparse(x1, x2)
    x, dense = (x1, jnp.asarray(x2)) if isinstance(x1, BCOO) else (x2, jnp.asarray(x1))
    shape = jnp.broadcast_shapes(x.shape, dense.shape)
    if shape != x.shape:
        x = jax_sparse.sparsify(lambda part: jnp.broadcast_to(part, shape))(x)
    return _with_data(x, jax_sparse.bcoo_multiply_dense(x, dense))


def _on_quotient(fn, x1, x2):
    """Sparse by dense. What is divided by 0 or nan becomes nan, so those places are added."""
    if not isinstance(x1, BCOO) or isinstance(x2, BCOO):
        return fn(to_dense(x1), to_dense(x2))
    x2 = jnp.asarray(x2)
    if jnp.broadcast_shapes(x1.shape, x2.shape) != x1.shape:
        return fn(to_dense(x1), x2)
    if not x2.ndim:
        return _on_summands(fn, x1, x2)
    x2 = jnp.broadcast_to(x2, x1.shape)
    if not is_traced(x2):
        undefined = (x2 == 0) | jnp.isnan(x2)
        places = jax_sparse.bcoo_fromdense(
            undefined, n_batch=x1.n_batch, n_dense=x1.n_dense, index_dtype=x1.indices.dtype
        )
        x1 = _extended(x1, places.indices)
    return _with_data(x1, fn(x1.data, jax_sparse.bcoo_extract(x1, x2).data))


def _on_structure(fn, x, *args, **kwargs):
    """For ops that move elements; where they would mix sparse and dense axes, on dense tensors."""
    if not all(isinstance(part, BCOO) and not part.n_dense for part in _leaves(x)):
        return fn(_dense(x), *args, **kwargs)
    return jax_sparse.sparsify(lambda part: fn(part, *args, **kwargs))(x)


def _on_product_of_matrices(fn, x1, x2):
    if any(isinstance(x, BCOO) and x.n_dense for x in (x1, x2)):
        return fn(to_dense(x1), to_dense(x2))
    # The axes that are no matrix must be batch axes of the format.
    pair = [
        jax_sparse.bcoo_update_layout(x, n_batch=max(x.ndim - 2, 0), on_inefficient=None)
        if isinstance(x, BCOO)
        else jnp.asarray(x)
        for x in (x1, x2)
    ]
    return jax_sparse.sparsify(fn)(*pair)


def _on_einsum(fn, subscripts, *operands, **kwargs):
    """Sparse for several sparse tensors; the letters they share with the result are batch axes."""
    if sum(isinstance(x, BCOO) for x in operands) < 2:
        return fn(subscripts, *_dense(operands), **kwargs)
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if (
        not arrow
        or "." in subscripts
        or len(operands) > 2
        or any(x.n_dense for x in operands)
        or any(len(set(term)) < len(term) for term in terms)
    ):
        return _all_stored(fn(subscripts, *_dense(operands), **kwargs))
    shared = "".join(letter for letter in result if all(letter in term for term in terms))
    first, second, ordered = (
        shared + "".join(letter for letter in term if letter not in shared)
        for term in (*terms, result)
    )
    x1, x2 = (
        _reordered(x, term, order, len(shared))
        for x, term, order in zip(operands, terms, (first, second), strict=True)
    )
    equation = f"{first},{second}->{ordered}"
    outputs = jax_sparse.sparsify(lambda *parts: fn(equation, *parts, **kwargs))(x1, x2)
    if not isinstance(outputs, BCOO):  # as JAX has products without a sum
        outputs = _all_stored(outputs)
    return outputs if ordered == result else _reordered(outputs, ordered, result, 0)


def _all_stored(x):
    return BCOO.fromdense(x, nse=x.size)


def _reordered(x, letters, order, n_batch):
    """`x`, whose axes have names, with its axes in another order and so many batch axes."""
    if letters != order:
        x = jax_sparse.bcoo_update_layout(x, n_batch=0, on_inefficient=None)
        x = jax_sparse.bcoo_transpose(x, permutation=[letters.index(name) for name in order])
    return jax_sparse.bcoo_update_layout(x, n_batch=n_batch, on_inefficient=None)


def _on_sum(fn, x, axis=None, keepdims=False):
    axes = range(x.ndim) if axis is None else ((axis,) if isinstance(axis, int) else axis)
    axes = tuple(sorted(a % x.ndim for a in axes))
    result = jax_sparse.bcoo_reduce_sum(x, axes=axes)
    if keepdims and axes:
        result = jax_sparse.sparsify(lambda part: jnp.expand_dims(part, axes))(result)
    return result


def _on_mean(fn, x, axis=None, keepdims=False):
    result = jax.eval_shape(
        lambda part: fn(part, axis, keepdims), jax.ShapeDtypeStruct(x.shape, x.dtype)
    )
    count = math.prod(x.shape) // max(math.prod(result.shape), 1)
    total = _on_sum(fn, _with_data(x, x.data.astype("float32")), axis, keepdims)
    return _with_data(total, (total.data / count).astype(result.dtype))


def _on_index(fn, x, key):
    return x[tuple(key) if isinstance(key, list) else key]


def _on_bincount(fn, x, *args, **kwargs):
    return fn(x, *args, **kwargs)


def _with_data(x, data):
    return BCOO(
        (data, x.indices),
        shape=x.shape,
        indices_sorted=x.indices_sorted,
        unique_indices=x.unique_indices,
    )


def _unique(x):
    """`x` with the numbers stored for one place added up."""
    if x.unique_indices:
        return x
    traced = is_traced(x.indices) or is_traced(x.data)
    return jax_sparse.bcoo_sum_duplicates(x, nse=x.nse if traced else None)


def _extended(x, indices):
    """`x` with zeros stored at `indices` too, all places once and in order."""
    zeros = jnp.zeros(
        (*x.data.shape[: x.n_batch], indices.shape[-2], *x.data.shape[x.n_batch + 1 :]), x.dtype
    )
    data = jnp.concatenate([x.data, zeros], axis=x.n_batch)
    return _unique(BCOO((data, jnp.concatenate([x.indices, indices], axis=-2)), shape=x.shape))


def _is_bcoo(*xs):
    return all(isinstance(x, BCOO) for x in xs)


def _layout(x):
    return x.shape, x.n_batch, x.n_dense


def _leaves(structure):
    return jax.tree.leaves(structure, is_leaf=is_sparse)


def _dense(structure):
    return jax.tree.map(to_dense, structure, is_leaf=is_sparse)


_ELEMENTWISE = Rule(_on_data, any)
_LINEAR = Rule(_on_summands, any)
_UNION = Rule(_on_union, all)
_QUOTIENT = Rule(_on_quotient, lambda flags: flags[0] and not any(flags[1:]))

_RULES = {
    **dict.fromkeys(
        "absolute arcsin arcsinh arctan arctanh ceil digitize expm1 floor isinf isnan log1p round "
        "sign signbit sin sinh sqrt square tan tanh".split(),
        _ELEMENTWISE,
    ),
    **dict.fromkeys("cast conjugate copy imag negative real".split(), _LINEAR),
    **dict.fromkeys("add subtract maximum minimum".split(), _UNION),
    **dict.fromkeys("expand_dims reshape squeeze transpose".split(), Rule(_on_structure, any)),
    "concatenate": Rule(_on_structure, all),
    **dict.fromkeys("divide true_divide".split(), _QUOTIENT),
    "multiply": Rule(_on_product, any),
    "matmul": Rule(_on_product_of_matrices, all),
    "einsum": Rule(_on_einsum, lambda flags: sum(flags) > 1),
    "sum": Rule(_on_sum, any),
    "mean": Rule(_on_mean, any),
    "get_item": Rule(_on_index, any),
    "bincount": Rule(_on_bincount, any),
}
