"""MobileNet: convolutions of each channel by itself, then of channels alone."""

from kerajax import layers
from kerajax.applications import _build, _mobile
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

# Filters and strides of the blocks.
_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2))
_BLOCKS += ((512, 1),) * 5 + ((1024, 2), (1024, 1))
_SIZES = (128, 160, 192, 224)
_WIDTHS = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}
_PAPER = (
    'Howard et al., 2017, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision '
    'Applications", https://arxiv.org/abs/1704.04861'
)


def _plan(
    input_shape=None,
    alpha=1.0,
    depth_multiplier=1,
    dropout=0.001,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name=None,
):
    _mobile.check_alpha("MobileNet", alpha, _WIDTHS, weights)
    if weights == "imagenet" and depth_multiplier != 1:
        raise ValueError(
            "MobileNet: weights of ImageNet exist for `depth_multiplier=1`, but received "
            f"depth_multiplier={depth_multiplier}. Leave it out, or pass `weights=None`."
        )
    size = _mobile.default_size(input_shape, _SIZES)
    shape = input_shape or ((size, size, size) if include_top else None)
    rows = _mobile.rows_of_weights(shape, _SIZES, weights)

    def top(x, classes, activation):
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = layers.Reshape((classes,), name="reshape_2")(x)
        return layers.Activation(activation, name="predictions")(x)

    stem = f"mobilenet_{_WIDTHS.get(alpha)}_{rows}_tf"
    return _PLAN._replace(
        name=f"mobilenet_{alpha:0.2f}_{rows}",
        body=lambda x: _body(x, alpha, depth_multiplier),
        files=_build.Files(f"{_build.BUCKET}mobilenet/", (f"{stem}.h5", f"{stem}_no_top.h5")),
        size=size,
        top=top,
    )


def _body(x, alpha, depth_multiplier):
    filters = int(32 * alpha)
    x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False, name="conv1")(x)
    x = _active(x, "conv1")
    for i, (filters, strides) in enumerate(_BLOCKS, 1):
        if strides == 2:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
        x = layers.DepthwiseConv2D(
            3,
            strides=strides,
            padding="valid" if strides == 2 else "same",
            depth_multiplier=depth_multiplier,
            use_bias=False,
            name=f"conv_dw_{i}",
        )(x)
        x = _active(x, f"conv_dw_{i}")
        name = f"conv_pw_{i}"
        x = layers.Conv2D(int(filters * alpha), 1, padding="same", use_bias=False, name=name)(x)
        x = _active(x, name)
    return x


def _active(x, name):
    return layers.ReLU(6.0, name=f"{name}_relu")(_mobile.normalized(x, f"{name}_bn"))


_PLAN = _build.Plan(_body, files=None, pools=(None, None))
MobileNet = _build.architecture(
    "MobileNet",
    _PLAN,
    _PAPER,
    alpha="Float > 0. Factor of all numbers of filters; 0.25, 0.5, 0.75 and 1.0 have weights.",
    depth_multiplier="Int > 0. Outputs of each channel in the convolutions of channels.",
    dropout="Float from 0 to 1. Rate of dropout before the classifier.",
)(_plan)
preprocess_input = _build.preprocessor("tf")
