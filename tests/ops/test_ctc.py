"""CTC: the sum over alignments by enumeration, decoding by enumeration, and both against Keras."""

import itertools

import jax
import keras
import numpy as np
import pytest

from kerajax import losses, ops
from tests.ops.agreement import check_symbolic, check_values

RNG = np.random.default_rng(3)
BLANK = 0


def _merged(path):
    return tuple(k for k, _ in itertools.groupby(path) if k != BLANK)


def _likelihoods(logits):
    """Label -> probability, over all paths of one sequence."""
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    found = {}
    for path in itertools.product(range(p.shape[1]), repeat=p.shape[0]):
        label = _merged(path)
        found[label] = found.get(label, 0) + np.prod([p[t, k] for t, k in enumerate(path)])
    return found


@pytest.mark.parametrize("label", [(1,), (1, 2), (2, 2), (1, 2, 1), ()])
def test_loss_is_the_sum_over_all_alignments(label):
    logits = RNG.normal(size=(4, 3)).astype("float32")
    target = np.array([list(label) + [0] * (3 - len(label))])
    loss = ops.ctc_loss(target, logits[None], [len(label)], [4])
    np.testing.assert_allclose(loss[0], -np.log(_likelihoods(logits)[label]), rtol=1e-5)


@pytest.mark.parametrize(("batch", "time", "classes", "labels"), [(3, 8, 5, 3), (4, 3, 3, 5)])
def test_loss_and_gradient_agree_with_keras(batch, time, classes, labels):
    """Also where the labels do not fit into the frames, as in the second case."""
    logits = RNG.normal(size=(batch, time, classes)).astype("float32")
    rest = (
        RNG.integers(1, classes, (batch, labels)),
        RNG.integers(0, labels + 1, batch),
        RNG.integers(1, time + 1, batch),
    )
    check_values("ctc_loss", rest[0], logits, *rest[1:], rtol=1e-5)

    def total(op):
        return jax.grad(lambda x: op(rest[0], x, *rest[1:]).sum())(logits)

    # Labels that do not fit have losses of 1e5, whose float32 steps are 0.008.
    np.testing.assert_allclose(total(ops.ctc_loss), total(keras.ops.ctc_loss), atol=5e-3)


def test_beam_search_with_a_wide_beam_finds_the_best_labels():
    logits = RNG.normal(size=(4, 3)).astype("float32")
    labels, scores = ops.ctc_decode(
        logits[None], [4], strategy="beam_search", beam_width=60, top_paths=3
    )
    best = sorted(_likelihoods(logits).items(), key=lambda item: -item[1])[:3]
    found = [tuple(k for k in path if k >= 0) for path in labels[:, 0].tolist()]
    assert found == [label for label, _ in best]
    np.testing.assert_allclose(scores[0], np.log([p for _, p in best]), rtol=1e-4)


@pytest.mark.parametrize("rounded", [False, True, "flat"], ids=["plain", "ties", "flat"])
@pytest.mark.parametrize("width", [2, 7])
def test_beam_search_agrees_with_keras(width, rounded):
    """`rounded` logits make equal scores, which are settled in Keras' order."""
    logits = RNG.normal(size=(3, 5, 4)).astype("float32")
    logits = np.zeros_like(logits) if rounded == "flat" else np.round(logits, 0 if rounded else 9)
    settings = {"strategy": "beam_search", "beam_width": width, "top_paths": 2, "mask_index": 1}
    check_values("ctc_decode", logits, np.array([5, 3, 0]), rtol=1e-5, **settings)


@pytest.mark.parametrize("merge_repeated", [True, False])
def test_greedy_decoding_agrees_with_keras(merge_repeated):
    logits = RNG.normal(size=(3, 9, 3)).astype("float32")
    check_values("ctc_decode", logits, np.array([9, 4, 0]), merge_repeated=merge_repeated)


def test_symbolic_shapes_agree_with_keras():
    logits, lengths = np.ones((3, 5, 4), "float32"), np.ones(3, "int32")
    check_symbolic("ctc_loss", np.ones((3, 2), "int32"), logits, lengths, lengths)
    check_symbolic("ctc_decode", logits, lengths)
    check_symbolic("ctc_decode", logits, lengths, strategy="beam_search", top_paths=2)


def test_wrong_arguments_are_named():
    logits = np.ones((3, 5, 4), "float32")
    with pytest.raises(ValueError, match="Invalid strategy.*'best'"):
        ops.ctc_decode(logits, [5, 5, 5], strategy="best")
    with pytest.raises(ValueError, match="top_paths=3, beam_width=2"):
        ops.ctc_decode(logits, [5, 5, 5], strategy="beam_search", beam_width=2, top_paths=3)
    with pytest.raises(ValueError, match="`target` and `output`"):
        ops.ctc_loss(np.ones((2, 2)), logits, [1, 1], [5, 5, 5])
    with pytest.raises(ValueError, match=r"target.shape=\(2,\)"):
        ops.ctc_loss(np.ones(2), logits, [1, 1], [5, 5, 5])
    with pytest.raises(ValueError, match=r"inputs.shape=\(5, 4\)"):
        ops.ctc_decode(logits[0], [5])
    with pytest.raises(ValueError, match="y_true.shape"):
        losses.ctc(np.ones(3), logits)
    with pytest.raises(ValueError, match="y_pred.shape"):
        losses.ctc(np.ones((3, 2)), logits[0])
