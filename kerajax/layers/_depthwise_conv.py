"""Depthwise convolutions: each channel on its own."""

from kerajax import constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers._conv import Convolving
from kerajax.objects import publish


class BaseDepthwiseConv(Convolving):
    """Base of the depthwise convolutions, which differ in their rank alone."""

    _told_by_attributes = True

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier", self)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        self._set_bias(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape):
        channels = self._channels_of(input_shape)
        self._check_window_fits(input_shape)
        self.kernel = self._weight(
            "kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self._build_bias(channels * self.depth_multiplier)

    def call(self, inputs):
        outputs = ops.depthwise_conv(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return self._finish(outputs)


@publish("keras.layers.DepthwiseConv1D")
class DepthwiseConv1D(BaseDepthwiseConv):
    """Convolution of each channel of sequences with kernels of its own; channels do not mix.

    Args:
        kernel_size: Int. Size of the kernels.
        strides: Int. Distance between windows.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        depth_multiplier: Int > 0. Number of kernels for each channel.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int. Distance between the taps of the kernel.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        depthwise_initializer: Initializer of `kernel`, `(*kernel_size, channels,
            depth_multiplier)`.
        bias_initializer: Initializer of `bias`, `(channels * depth_multiplier,)`.
        depthwise_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        depthwise_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: the same with other spatial sizes and `channels * depth_multiplier` channels.

    Raises:
        ValueError: If the kernel does not fit into the inputs.

    Example:

    >>> layer = kerajax.layers.DepthwiseConv1D(3, padding="same", depth_multiplier=2)
    >>> layer(np.ones((1, 5, 2), "float32")).shape
    (1, 5, 4)
    """


@publish("keras.layers.DepthwiseConv2D")
class DepthwiseConv2D(BaseDepthwiseConv):
    """Convolution of each channel of images with kernels of its own; channels do not mix.

    Args:
        kernel_size: Int or 2 ints. Size of the kernels.
        strides: Int or 2 ints. Distance between windows.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        depth_multiplier: Int > 0. Number of kernels for each channel.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 2 ints. Distance between the taps of the kernel.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        depthwise_initializer: Initializer of `kernel`, `(*kernel_size, channels,
            depth_multiplier)`.
        bias_initializer: Initializer of `bias`, `(channels * depth_multiplier,)`.
        depthwise_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        depthwise_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: the same with other spatial sizes and `channels * depth_multiplier` channels.

    Raises:
        ValueError: If the kernel does not fit into the inputs.

    Example:

    >>> layer = kerajax.layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)
    >>> layer(np.ones((1, 4, 4, 3), "float32")).shape
    (1, 4, 4, 6)
    """

    rank = 2
