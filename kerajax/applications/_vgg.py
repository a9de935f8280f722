"""The layers of VGG: stacks of 3x3 convolutions, each halved by a pooling, then dense layers."""

from kerajax import layers
from kerajax.applications import _build

_FILTERS = (64, 128, 256, 512, 512)
_PAPER = (
    'Simonyan and Zisserman, 2015, "Very Deep Convolutional Networks for Large-Scale Image '
    'Recognition", https://arxiv.org/abs/1409.1556'
)


def model(title, name, depths, *hashes):
    """The public function for stacks of these depths."""

    def body(x):
        for i, (filters, depth) in enumerate(zip(_FILTERS, depths, strict=True), 1):
            for j in range(depth):
                x = layers.Conv2D(
                    filters, 3, activation="relu", padding="same", name=f"block{i}_conv{j + 1}"
                )(x)
            x = layers.MaxPooling2D(2, strides=2, name=f"block{i}_pool")(x)
        return x

    plan = _build.Plan(body, _build.kernels(name, name, *hashes), top=_top, pools=(None, None))
    return _build.standard(title, name, plan, _PAPER)


def _top(x, classes, activation):
    x = layers.Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = layers.Dense(4096, activation="relu", name=name)(x)
    return layers.Dense(classes, activation=activation, name="predictions")(x)
