"""Separable convolutions: each channel on its own, then a mixture of the channels."""

from kerajax import constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers._conv import Convolving
from kerajax.objects import publish


class BaseSeparableConv(Convolving):
    """Base of the separable convolutions, which differ in their rank alone."""

    _told_by_attributes = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters = positive_int(filters, "filters", self)
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier", self)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        self._set_bias(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape):
        channels = self._channels_of(input_shape)
        self._check_window_fits(input_shape)
        self.depthwise_kernel = self._weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self._weight(
            "pointwise_kernel",
            (*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self._build_bias(self.filters)

    def call(self, inputs):
        outputs = ops.separable_conv(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return self._finish(outputs)


@publish("keras.layers.SeparableConv1D", "keras.layers.SeparableConvolution1D")
class SeparableConv1D(BaseSeparableConv):
    """Depthwise convolution over sequences, then a convolution of size 1 that mixes the channels.

    Far fewer weights than a full convolution of the same reach.

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int. Size of the depthwise kernels.
        strides: Int. Distance between windows.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int. Distance between the taps of the kernel.
        depth_multiplier: Int > 0. Number of depthwise kernels for each channel.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        depthwise_initializer: Initializer of `depthwise_kernel`, `(*kernel_size, channels,
            depth_multiplier)`.
        pointwise_initializer: Initializer of `pointwise_kernel`, `(1, ..., channels *
            depth_multiplier, filters)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        depthwise_regularizer: Regularizer of the depthwise kernel.
        pointwise_regularizer: Regularizer of the pointwise kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        depthwise_constraint: Constraint on the depthwise kernel.
        pointwise_constraint: Constraint on the pointwise kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: the same with other spatial sizes and `filters` channels.

    Raises:
        ValueError: If the kernel does not fit into the inputs.

    Example:

    >>> layer = kerajax.layers.SeparableConv1D(4, 3, padding="same")
    >>> layer(np.ones((1, 5, 2), "float32")).shape
    (1, 5, 4)

    Reference:
        Chollet, 2016, "Xception: Deep Learning with Depthwise Separable Convolutions",
        https://arxiv.org/abs/1610.02357
    """


@publish("keras.layers.SeparableConv2D", "keras.layers.SeparableConvolution2D")
class SeparableConv2D(BaseSeparableConv):
    """Depthwise convolution over images, then a convolution of size 1 that mixes the channels.

    Far fewer weights than a full convolution of the same reach.

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int or 2 ints. Size of the depthwise kernels.
        strides: Int or 2 ints. Distance between windows.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 2 ints. Distance between the taps of the kernel.
        depth_multiplier: Int > 0. Number of depthwise kernels for each channel.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        depthwise_initializer: Initializer of `depthwise_kernel`, `(*kernel_size, channels,
            depth_multiplier)`.
        pointwise_initializer: Initializer of `pointwise_kernel`, `(1, ..., channels *
            depth_multiplier, filters)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        depthwise_regularizer: Regularizer of the depthwise kernel.
        pointwise_regularizer: Regularizer of the pointwise kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        depthwise_constraint: Constraint on the depthwise kernel.
        pointwise_constraint: Constraint on the pointwise kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: the same with other spatial sizes and `filters` channels.

    Raises:
        ValueError: If the kernel does not fit into the inputs.

    Example:

    >>> layer = kerajax.layers.SeparableConv2D(4, 3, padding="same")
    >>> layer(np.ones((1, 4, 4, 3), "float32")).shape
    (1, 4, 4, 4)

    Reference:
        Chollet, 2016, "Xception: Deep Learning with Depthwise Separable Convolutions",
        https://arxiv.org/abs/1610.02357
    """

    rank = 2
