"""Arguments that do not fit: the type of the error, and both shapes in its words."""

import numpy as np
import pytest

import kerajax
from kerajax import ops

K = kerajax.KerasTensor


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.matmul(K((2, 3)), K((4, 5))), r"matmul.*\(2, 3\) float32, \(4, 5\) float32"),
        (lambda: ops.add(K((2, 3)), K((4, 5))), r"add.*\(2, 3\).*\(4, 5\)|\(2, 3\), \(4, 5\)"),
        (lambda: ops.inner(K((5, 3)), K((4,))), r"last dimension.*\(5, 3\).*\(4,\)"),
        (lambda: ops.concatenate([K((2, 3)), K((3, 4))], axis=1), r"\(2, 3\).*\(3, 4\)"),
        (lambda: ops.concatenate([K((2, 3))], axis=None), "axis"),
        (lambda: ops.transpose(K((2, 3)), (0, 0)), r"valid permutation.*axes=\[0, 0\]"),
        (lambda: ops.transpose(K((2, 3)), (0, 5)), r"integer in \[-2, 2\)"),
        (lambda: ops.transpose(K((2, 3)), (0,)), "same length"),
        (lambda: ops.swapaxes(K((2, 3)), 5, 0), "axis 5 is out of bounds"),
        (lambda: ops.unstack(K((2, 3)), axis=4), "axis 4 is out of bounds"),
        (lambda: ops.unstack(K((2, None)), axis=1), r"`num` from shape \(2, None\)"),
        (lambda: ops.slice(K((3, 3)), (1, 1), (2, 2, 2)), "`inputs`.*`shape`"),
        (lambda: ops.slice(K((3, 3)), (1, 1, 1), (2, 2)), "`start_indices`.*`inputs`"),
        (lambda: ops.get_item(K((3, 3)), np.s_[..., 0, ...]), "one ellipsis"),
        (lambda: ops.where(K((3,), "bool"), K((3,)), None), "both"),
        (lambda: ops.reshape(np.zeros(20), (-2, 5)), r"non-negative.*newshape=\(-2, 5\)"),
        (lambda: ops.reshape(np.zeros(20), (-1, -1)), "at most one unknown"),
        (lambda: ops.cond(K((), "bool"), lambda: ops.ones(3), lambda: ops.ones(4)), "cond"),
        (lambda: ops.scan(lambda c, x: (c, x), 0, np.ones(3), unroll=0), "unroll"),
    ],
)
def test_arguments_that_do_not_fit(call, words):
    """A ValueError that names what came."""
    with pytest.raises(ValueError, match=f"(?s){words}"):
        call()


def test_symbolic_indices_may_have_the_default_dtype():
    """Whoever makes a KerasTensor for indices often leaves its dtype at float32."""
    assert ops.take(K((None, 3)), K((5,)), axis=0).shape == (5, 3)
    assert ops.scatter_update(K((4, None)), K((5, 2)), K((5,))).shape == (4, None)
    assert ops.bitwise_and(K((None, 3)), K((2, 1))).shape == (2, 3)


def test_sizes_that_one_side_knows():
    """Unknown sizes are taken from the other argument."""
    assert ops.vstack([K((None, 3)), K((None, None))]).shape == (None, 3)
    assert ops.dstack([K((None, 3)), K((None, None))]).shape == (None, 3, 2)
    assert ops.inner(K((5, None)), K((4, 3))).shape == (5, 4)
    assert ops.take_along_axis(K((None, 3, 3)), K((1, 3, None), "int32"), 1).shape == (None, 3, 3)
    assert ops.einsum("...,...j->...j", K((None, 3, 4)), K((None, 4, 5))).shape == (None, 3, 4, 5)
    assert ops.diag(K((None, 3))).shape == (None,)
    assert ops.diagonal(K((None, 3, 3))).shape == (3, None)


def test_methods_of_symbolic_tensors():
    """`reshape` and `squeeze` make nodes."""
    x = kerajax.Input((4, 1))
    assert x.squeeze(-1).shape == (None, 4)
    assert x.reshape((-1, 2)).shape == (None, 2)


def test_switch_in_a_graph():
    """The index comes first, then the branches, then what they take."""
    index, x = kerajax.Input((), dtype="int32", batch_size=1), kerajax.Input((3,))
    y = ops.switch(index[0], [lambda v: v, lambda v: -v], x)
    model = kerajax.Model([index, x], y)
    values = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(model([np.array([1]), values]), -values)


@pytest.mark.parametrize(
    "call, nearest",
    [
        (lambda: ops.pad(np.ones(3), 1, mode="reflct"), "reflect"),
        (lambda: ops.quantile(np.ones(3), 0.5, method="linaer"), "linear"),
        (lambda: ops.nanpercentile(np.ones(3), 5, method="neares"), "nearest"),
        (lambda: ops.searchsorted(np.ones(3), 1.0, side="rigth"), "right"),
        (lambda: ops.correlate(np.ones(3), np.ones(2), mode="ful"), "full"),
        (lambda: ops.qr(np.ones((3, 2)), mode="complet"), "complete"),
        (lambda: ops.norm(np.ones((3, 2)), ord="fra"), "fro"),
        (lambda: ops.scatter_update(np.ones(3), [[0]], [1.0], reduction="mx"), "max"),
        (lambda: ops.ctc_decode(np.ones((1, 3, 2)), [3], strategy="gredy"), "greedy"),
        (lambda: ops.stft(np.ones(32, "float32"), 8, 4, 8, window="han"), "hann"),
        (lambda: ops.image.resize(np.ones((4, 4, 1)), (2, 2), "biliner"), "bilinear"),
    ],
)
def test_unknown_modes_suggest_the_nearest(call, nearest):
    """A misspelt mode is answered with the mode that was meant."""
    with pytest.raises(ValueError, match=f"Did you mean '{nearest}'"):
        call()


def test_symbolic_tensors_are_refused_where_no_value_would_fit():
    """What cannot run is refused while the graph is made."""
    x, wrong = K((None, 3, 4, 5)), K((3,))
    with pytest.raises(ValueError, match="`offset` must be a vector of length"):
        ops.batch_normalization(x, K((5,)), K((5,)), -1, offset=wrong)
    with pytest.raises(ValueError, match="last dimension fully-defined"):
        ops.fft((K((None,)), K((None,))))
    with pytest.raises(ValueError, match=r"\(-2, -1\) axes fully-defined"):
        ops.fft2((K((None, 3)), K((None, 3))))
    assert ops.conv_transpose(K((2, 4, None)), K((2, 4, 5)), 2).shape == (2, 8, 4)
    with pytest.raises(ValueError, match="at most one unknown"):
        ops.reshape(K((4, 3)), (None, None))


def test_reshape_takes_none_for_what_is_left():
    """Symbolic and real tensors alike."""
    assert ops.reshape(K((4, 3)), (None, 2)).shape == (6, 2)
    assert ops.reshape(np.zeros((4, 3)), (None, 2)).shape == (6, 2)


def test_classes_may_stand_on_any_axis():
    """`-log(output[target])` along axis 1."""
    output = np.random.default_rng(0).uniform(0.1, 1.0, (2, 3, 4)).astype("float32")
    target = np.array([[0, 1, 2, 0], [2, 2, 1, 0]])
    loss = ops.sparse_categorical_crossentropy(target, output, axis=1)
    moved = ops.sparse_categorical_crossentropy(target, np.moveaxis(output, 1, -1))
    np.testing.assert_allclose(loss, moved, rtol=1e-6)
    with pytest.raises(ValueError, match="axis"):
        ops.sparse_categorical_crossentropy(target, output, axis=3)
