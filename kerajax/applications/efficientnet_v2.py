"""EfficientNet v2: the first stages convolve at once what v1 takes apart.

The models scale pixels from 0 to 255 themselves, unless `include_preprocessing=False`.
"""

import functools
import math

from kerajax import initializers as _initializers
from kerajax import layers
from kerajax.applications import _bottleneck, _build
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

# Of each stage. Weighted channels come with the convolutions of channels by themselves.
_FUSED = (True, True, True, False, False, False, False)
_EXPANSIONS = (1, 4, 4, 4, 6, 6, 6)
_STRIDES = (1, 2, 2, 2, 1, 2, 1)
# Repeats and filters of each stage, after the filters of the stem.
_SIZES = {
    "b": (32, (1, 2, 2, 3, 5, 8), (16, 32, 48, 96, 112, 192)),
    "s": (24, (2, 4, 4, 6, 9, 15), (24, 48, 64, 128, 160, 256)),
    "m": (24, (3, 5, 5, 7, 14, 18, 5), (24, 48, 80, 160, 176, 304, 512)),
    "l": (32, (4, 7, 7, 10, 19, 25, 7), (32, 64, 96, 192, 224, 384, 640)),
}
_DROP_CONNECT = 0.2
_MOMENTUM = 0.9
_PAPER = (
    'Tan and Le, 2021, "EfficientNetV2: Smaller Models and Faster Training", '
    "https://arxiv.org/abs/2104.00298"
)

_conv = functools.partial(_bottleneck.conv, momentum=_MOMENTUM)


def _body(x, variant, width, depth, scaled):
    stem, all_repeats, all_filters = _SIZES[variant[0]]
    if scaled:
        x = _scaled(x, variant)
    before = _filters(stem * width)
    x = _conv(x, before, 3, "stem_", strides=2)
    blocks, number = float(sum(all_repeats)), 0
    stages = zip(_FUSED, all_repeats, all_filters, _EXPANSIONS, _STRIDES, strict=False)
    for i, (fused, repeats, filters, expansion, strides) in enumerate(stages, 1):
        after = _filters(filters * width)
        for j in range(math.ceil(depth * repeats)):
            rate = _DROP_CONNECT * number / blocks
            prefix = f"block{i}{chr(ord('a') + j)}_"
            y = (_fused if fused else _apart)(x, before, after, expansion, strides, prefix)
            if strides == 1 and before == after:
                y = _bottleneck.residual(y, x, rate, prefix)
            x, number, before, strides = y, number + 1, after, 1
    return _conv(x, _filters(1280 * width), 1, "top_")


def _filters(number):
    return max(8, int(number + 4) // 8 * 8)


def _scaled(x, variant):
    if variant[0] != "b" or x.shape[_build.channel_axis()] != 3:
        return layers.Rescaling(1.0 / 128.0, offset=-1)(x)
    return _build.standardized(x)


def _fused(x, before, after, expansion, strides, prefix):
    if expansion == 1:
        return _conv(x, after, 3, f"{prefix}project_", strides=strides)
    x = _conv(x, before * expansion, 3, f"{prefix}expand_", strides=strides)
    return _conv(x, after, 1, f"{prefix}project_", active=False)


def _apart(x, before, after, expansion, strides, prefix):
    x = _conv(x, before * expansion, 1, f"{prefix}expand_")
    x = _bottleneck.depthwise(x, 3, strides, "same", prefix, "dwconv2", _MOMENTUM)
    x = _bottleneck.squeezed(x, max(1, int(before * 0.25)), prefix)
    return _conv(x, after, 1, f"{prefix}project_", active=False)


def _model(variant, width, depth, size, *hashes):
    title = f"EfficientNetV2{variant.upper()}"
    default_name = f"efficientnetv2-{variant}"
    body = functools.partial(_body, variant=variant, width=width, depth=depth)
    top = _build.classifier(
        dropout=0.2,
        kernel_initializer=_bottleneck.DENSE,
        bias_initializer=_initializers.Constant(0.0),
    )
    files = _build.files("efficientnet_v2", default_name, *hashes)
    plan = _build.Plan(body, files, size, top=top)

    @_build.architecture(title, plan, _PAPER)
    def plan_for(
        include_top=True,
        weights="imagenet",
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=1000,
        classifier_activation="softmax",
        include_preprocessing=True,
        name=default_name,
    ):
        return plan._replace(body=functools.partial(body, scaled=include_preprocessing))

    return plan_for


EfficientNetV2B0 = _model(
    *("b0", 1.0, 1.0, 224),
    "21ecbf6da12460d5c40bb2f29ceb2188",
    "893217f2bb855e2983157299931e43ff",
)
EfficientNetV2B1 = _model(
    *("b1", 1.0, 1.1, 240),
    "069f0534ff22adf035c89e2d9547a9dc",
    "0e80663031ca32d657f9caa404b6ec37",
)
EfficientNetV2B2 = _model(
    *("b2", 1.1, 1.2, 260),
    "424e49f28180edbde1e94797771950a7",
    "1dfe2e7a5d45b6632553a8961ea609eb",
)
EfficientNetV2B3 = _model(
    *("b3", 1.2, 1.4, 300),
    "1f1fc43bd98a6e4fd8fdfd551e02c7a0",
    "f6abf7b5849ac99a89b50dd3fd532856",
)
EfficientNetV2S = _model(
    *("s", 1.0, 1.0, 384),
    "e1d88a8495beba45748fedd0cecbe016",
    "af0682fb74e8c54910f2d4393339c070",
)
EfficientNetV2M = _model(
    *("m", 1.0, 1.0, 480),
    "a3bf6aa3276309f4fc6a34aa114c95cd",
    "1b8dc055df72dde80d614482840fe342",
)
EfficientNetV2L = _model(
    *("l", 1.0, 1.0, 480),
    "27e6d408b53c7ebc868fefa357689935",
    "b0b66b5c863aef5b46e8608fe1711615",
)
preprocess_input = _build.preprocessor(None)
