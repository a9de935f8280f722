"""Inception v3: branches of small and of taken apart convolutions beside one another."""

from kerajax.applications import _build
from kerajax.applications._inception import HALVED as _HALVED
from kerajax.applications._inception import MAX as _MAX
from kerajax.applications._inception import MEAN as _MEAN
from kerajax.applications._inception import branches as _branches
from kerajax.applications._inception import chain as _chain
from kerajax.applications._inception import joined as _joined
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

_VALID = {"padding": "valid"}
_STEM = (
    (32, 3, _HALVED),
    (32, 3, _VALID),
    (64, 3),
    _MAX,
    (80, 1, _VALID),
    (192, 3, _VALID),
    _MAX,
)
_ROW, _COLUMN = (1, 7), (7, 1)
_PAPER = (
    'Szegedy et al., 2016, "Rethinking the Inception Architecture for Computer Vision", '
    "https://arxiv.org/abs/1512.00567"
)


def _body(x):
    x = _chain(x, _STEM)
    for i, pooled in enumerate((32, 64, 64)):
        x = _branches(
            x,
            ((64, 1),),
            ((48, 1), (64, 5)),
            ((64, 1), (96, 3), (96, 3)),
            (_MEAN, (pooled, 1)),
            name=f"mixed{i}",
        )
    x = _branches(
        x, ((384, 3, _HALVED),), ((64, 1), (96, 3), (96, 3, _HALVED)), (_MAX,), name="mixed3"
    )
    for i, n in enumerate((128, 160, 160, 192), 4):
        x = _branches(
            x,
            ((192, 1),),
            ((n, 1), (n, _ROW), (192, _COLUMN)),
            ((n, 1), (n, _COLUMN), (n, _ROW), (n, _COLUMN), (192, _ROW)),
            (_MEAN, (192, 1)),
            name=f"mixed{i}",
        )
    x = _branches(
        x,
        ((192, 1), (320, 3, _HALVED)),
        ((192, 1), (192, _ROW), (192, _COLUMN), (192, 3, _HALVED)),
        (_MAX,),
        name="mixed8",
    )
    for i in range(2):
        x = _widest(x, i)
    return x


def _widest(x, i):
    """Branches that end in branches of their own."""
    ends = (((384, (1, 3)),), ((384, (3, 1)),))
    one = _chain(x, ((320, 1),))
    three = _branches(_chain(x, ((384, 1),)), *ends, name=f"mixed9_{i}")
    twice = _branches(_chain(x, ((448, 1), (384, 3))), *ends)
    return _joined([one, three, twice, _chain(x, (_MEAN, (192, 1)))], name=f"mixed{9 + i}")


InceptionV3 = _build.standard(
    "InceptionV3",
    "inception_v3",
    _build.Plan(
        _body,
        _build.kernels(
            *("inception_v3", "inception_v3"),
            "9a0d58056eeedaa3f26cb7ebd46da564",
            "bcbd6486424b2319ff4ef7d526e38f63",
        ),
        size=299,
        min_size=75,
        pools=(None, None),
    ),
    _PAPER,
)
preprocess_input = _build.preprocessor("tf")
