"""`K.*` functions that compute, where `kerajax.ops` has another order, default or meaning.

Those without a docstring of their own length are the op of the same name with Keras 2's arguments.
"""

import builtins
import functools
import math
from typing import Any

import numpy as np

from kerajax import activations, eras, ops
from kerajax.backend import any_keras_tensor, floatx, is_array_like, is_traced
from kerajax.objects import current_era, old_spellings
from kerajax.ops._operation import Operation


class Sizes(tuple):
    """The sizes of a symbolic tensor, of which some are not known yet: None.

    Attributes:
        tensor: The KerasTensor. What is computed from its sizes reads them when the graph runs.
    """

    tensor = None


class SizesOf(Operation):
    """The sizes of a tensor, as a tensor of integers."""

    def call(self, x):
        """`x.shape` as an array."""
        return ops.convert_to_tensor(ops.shape(x), "int32")


def shape(x):
    """The sizes of `x`, as a tuple; None where a symbolic tensor does not know one."""
    sizes = Sizes(ops.shape(x))
    if None in sizes:
        sizes.tensor = x
    return sizes


def int_shape(x):
    """The sizes of `x`, as a tuple of ints and None."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def ndim(x):
    """The number of axes."""
    return len(int_shape(x))


def dtype(x):
    """The name of the dtype."""
    return ops.dtype(x)


def count_params(x):
    """The number of entries of a variable or tensor of known shape."""
    return math.prod(int_shape(x))


def cast(x, dtype):
    """`x` in another dtype; sizes that `shape` gave become a tensor."""
    if isinstance(x, Sizes) and x.tensor is not None:
        x = SizesOf()(x.tensor)
    return ops.cast(x, dtype)


def cast_to_floatx(x):
    """`x` in the default float type: numpy arrays stay numpy arrays."""
    return (
        ops.cast(x, floatx())
        if is_array_like(x) and not isinstance(x, np.ndarray)
        else (np.asarray(x, dtype=floatx()))
    )


def identity(x, name=None):
    """`x` itself."""
    return x if any_keras_tensor((x,)) else ops.convert_to_tensor(x)


def to_dense(tensor):
    """A sparse tensor as an array, others as they are."""
    return ops.convert_to_tensor(tensor, sparse=False)


def is_sparse(tensor):
    """Whether the tensor is sparse."""
    return builtins.bool(getattr(tensor, "sparse", False))


def print_tensor(x, message="", summarize=3):
    """Prints a message and `x`, and returns `x`.

    While training steps are compiled there are no values: shape and dtype are shown, once.
    """
    if is_traced(x) or any_keras_tensor((x,)):
        print(f"{message} <shape {int_shape(x)}, {dtype(x)}>".lstrip())
    else:
        print(f"{message} {np.asarray(x)}".lstrip())
    return x


def argmax(x, axis=-1):
    """Index of the largest entry along an axis."""
    return ops.argmax(x, axis=axis)


def argmin(x, axis=-1):
    """Index of the smallest entry along an axis."""
    return ops.argmin(x, axis=axis)


def cumsum(x, axis=0):
    """Running sums along an axis."""
    return ops.cumsum(x, axis=axis)


def cumprod(x, axis=0):
    """Running products along an axis."""
    return ops.cumprod(x, axis=axis)


def std(x, axis=None, keepdims=False):
    """Standard deviation, divided by the number of entries."""
    return ops.std(_as_float(x), axis=axis, keepdims=keepdims)


def var(x, axis=None, keepdims=False):
    """Variance, divided by the number of entries."""
    return ops.var(_as_float(x), axis=axis, keepdims=keepdims)


def sqrt(x):
    """Square root; negative numbers count as zero."""
    return ops.sqrt(ops.maximum(x, 0))


def pow(x, a):
    """`x ** a`."""
    return ops.power(x, a)


def clip(x, min_value=None, max_value=None):
    """`x` cut at both ends; a maximum below the minimum counts as the minimum."""
    numbers = (int, float)
    if isinstance(min_value, numbers) and isinstance(max_value, numbers):
        max_value = builtins.max(min_value, max_value)
    low = -math.inf if min_value is None else min_value
    return ops.clip(x, low, math.inf if max_value is None else max_value)


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """Rectified linear unit with slope `alpha` below `threshold`, cut at `max_value`."""
    return activations.relu(x, negative_slope=alpha, max_value=max_value, threshold=threshold)


def hard_sigmoid(x):
    """`0.2 * x + 0.5`, cut at 0 and 1."""
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def l2_normalize(x, axis=None):
    """`x` divided by its Euclidean length along an axis."""
    norm = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(norm, 1e-12))


def dot(x, y):
    """Sums over the last axis of `x` and the second-to-last of `y` (its last, if it has one only).

    Example:

    >>> from kerajax.legacy import _backend as K
    >>> K.dot(np.ones((2, 3, 4)), np.ones((5, 4, 6))).shape
    (2, 3, 5, 6)
    """
    axes: Any = [[ndim(x) - 1], [builtins.max(ndim(y) - 2, 0)]]
    return ops.tensordot(x, y, axes=axes)


def batch_dot(x, y, axes=None):
    """Sums over one axis of `x` and one of `y`, sample by sample.

    In scripts of Keras 1 to 2.2, whose TensorFlow backend multiplied the last two axes as matrices,
    all axes before these are of samples where a tensor has more than three.

    Args:
        x: Tensor `(batch, ...)`.
        y: Tensor `(batch, ...)`.
        axes: Int or pair of ints; by default the last of `x` and the second-to-last of `y`.

    Returns:
        Tensor `(batch, rest of x, rest of y)`, or `(batch, 1)` where nothing would be left.
    """
    if axes is None:
        axes = (ndim(x) - 1, builtins.max(ndim(y) - 2, 1))
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % ndim(x), second % ndim(y)
    if builtins.max(ndim(x), ndim(y)) > 3 and not eras.older("2.2", current_era()):
        return _product_of_matrices(x, y, first, second)
    if 0 in (first, second):
        raise ValueError(
            f"K.batch_dot cannot sum over axis 0, which counts samples: axes={axes}. Give tensors "
            "without an axis of samples one by `K.expand_dims(x, 0)`."
        )
    sizes = int_shape(x)[first], int_shape(y)[second]
    if None not in sizes and sizes[0] != sizes[1]:
        raise ValueError(
            f"K.batch_dot sums over axes of one size, but those of axes={axes} have "
            f"{sizes[0]} and {sizes[1]} entries: {int_shape(x)} and {int_shape(y)}. Until "
            "Keras 2.2 tensors of more than three axes were multiplied as matrices, as "
            "`kerajax run --era 2.2` does."
        )
    letters = iter("bcdefghijklmnopqrstuvwxyz")
    batch = next(letters)
    of_x = [batch] + [next(letters) for _ in range(ndim(x) - 1)]
    of_y = [batch] + [next(letters) for _ in range(ndim(y) - 1)]
    of_y[second] = of_x[first]
    rest = [c for i, c in enumerate(of_x) if i != first]
    rest += [c for i, c in enumerate(of_y) if i not in (0, second)]
    result = ops.einsum(f"{''.join(of_x)},{''.join(of_y)}->{''.join(rest)}", x, y)
    return ops.expand_dims(result, 1) if len(rest) == 1 else result


def _product_of_matrices(x, y, first, second):
    gap = ndim(x) - ndim(y)
    # The one of fewer axes gets more of size 1 behind, which the product has then, too.
    place = ndim(x) + ndim(y) - 3 if gap > 0 else ndim(x) - 1
    for _ in range(gap):
        y = ops.expand_dims(y, -1)
    for _ in range(-gap):
        x = ops.expand_dims(x, -1)
    x = x if first == ndim(x) - 1 else ops.swapaxes(x, -1, -2)
    y = ops.swapaxes(y, -1, -2) if second == ndim(y) - 1 else y
    product = ops.matmul(x, y)
    for _ in range(builtins.abs(gap)):
        product = ops.squeeze(product, place)
    return product


def concatenate(tensors, axis=-1):
    """The tensors one after the other along an axis."""
    return ops.concatenate(tensors, axis=axis)


@old_spellings("K.expand_dims")
def expand_dims(x, axis=-1):
    """`x` with an axis of size 1 more."""
    return ops.expand_dims(x, axis)


def squeeze(x, axis):
    """`x` without an axis of size 1."""
    return ops.squeeze(x, axis)


def reshape(x, shape):
    """`x` in another shape; one size may be -1, or None as `K.shape` gives unknown ones."""
    return ops.reshape(x, tuple(-1 if size is None else size for size in shape))


def flatten(x):
    """All entries in one axis."""
    return ops.reshape(x, (-1,))


def batch_flatten(x):
    """All axes but the first in one."""
    return ops.reshape(x, (-1, math.prod(int_shape(x)[1:])))


def permute_dimensions(x, pattern):
    """The axes in another order."""
    return ops.transpose(x, axes=tuple(pattern))


def repeat(x, n):
    """`(batch, features)` to `(batch, n, features)`."""
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def repeat_elements(x, rep, axis):
    """Each entry along an axis `rep` times."""
    return ops.repeat(x, rep, axis=axis)


def tile(x, n):
    """Copies of `x` side by side."""
    return ops.tile(x, (n,) if isinstance(n, int) else tuple(n))


def reverse(x, axes):
    """The entries in reverse along one axis or several."""
    return ops.flip(x, axis=axes if isinstance(axes, int) else tuple(axes))


def slice(x, start, size):
    """The part of `x` that begins at `start` and has the shape `size` (-1: all that is left)."""
    parts = [
        builtins.slice(begin, None if length == -1 else begin + length)
        for begin, length in zip(start, size, strict=True)
    ]
    return x[tuple(parts)]


def gather(reference, indices):
    """The rows of `reference` at `indices`."""
    return ops.take(reference, indices, axis=0)


@old_spellings("K.one_hot")
def one_hot(indices, num_classes):
    """Integers as rows of zeros with a single one."""
    return ops.one_hot(indices, num_classes)


def arange(start, stop=None, step=1, dtype="int32"):
    """Evenly spaced numbers."""
    return ops.arange(start, stop, step, dtype=dtype)


def zeros_like(x, dtype=None, name=None):
    """Zeros of the shape of `x`."""
    return ops.zeros_like(x, dtype=dtype)


def ones_like(x, dtype=None, name=None):
    """Ones of the shape of `x`."""
    return ops.ones_like(x, dtype=dtype)


def switch(condition, then_expression, else_expression):
    """One of two tensors; a condition of fewer axes decides for whole rows.

    Args:
        condition: Bool tensor.
        then_expression: Tensor, or function of nothing that returns it.
        else_expression: The same.
    """
    then_value, else_value = map(_called, (then_expression, else_expression))
    for _ in range(ndim(then_value) - ndim(condition)):
        condition = ops.expand_dims(condition, -1)
    return ops.where(ops.cast(condition, "bool"), then_value, else_value)


def map_fn(fn, elems, name=None, dtype=None):
    """`fn` of each row."""
    result = ops.map(fn, elems)
    return result if dtype is None else ops.cast(result, dtype)


def foldl(fn, elems, initializer=None, name=None):
    """`fn(fn(fn(start, elems[0]), elems[1]), ...)`; without a start, it is the first row."""
    rows = ops.unstack(elems)
    return functools.reduce(fn, rows, *([] if initializer is None else [initializer]))


def foldr(fn, elems, initializer=None, name=None):
    """`foldl` from the last row to the first."""
    rows = ops.unstack(elems)[::-1]
    return functools.reduce(fn, rows, *([] if initializer is None else [initializer]))


def binary_crossentropy(target, output, from_logits=False):
    """Crossentropy of probabilities, elementwise. Keras 1 wrote `(output, target)`."""
    target, output = _in_order(target, output)
    return ops.binary_crossentropy(target, output, from_logits=from_logits)


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """Crossentropy of one-hot rows. Keras 1 wrote `(output, target)`."""
    target, output = _in_order(target, output)
    return ops.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """Crossentropy of class numbers. Keras 1 wrote `(output, target)`."""
    target, output = _in_order(target, output)
    return ops.sparse_categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def in_top_k(predictions, targets, k):
    """Whether the target class is among the `k` largest predictions, row by row."""
    return ops.in_top_k(targets, predictions, k)


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """`(x - mean) / sqrt(var + epsilon) * gamma + beta`."""
    return ops.batch_normalization(
        x, mean, var, axis=axis, offset=beta, scale=gamma, epsilon=epsilon
    )


def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """Normalizes with the batch's own mean and variance; returns `(normalized, mean, var)`."""
    mean, variance = ops.moments(x, axes=tuple(reduction_axes), keepdims=True)
    kept = [1 if i in reduction_axes else size for i, size in enumerate(int_shape(x))]
    scale = ops.rsqrt(variance + epsilon)
    normalized = (x - mean) * scale
    if gamma is not None:
        normalized = normalized * ops.reshape(gamma, kept)
    if beta is not None:
        normalized = normalized + ops.reshape(beta, kept)
    flat = [size for i, size in enumerate(kept) if i not in reduction_axes]
    return normalized, ops.reshape(mean, flat), ops.reshape(variance, flat)


def _in_order(target, output):
    return (output, target) if current_era() == "1" else (target, output)


def _as_float(x):
    return ops.cast(x, floatx()) if ops.dtype(x) == "bool" else x


def _called(x):
    return x() if callable(x) and not hasattr(x, "shape") else x
