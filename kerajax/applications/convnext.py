"""ConvNeXt: a convolutional network with the proportions of a vision transformer.

The models normalize pixels from 0 to 255 themselves, unless `include_preprocessing=False`.
"""

from kerajax import layers
from kerajax import models as _models
from kerajax.applications import _build
from kerajax.applications._added import LayerScale as _LayerScale
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

_SCALE = 1e-6
_PAPER = 'Liu et al., 2022, "A ConvNet for the 2020s", https://arxiv.org/abs/2201.03545'


def _body(x, name, depths, filters, normalizes):
    if normalizes and x.shape[-1] == 3:
        x = layers.Normalization(
            mean=[mean * 255 for mean in _build.MEANS],
            variance=[(deviation * 255) ** 2 for deviation in _build.DEVIATIONS],
            name=f"{name}_prestem_normalization",
        )(x)
    for i, (depth, channels) in enumerate(zip(depths, filters, strict=True)):
        x = _halved(x, name, i, channels)
        for j in range(depth):
            x = x + _branch(x, channels, f"{name}_stage_{i}_block_{j}")
    return x


def _halved(x, name, i, filters):
    if i == 0:
        parts = [
            layers.Conv2D(filters, 4, strides=4, name=f"{name}_stem_conv"),
            _norm(f"{name}_stem_layernorm"),
        ]
        return _models.Sequential(parts, name=f"{name}_stem")(x)
    parts = [
        _norm(f"{name}_downsampling_layernorm_{i - 1}"),
        layers.Conv2D(filters, 2, strides=2, name=f"{name}_downsampling_conv_{i - 1}"),
    ]
    return _models.Sequential(parts, name=f"{name}_downsampling_block_{i - 1}")(x)


def _norm(name=None):
    return layers.LayerNormalization(epsilon=1e-6, name=name)


def _branch(x, filters, name):
    x = layers.Conv2D(filters, 7, padding="same", groups=filters, name=f"{name}_depthwise_conv")(x)
    x = _norm(f"{name}_layernorm")(x)
    x = layers.Dense(4 * filters, name=f"{name}_pointwise_conv_1")(x)
    x = layers.Activation("gelu", name=f"{name}_gelu")(x)
    x = layers.Dense(filters, name=f"{name}_pointwise_conv_2")(x)
    x = _LayerScale(_SCALE, filters, name=f"{name}_layer_scale")(x)
    return layers.Activation("linear", name=f"{name}_identity")(x)


def _top(x, name, classes, activation):
    x = layers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
    x = _norm(f"{name}_head_layernorm")(x)
    return layers.Dense(classes, activation=activation, name=f"{name}_head_dense")(x)


def _model(title, depth, width, *hashes):
    variant = f"convnext_{title.removeprefix('ConvNeXt').lower()}"
    depths, filters = (3, 3, depth, 3), [width << i for i in range(4)]
    files = _build.files("convnext", variant, *hashes)

    scales = "Bool. Whether the model normalizes pixels from 0 to 255, if they have three channels."

    @_build.architecture(title, _PLAN, _PAPER, include_preprocessing=scales)
    def plan_for(
        include_top=True,
        include_preprocessing=True,
        weights="imagenet",
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=1000,
        classifier_activation="softmax",
        name=variant,
    ):
        return _PLAN._replace(
            body=lambda x: _body(x, name, depths, filters, include_preprocessing),
            files=files,
            top=lambda x, classes, activation: _top(x, name, classes, activation),
        )

    return plan_for


_PLAN = _build.Plan(
    _body, files=None, end=lambda x: _norm()(x), pools=(None, None), channels_first=False
)
ConvNeXtTiny = _model(
    *("ConvNeXtTiny", 9, 96),
    "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
    "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
)
ConvNeXtSmall = _model(
    *("ConvNeXtSmall", 27, 96),
    "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
    "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
)
ConvNeXtBase = _model(
    *("ConvNeXtBase", 27, 128),
    "52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
    "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45",
)
ConvNeXtLarge = _model(
    *("ConvNeXtLarge", 27, 192),
    "070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6",
    "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd",
)
ConvNeXtXLarge = _model(
    *("ConvNeXtXLarge", 27, 256),
    "c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee",
    "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05",
)
preprocess_input = _build.preprocessor(None)
