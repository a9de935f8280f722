"""Xception: convolutions over space and over channels, taken apart."""

from kerajax import layers
from kerajax.applications import _build
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

_PAPER = (
    'Chollet, 2017, "Xception: Deep Learning with Depthwise Separable Convolutions", '
    "https://arxiv.org/abs/1610.02357"
)


def _body(x):
    for i, (filters, strides) in enumerate(((32, 2), (64, 1)), 1):
        name = f"block1_conv{i}"
        x = layers.Conv2D(filters, 3, strides=strides, use_bias=False, name=name)(x)
        x = _active(_normalized(x, f"{name}_bn"), name)
    for number, filters in ((2, 128), (3, 256), (4, 728)):
        x = _halved(x, f"block{number}_sepconv", (filters, filters), first_active=number > 2)
    for number in range(5, 13):
        shortcut = x
        for j in range(1, 4):
            x = _separable(
                _active(x, f"block{number}_sepconv{j}"), 728, f"block{number}_sepconv{j}"
            )
        x = layers.add([x, shortcut])
    x = _halved(x, "block13_sepconv", (728, 1024))
    for j, filters in enumerate((1536, 2048), 1):
        x = _active(_separable(x, filters, f"block14_sepconv{j}"), f"block14_sepconv{j}")
    return x


def _halved(x, prefix, filters, first_active=True):
    shortcut = layers.Conv2D(filters[1], 1, strides=2, padding="same", use_bias=False)(x)
    shortcut = _normalized(shortcut)
    for j, number in enumerate(filters, 1):
        if j > 1 or first_active:
            x = _active(x, f"{prefix}{j}")
        x = _separable(x, number, f"{prefix}{j}")
    name = prefix.replace("sepconv", "pool")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)
    return layers.add([x, shortcut])


def _separable(x, filters, name):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return _normalized(x, f"{name}_bn")


def _normalized(x, name=None):
    return layers.BatchNormalization(axis=_build.channel_axis(-1), name=name)(x)


def _active(x, name):
    return layers.Activation("relu", name=f"{name}_act")(x)


Xception = _build.standard(
    "Xception",
    "xception",
    _build.Plan(
        _body,
        _build.kernels(
            *("xception", "xception"),
            "0a58e3b7378bc2990ea3b43d5981f1f6",
            "b0042744bf5b25fce3cb969f33bebb97",
        ),
        size=299,
        min_size=71,
        pools=(None, None),
    ),
    _PAPER,
)
preprocess_input = _build.preprocessor("tf")
