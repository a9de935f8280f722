"""Transposed convolutions: upsampling with a learned kernel."""

from kerajax import constraints, initializers, ops, regularizers
from kerajax._checks import int_tuple, positive_int
from kerajax.layers._conv import Convolving
from kerajax.objects import publish


class BaseConvTranspose(Convolving):
    """Base of the transposed convolutions, which differ in their rank alone."""

    _told_by_attributes = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters = positive_int(filters, "filters", self)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        self._refuse_strides_with_dilation()
        self._set_output_padding(output_padding)
        self._set_bias(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        channels = self._channels_of(input_shape)
        self.kernel = self._weight("kernel", (*self.kernel_size, self.filters, channels))
        self._build_bias(self.filters)

    def call(self, inputs):
        outputs = ops.conv_transpose(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return self._finish(outputs)

    def _set_output_padding(self, output_padding):
        self.output_padding = None
        if output_padding is None:
            return
        self.output_padding = int_tuple(
            output_padding, "output_padding", self, self.rank, allow_zero=True
        )
        pairs = zip(self.output_padding, self.strides, strict=True)
        if any(padding >= stride for padding, stride in pairs):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}': each `output_padding` must be less "
                f"than the stride of its axis. Received: output_padding={self.output_padding}, "
                f"strides={self.strides}."
            )


@publish("keras.layers.Conv1DTranspose", "keras.layers.Convolution1DTranspose")
class Conv1DTranspose(BaseConvTranspose):
    """Transposed convolution over sequences, also called deconvolution.

    It is the gradient of a convolution with respect to its inputs, taken as a layer: it goes from
    the shape of a convolution's outputs to that of its inputs.

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int. Size of the kernel.
        strides: Int. By how much sizes grow. Not with `dilation_rate`.
        padding: `"valid"` or `"same"` (sizes grow by `strides` exactly).
        output_padding: Optional int, less than the strides: how much longer outputs are.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int. Distance between the taps of the kernel.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, filters, channels)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: the same with other spatial sizes and `filters` channels.

    Raises:
        ValueError: If strides meet dilation, or `output_padding` is too large.

    Example:

    >>> layer = kerajax.layers.Conv1DTranspose(4, 3, strides=2, padding="same")
    >>> layer(np.ones((1, 5, 2), "float32")).shape
    (1, 10, 4)

    Reference:
        Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning",
        https://arxiv.org/abs/1603.07285
    """


@publish("keras.layers.Conv2DTranspose", "keras.layers.Convolution2DTranspose")
class Conv2DTranspose(BaseConvTranspose):
    """Transposed convolution over images, also called deconvolution.

    It is the gradient of a convolution with respect to its inputs, taken as a layer: it goes from
    the shape of a convolution's outputs to that of its inputs.

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int or 2 ints. Size of the kernel.
        strides: Int or 2 ints. By how much sizes grow. Not with `dilation_rate`.
        padding: `"valid"` or `"same"` (sizes grow by `strides` exactly).
        output_padding: Optional int or 2 ints, less than the strides: how much longer outputs are.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 2 ints. Distance between the taps of the kernel.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, filters, channels)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: the same with other spatial sizes and `filters` channels.

    Raises:
        ValueError: If strides meet dilation, or `output_padding` is too large.

    Example:

    >>> layer = kerajax.layers.Conv2DTranspose(4, 3, strides=2, padding="same")
    >>> layer(np.ones((1, 4, 4, 3), "float32")).shape
    (1, 8, 8, 4)

    Reference:
        Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning",
        https://arxiv.org/abs/1603.07285
    """

    rank = 2


@publish("keras.layers.Conv3DTranspose", "keras.layers.Convolution3DTranspose")
class Conv3DTranspose(BaseConvTranspose):
    """Transposed convolution over volumes, also called deconvolution.

    It is the gradient of a convolution with respect to its inputs, taken as a layer: it goes from
    the shape of a convolution's outputs to that of its inputs.

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int or 3 ints. Size of the kernel.
        strides: Int or 3 ints. By how much sizes grow. Not with `dilation_rate`.
        padding: `"valid"` or `"same"` (sizes grow by `strides` exactly).
        output_padding: Optional int or 3 ints, less than the strides: how much longer outputs are.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 3 ints. Distance between the taps of the kernel.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, filters, channels)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: the same with other spatial sizes and `filters` channels.

    Raises:
        ValueError: If strides meet dilation, or `output_padding` is too large.

    Example:

    >>> layer = kerajax.layers.Conv3DTranspose(4, 3, strides=2, padding="same")
    >>> layer(np.ones((1, 2, 2, 2, 1), "float32")).shape
    (1, 4, 4, 4, 4)

    Reference:
        Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning",
        https://arxiv.org/abs/1603.07285
    """

    rank = 3

    # `data_format` stands before `output_padding` here, as it does in Keras.
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        output_padding=None,
        dilation_rate=(1, 1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            output_padding=output_padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
