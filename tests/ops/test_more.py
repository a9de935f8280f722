"""Sorting, bits, segments, nan reductions, signals, patches and attention against the wheel."""

import numpy as np
import pytest

import kerajax
from kerajax import ops
from tests.ops.agreement import check_symbolic, check_values

_RNG = np.random.default_rng(0)
F = _RNG.normal(size=(3, 4, 5)).astype("float32")
M = F[0]
H = F.astype("float16")
I = _RNG.integers(0, 9, (3, 4)).astype("int32")  # noqa: E741
NAN = np.where(F > 0.5, np.nan, F).astype("float32")
V = np.sort(_RNG.normal(size=(6,)).astype("float32"))
WAVE = _RNG.normal(size=(2, 64)).astype("float32")
PAIR = (WAVE, WAVE[:, ::-1].copy())
IMG = _RNG.normal(size=(2, 4, 6, 8)).astype("float32")
IDS_ = np.array([0, 2, 2], "int32")
Q, K = (_RNG.normal(size=(2, t, 4, 8)).astype("float32") for t in (5, 7))
MASK = _RNG.uniform(size=(2, 1, 5, 7)) > 0.3

ROWS = [
    *((name, (x,), kw) for name in ("sort", "argsort") for x in (F, I) for kw in ({}, {"axis": 0})),
    ("argpartition", (V, 2)),
    ("top_k", (F, 2)),
    ("top_k", (I, 3)),
    ("in_top_k", (np.array([1, 3, 0], "int32"), F[:, :, 0], 2)),
    ("searchsorted", (V, M)),
    ("searchsorted", (V, V), {"side": "right"}),
    ("digitize", (F, V)),
    ("bincount", (IDS_,)),
    ("bincount", (IDS_, V[:3]), {"minlength": 5}),
    ("bincount", (I,)),
    ("diff", (F,)),
    ("diff", (F,), {"n": 2, "axis": 1}),
    ("trapezoid", (F,)),
    ("trapezoid", (F, None, 0.5, 1)),
    ("corrcoef", (M,)),
    ("correlate", (V, V[:3], "full")),
    ("correlate", (V, V[:3])),
    *(
        (name, (I, I + 1))
        for name in "bitwise_and bitwise_or bitwise_xor bitwise_left_shift left_shift".split()
    ),
    ("bitwise_right_shift", (I, 1)),
    ("right_shift", (I, 1)),
    ("bitwise_invert", (I,)),
    ("bitwise_not", (I,)),
    *(
        (f"segment_{name}", (x, IDS_), {"num_segments": 4})
        for name in ("sum", "prod", "max", "min")
        for x in (F, I)
    ),
    *(
        (name, (NAN,), kw)
        for name in "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian".split()
        for kw in ({}, {"axis": 1}, {"axis": (0, 2), "keepdims": True})
    ),
    ("nanargmax", (NAN,), {"axis": 1}),
    ("nanargmin", (NAN,), {"axis": 1}),
    ("nancumsum", (NAN,), {"axis": 1}),
    ("nancumprod", (NAN,), {"axis": 1}),
    ("nanquantile", (NAN, 0.3), {"axis": 1}),
    ("nanpercentile", (NAN, 30.0), {"axis": 1}),
    ("fft", (PAIR,)),
    ("fft2", (PAIR,)),
    ("ifft2", (PAIR,)),
    ("rfft", (WAVE,)),
    ("rfft", (WAVE, 50)),
    ("irfft", (PAIR,)),
    ("irfft", (PAIR, 100)),
    ("extract_sequences", (WAVE, 16, 8)),
    ("stft", (WAVE, 16, 8, 16)),
    ("stft", (WAVE, 16, 4, 32, "hamming", False)),
    ("stft", (WAVE, 16, 4, 32, None)),
    ("view_as_complex", (np.stack(PAIR, -1),)),
    ("view_as_real", (WAVE.astype("complex64"),)),
    ("depth_to_space", (IMG, 2)),
    ("space_to_depth", (IMG, 2)),
    ("depth_to_space", (IMG, 2, "channels_first")),
    ("space_to_depth", (IMG, 2, "channels_first")),
    ("unfold", (IMG, 2)),
    ("unfold", (IMG, (2, 3), 1, 1, 2)),
    ("cdist", (F, F)),
    ("psnr", (F, F + 0.1, 1.0)),
    ("dot_product_attention", (Q, K, K)),
    ("dot_product_attention", (Q, Q, Q), {"is_causal": True, "scale": 0.2}),
    ("dot_product_attention", (Q, K, K, None, MASK)),
    ("dot_product_attention", (Q, K, K, MASK.astype("float32"))),
]
VALUE_ROWS = [
    ("fold", (_RNG.normal(size=(2, 12, 9)).astype("float32"), 4, 2)),
    ("fold", (_RNG.normal(size=(2, 12, 4)).astype("float32"), 4, 2, 1, 0, 2)),
    *((name, (7,)) for name in ("bartlett", "blackman", "hamming", "hanning")),
    ("kaiser", (7, 3.0)),
    ("histogram", (V,)),
    ("histogram", (V, 4, (-1.0, 1.0))),
    ("nonzero", (I > 4,)),
    ("unique", (I,)),
    ("unique", (I,), {"return_index": True, "return_inverse": True, "return_counts": True}),
    ("unique", (I,), {"size": 4, "fill_value": -1}),
    ("unravel_index", (IDS_, (2, 3))),
    ("istft", (ops.stft(WAVE, 16, 4, 32), 16, 4, 32)),
    ("istft", (ops.stft(WAVE, 16, 8, 16), 16, 8, 16, 60)),
]


def _ids(rows):
    return [f"{i}-{row[0]}" for i, row in enumerate(rows)]


@pytest.mark.parametrize("row", ROWS + VALUE_ROWS, ids=_ids(ROWS + VALUE_ROWS))
def test_values(row):
    name, args, *kwargs = row
    check_values(name, *args, rtol=1e-4, atol=1e-5, **(kwargs[0] if kwargs else {}))


# The wheel's shape rules declare int64 (searchsorted), take no weights (bincount) or are wrong
# (corrcoef), and some need sizes that are not known.
_WRONG = ("searchsorted", "bincount", "corrcoef", "correlate")
SYMBOLIC = [row for row in ROWS if row[0] not in _WRONG]


@pytest.mark.parametrize("row", SYMBOLIC, ids=_ids(SYMBOLIC))
def test_symbolic(row):
    name, args, *kwargs = row
    check_symbolic(
        name, *args, unknown=name not in ("fft2", "ifft2"), **(kwargs[0] if kwargs else {})
    )


def test_unique_of_unknown_size_is_symbolic():
    x = kerajax.KerasTensor((3, 4), "int32")
    assert ops.unique(x).shape == (None,)
    assert ops.unique(x, size=5, return_inverse=True)[1].shape == (3, 4)


def test_soft_cap_bends_the_logits():
    """A huge cap changes nothing; a tiny one makes the weights equal."""
    plain = ops.dot_product_attention(Q, K, K)
    loose = ops.dot_product_attention(Q, K, K, attn_logits_soft_cap=1e6)
    tight = ops.dot_product_attention(Q, K, K, attn_logits_soft_cap=1e-6)
    np.testing.assert_allclose(plain, loose, atol=1e-5)
    np.testing.assert_allclose(tight, np.broadcast_to(K.mean(1, keepdims=True), Q.shape), atol=1e-5)
