"""DenseNet: every layer of a block sees the features of all layers before it."""

import functools

from kerajax import layers
from kerajax.applications import _build
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

_GROWTH = 32
_PAPER = (
    'Huang et al., 2017, "Densely Connected Convolutional Networks", '
    "https://arxiv.org/abs/1608.06993"
)


def _body(x, depths):
    x = layers.ZeroPadding2D(3)(x)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
    x = _normalized(x, "conv1_")
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for i, depth in enumerate(depths, 2):
        for j in range(1, depth + 1):
            x = _grown(x, f"conv{i}_block{j}")
        if i < 5:
            x = _halved(x, f"pool{i}")
    return _normalized(x, "")


def _normalized(x, prefix):
    x = layers.BatchNormalization(axis=3, epsilon=1.001e-5, name=f"{prefix}bn")(x)
    return layers.Activation("relu", name=f"{prefix}relu")(x)


def _grown(x, name):
    y = _normalized(x, f"{name}_0_")
    y = layers.Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(y)
    y = _normalized(y, f"{name}_1_")
    y = layers.Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(y)
    return layers.Concatenate(axis=3, name=f"{name}_concat")([x, y])


def _halved(x, name):
    x = _normalized(x, f"{name}_")
    x = layers.Conv2D(x.shape[3] // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return layers.AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _model(title, depths, *hashes):
    name = title.lower()
    body = functools.partial(_body, depths=depths)
    files = _build.kernels("densenet", name, *hashes)
    return _build.standard(title, name, _build.Plan(body, files, channels_first=False), _PAPER)


DenseNet121 = _model(
    *("DenseNet121", (6, 12, 24, 16)),
    "9d60b8095a5708f2dcce2bca79d332c7",
    "30ee3e1110167f948a6b9946edeeb738",
)
DenseNet169 = _model(
    *("DenseNet169", (6, 12, 32, 32)),
    "d699b8f76981ab1b30698df4c175e90b",
    "b8c4d4c20dd625c148057b9ff1c1176b",
)
DenseNet201 = _model(
    *("DenseNet201", (6, 12, 48, 32)),
    "1ceb130c1ea1b78c3bf6114dbdfd8807",
    "c13680b51ded0fb44dff2d8f86ac8bb1",
)
preprocess_input = _build.preprocessor("torch")
