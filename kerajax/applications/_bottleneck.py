"""Parts of bottlenecks, as both generations of EfficientNet name them."""

from kerajax import backend, layers
from kerajax.applications import _build

CONV = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
DENSE = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0 / 3.0, "mode": "fan_out", "distribution": "uniform"},
}


def conv(x, filters, kernel_size, prefix, strides=1, padding="same", active=True, momentum=0.99):
    """Convolution without bias, batch normalization, activation."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer=CONV,
        name=f"{prefix}conv",
    )(x)
    return _normalized(x, prefix, momentum, active)


def depthwise(x, kernel_size, strides, padding, prefix, name, momentum=0.99):
    """Convolution of each channel by itself, batch normalization, activation."""
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides=strides,
        padding=padding,
        use_bias=False,
        depthwise_initializer=CONV,
        name=prefix + name,
    )(x)
    return _normalized(x, prefix, momentum, active=True)


def _normalized(x, prefix, momentum, active):
    axis = _build.channel_axis()
    x = layers.BatchNormalization(axis=axis, momentum=momentum, name=f"{prefix}bn")(x)
    return layers.Activation("swish", name=f"{prefix}activation")(x) if active else x


def squeezed(x, reduced, prefix, activation="swish"):
    """Each channel times a weight between 0 and 1 that the means of all channels decide."""
    filters = x.shape[_build.channel_axis()]
    first = backend.image_data_format() == "channels_first"
    shape = (filters, 1, 1) if first else (1, 1, filters)
    weight = layers.GlobalAveragePooling2D(name=f"{prefix}se_squeeze")(x)
    weight = layers.Reshape(shape, name=f"{prefix}se_reshape")(weight)
    parts = ((reduced, activation, "se_reduce"), (filters, "sigmoid", "se_expand"))
    for units, activation, name in parts:
        weight = layers.Conv2D(
            units,
            1,
            padding="same",
            activation=activation,
            kernel_initializer=CONV,
            name=prefix + name,
        )(weight)
    return layers.multiply([x, weight], name=f"{prefix}se_excite")


def residual(x, shortcut, rate, prefix):
    """`x + shortcut`, where training leaves `x` out of whole images now and then."""
    if rate > 0:
        x = layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{prefix}drop")(x)
    return layers.add([x, shortcut], name=f"{prefix}add")
