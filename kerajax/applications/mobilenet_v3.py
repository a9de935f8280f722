"""MobileNet v3: bottlenecks found by search, some with weighted channels and hard swish.

The models scale pixels from 0 to 255 themselves, unless `include_preprocessing=False`.
"""

from kerajax import backend, layers
from kerajax.applications import _build, _mobile
from kerajax.applications.imagenet_utils import correct_pad as _correct_pad
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

# Factor of expansion, filters, kernel size, strides, whether channels are weighted, whether the
# activation is hard swish. A minimalistic network has none of the two, and kernels of 3.
_SMALL = (
    (1, 16, 3, 2, True, False),
    (72 / 16, 24, 3, 2, False, False),
    (88 / 24, 24, 3, 1, False, False),
    (4, 40, 5, 2, True, True),
    (6, 40, 5, 1, True, True),
    (6, 40, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (6, 96, 5, 2, True, True),
    (6, 96, 5, 1, True, True),
    (6, 96, 5, 1, True, True),
)
_LARGE = (
    (1, 16, 3, 1, False, False),
    (4, 24, 3, 2, False, False),
    (3, 24, 3, 1, False, False),
    (3, 40, 5, 2, True, False),
    (3, 40, 5, 1, True, False),
    (3, 40, 5, 1, True, False),
    (6, 80, 3, 2, False, True),
    (2.5, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (6, 112, 3, 1, True, True),
    (6, 112, 3, 1, True, True),
    (6, 160, 5, 2, True, True),
    (6, 160, 5, 1, True, True),
    (6, 160, 5, 1, True, True),
)
_HASHES = {
    "large_224_0.75_float": (
        "765b44a33ad4005b3ac83185abf1d0eb",
        "40af19a13ebea4e2ee0c676887f69a2e",
    ),
    "large_224_1.0_float": ("59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
    "large_minimalistic_224_1.0_float": (
        "675e7b876c45c57e9e63e6d90a36599c",
        "ec5221f64a2f6d1ef965a614bdae7973",
    ),
    "small_224_0.75_float": (
        "cb65d4e5be93758266aa0a7f2c6708b7",
        "ebdb5cc8e0b497cd13a7c275d475c819",
    ),
    "small_224_1.0_float": ("8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
    "small_minimalistic_224_1.0_float": (
        "99cd97fb2fcdad2bf028eb838de69e37",
        "cde8136e733e811080d9fcd8a252f7e4",
    ),
}
_PAPER = 'Howard et al., 2019, "Searching for MobileNetV3", https://arxiv.org/abs/1905.02244'


def _model(title, kind, blocks, features):
    default_name = title

    @_build.architecture(
        title,
        _PLAN,
        _PAPER,
        alpha="Float > 0. Factor of all numbers of filters; 0.75 and 1.0 have weights.",
        minimalistic="Bool. Whether weighted channels, hard swish and large kernels are left out.",
        dropout_rate="Float from 0 to 1. Rate of dropout before the classifier.",
    )
    def plan_for(
        input_shape=None,
        alpha=1.0,
        minimalistic=False,
        include_top=True,
        weights="imagenet",
        input_tensor=None,
        classes=1000,
        pooling=None,
        dropout_rate=0.2,
        classifier_activation="softmax",
        include_preprocessing=True,
        name=default_name,
    ):
        _mobile.check_alpha(title, alpha, (1.0,) if minimalistic else (0.75, 1.0), weights)
        _mobile.check_tensor(title, input_tensor, input_shape)
        given = input_shape
        if input_shape is None and backend.is_keras_tensor(input_tensor):
            given = input_tensor.shape[1:]
        _mobile.rows_of_weights(given, (224,), weights)
        variant = f"{kind}{'_minimalistic' if minimalistic else ''}_224_{alpha}_float"
        stem = f"weights_mobilenet_v3_{variant}"
        network = _Network(blocks, features, alpha, minimalistic, dropout_rate)
        return _PLAN._replace(
            body=lambda x: network.body(x, include_preprocessing),
            top=network.top,
            files=_build.Files(
                f"{_build.BUCKET}mobilenet_v3/",
                (f"{stem}.h5", f"{stem}_no_top_v2.h5"),
                _HASHES.get(variant),
            ),
        )

    return plan_for


class _Network:
    def __init__(self, blocks, features, alpha, minimalistic, dropout):
        self.blocks = blocks
        self.features = _build.divisible(features * alpha) if alpha > 1.0 else features
        self.alpha = alpha
        self.minimalistic = minimalistic
        self.dropout = dropout

    def body(self, x, scaled):
        if scaled:
            x = layers.Rescaling(1.0 / 127.5, offset=-1.0)(x)
        x = self.active(_conv(x, 16, "conv", 3, strides=2))
        for number, block in enumerate(self.blocks):
            x = self.block(x, number, *block)
        channels = x.shape[_build.channel_axis(-1)]
        return self.active(_conv(x, _build.divisible(channels * 6), "conv_1"))

    def block(self, x, number, expansion, filters, kernel_size, strides, weighted, hard):
        shortcut, channels = x, x.shape[_build.channel_axis(-1)]
        filters = _build.divisible(filters * self.alpha)
        expanded = _build.divisible(channels * expansion)
        kernel_size = 3 if self.minimalistic else kernel_size
        prefix = f"expanded_conv_{number}_" if number else "expanded_conv_"
        if number:
            x = self.active(_conv(x, expanded, f"{prefix}expand"), hard)
        if strides == 2:
            padding = _correct_pad(x, kernel_size)
            x = layers.ZeroPadding2D(padding, name=f"{prefix}depthwise_pad")(x)
        x = layers.DepthwiseConv2D(
            kernel_size,
            strides=strides,
            padding="valid" if strides == 2 else "same",
            use_bias=False,
            name=f"{prefix}depthwise",
        )(x)
        x = self.active(_normalized(x, f"{prefix}depthwise_bn"), hard)
        if weighted and not self.minimalistic:
            x = _squeezed(x, expanded, prefix)
        x = _conv(x, filters, f"{prefix}project")
        if strides == 1 and channels == filters:
            x = layers.Add(name=f"{prefix}add")([shortcut, x])
        return x

    def active(self, x, hard=True):
        if hard and not self.minimalistic:
            return layers.Activation("hard_swish")(x)
        return layers.ReLU()(x)

    def top(self, x, classes, activation):
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = self.active(layers.Conv2D(self.features, 1, padding="same", name="conv_2")(x))
        if self.dropout > 0:
            x = layers.Dropout(self.dropout)(x)
        x = layers.Conv2D(classes, 1, padding="same", name="logits")(x)
        return layers.Activation(activation, name="predictions")(layers.Flatten()(x))


def _squeezed(x, filters, prefix):
    prefix = f"{prefix}squeeze_excite_"
    weight = layers.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}avg_pool")(x)
    reduced = _build.divisible(filters * 0.25)
    weight = layers.Conv2D(reduced, 1, padding="same", name=f"{prefix}conv")(weight)
    weight = layers.ReLU(name=f"{prefix}relu")(weight)
    weight = layers.Conv2D(filters, 1, padding="same", name=f"{prefix}conv_1")(weight)
    weight = layers.ReLU(6.0)(weight + 3.0) * (1.0 / 6.0)
    return layers.Multiply(name=f"{prefix}mul")([x, weight])


def _conv(x, filters, name, kernel_size=1, **options):
    x = layers.Conv2D(filters, kernel_size, padding="same", use_bias=False, name=name, **options)(x)
    return _normalized(x, f"{name}_bn")


def _normalized(x, name):
    return _mobile.normalized(x, name, epsilon=1e-3, momentum=0.999)


_PLAN = _build.Plan(_Network.body, files=None, any_size=True)
MobileNetV3Small = _model("MobileNetV3Small", "small", _SMALL, 1024)
MobileNetV3Large = _model("MobileNetV3Large", "large", _LARGE, 1280)
preprocess_input = _build.preprocessor(None)
