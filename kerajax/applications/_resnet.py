"""Residual networks: bottlenecks beside a shortcut, normalized after (v1) or before (v2) them."""

import functools

from kerajax import layers
from kerajax.applications import _build

_PAPERS = {
    1: 'He et al., 2016, "Deep Residual Learning for Image Recognition", '
    "https://arxiv.org/abs/1512.03385",
    2: 'He et al., 2016, "Identity Mappings in Deep Residual Networks", '
    "https://arxiv.org/abs/1603.05027",
}


def model(title, version, depths, *hashes):
    """The public function for four stacks of these depths."""
    name = title.lower()
    body = functools.partial(_body, version=version, depths=depths)
    plan = _build.Plan(body, _build.kernels("resnet", name, *hashes))
    return _build.standard(title, name, plan, _PAPERS[version])


def _body(x, version, depths):
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = _conv(x, 64, 7, "conv1_conv", strides=2)
    if version == 1:
        x = _normalized(x, "conv1_")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for i, depth in enumerate(depths):
        filters, first, last = 64 << i, 1, depth
        for j in range(1, depth + 1):
            name = f"conv{i + 2}_block{j}"
            if version == 1:
                strides = 2 if j == first and i > 0 else 1
                x = _after(x, filters, strides, name, projected=j == first)
            else:
                strides = 2 if j == last and i < 3 else 1
                x = _before(x, filters, strides, name, projected=j == first)
    return _normalized(x, "post_") if version == 2 else x


def _conv(x, filters, kernel_size, name, **options):
    return layers.Conv2D(filters, kernel_size, name=name, **options)(x)


def _normalized(x, prefix, active=True):
    axis = _build.channel_axis()
    x = layers.BatchNormalization(axis=axis, epsilon=1.001e-5, name=f"{prefix}bn")(x)
    return layers.Activation("relu", name=f"{prefix}relu")(x) if active else x


def _after(x, filters, strides, name, projected):
    shortcut = x
    if projected:
        shortcut = _conv(x, 4 * filters, 1, f"{name}_0_conv", strides=strides)
        shortcut = _normalized(shortcut, f"{name}_0_", active=False)
    x = _normalized(_conv(x, filters, 1, f"{name}_1_conv", strides=strides), f"{name}_1_")
    x = _normalized(_conv(x, filters, 3, f"{name}_2_conv", padding="same"), f"{name}_2_")
    x = _normalized(_conv(x, 4 * filters, 1, f"{name}_3_conv"), f"{name}_3_", active=False)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _before(x, filters, strides, name, projected):
    shortcut = x
    x = _normalized(x, f"{name}_preact_")
    if projected:
        shortcut = _conv(x, 4 * filters, 1, f"{name}_0_conv", strides=strides)
    elif strides > 1:
        shortcut = layers.MaxPooling2D(1, strides=strides)(shortcut)
    x = _normalized(_conv(x, filters, 1, f"{name}_1_conv", use_bias=False), f"{name}_1_")
    x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = _conv(x, filters, 3, f"{name}_2_conv", strides=strides, use_bias=False)
    x = _normalized(x, f"{name}_2_")
    x = _conv(x, 4 * filters, 1, f"{name}_3_conv")
    return layers.Add(name=f"{name}_out")([shortcut, x])
