"""ResNet-RS: residual networks with another stem, weighted channels, and rules of scaling.

The models normalize pixels from 0 to 255 themselves, unless `include_preprocessing=False`.

Keras had the family from 2.8 to 2.15.
"""

import functools

from kerajax import backend as _backend
from kerajax import layers
from kerajax.applications import _bottleneck, _build
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

_PAPER = (
    'Bello et al., 2021, "Revisiting ResNets: Improved Training and Scaling Strategies", '
    "https://arxiv.org/abs/2103.07579"
)


def _body(x, depths, drop, scaled):
    if scaled:
        x = _build.standardized(x)
    stem = f"stem_{_backend.get_uid('stem_')}_stem_"
    for i, (filters, strides) in enumerate(((32, 2), (32, 1), (64, 1), (64, 2)), 1):
        x = _conv(x, filters, 3, f"{stem}conv_{i}", strides)
        x = _active(_normalized(x, f"{stem}batch_norm_{i}"), f"{stem}act_{i}")
    for i, depth in enumerate(depths, 2):
        rate = drop * i / (len(depths) + 1)
        for j in range(depth):
            strides = 2 if j == 0 and i > 2 else 1
            x = _block(x, 16 << i, strides, j == 0, rate, f"BlockGroup{i}__block_{j}_")
    return x


def _block(x, filters, strides, projected, rate, name):
    shortcut = x
    if projected:
        prefix = f"{name}_projection_"
        if strides == 2:
            shortcut = layers.AveragePooling2D(2, padding="same", name=f"{prefix}pooling")(shortcut)
        shortcut = _conv(shortcut, 4 * filters, 1, f"{prefix}conv")
        shortcut = _normalized(shortcut, f"{prefix}batch_norm")
    x = _conv(x, filters, 1, f"{name}_conv_1")
    x = _active(_normalized(x, f"{name}batch_norm_1"), f"{name}_act_1")
    x = _conv(x, filters, 3, f"{name}_conv_2", strides)
    x = _active(_normalized(x, f"{name}_batch_norm_2"), f"{name}_act_2")
    x = _conv(x, 4 * filters, 1, f"{name}_conv_3")
    x = _normalized(x, f"{name}_batch_norm_3")
    x = _bottleneck.squeezed(x, filters, f"{name}_se_", activation="relu")
    if rate > 0:
        x = layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
    return _active(layers.Add()([x, shortcut]), f"{name}_output_act")


def _conv(x, filters, kernel_size, name, strides=1):
    if strides > 1:
        x = layers.ZeroPadding2D(kernel_size // 2)(x)
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="valid" if strides > 1 else "same",
        use_bias=False,
        kernel_initializer=_bottleneck.CONV,
        name=name,
    )(x)


def _normalized(x, name):
    # Of no momentum: statistics for inference are those of the last batch of training.
    axis = _build.channel_axis()
    return layers.BatchNormalization(axis=axis, momentum=0.0, epsilon=1e-5, name=name)(x)


def _active(x, name):
    return layers.Activation("relu", name=name)(x)


def _model(title, depths, dropout, drop, **hashes):
    """The public function; `hashes` are of the weights for each size of images, upwards."""
    name = title.replace("ResNetRS", "resnet-rs-")
    variants = {
        f"imagenet-{size}": _build.files("resnet_rs", f"{name}-{size}", *pair)
        for size, pair in hashes.items()
    }
    *_, largest = variants.values()
    body = functools.partial(_body, depths=depths, drop=drop)
    plan = _build.Plan(
        body,
        largest,
        top=_build.classifier(dropout=dropout),
        name=name,
        variants=variants,
    )
    names = ", ".join(f'`"{variant}"`' for variant in variants)

    @_build.architecture(
        title,
        plan,
        _PAPER,
        weights='`"imagenet"` to download weights, the path of a file, or None for new ones;\n'
        f"        {names}\n"
        '        for those trained on images of so many pixels, the last being `"imagenet"`.',
    )
    def plan_for(
        include_top=True,
        weights="imagenet",
        classes=1000,
        input_shape=None,
        input_tensor=None,
        pooling=None,
        classifier_activation="softmax",
        include_preprocessing=True,
    ):
        return plan._replace(body=functools.partial(body, scaled=include_preprocessing))

    return plan_for


ResNetRS50 = _model(
    *("ResNetRS50", (3, 4, 6, 3), 0.25, 0.0),
    i160=("69d9d925319f00a8bdd4af23c04e4102", "90daa68cd26c95aa6c5d25451e095529"),
)
ResNetRS101 = _model(
    *("ResNetRS101", (3, 4, 23, 3), 0.25, 0.0),
    i160=("544b3434d00efc199d66e9058c7f3379", "82d5b90c5ce9d710da639d6216d0f979"),
    i192=("eb285be29ab42cf4835ff20a5e3b5d23", "f9a0f6b85faa9c3db2b6e233c4eebb5b"),
)
ResNetRS152 = _model(
    *("ResNetRS152", (3, 8, 36, 3), 0.25, 0.0),
    i192=("8d72a301ed8a6f11a47c4ced4396e338", "5fbf7ac2155cb4d5a6180ee9e3aa8704"),
    i224=("31a46a92ab21b84193d0d71dd8c3d03b", "dc8b2cba2005552eafa3167f00dc2133"),
    i256=("ba6271b99bdeb4e7a9b15c05964ef4ad", "fa79794252dbe47c89130f65349d654a"),
)
ResNetRS200 = _model(
    *("ResNetRS200", (3, 24, 36, 3), 0.25, 0.1),
    i256=("a76930b741884e09ce90fa7450747d5f", "bbdb3994718dfc0d1cd45d7eff3f3d9c"),
)
ResNetRS270 = _model(
    *("ResNetRS270", (4, 29, 53, 4), 0.25, 0.1),
    i256=("20d575825ba26176b03cb51012a367a8", "2c42ecb22e35f3e23d2f70babce0a2aa"),
)
ResNetRS350 = _model(
    *("ResNetRS350", (4, 36, 72, 4), 0.4, 0.1),
    i256=("f4a039dc3c421321b7fc240494574a68", "6e44b55025bbdff8f51692a023143d66"),
    i320=("7ccb858cc738305e8ceb3c0140bee393", "ab0c1f9079d2f85a9facbd2c88aa6079"),
)
ResNetRS420 = _model(
    *("ResNetRS420", (4, 44, 87, 4), 0.4, 0.1),
    i320=("ae0eb9bed39e64fc8d7e0db4018dc7e8", "fe6217c32be8305b1889657172b98884"),
)
preprocess_input = _build.preprocessor(None)
