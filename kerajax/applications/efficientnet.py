"""EfficientNet: one network of inverted bottlenecks, made wider and deeper together.

The models scale pixels from 0 to 255 themselves.
"""

import functools
import math

from kerajax import layers
from kerajax.applications import _bottleneck, _build
from kerajax.applications.imagenet_utils import correct_pad as _correct_pad
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

# Kernel size, repeats, filters, factor of expansion, strides.
_STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
_DROP_CONNECT = 0.2
_PAPER = (
    'Tan and Le, 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural '
    'Networks", https://arxiv.org/abs/1905.11946'
)


def _body(x, width, depth, pretrained=False):
    def filters(number):
        return _build.divisible(number * width)

    x = layers.Rescaling(1.0 / 255.0)(x)
    x = layers.Normalization(axis=_build.channel_axis())(x)
    if pretrained:
        # The network was trained on pixels divided by their variance, not by their deviation,
        # https://github.com/tensorflow/tensorflow/issues/49930.
        x = layers.Rescaling([1.0 / math.sqrt(deviation) for deviation in (0.229, 0.224, 0.225)])(x)
    x = layers.ZeroPadding2D(_correct_pad(x, 3), name="stem_conv_pad")(x)
    x = _bottleneck.conv(x, filters(32), 3, "stem_", strides=2, padding="valid")
    blocks = float(sum(math.ceil(depth * repeats) for _, repeats, *_ in _STAGES))
    number, before = 0, filters(32)
    for i, (kernel_size, repeats, after, expansion, strides) in enumerate(_STAGES, 1):
        after = filters(after)
        for j in range(math.ceil(depth * repeats)):
            rate = _DROP_CONNECT * number / blocks
            prefix = f"block{i}{chr(ord('a') + j)}_"
            x = _block(x, kernel_size, before, after, expansion, strides, rate, prefix)
            number, before, strides = number + 1, after, 1
    return _bottleneck.conv(x, filters(1280), 1, "top_")


def _block(x, kernel_size, before, after, expansion, strides, rate, prefix):
    shortcut, padding = x, "same"
    if expansion != 1:
        x = _bottleneck.conv(x, before * expansion, 1, f"{prefix}expand_")
    if strides == 2:
        x = layers.ZeroPadding2D(_correct_pad(x, kernel_size), name=f"{prefix}dwconv_pad")(x)
        padding = "valid"
    x = _bottleneck.depthwise(x, kernel_size, strides, padding, prefix, "dwconv")
    x = _bottleneck.squeezed(x, max(1, int(before * 0.25)), prefix)
    x = _bottleneck.conv(x, after, 1, f"{prefix}project_", active=False)
    if strides == 1 and before == after:
        x = _bottleneck.residual(x, shortcut, rate, prefix)
    return x


def _model(variant, width, depth, size, dropout, *hashes):
    name = f"efficientnet{variant}"
    body = functools.partial(_body, width=width, depth=depth)
    plan = _build.Plan(
        body,
        _build.Files(
            "https://storage.googleapis.com/keras-applications/",
            (f"{name}.h5", f"{name}_notop.h5"),
            hashes,
        ),
        size,
        top=_build.classifier(dropout=dropout, kernel_initializer=_bottleneck.DENSE),
        pretrained_body=functools.partial(body, pretrained=True),
    )
    return _build.standard(f"EfficientNet{variant.upper()}", name, plan, _PAPER)


EfficientNetB0 = _model(
    *("b0", 1.0, 1.0, 224, 0.2),
    "902e53a9f72be733fc0bcb005b3ebbac",
    "50bc09e76180e00e4465e1a485ddc09d",
)
EfficientNetB1 = _model(
    *("b1", 1.0, 1.1, 240, 0.2),
    "1d254153d4ab51201f1646940f018540",
    "74c4e6b3e1f6a1eea24c589628592432",
)
EfficientNetB2 = _model(
    *("b2", 1.1, 1.2, 260, 0.3),
    "b15cce36ff4dcbd00b6dd88e7857a6ad",
    "111f8e2ac8aa800a7a99e3239f7bfb39",
)
EfficientNetB3 = _model(
    *("b3", 1.2, 1.4, 300, 0.3),
    "ffd1fdc53d0ce67064dc6a9c7960ede0",
    "af6d107764bb5b1abb91932881670226",
)
EfficientNetB4 = _model(
    *("b4", 1.4, 1.8, 380, 0.4),
    "18c95ad55216b8f92d7e70b3a046e2fc",
    "ebc24e6d6c33eaebbd558eafbeedf1ba",
)
EfficientNetB5 = _model(
    *("b5", 1.6, 2.2, 456, 0.4),
    "ace28f2a6363774853a83a0b21b9421a",
    "38879255a25d3c92d5e44e04ae6cec6f",
)
EfficientNetB6 = _model(
    *("b6", 1.8, 2.6, 528, 0.5),
    "165f6e37dce68623721b423839de8be5",
    "9ecce42647a20130c1f39a5d4cb75743",
)
EfficientNetB7 = _model(
    *("b7", 2.0, 3.1, 600, 0.5),
    "8c03f828fec3ef71311cd463b6759d99",
    "cbcfe4450ddf6f3ad90b1b398090fe4a",
)
preprocess_input = _build.preprocessor(None)
