"""The loss of labels that are not aligned with the frames of the prediction."""

from kerajax import ops
from kerajax.losses._base import FormulaLoss
from kerajax.objects import publish

_BLANK = 0


@publish("keras.losses.ctc")
def ctc(y_true, y_pred):
    """`-log(p(y_true | y_pred))`, summed over all alignments of the labels with the frames.

    Class 0 is the blank; all frames count, and all labels that are not 0.

    Args:
        y_true: Class numbers, `(batch, labels)`, padded with 0.
        y_pred: Logits, `(batch, time, classes)`.

    Returns:
        Tensor `(batch,)`, dtype of `y_pred`, at least float32.

    Raises:
        ValueError: If a tensor has another rank.

    Example:

    >>> kerajax.losses.ctc([[1, 0]], np.zeros((1, 2, 2), "float32")).round(3).tolist()
    [0.288...]

    Reference:
        Graves et al., 2006, "Connectionist Temporal Classification: Labelling Unsegmented Sequence
        Data with Recurrent Neural Networks", https://doi.org/10.1145/1143844.1143891
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(
            "ctc: Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` "
            f"in integer format. Received: y_true.shape={tuple(y_true.shape)}"
        )
    if len(y_pred.shape) != 3:
        raise ValueError(
            "ctc: Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, "
            f"num_classes)`. Received: y_pred.shape={tuple(y_pred.shape)}"
        )
    labels = ops.sum(ops.cast(ops.not_equal(y_true, _BLANK), "int32"), axis=-1)
    frames = ops.full_like(labels, y_pred.shape[1])
    return ops.ctc_loss(y_true, y_pred, labels, frames, mask_index=_BLANK)


@publish("keras.losses.CTC")
class CTC(FormulaLoss):
    """Connectionist temporal classification: labels of frames without an alignment.

    Targets are class numbers `(batch, labels)`, padded with 0, predictions logits
    `(batch, time, classes)` where class 0 is the blank.

    Args:
        reduction: As in `Loss`.
        name: String.
        dtype: As in `Loss`.

    Example:

    >>> loss = kerajax.losses.CTC()
    >>> round(float(loss([[1, 0]], np.zeros((1, 2, 2), "float32"))), 3)
    0.288
    """

    formula = staticmethod(ctc)

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
