"""Convolutions over one, two or three spatial axes."""

from kerajax import activations, constraints, initializers, ops, regularizers
from kerajax._checks import int_tuple, padding, positive_int
from kerajax.layers._adaptable import Adaptable, shown_kernel
from kerajax.layers._base import InputSpec
from kerajax.layers._rank import RankFamily
from kerajax.objects import publish


class Convolving(RankFamily):
    """What all convolutions share: the window, the bias and the activation."""

    _slow_in_loops = True
    _per_axis = ("strides", "dilation_rate")
    # A window of a sequence may look back only; in the plane there is no back.
    _paddings = ("valid", "same")

    def _set_window(self, kernel_size, strides, padding_mode, data_format, dilation_rate):
        self.kernel_size = int_tuple(kernel_size, "kernel_size", self, self.rank)
        self.strides = int_tuple(strides, "strides", self, self.rank)
        self.dilation_rate = int_tuple(dilation_rate, "dilation_rate", self, self.rank)
        self.padding = padding(padding_mode, "padding", self, self._paddings)
        self._set_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=self.rank + 2)

    def _refuse_strides_with_dilation(self):
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}': `strides > 1` not supported in "
                f"conjunction with `dilation_rate > 1`. Received: strides={self.strides} and "
                f"dilation_rate={self.dilation_rate}. Set one of them to 1."
            )

    def _set_bias(self, activation, use_bias, initializer, regularizer, constraint):
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(initializer)
        self.bias_regularizer = regularizers.get(regularizer)
        self.bias_constraint = constraints.get(constraint)

    def _channels_of(self, input_shape) -> int:
        """The number of input channels, which from now on is fixed."""
        channels = self._known_size(input_shape, self._channel_axis)
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={self._channel_axis: channels})
        return channels

    def _check_window_fits(self, input_shape):
        if self.padding != "valid":
            return
        for axis, size, dilation in zip(
            self._spatial_axes, self.kernel_size, self.dilation_rate, strict=True
        ):
            span = dilation * (size - 1) + 1
            if input_shape[axis] is not None and input_shape[axis] < span:
                raise ValueError(
                    f"{type(self).__name__} layer '{self.name}': the kernel spans {span} places "
                    f"of axis {axis}, but inputs of shape {input_shape} have {input_shape[axis]}. "
                    "Use a smaller kernel, a larger input, or padding='same'."
                )

    def _build_bias(self, filters):
        self.bias = self._weight("bias", (filters,)) if self.use_bias else None

    def _finish(self, outputs):
        """Adds the bias and applies the activation."""
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (1, -1, *(1,) * self.rank))
            outputs = ops.add(outputs, bias)
        return self.activation(outputs)


class BaseConv(Adaptable, Convolving):
    """Base of `Conv1D`, `Conv2D` and `Conv3D`, which differ in their rank alone.

    Their kernels can be adapted: `lora_rank` and `lora_alpha` are among their keywords.
    """

    _told_by_attributes = True
    _modes = ()
    _extra_arguments = frozenset(("lora_rank", "lora_alpha"))
    kernel = shown_kernel("_kernel", "The variable, or the sum where it is adapted.")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
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
        lora = kwargs.pop("lora_rank", None), kwargs.pop("lora_alpha", None)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_forms(*lora)
        self.filters = positive_int(filters, "filters", self)
        self.groups = positive_int(groups, "groups", self)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        self._refuse_strides_with_dilation()
        self._set_bias(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self._check_groups(self.filters, "filters")

    def build(self, input_shape):
        channels = self._channels_of(input_shape)
        self._check_groups(channels, "input channels")
        self._check_window_fits(input_shape)
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self._build_kernel(shape)
        self._build_bias(self.filters)

    def call(self, inputs):
        if self.padding == "causal":
            before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            inputs = ops.pad(inputs, self._framed([(before, 0)], (0, 0)))
        return self._finish(self.convolution_op(inputs, self.kernel))

    def convolution_op(self, inputs, kernel):
        """The convolution itself, without padding to the left, bias and activation."""
        return ops.conv(
            inputs,
            kernel,
            strides=self.strides,
            padding="valid" if self.padding == "causal" else self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )

    def _check_groups(self, channels, what):
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}': the number of {what} must be evenly "
                f"divisible by the number of groups. Received: {what}={channels}, "
                f"groups={self.groups}."
            )


@publish("keras.layers.Conv1D", "keras.layers.Convolution1D")
class Conv1D(BaseConv):
    """Convolution over time: `outputs = activation(conv(inputs, kernel) + bias)`.

    The kernel is not flipped (a cross-correlation, as everywhere in deep learning).

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int. Steps that the kernel spans.
        strides: Int. Steps between windows. Not with `dilation_rate`.
        padding: `"valid"` (whole windows only), `"same"` (`ceil(time / strides)` outputs) or
            `"causal"` (outputs depend on the past alone).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int. Steps between the taps of the kernel.
        groups: Int. Parts in which channels are convolved separately; divides both channel counts.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(kernel_size, channels / groups, filters)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or `(batch, channels, time)`.
    Output shape: `(batch, new_time, filters)`, or with the channels first.

    Raises:
        ValueError: If strides meet dilation, groups do not divide, or the kernel does not fit.

    Example:

    >>> kerajax.layers.Conv1D(4, 3)(np.ones((2, 10, 8), "float32")).shape
    (2, 8, 4)
    """

    _paddings = ("valid", "same", "causal")


@publish("keras.layers.Conv2D", "keras.layers.Convolution2D")
class Conv2D(BaseConv):
    """Convolution over images: `outputs = activation(conv(inputs, kernel) + bias)`.

    The kernel is not flipped (a cross-correlation, as everywhere in deep learning).

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int or 2 ints: height and width of the kernel, in pixels.
        strides: Int or 2 ints. Pixels between windows. Not with `dilation_rate`.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 2 ints. Pixels between the taps of the kernel.
        groups: Int. Parts in which channels are convolved separately; divides both channel counts.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, channels / groups, filters)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or `(batch, channels, height, width)`.
    Output shape: `(batch, new_height, new_width, filters)`, or with the channels first.

    Raises:
        ValueError: If strides meet dilation, groups do not divide, or the kernel does not fit.

    Example:

    >>> kerajax.layers.Conv2D(4, 3, padding="same")(np.ones((1, 8, 8, 3), "float32")).shape
    (1, 8, 8, 4)
    """

    rank = 2


@publish("keras.layers.Conv3D", "keras.layers.Convolution3D")
class Conv3D(BaseConv):
    """Convolution over volumes: `outputs = activation(conv(inputs, kernel) + bias)`.

    The kernel is not flipped (a cross-correlation, as everywhere in deep learning).

    Args:
        filters: Int > 0. Number of output channels.
        kernel_size: Int or 3 ints: size of the kernel, in voxels.
        strides: Int or 3 ints. Voxels between windows. Not with `dilation_rate`.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        dilation_rate: Int or 3 ints. Voxels between the taps of the kernel.
        groups: Int. Parts in which channels are convolved separately; divides both channel counts.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(*kernel_size, channels / groups, filters)`.
        bias_initializer: Initializer of `bias`, `(filters,)`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: `(batch, new_depth, new_height, new_width, filters)`, or the same.

    Raises:
        ValueError: If strides meet dilation, groups do not divide, or the kernel does not fit.

    Example:

    >>> kerajax.layers.Conv3D(2, 3)(np.ones((1, 4, 4, 4, 1), "float32")).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3
