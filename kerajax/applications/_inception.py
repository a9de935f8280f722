"""Parts of Inception networks: normalized convolutions, and branches written as tables.

A step of a branch is `(filters, kernel_size)`, with what `conv` takes besides as a dict, or one of
the poolings `MAX`, `MEAN`.
"""

from kerajax import layers
from kerajax.applications import _build

MAX = "max"
MEAN = "mean"
HALVED = {"strides": 2, "padding": "valid"}


def branches(x, *tables, name=None):
    """The steps of each table after one another, all from `x`, and their channels together."""
    return joined([chain(x, table) for table in tables], name)


def joined(tensors, name=None):
    """The channels of all tensors together."""
    return layers.concatenate(tensors, axis=_build.channel_axis(), name=name)


def chain(x, table):
    """The steps of a table, one after another."""
    for step in table:
        if step == MAX:
            x = layers.MaxPooling2D(3, strides=2)(x)
        elif step == MEAN:
            x = layers.AveragePooling2D(3, strides=1, padding="same")(x)
        else:
            filters, kernel_size, *options = step
            x = conv(x, filters, kernel_size, **(options[0] if options else {}))
    return x


def conv(x, filters, kernel_size, strides=1, padding="same", name=None):
    """Convolution without bias, batch normalization without scale, rectifier."""
    x = layers.Conv2D(
        filters, kernel_size, strides=strides, padding=padding, use_bias=False, name=name
    )(x)
    axis, norm = _build.channel_axis(), name and f"{name}_bn"
    x = layers.BatchNormalization(axis=axis, scale=False, name=norm)(x)
    return layers.Activation("relu", name=name and f"{name}_ac")(x)
