"""Inception-ResNet v2: Inception branches, scaled down and added to what they came from."""

from kerajax import layers
from kerajax.applications import _build
from kerajax.applications import _inception as _parts
from kerajax.applications._added import CustomScaleLayer as _CustomScaleLayer
from kerajax.applications._inception import HALVED as _HALVED
from kerajax.applications._inception import MAX as _MAX
from kerajax.applications._inception import MEAN as _MEAN
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions
from kerajax.applications.inception_v3 import _STEM

# Name, repeats, factor of the branches, branches.
_BLOCK35 = (
    *("block35", 10, 0.17),
    (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))),
)
_BLOCK17 = (
    *("block17", 20, 0.1),
    (((192, 1),), ((128, 1), (160, [1, 7]), (192, [7, 1]))),
)
_BLOCK8 = (
    *("block8", 10, 0.2),
    (((192, 1),), ((192, 1), (224, [1, 3]), (256, [3, 1]))),
)
_PAPER = (
    'Szegedy et al., 2017, "Inception-v4, Inception-ResNet and the Impact of Residual Connections '
    'on Learning", https://arxiv.org/abs/1602.07261'
)


def _body(x):
    x = _parts.chain(x, _STEM)
    x = _parts.branches(
        x,
        ((96, 1),),
        ((48, 1), (64, 5)),
        ((64, 1), (96, 3), (96, 3)),
        (_MEAN, (64, 1)),
        name="mixed_5b",
    )
    x = _residual(x, *_BLOCK35)
    x = _parts.branches(
        x, ((384, 3, _HALVED),), ((256, 1), (256, 3), (384, 3, _HALVED)), (_MAX,), name="mixed_6a"
    )
    x = _residual(x, *_BLOCK17)
    x = _parts.branches(
        x,
        ((256, 1), (384, 3, _HALVED)),
        ((256, 1), (288, 3, _HALVED)),
        ((256, 1), (288, 3), (320, 3, _HALVED)),
        (_MAX,),
        name="mixed_7a",
    )
    x = _residual(x, *_BLOCK8)
    return _parts.conv(x, 1536, 1, name="conv_7b")


def _residual(x, kind, repeats, scale, tables):
    for i in range(1, repeats + 1):
        name = f"{kind}_{i}"
        last = (kind, i) == ("block8", repeats)
        mixed = _parts.branches(x, *tables, name=f"{name}_mixed")
        filters = x.shape[_build.channel_axis()]
        up = layers.Conv2D(filters, 1, padding="same", name=f"{name}_conv")(mixed)
        x = _CustomScaleLayer(1.0 if last else scale)([x, up])
        if not last:
            x = layers.Activation("relu", name=f"{name}_ac")(x)
    return x


InceptionResNetV2 = _build.standard(
    "InceptionResNetV2",
    "inception_resnet_v2",
    _build.Plan(
        _body,
        _build.kernels(
            *("inception_resnet_v2", "inception_resnet_v2"),
            "e693bd0210a403b3192acc6073ad2e96",
            "d19885ff4a710c122648d3b5c3b684e4",
        ),
        size=299,
        min_size=75,
        pools=(None, None),
    ),
    _PAPER,
)
preprocess_input = _build.preprocessor("tf")
