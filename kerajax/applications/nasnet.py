"""NASNet: two kinds of cells that a search found, stacked.

Every cell takes the outputs of the two cells before it.
"""

from kerajax import layers
from kerajax.applications import _build
from kerajax.applications.imagenet_utils import correct_pad as _correct_pad
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions
from kerajax.backend import name_scope as _name_scope

_PAPER = (
    'Zoph et al., 2018, "Learning Transferable Architectures for Scalable Image Recognition", '
    "https://arxiv.org/abs/1707.07012"
)


def _body(x, blocks, stem_filters, filters, skips):
    x = layers.Conv2D(
        *(stem_filters, 3),
        strides=2,
        use_bias=False,
        name="stem_conv1",
        kernel_initializer="he_normal",
    )(x)
    x, p = _normalized(x, "stem_bn1"), None
    for i, share in ((1, 4), (2, 2)):
        x, p = _reduction(x, p, filters // share, f"stem_{i}"), x
    for stage in range(3):
        if stage > 0:
            filters *= 2
            reduced = _reduction(x, p, filters, f"reduce_{stage * blocks}")
            # The larger network hands on what the reduction had from before, not what it reduced.
            x, p = reduced, p if skips else x
        # Number 4 (6 in the larger network) was left out after the first stage.
        first = stage * blocks + min(stage, 1)
        for i in range(blocks):
            x, p = _normal(x, p, filters, first + i, halved=i == 0), x
    return layers.Activation("relu")(x)


def _normal(x, p, filters, number, halved):
    with _name_scope(f"normal_A_block_{number}"):
        p = _adjusted(p, x, filters, number, halved)
        h = _projected(x, filters, "normal", number)
        with _name_scope("block_1"):
            left = _separable(h, filters, 5, f"normal_left1_{number}")
            right = _separable(p, filters, 3, f"normal_right1_{number}")
            x1 = layers.add([left, right], name=f"normal_add_1_{number}")
        with _name_scope("block_2"):
            left = _separable(p, filters, 5, f"normal_left2_{number}")
            right = _separable(p, filters, 3, f"normal_right2_{number}")
            x2 = layers.add([left, right], name=f"normal_add_2_{number}")
        x3 = layers.add([_mean(h, f"normal_left3_{number}"), p], name=f"normal_add_3_{number}")
        left, right = _mean(p, f"normal_left4_{number}"), _mean(p, f"normal_right4_{number}")
        x4 = layers.add([left, right], name=f"normal_add_4_{number}")
        with _name_scope("block_5"):
            x5 = _separable(h, filters, 3, f"normal_left5_{number}")
        x5 = layers.add([x5, h], name=f"normal_add_5_{number}")
        return layers.concatenate([p, x1, x2, x3, x4, x5], axis=-1, name=f"normal_concat_{number}")


def _reduction(x, p, filters, name):
    with _name_scope(f"reduction_A_block_{name}"):
        # Of two reductions in a row, the second is handed what the first one halved.
        p = _adjusted(p, x, filters, name, halved=name == "stem_2")
        h = _projected(x, filters, "reduction", name)
        h3 = layers.ZeroPadding2D(_correct_pad(h, 3), name=f"reduction_pad_1_{name}")(h)
        with _name_scope("block_1"):
            left = _separable(h, filters, 5, f"reduction_left1_{name}", 2)
            right = _separable(p, filters, 7, f"reduction_right1_{name}", 2)
            x1 = layers.add([left, right], name=f"reduction_add_1_{name}")
        with _name_scope("block_2"):
            left = layers.MaxPooling2D(3, strides=2, name=f"reduction_left2_{name}")(h3)
            right = _separable(p, filters, 7, f"reduction_right2_{name}", 2)
            x2 = layers.add([left, right], name=f"reduction_add_2_{name}")
        with _name_scope("block_3"):
            left = layers.AveragePooling2D(3, strides=2, name=f"reduction_left3_{name}")(h3)
            right = _separable(p, filters, 5, f"reduction_right3_{name}", 2)
            x3 = layers.add([left, right], name=f"reduction_add3_{name}")
        x4 = layers.add([x2, _mean(x1, f"reduction_left4_{name}")])
        with _name_scope("block_5"):
            left = _separable(x1, filters, 3, f"reduction_left4_{name}")
            right = layers.MaxPooling2D(3, strides=2, name=f"reduction_right5_{name}")(h3)
            x5 = layers.add([left, right], name=f"reduction_add4_{name}")
        return layers.concatenate([x2, x3, x4, x5], axis=-1, name=f"reduction_concat_{name}")


def _adjusted(p, x, filters, name, halved):
    """`p` with the height, the width and the number of channels that the cell of `x` needs.

    `halved` says whether `x` has half the height of `p`, where the sizes are not known.
    """
    if p is None:
        return x
    rows, wanted = p.shape[-2], x.shape[-2]
    if (halved and wanted is None) or rows != wanted:
        with _name_scope("adjust_block"), _name_scope(f"adjust_reduction_block_{name}"):
            return _adjusted_in_size(p, filters, name)
    if p.shape[-1] == filters:
        return p
    with _name_scope("adjust_block"), _name_scope(f"adjust_projection_block_{name}"):
        p = layers.Activation("relu")(p)
        p = _conv(p, filters, f"adjust_conv_projection_{name}")
        return _normalized(p, f"adjust_bn_{name}")


def _adjusted_in_size(p, filters, name):
    p = layers.Activation("relu", name=f"adjust_relu_1_{name}")(p)
    shifted = layers.ZeroPadding2D(((0, 1), (0, 1)))
    cropped = layers.Cropping2D(((1, 0), (1, 0)))
    halves = []
    for i in (1, 2):
        half = p if i == 1 else cropped(shifted(p))
        half = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{name}")(half)
        halves.append(_conv(half, filters // 2, f"adjust_conv_{i}_{name}"))
    p = layers.concatenate(halves, axis=-1)
    return _normalized(p, f"adjust_bn_{name}")


def _projected(x, filters, kind, name):
    x = _conv(layers.Activation("relu")(x), filters, f"{kind}_conv_1_{name}")
    return _normalized(x, f"{kind}_bn_1_{name}")


def _separable(x, filters, kernel_size, name, strides=1):
    with _name_scope(f"separable_conv_block_{name}"):
        for i in (1, 2):
            x, padding = layers.Activation("relu")(x), "same"
            if strides == 2:
                pad = _correct_pad(x, kernel_size)
                x, padding = layers.ZeroPadding2D(pad, name=f"separable_conv_1_pad_{name}")(x), None
            x = layers.SeparableConv2D(
                *(filters, kernel_size),
                strides=strides,
                padding=padding or "valid",
                use_bias=False,
                name=f"separable_conv_{i}_{name}",
            )(x)
            x, strides = _normalized(x, f"separable_conv_{i}_bn_{name}"), 1
        return x


def _conv(x, filters, name):
    return layers.Conv2D(
        *(filters, 1), padding="same", use_bias=False, name=name, kernel_initializer="he_normal"
    )(x)


def _mean(x, name):
    return layers.AveragePooling2D(3, strides=1, padding="same", name=name)(x)


def _normalized(x, name):
    return layers.BatchNormalization(axis=-1, momentum=0.9997, epsilon=1e-3, name=name)(x)


def _model(title, size, blocks, stem_filters, features, skips, *hashes):
    kind = title.removeprefix("NASNet").lower()
    plan = _build.Plan(
        lambda x: _body(x, blocks, stem_filters, features // 24, skips),
        _build.Files(
            f"{_build.BUCKET}nasnet/",
            (f"NASNet-{kind}.h5", f"NASNet-{kind}-no-top.h5"),
            hashes,
            cached=(f"nasnet_{kind}.h5", f"nasnet_{kind}_no_top.h5"),
        ),
        size=size,
        top=_build.classifier(pool=None),
        pools=(None, None),
        channels_first=False,
    )

    @_build.architecture(title, plan, _PAPER)
    def plan_for(
        input_shape=None,
        include_top=True,
        weights="imagenet",
        input_tensor=None,
        pooling=None,
        classes=1000,
        classifier_activation="softmax",
        name=f"nasnet_{kind}",
    ):
        square = kind == "mobile" and not include_top
        return plan._replace(shape=(size, size, 3) if square else None)

    return plan_for


NASNetMobile = _model(
    *("NASNetMobile", 224, 4, 32, 1056, False),
    "020fb642bf7360b370c678b08e0adf61",
    "1ed92395b5b598bdda52abe5c0dbfd63",
)
NASNetLarge = _model(
    *("NASNetLarge", 331, 6, 96, 4032, True),
    "11577c9a518f0070763c2b964a382f17",
    "d81d89dc07e6e56530c4e77faddd61b5",
)
preprocess_input = _build.preprocessor("tf")
