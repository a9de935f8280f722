"""MobileNet v2: bottlenecks turned inside out, wide within and narrow between blocks."""

from kerajax import backend, layers
from kerajax.applications import _build, _mobile
from kerajax.applications.imagenet_utils import correct_pad as _correct_pad
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

# Filters, repeats, strides of the first.
_STAGES = ((16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))
_SIZES = (96, 128, 160, 192, 224)
_WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
_PAPER = (
    'Sandler et al., 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", '
    "https://arxiv.org/abs/1801.04381"
)


def _plan(
    input_shape=None,
    alpha=1.0,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name=None,
):
    _mobile.check_alpha("MobileNetV2", alpha, _WIDTHS, weights)
    _mobile.check_tensor("MobileNetV2", input_tensor, input_shape)
    given = input_shape
    if input_shape is None and backend.is_keras_tensor(input_tensor):
        given = input_tensor.shape[1:]
    size = _mobile.default_size(given, _SIZES)
    shape = input_shape or ((size, size, size) if include_top else None)
    rows = _mobile.rows_of_weights(shape, _SIZES, weights)
    stem = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{rows}"
    return _PLAN._replace(
        name=f"mobilenetv2_{alpha:0.2f}_{rows}",
        body=lambda x: _body(x, alpha),
        files=_build.Files(f"{_build.BUCKET}mobilenet_v2/", (f"{stem}.h5", f"{stem}_no_top.h5")),
        size=size,
    )


def _body(x, alpha):
    x = _conv(x, _build.divisible(32 * alpha), 3, "Conv1", strides=2, padding="same")
    x = _relu(_normalized(x, "bn_Conv1"), "Conv1_relu")
    number = 0
    for filters, repeats, strides in _STAGES:
        filters = _build.divisible(int(filters * alpha))
        for j in range(repeats):
            x = _block(x, filters, strides if j == 0 else 1, number)
            number += 1
    x = _conv(x, _build.divisible(1280 * max(alpha, 1.0)), 1, "Conv_1")
    return _relu(_normalized(x, "Conv_1_bn"), "out_relu")


def _block(x, filters, strides, number):
    shortcut, channels = x, x.shape[_build.channel_axis(-1)]
    prefix = f"block_{number}_" if number else "expanded_conv_"
    if number:
        x = _conv(x, 6 * channels, 1, f"{prefix}expand", padding="same")
        x = _relu(_normalized(x, f"{prefix}expand_BN"), f"{prefix}expand_relu")
    if strides == 2:
        x = layers.ZeroPadding2D(_correct_pad(x, 3), name=f"{prefix}pad")(x)
    x = layers.DepthwiseConv2D(
        3,
        strides=strides,
        padding="valid" if strides == 2 else "same",
        use_bias=False,
        name=f"{prefix}depthwise",
    )(x)
    x = _relu(_normalized(x, f"{prefix}depthwise_BN"), f"{prefix}depthwise_relu")
    x = _conv(x, filters, 1, f"{prefix}project", padding="same")
    x = _normalized(x, f"{prefix}project_BN")
    if channels == filters and strides == 1:
        x = layers.Add(name=f"{prefix}add")([shortcut, x])
    return x


def _conv(x, filters, kernel_size, name, **options):
    return layers.Conv2D(filters, kernel_size, use_bias=False, name=name, **options)(x)


def _normalized(x, name):
    return _mobile.normalized(x, name, epsilon=1e-3, momentum=0.999)


def _relu(x, name):
    return layers.ReLU(6.0, name=name)(x)


_PLAN = _build.Plan(_body, files=None, top=_build.classifier(pool=None), pools=(None, None))
MobileNetV2 = _build.architecture(
    "MobileNetV2",
    _PLAN,
    _PAPER,
    alpha=f"Float > 0. Factor of all numbers of filters; {_WIDTHS} have weights.",
)(_plan)
preprocess_input = _build.preprocessor("tf")
