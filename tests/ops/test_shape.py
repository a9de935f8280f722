"""Shape, indexing and creation ops against the Keras wheel."""

import numpy as np
import pytest

import kerajax
from kerajax import ops
from tests.ops.agreement import check_symbolic, check_values

F = np.arange(24, dtype="float32").reshape(2, 3, 4)
V = np.arange(5, dtype="float32")
M = np.arange(12, dtype="float32").reshape(3, 4)
I = np.array([[0, 2], [1, 0]], "int32")  # noqa: E741
ONE = F[:, :1]

ROWS = [
    ("reshape", (F, (2, -1))),
    ("reshape", (F, (-1, 4))),
    ("reshape", (F, (-1, 2, 6))),
    ("transpose", (F,)),
    ("transpose", (F, (0, 2, 1))),
    ("expand_dims", (F, 0)),
    ("expand_dims", (F, -1)),
    ("expand_dims", (F, (1, 2))),
    ("squeeze", (ONE, 1)),
    ("squeeze", (ONE,)),
    ("ravel", (F,)),
    ("moveaxis", (F, 0, -1)),
    ("moveaxis", (F, (0, 1), (2, 0))),
    ("swapaxes", (F, 1, 2)),
    ("broadcast_to", (V, (2, 5))),
    ("concatenate", ([F, F],), {"axis": 1}),
    ("concatenate", ([F, F],), {"axis": 0}),
    ("stack", ([F, F],), {"axis": 1}),
    ("stack", ([F, F],), {"axis": -1}),
    ("vstack", ([M, M],)),
    ("hstack", ([M, M],)),
    ("dstack", ([M, M],)),
    ("append", (M, M)),
    ("append", (M, M, 1)),
    ("split", (F, 2), {"axis": 2}),
    ("split", (F, [1, 3]), {"axis": 2}),
    ("array_split", (F, 3), {"axis": 2}),
    ("hsplit", (F, 3)),
    ("dsplit", (F, 2)),
    ("unstack", (F,), {"axis": 1}),
    ("repeat", (F, 2), {"axis": 1}),
    ("tile", (F, (1, 2, 1))),
    ("tile", (F, (2, 1, 1, 2))),
    ("flip", (F,), {"axis": 1}),
    ("flip", (F,)),
    ("fliplr", (F,)),
    ("flipud", (F,)),
    ("roll", (F, 1), {"axis": 1}),
    ("roll", (F, 2)),
    ("rot90", (F,), {"k": 1, "axes": (1, 2)}),
    ("pad", (F, ((0, 0), (1, 2), (0, 1)))),
    ("pad", (F, ((0, 0), (1, 2), (0, 1)), "reflect")),
    ("pad", (F, ((0, 0), (1, 2), (0, 1)), "constant", 3.0)),
    ("pad", (F, 1)),
    ("take", (F, I), {"axis": 1}),
    ("take", (F, I), {"axis": -1}),
    ("take", (V, I)),
    ("take", (F, 1), {"axis": 1}),
    ("take", (F, [0, 2]), {"axis": 1}),
    ("take_along_axis", (M[:2], I), {"axis": 1}),
    ("slice", (F, (0, 1, 1), (2, 2, 2))),
    ("slice_update", (F, (0, 1, 1), F[:, :2, :2] * 9)),
    ("scatter", (np.array([[0, 1], [2, 0]], "int32"), V[:2], (3, 3))),
    ("scatter_update", (M, np.array([[0, 1], [2, 0]], "int32"), V[:2])),
    ("scatter_update", (M, np.array([[0, 1], [2, 0]], "int32"), V[:2]), {"reduction": "add"}),
    ("get_item", (F, np.s_[:, 0])),
    ("get_item", (F, np.s_[0])),
    ("get_item", (F, np.s_[:, 1:3, ::2])),
    ("get_item", (F, np.s_[..., -1])),
    ("get_item", (F, np.s_[:, None, ..., 1])),
    ("zeros_like", (F,)),
    ("zeros_like", (F, "int32")),
    ("ones_like", (I,)),
    ("full_like", (F, 3)),
    ("empty_like", (F,)),
    ("tril", (M,)),
    ("triu", (F, 1)),
    ("meshgrid", (V, V[:3])),
    ("meshgrid", (V, V[:3], V[:2]), {"indexing": "ij"}),
    ("diag", (V,)),
    ("diagonal", (F,)),
    ("diagonal", (F, 1, 1, 2)),
    ("diagflat", (M,)),
    ("vander", (V,)),
    ("vander", (V, 3), {"increasing": True}),
    ("one_hot", (I, 3)),
    ("one_hot", (I, 3), {"axis": 0, "dtype": "int32"}),
    ("multi_hot", (I, 3)),
    ("trace", (F,)),
    ("linspace", (0.0, 1.0, 5)),
    ("linspace", (0, 10), {"num": 5, "endpoint": False, "retstep": True}),
    ("logspace", (0.0, 1.0, 5)),
    ("geomspace", (1.0, 100.0, 5)),
    ("select", ([M > 5, M > 2], [M, -M], 7.0)),
]
IDS = [f"{i}-{row[0]}" for i, row in enumerate(ROWS)]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_values(row):
    name, args, *kwargs = row
    check_values(name, *args, **(kwargs[0] if kwargs else {}))


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_symbolic(row):
    name, args, *kwargs = row
    # The wheel declares int32 for multi_hot; the length of a diagonal is not known there.
    dtypes, unknown = name != "multi_hot", name != "diagonal"
    check_symbolic(name, *args, dtypes=dtypes, unknown=unknown, **(kwargs[0] if kwargs else {}))


def test_reshape_of_wrong_size_names_both_shapes():
    with pytest.raises(ValueError, match=r"\(2, 3, 4\).*\(5, -1\)"):
        ops.reshape(kerajax.KerasTensor((2, 3, 4)), (5, -1))


def test_unknown_and_known_sizes_meet():
    """An unknown size beside a known one is the known one, as in Keras."""
    x = kerajax.KerasTensor((None, None, 8))
    assert (x + np.zeros((10, 8), "float32")).shape == (None, 10, 8)
    assert ops.concatenate([x, kerajax.KerasTensor((None, 5, 2))], -1).shape == (None, 5, 10)
    assert ops.where(x > 0, x, np.zeros((4, 1, 8), "float32")).shape == (4, None, 8)


def test_slice_of_an_unknown_axis_stays_unknown():
    assert kerajax.KerasTensor((None, 8))[:2, :3].shape == (None, 3)


def test_index_out_of_bounds_is_refused():
    with pytest.raises(ValueError, match="out of bounds"):
        ops.get_item(np.zeros((2, 3)), (slice(None), 3))


@pytest.mark.parametrize("make", [ops.zeros, ops.ones, ops.eye, ops.tri, ops.identity, ops.arange])
def test_default_dtypes(make):
    size = (2,) if make in (ops.zeros, ops.ones) else 2
    assert make(size).dtype == ("int32" if make is ops.arange else "float32")
    assert make(size, dtype="float16").dtype == "float16"


def test_repeat_takes_a_number_for_each_element():
    assert ops.repeat(np.arange(3), [1, 0, 2]).tolist() == [0, 2, 2]
    assert ops.repeat(kerajax.KerasTensor((None, 3)), [1, 0, 2], axis=1).shape == (None, 3)
