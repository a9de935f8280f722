"""Intersection over union of classes, from a confusion matrix."""

import warnings

from kerajax import ops
from kerajax.backend import epsilon, is_float_dtype
from kerajax.metrics._base import Metric
from kerajax.objects import publish


@publish("keras.metrics.IoU")
class IoU(Metric):
    """Mean of `tp / (tp + fp + fn)` over chosen classes.

    Args:
        num_classes: Int. Size of the confusion matrix. Labels and predictions outside
            `[0, num_classes)` do not count.
        target_class_ids: List of ints. The classes of the mean; classes that never occur are left
            out of it.
        name: Optional string.
        dtype: As in `Metric`; int32 if absent.
        ignore_class: Optional int. Labels of this class do not count.
        sparse_y_true: Bool. Whether labels are class numbers, not one-hot.
        sparse_y_pred: Bool. Whether predictions are class numbers, not scores.
        axis: Int. The axis of the classes where labels or predictions have one.

    Raises:
        ValueError: If a target class is out of range.

    Example:

    >>> metric = kerajax.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> round(float(metric([0, 0, 1, 1], [0, 1, 0, 1])), 3)
    0.333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(name=name, dtype=dtype or "int32")
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"{type(self).__name__}: Target class id {max(target_class_ids)} is out of range, "
                f"which is [0, {num_classes}). Raise `num_classes` or drop the class."
            )
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds labels and predictions of a batch, and weights of the entries."""
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        y_true = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        y_pred = ops.reshape(ops.cast(y_pred, "int32"), (-1,))
        weights = ops.convert_to_tensor(1 if sample_weight is None else sample_weight)
        if is_float_dtype(weights.dtype) and not is_float_dtype(self.dtype):
            warnings.warn(
                f"{type(self).__name__}: weights are floats, but the dtype of the metric is "
                f"{self.dtype}, so they are rounded towards zero. Use integer weights, or pass "
                "dtype='float32'.",
                stacklevel=2,
            )
        weights = ops.cast(weights, self.dtype)
        if len(weights.shape) > 1:
            weights = ops.reshape(weights, (-1,))
        counts = ops.logical_and(self._in_range(y_true), self._in_range(y_pred))
        if self.ignore_class is not None:
            counts = ops.logical_and(counts, ops.not_equal(y_true, self.ignore_class))
        weights = ops.where(counts, ops.broadcast_to(weights, y_true.shape), 0)
        places = ops.stack([ops.where(counts, y_true, 0), ops.where(counts, y_pred, 0)], axis=1)
        self.total_cm.assign_add(ops.scatter(places, weights, self.total_cm.shape))

    def _in_range(self, classes):
        return ops.logical_and(classes >= 0, classes < self.num_classes)

    def result(self):
        """The mean over the target classes so far, a scalar."""
        matrix = self.total_cm.value
        found = ops.diag(matrix)
        union = ops.sum(matrix, axis=0) + ops.sum(matrix, axis=1) - found
        ids = ops.convert_to_tensor(self.target_class_ids, dtype="int32")
        found = ops.cast(ops.take(found, ids), "float32")
        union = ops.cast(ops.take(union, ids), "float32")
        occurs = union > 1e-9
        shares = ops.where(occurs, found / (union + epsilon()), 0.0)
        return ops.sum(shares) / (ops.sum(ops.cast(occurs, "float32")) + epsilon())


@publish("keras.metrics.BinaryIoU")
class BinaryIoU(IoU):
    """Mean of `tp / (tp + fp + fn)` over the classes 0 and 1, or one of them.

    Args:
        target_class_ids: Tuple of 0, 1 or both.
        threshold: Float. From it on a prediction means 1.
        name: Optional string.
        dtype: As in `Metric`; int32 if absent.

    Example:

    >>> metric = kerajax.metrics.BinaryIoU(threshold=0.3)
    >>> round(float(metric([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 3)
    0.333
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds labels 0 and 1 and probabilities of a batch."""
        y_pred = ops.convert_to_tensor(y_pred, dtype="float32") >= self.threshold
        super().update_state(y_true, y_pred, sample_weight)


@publish("keras.metrics.MeanIoU")
class MeanIoU(IoU):
    """Mean of `tp / (tp + fp + fn)` over all classes.

    Args:
        num_classes: As in `IoU`.
        name: Optional string.
        dtype: As in `Metric`; int32 if absent.
        ignore_class: As in `IoU`.
        sparse_y_true: As in `IoU`.
        sparse_y_pred: As in `IoU`.
        axis: As in `IoU`.

    Example:

    >>> round(float(kerajax.metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])), 3)
    0.333
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            range(num_classes),
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=sparse_y_true,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )


@publish("keras.metrics.OneHotIoU")
class OneHotIoU(IoU):
    """As `IoU`, for one-hot labels and scores.

    Args:
        num_classes: As in `IoU`.
        target_class_ids: As in `IoU`.
        name: Optional string.
        dtype: As in `Metric`; int32 if absent.
        ignore_class: As in `IoU`.
        sparse_y_pred: As in `IoU`.
        axis: As in `IoU`.

    Example:

    >>> metric = kerajax.metrics.OneHotIoU(num_classes=2, target_class_ids=[1])
    >>> round(float(metric([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]])), 3)
    0.5
    """

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            target_class_ids,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )


@publish("keras.metrics.OneHotMeanIoU")
class OneHotMeanIoU(MeanIoU):
    """As `MeanIoU`, for one-hot labels and scores.

    Args:
        num_classes: As in `IoU`.
        name: Optional string.
        dtype: As in `Metric`; int32 if absent.
        ignore_class: As in `IoU`.
        sparse_y_pred: As in `IoU`.
        axis: As in `IoU`.

    Example:

    >>> metric = kerajax.metrics.OneHotMeanIoU(num_classes=2)
    >>> round(float(metric([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]])), 3)
    0.25
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )
