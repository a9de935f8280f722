"""Shapes and dtypes of results, found by running the computation abstractly.

`infer` runs a function under `jax.eval_shape`, which costs no arithmetic. An unknown size (`None`)
is filled in with one number and then with another; what comes out equal in both runs is known, the
rest is `None`. Both numbers have many divisors, so that a reshape or a strided window that fits
real data fits here too, and are large enough for the spatial axes of deep convnets.
"""

import functools
import importlib

import jax

from kerajax.backend._arrays import is_sparse
from kerajax.backend._config import floatx
from kerajax.backend._dtypes import canonical_dtype
from kerajax.backend._graph_values import FILLS as _FILLS
from kerajax.backend._keras_tensor import KerasTensor
from kerajax.backend._scopes import context

# Results that are remembered.
_MOST_KEPT = 4096


def infer(fn, *args, **kwargs):
    """The outputs of `fn` as KerasTensors, where KerasTensors stand among the arguments.

    They are remembered with the function, so that equal calls of it cost nothing.

    Args:
        fn: Function of arrays. It must not depend on their values.
        *args: Nested structures; arrays and Python values in them are passed as they are.
        **kwargs: The same.

    Returns:
        The structure `fn` returns, with a KerasTensor for each array.
    """
    return _outputs(_remembered, fn, args, kwargs)


def infer_once(fn, *args, **kwargs):
    """What `infer` gives, but nothing is kept of a function that is made for this call.

    Such a function would never be found again, and what it refers to, as layers with their weights,
    would stay in memory.
    """
    return _outputs(_infer, fn, args, kwargs)


def infer_as(key, fn, /, *args, **kwargs):
    """What `infer_once` gives, remembered with a key instead of the function.

    Args:
        key: Hashable. All that the function depends on besides its arguments.
        fn: Function of arrays.
        *args: As for `infer`.
        **kwargs: The same.
    """
    return _outputs(functools.partial(_remembered_as, key), fn, args, kwargs)


def _outputs(run, fn, args, kwargs):
    leaves, treedef = jax.tree_util.tree_flatten((args, kwargs))
    specs = tuple(_Spec.of(x) if isinstance(x, KerasTensor) else _Static(x) for x in leaves)
    out_leaves, out_treedef = run(fn, treedef, specs)
    return jax.tree_util.tree_unflatten(
        out_treedef, [KerasTensor(*x) if isinstance(x, _Spec) else x for x in out_leaves]
    )


class _Spec(tuple):
    """(shape, dtype, whether sparse) of a symbolic tensor."""

    @classmethod
    def of(cls, x):
        return cls((x.shape, x.dtype, x.sparse))


class _Unhashable(Exception):
    pass


class _Static:
    """An argument that is not symbolic, compared by type and value."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __hash__(self):
        try:
            return hash((type(self.value), self.value))
        except TypeError:
            raise _Unhashable from None

    def __eq__(self, other):
        # Arrays compare elementwise and have no truth; they are also unhashable, so that this
        # runs on plain values alone.
        return type(self.value) is type(other.value) and self.value == other.value


def _remembered(fn, treedef, specs):
    try:
        # The settings are part of the key: the same call gives other dtypes under others.
        settings = (floatx(), jax.config.jax_enable_x64)
        return _infer_memoized(fn, treedef, specs, settings)
    except _Unhashable:
        return _infer(fn, treedef, specs)


@functools.lru_cache(maxsize=_MOST_KEPT)
def _infer_memoized(fn, treedef, specs, settings):
    return _infer(fn, treedef, specs)


_by_key: dict = {}


def _remembered_as(key, fn, treedef, specs):
    key = (key, treedef, specs, floatx(), jax.config.jax_enable_x64)
    try:
        known = _by_key.get(key)
    except _Unhashable:
        return _infer(fn, treedef, specs)
    if known is None:
        if len(_by_key) >= _MOST_KEPT:
            _by_key.clear()
        known = _by_key[key] = _infer(fn, treedef, specs)
    return known


def _infer(fn, treedef, specs):
    unknown = any(isinstance(s, _Spec) and None in s[0] for s in specs)
    outer = context.symbolic
    try:
        runs = []
        for fill in _FILLS[: 1 + unknown]:
            # Layers that are built on the way must not take this number for a real batch size.
            context.symbolic = fill if unknown else True
            runs.append(_eval_shape(fn, treedef, specs, fill))
    finally:
        context.symbolic = outer
    out_leaves, out_treedef = runs[0]
    return [_agreement(*leaf) for leaf in zip(*(run[0] for run in runs), strict=True)], out_treedef


def _eval_shape(fn, treedef, specs, fill):
    symbolic = [i for i, s in enumerate(specs) if isinstance(s, _Spec)]

    def run(*arrays):
        leaves = [None if isinstance(s, _Spec) else s.value for s in specs]
        for i, array in zip(symbolic, arrays, strict=True):
            leaves[i] = _sparse(array) if specs[i][2] else array
        args, kwargs = jax.tree_util.tree_unflatten(treedef, leaves)
        return fn(*args, **kwargs)

    structs = [
        jax.ShapeDtypeStruct(
            tuple(fill if size is None else size for size in specs[i][0]),
            canonical_dtype(specs[i][1]),
        )
        for i in symbolic
    ]
    return jax.tree_util.tree_flatten(jax.eval_shape(run, *structs), is_leaf=is_sparse)


def _sparse(array):
    # Whoever made a sparse symbolic tensor will come with sparse data: then the import is due.
    return importlib.import_module("jax.experimental.sparse").BCOO.fromdense(array, nse=1)


def _agreement(first, second=None):
    shape = first.shape
    if second is not None:
        shape = tuple(a if a == b else None for a, b in zip(shape, second.shape, strict=True))
    return _Spec((shape, first.dtype.name, is_sparse(first)))
