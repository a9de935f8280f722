"""`K.ctc_*`: losses and labels of sequences, for probabilities whose last class is the blank."""

import numpy as np

from kerajax import ops
from kerajax.backend import any_keras_tensor, epsilon, is_traced


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """The CTC loss of each sample.

    Args:
        y_true: Int tensor `(batch, labels)`: class numbers, padded at the end.
        y_pred: Tensor `(batch, time, classes)` of probabilities; the last class is the blank.
        input_length: Int tensor `(batch, 1)`: how many time steps count.
        label_length: Int tensor `(batch, 1)`: how many labels count.

    Returns:
        Tensor `(batch, 1)`.

    Example:

    >>> even = np.full((1, 2, 2), 0.5)
    >>> ctc_batch_cost([[0]], even, [[2]], [[1]]).round(4).tolist()  # three of four paths
    [[0.287...]]
    """
    lengths = [ops.cast(ops.reshape(x, (-1,)), "int32") for x in (label_length, input_length)]
    labels = ops.cast(y_true, "int32")
    losses = ops.ctc_loss(labels, _logits(y_pred), *lengths, mask_index=y_pred.shape[-1] - 1)
    return ops.expand_dims(losses, 1)


def ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """The labels that probabilities spell.

    Args:
        y_pred: Tensor `(batch, time, classes)` of probabilities; the last class is the blank.
        input_length: Int tensor `(batch,)`: how many time steps count.
        greedy: Bool. Whether to take the best class of each step, or else a search by beams.
        beam_width: Int, prefixes that the search keeps.
        top_paths: Int, how many labels the search returns for each sample.

    Returns:
        `(labels, scores)`: a list of `top_paths` int tensors `(batch, length)`, padded with -1 to
        the longest of the batch (to the time steps where a layer is traced); and a tensor
        `(batch, top_paths)` of log-probabilities, for greedy decoding minus the best path's.

    Example:

    >>> frames = np.array([[[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]]])
    >>> ctc_decode(frames, [3])[0][0].tolist()
    [[0, 1]]
    """
    found, scores = ops.ctc_decode(
        _logits(y_pred),
        ops.cast(input_length, "int32"),
        strategy="greedy" if greedy else "beam_search",
        beam_width=beam_width,
        top_paths=1 if greedy else top_paths,
        mask_index=y_pred.shape[-1] - 1,
    )
    paths = [found[i] for i in range(found.shape[0])]
    if not any_keras_tensor((found,)) and not is_traced(found):
        paths = [path[:, : int(np.max(np.sum(path != -1, axis=1)))] for path in paths]
    return paths, scores


def _logits(probabilities):
    return ops.log(ops.cast(probabilities, "float32") + epsilon())
