"""Crossentropies between labels and predicted classes, one value per sample.

The logarithms themselves are ops (`ops.categorical_crossentropy` and its neighbours); here labels
are smoothed, classes ignored and easy samples played down.
"""

import warnings

from kerajax import ops
from kerajax.backend import epsilon, set_keras_mask
from kerajax.losses._align import cast_pair
from kerajax.objects import publish


@publish("keras.losses.binary_crossentropy", "keras.metrics.binary_crossentropy")
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """Mean over an axis of `-(y_true * log(y_pred) + (1 - y_true) * log(1 - y_pred))`.

    Args:
        y_true: Labels 0 and 1, `(batch, …, d)`.
        y_pred: Probabilities, or logits, of the same shape.
        from_logits: Bool. Whether `y_pred` is what would go into a sigmoid.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards 0.5.
        axis: Int. The axis of the mean.

    Returns:
        Tensor without that axis, dtype of `y_pred`.

    Example:

    >>> round(float(kerajax.losses.binary_crossentropy([0.0, 1.0], [0.5, 0.5])), 3)
    0.693
    """
    y_true, y_pred = cast_pair(y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 2)
    values = ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits)
    return ops.mean(values, axis=axis)


@publish("keras.losses.binary_focal_crossentropy", "keras.metrics.binary_focal_crossentropy")
def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """Binary crossentropy times `(1 - p)**gamma`, where `p` is the probability of the truth.

    What is classified well already counts little.

    Args:
        y_true: Labels 0 and 1, `(batch, …, d)`.
        y_pred: Probabilities, or logits, of the same shape.
        apply_class_balancing: Bool. Whether class 1 is weighted by `alpha`, class 0 by `1 - alpha`.
        alpha: Float in [0, 1].
        gamma: Float >= 0. How much easy samples are played down.
        from_logits: Bool. Whether `y_pred` is what would go into a sigmoid.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards 0.5.
        axis: Int. The axis of the mean.

    Returns:
        Tensor without that axis, dtype of `y_pred`.

    Example:

    >>> round(float(kerajax.losses.binary_focal_crossentropy([0.0, 1.0], [0.5, 0.5])), 3)
    0.173

    Reference:
        Lin et al., 2017, "Focal Loss for Dense Object Detection",
        https://arxiv.org/abs/1708.02002
    """
    y_true, y_pred = cast_pair(y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 2)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    crossentropy = ops.binary_crossentropy(y_true, y_pred)
    probability = y_true * y_pred + (1.0 - y_true) * (1.0 - y_pred)
    values = ops.power(1.0 - probability, gamma) * crossentropy
    if apply_class_balancing:
        values = values * (y_true * alpha + (1.0 - y_true) * (1.0 - alpha))
    return ops.mean(values, axis=axis)


@publish("keras.losses.categorical_crossentropy", "keras.metrics.categorical_crossentropy")
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """`-sum(y_true * log(y_pred))` over the axis of the classes.

    Args:
        y_true: One-hot labels or probabilities, `(batch, …, classes)`.
        y_pred: Probabilities, or logits, of the same shape.
        from_logits: Bool. Whether `y_pred` is what would go into a softmax.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards `1 / classes`.
        axis: Int. The axis of the classes.

    Returns:
        Tensor without that axis, dtype of `y_pred`.

    Raises:
        ValueError: If `axis` is a bool.

    Example:

    >>> kerajax.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(3).tolist()
    [0.693...]
    """
    y_true, y_pred = _class_pair("categorical_crossentropy", y_true, y_pred, axis)
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[-1])
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


@publish(
    "keras.losses.categorical_focal_crossentropy", "keras.metrics.categorical_focal_crossentropy"
)
def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """`-sum(alpha * (1 - y_pred)**gamma * y_true * log(y_pred))` over the axis of the classes.

    Args:
        y_true: One-hot labels or probabilities, `(batch, …, classes)`.
        y_pred: Probabilities, or logits, of the same shape.
        alpha: Float, or one float per class: the weight of a class.
        gamma: Float >= 0. How much easy samples are played down.
        from_logits: Bool. Whether `y_pred` is what would go into a softmax.
        label_smoothing: Float in [0, 1]. How far labels are drawn towards `1 / classes`.
        axis: Int. The axis of the classes.

    Returns:
        Tensor without that axis, dtype of `y_pred`.

    Raises:
        ValueError: If `axis` is a bool.

    Example:

    >>> kerajax.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(3).tolist()
    [0.043...]

    Reference:
        Lin et al., 2017, "Focal Loss for Dense Object Detection",
        https://arxiv.org/abs/1708.02002
    """
    y_true, y_pred = _class_pair("categorical_focal_crossentropy", y_true, y_pred, axis)
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[-1])
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    y_pred = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    y_pred = ops.clip(y_pred, epsilon(), 1.0 - epsilon())
    weights = ops.power(1.0 - y_pred, gamma) * ops.cast(alpha, y_pred.dtype)
    return -ops.sum(weights * y_true * ops.log(y_pred), axis=axis)


@publish(
    "keras.losses.sparse_categorical_crossentropy", "keras.metrics.sparse_categorical_crossentropy"
)
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """`-log(y_pred[y_true])`: categorical crossentropy for class numbers.

    Args:
        y_true: Class numbers, `(batch, …)` or `(batch, …, 1)`.
        y_pred: Probabilities, or logits, `(batch, …, classes)`.
        from_logits: Bool. Whether `y_pred` is what would go into a softmax.
        ignore_class: Optional int. Entries of this class have loss 0, and the result carries a
            mask that leaves them out of a mean.
        axis: Int. The axis of the classes.

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> kerajax.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(3).tolist()
    [0.693...]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis=axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(
            y_true, y_pred, from_logits=from_logits, axis=axis
        )
    counts = ops.not_equal(y_true, ops.cast(ignore_class, y_true.dtype))
    # Ignored entries become class 0 at equal logits, so that no gradient comes out of them.
    y_true = ops.where(counts, y_true, 0)
    y_pred = ops.where(ops.expand_dims(counts, axis), y_pred, 0.0)
    values = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    values = ops.where(counts, values, 0.0)
    set_keras_mask(values, counts)
    return values


@publish("keras.losses.categorical_generalized_cross_entropy")
def categorical_generalized_cross_entropy(y_true, y_pred, q):
    """`(1 - p**q) / q`, where `p` is the probability of the true class.

    Between crossentropy (`q` towards 0) and mean absolute error (`q = 1`), which wrong labels
    disturb less.

    Args:
        y_true: Class numbers, `(batch, …)`.
        y_pred: Probabilities, `(batch, …, classes)`.
        q: Float in (0, 1).

    Returns:
        Tensor `(batch, …)`, dtype of `y_pred`.

    Example:

    >>> loss = kerajax.losses.categorical_generalized_cross_entropy
    >>> loss(np.array([1]), np.array([[0.75, 0.25]]), q=0.5).tolist()
    [1.0]

    Reference:
        Zhang and Sabuncu, 2018, "Generalized Cross Entropy Loss for Training Deep Neural Networks
        with Noisy Labels", https://arxiv.org/abs/1805.07836
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    probability = ops.sum(y_pred * labels, axis=-1)
    return (1.0 - ops.power(probability, q)) / q


def crossentropy_for(y_true_shape, y_pred_shape):
    """The crossentropy that the loss `"crossentropy"` means for targets and outputs of a shape.

    Args:
        y_true_shape: Shape of the targets, batch included.
        y_pred_shape: Shape of the model's output, batch included.

    Returns:
        One of the functions of this module.

    Example:

    >>> crossentropy_for((None,), (None, 10)).__name__
    'sparse_categorical_crossentropy'
    """
    return {
        "binary": binary_crossentropy,
        "sparse": sparse_categorical_crossentropy,
        "categorical": categorical_crossentropy,
    }[label_kind(y_true_shape, y_pred_shape)]


def label_kind(y_true_shape, y_pred_shape):
    """What labels are, judged by shapes: `"binary"`, `"sparse"` or `"categorical"`.

    Example:

    >>> label_kind((None, 1), (None, 1)), label_kind((None, 10), (None, 10))
    ('binary', 'categorical')
    """
    if y_pred_shape[-1] == 1:
        return "binary"
    is_sparse = len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1
    return "sparse" if is_sparse else "categorical"


def _smoothed(y_true, amount, classes):
    return y_true * (1.0 - amount) + amount / classes if amount else y_true


def _class_pair(name, y_true, y_pred, axis):
    if isinstance(axis, bool):
        raise ValueError(
            f"{name}: `axis` must be of type `int`. Received: axis={axis} of type {type(axis)}. "
            "Pass the number of the axis of the classes, usually -1."
        )
    y_true, y_pred = cast_pair(y_true, y_pred)
    if y_pred.shape[-1] == 1:
        warnings.warn(
            f"In loss {name}, expected y_pred.shape to be (batch_size, num_classes) with "
            f"num_classes > 1. Received: y_pred.shape={tuple(y_pred.shape)}. Consider using "
            "'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=3,
        )
    return y_true, y_pred
