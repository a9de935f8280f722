"""Overlaps of regions, and distances within a batch."""

from kerajax import ops
from kerajax.backend import epsilon, set_keras_mask
from kerajax.losses._align import cast_pair
from kerajax.objects import publish


@publish("keras.losses.dice")
def dice(y_true, y_pred, axis=None):
    """`1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))`.

    Args:
        y_true: Region of the truth, values in [0, 1].
        y_pred: Predicted region of the same shape.
        axis: Tuple of ints, the axes of the sums; None is all, which gives one value per batch.

    Returns:
        Tensor without those axes, dtype of `y_pred`.

    Example:

    >>> round(float(kerajax.losses.dice([1.0, 0.0], [1.0, 1.0])), 3)
    0.333
    """
    y_true, y_pred = cast_pair(y_true, y_pred)
    overlap = ops.sum(y_true * y_pred, axis=axis)
    sizes = ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis)
    return 1 - 2.0 * overlap / (sizes + epsilon())


@publish("keras.losses.tversky")
def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """`1 - t / (t + alpha * a + beta * b)`, a Dice loss that weights both kinds of errors.

    `t` is the overlap, `a = sum(y_true * (1 - y_pred))` what was missed and
    `b = sum((1 - y_true) * y_pred)` what was predicted too much.

    Args:
        y_true: Region of the truth, values in [0, 1].
        y_pred: Predicted region of the same shape.
        alpha: Float. Weight of what was missed.
        beta: Float. Weight of what was predicted too much.
        axis: Tuple of ints, the axes of the sums; None is all, which gives one value per batch.

    Returns:
        Tensor without those axes, dtype of `y_pred`.

    Example:

    >>> round(float(kerajax.losses.tversky([1.0, 0.0], [1.0, 1.0])), 3)
    0.333

    Reference:
        Salehi et al., 2017, "Tversky loss function for image segmentation using 3D fully
        convolutional deep networks", https://arxiv.org/abs/1706.05721
    """
    y_true, y_pred = cast_pair(y_true, y_pred)
    overlap = ops.sum(y_true * y_pred, axis=axis)
    missed = ops.sum((1.0 - y_pred) * y_true, axis=axis)
    extra = ops.sum(y_pred * (1.0 - y_true), axis=axis)
    return 1 - overlap / (overlap + missed * alpha + extra * beta + epsilon())


@publish("keras.losses.circle")
def circle(
    y_true,
    y_pred,
    ref_labels=None,
    ref_embeddings=None,
    remove_diagonal=True,
    gamma=80,
    margin=0.4,
):
    """Pulls embeddings of one class together and pushes those of others apart.

    The farther a pair is from its optimum, the stronger its pull.

    Args:
        y_true: Class numbers, `(batch,)` or `(batch, 1)`.
        y_pred: Embeddings of length 1, `(batch, d)`.
        ref_labels: Optional class numbers to compare with; `y_true` if absent.
        ref_embeddings: Optional embeddings to compare with; `y_pred` if absent.
        remove_diagonal: Bool. Whether a sample is not compared with itself.
        gamma: Float. Scale.
        margin: Float. How far apart classes are to be.

    Returns:
        Tensor `(batch,)`, dtype of `y_pred`. It carries a mask of the samples with a loss.

    Example:

    >>> embeddings = np.eye(2, dtype="float32")[[0, 0, 1, 1]]
    >>> kerajax.losses.circle(np.array([0, 0, 1, 1]), embeddings).shape
    (4,)

    Reference:
        Sun et al., 2020, "Circle Loss: A Unified Perspective of Pair Similarity Optimization",
        https://arxiv.org/abs/2002.10857
    """
    y_pred, y_true = ops.convert_to_tensor(y_pred), ops.cast(y_true, "int32")
    others = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)
    labels = y_true if ref_labels is None else ops.cast(ref_labels, "int32")
    distance = ops.maximum(1 - ops.matmul(y_pred, ops.transpose(others)), 0.0)
    same = ops.equal(ops.reshape(y_true, (-1, 1)), ops.reshape(labels, (1, -1)))
    _check_pairs(same, distance, y_true, y_pred)
    different = ops.logical_not(same)
    if remove_diagonal:
        # Their numbers, and not `eye`, since sizes may be unknown.
        first, second = (
            ops.cumsum(ops.ones_like(x, dtype="int32"), axis=i)
            for i, x in enumerate((same[:, :1], same[:1]))
        )
        same = ops.logical_and(same, ops.not_equal(first, second))
    pull = -gamma * ops.maximum(margin + distance, 0.0) * (margin - distance)
    push = gamma * ops.maximum(1 + margin - distance, 0.0) * (1 - margin - distance)
    never = float("-inf")
    values = ops.softplus(
        ops.logsumexp(ops.where(same, pull, never), axis=1)
        + ops.logsumexp(ops.where(different, push, never), axis=1)
    )
    set_keras_mask(values, values > 0)
    return values


def _check_pairs(same, distance, y_true, y_pred):
    """Raises where the pairs of labels are not those of embeddings."""
    pairs = zip(same.shape, distance.shape, strict=False)  # a vector has one pair
    if any(None not in sizes and sizes[0] != sizes[1] for sizes in pairs):
        raise TypeError(
            "circle needs one class number for each embedding, but received labels of shape "
            f"{tuple(y_true.shape)} for embeddings of shape {tuple(y_pred.shape)}, whose pairs "
            f"have the shapes {tuple(same.shape)} and {tuple(distance.shape)}. Pass both, and "
            "references of both, with the same batch size."
        )
