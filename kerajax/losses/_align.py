"""Bringing targets, predictions, weights and masks to one rank.

Keras lets `(batch, 1)` stand for `(batch,)` and the other way round; that rule is `match_ranks`.
"""

from kerajax import ops


def match_ranks(x1, x2, expand_vectors=True):
    """Drops or adds a last axis of size 1 where the ranks of two tensors differ by one.

    Args:
        x1: Tensor.
        x2: Tensor.
        expand_vectors: Bool. Whether a vector gains an axis; otherwise the other tensor loses it.

    Returns:
        Both tensors. What does not fit is left as it is.

    Example:

    >>> x1, x2 = match_ranks(np.ones((4, 1)), np.ones(4))
    >>> x1.shape, x2.shape
    ((4, 1), (4, 1))
    """
    difference = len(x1.shape) - len(x2.shape)
    if difference == 1 and x1.shape[-1] == 1:
        return _shared_rank(x1, x2, expand_vectors)
    if difference == -1 and x2.shape[-1] == 1:
        x2, x1 = _shared_rank(x2, x1, expand_vectors)
    return x1, x2


def _shared_rank(longer, shorter, expand_vectors):
    if expand_vectors and len(shorter.shape) == 1:
        return longer, ops.expand_dims(shorter, -1)
    return ops.squeeze(longer, -1), shorter


def align_pair(y_true, y_pred):
    """Targets and predictions as tensors of one dtype, that of the predictions, and one rank.

    Example:

    >>> y_true, y_pred = align_pair([1, 0], np.array([[0.5], [0.25]], "float32"))
    >>> y_true.shape, str(y_true.dtype)
    ((2, 1), 'float32')
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    return match_ranks(y_true, y_pred)


def cast_pair(y_true, y_pred):
    """Targets and predictions as tensors of the dtype of the predictions, ranks as they are.

    Example:

    >>> y_true, y_pred = cast_pair([1, 0], [0.5, 0.25])
    >>> str(y_true.dtype)
    'float32'
    """
    y_pred = ops.convert_to_tensor(y_pred)
    return ops.convert_to_tensor(y_true, dtype=y_pred.dtype), y_pred


def align_weights(values, weights):
    """Values and weights whose product is the weighted values.

    Beyond `match_ranks`, weights of the leading axes gain axes at the end: one weight per sample
    applies to all steps of its sequence.

    Example:

    >>> values, weights = align_weights(np.ones((2, 3)), np.array([1.0, 0.0]))
    >>> weights.shape
    (2, 1)
    """
    values, weights = match_ranks(values, weights)
    rank, size = len(values.shape), len(weights.shape)
    if 0 < size < rank and tuple(values.shape[:size]) == tuple(weights.shape):
        weights = ops.reshape(weights, (*weights.shape, *(1,) * (rank - size)))
    return values, weights
