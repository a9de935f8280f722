"""Integers that name categories, as vectors: the output modes that preprocessing layers share."""

import numpy as np

from kerajax import ops
from kerajax._checks import described, one_of

MODES = ("int", "one_hot", "multi_hot", "count")
# Names that output modes had in TensorFlow 2.3 to 2.5.
_OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def output_mode(value, owner, choices=MODES) -> str:
    """An output mode by today's name.

    Raises:
        ValueError: If it is none of `choices`.

    Example:

    >>> output_mode("binary", "Demo")
    'multi_hot'
    """
    value = _OLD_MODES.get(value, value) if isinstance(value, str) else value
    return one_of(value, "output_mode", owner, choices)


def sparse_vectors(sparse, mode) -> bool:
    """Whether encoded vectors are sparse tensors.

    Raises:
        ValueError: If they are to be, and the mode makes no vectors.
    """
    if sparse and mode == "int":
        raise ValueError(
            "`sparse` may only be true if `output_mode` is `'one_hot'`, `'multi_hot'`, `'count'` "
            f"or `'tf_idf'`. Received: sparse={sparse} and output_mode={mode}"
        )
    return bool(sparse)


def refuse_sparse(sparse, owner, mode=None) -> bool:
    """False, for layers whose vectors are made in numpy.

    Raises:
        ValueError: If `sparse` is true.
    """
    if not sparse_vectors(sparse, mode):
        return False
    raise ValueError(
        f"`sparse=True` can only be used with the TensorFlow backend, but {described(owner)} "
        f"received sparse={sparse}. Leave it out: outputs are dense."
    )


def encoded_shape(shape, mode, depth) -> tuple:
    """Shape of inputs of a shape, once encoded; the last axis is that of a sample's entries.

    Example:

    >>> encoded_shape((None, 1), "one_hot", 5), encoded_shape((None, 3), "count", 5)
    ((None, 5), (None, 5))
    """
    shape = tuple(shape)
    if mode == "int":
        return shape
    if mode == "one_hot" and (len(shape) < 2 or shape[-1] != 1):
        return (*shape, depth)
    return (*shape[:-1], depth)


def encode(indices, mode, depth, dtype, count_weights=None, sparse=False):
    """Encodes an integer tensor by ops, so that it can be compiled.

    Args:
        indices: Int tensor; entries out of range count nowhere.
        mode: `"int"`, `"one_hot"`, `"multi_hot"` or `"count"`. The last two reduce the second axis,
            or the only one.
        depth: Int. Number of categories.
        dtype: String. Of the result; with `count_weights` theirs counts.
        count_weights: Optional tensor of the shape of `indices`: what each entry adds to `"count"`.
        sparse: Bool. Whether the result is a sparse tensor, which `"int"` cannot be.
    """
    if mode == "int":
        return ops.cast(indices, dtype)
    if ops.ndim(indices) == 0:
        indices = ops.expand_dims(indices, -1)
    if mode == "multi_hot":
        return ops.multi_hot(indices, depth, dtype=dtype, sparse=sparse)
    if mode == "one_hot":
        if ops.ndim(indices) > 1 and indices.shape[-1] == 1:
            indices = ops.squeeze(indices, -1)
        return ops.one_hot(indices, depth, dtype=dtype, sparse=sparse)
    dtype = dtype if count_weights is None else count_weights.dtype
    hot = ops.one_hot(indices, depth, dtype=dtype, sparse=sparse)
    if count_weights is not None:
        hot = ops.multiply(hot, ops.expand_dims(count_weights, -1))
    return ops.sum(hot, axis=1 if ops.ndim(indices) > 1 else 0)


def encode_rows(rows, indices, count, mode, depth, dtype) -> np.ndarray:
    """Encodes the entries of samples of any lengths, in numpy.

    A vector is written only where it is not zero, so that a text needs no memory of its length
    times the size of the vocabulary.

    Args:
        rows: Int array: the sample that each entry belongs to.
        indices: Int array of the same shape; entries out of range count nowhere.
        count: Int. Number of samples.
        mode: `"multi_hot"` or `"count"`.
        depth: Int. Number of categories.
        dtype: String.

    Example:

    >>> encode_rows(np.array([0, 0, 1]), np.array([1, 1, 0]), 2, "count", 2, "float32").tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    inside = (indices >= 0) & (indices < depth)
    encoded = np.zeros((count, depth), dtype)
    if mode == "multi_hot":
        encoded[rows[inside], indices[inside]] = 1
    else:
        np.add.at(encoded, (rows[inside], indices[inside]), 1)
    return encoded


def encode_array(indices, mode, depth, dtype) -> np.ndarray:
    """`encode` in numpy; `"multi_hot"` and `"count"` reduce the last axis."""
    if mode == "int":
        return indices
    shape = encoded_shape(np.atleast_1d(indices).shape, mode, depth)
    flat = indices.reshape(-1, 1) if mode == "one_hot" else np.atleast_2d(indices)
    flat = flat.reshape(-1, flat.shape[-1])
    rows = np.broadcast_to(np.arange(len(flat))[:, None], flat.shape)
    mode = "multi_hot" if mode == "one_hot" else mode
    return encode_rows(rows, flat, len(flat), mode, depth, dtype).reshape(shape)
