"""`K.*` functions of sequences: the loop over time, and labels of unaligned frames (CTC)."""

from kerajax import ops
from kerajax.backend import epsilon
from kerajax.ops import rnn as rnn


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """The loss of labels without alignment, for each sample; the last class is the blank.

    Args:
        y_true: Int tensor `(batch, labels)`.
        y_pred: Tensor `(batch, time, classes)` of probabilities.
        input_length: Int tensor `(batch, 1)`: how many frames count.
        label_length: Int tensor `(batch, 1)`: how many labels count.

    Returns:
        Tensor `(batch, 1)`.
    """
    loss = ops.ctc_loss(
        ops.cast(y_true, "int32"),
        ops.log(y_pred + epsilon()),
        ops.cast(ops.squeeze(label_length, -1), "int32"),
        ops.cast(ops.squeeze(input_length, -1), "int32"),
        mask_index=y_pred.shape[-1] - 1,
    )
    return ops.expand_dims(loss, 1)


def ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """The labels that frames of probabilities spell; the last class is the blank.

    Args:
        y_pred: Tensor `(batch, time, classes)`.
        input_length: Int tensor `(batch,)`: how many frames count.
        greedy: Bool. The best class of each frame, or a beam search.
        beam_width: Int. How many prefixes the search keeps.
        top_paths: Int. How many labels the search gives.

    Returns:
        List of int tensors `(batch, time)`, padded with -1, and a tensor `(batch, top_paths)` of
        their log-probabilities (greedy: minus the sum of the best logits).
    """
    labels, scores = ops.ctc_decode(
        ops.log(y_pred + epsilon()),
        ops.cast(input_length, "int32"),
        strategy="greedy" if greedy else "beam_search",
        beam_width=beam_width,
        top_paths=1 if greedy else top_paths,
        mask_index=y_pred.shape[-1] - 1,
    )
    return [labels[i] for i in range(labels.shape[0])], scores
