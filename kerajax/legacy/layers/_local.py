"""LocallyConnected1D and 2D: convolutions whose kernel differs from place to place."""

import itertools

import numpy as np

from kerajax import activations, constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.backend import image_data_format
from kerajax.layers import Layer
from kerajax.objects import publish


def local_convolution(inputs, kernel, taps, first):
    """A convolution with a kernel of its own at every place.

    Args:
        inputs: Tensor `(batch, *sizes, channels)`.
        kernel: Tensor `(places, size of a patch, filters)`.
        taps: For each axis, and each place of the output along it, the places of the input it sees.
        first: Bool. Whether channels come first, in the inputs and in the patches.

    Returns:
        Tensor `(batch, *places, filters)`, or `(batch, filters, *places)`.
    """
    x, start, rank = inputs, 2 if first else 1, len(taps)
    for axis in range(rank):
        # After each step, an axis of places is followed by one of taps.
        x = ops.take(x, np.asarray(taps[axis]), axis=start + 2 * axis)
    order = [start + 2 * axis for axis in range(rank)]
    inner = [at + 1 for at in order]
    inner = [1, *inner] if first else [*inner, x.ndim - 1]
    x = ops.transpose(x, (0, *order, *inner))
    x = ops.reshape(x, (-1, *kernel.shape[:2]))
    x = ops.einsum("bpi,pio->bpo", x, kernel)
    x = ops.reshape(x, (-1, *map(len, taps), kernel.shape[-1]))
    return ops.moveaxis(x, -1, 1) if first else x


class _LocallyConnected(Layer):
    """The arithmetic of both, over `rank` axes."""

    rank = 0

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        implementation=1,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters = positive_int(filters, "filters", self)
        self.kernel_size = self._sizes(kernel_size)
        self.strides = self._sizes(strides)
        if padding not in ("valid", "same") or (padding == "same" and implementation == 1):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' takes padding='valid', or 'same' with "
                f"implementation 2 or 3, but received padding={padding!r}. Pad the input first."
            )
        self.padding = padding
        self.data_format = data_format or image_data_format()
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.implementation = implementation

    def _sizes(self, value):
        return (value,) * self.rank if isinstance(value, int) else tuple(value)

    def build(self, input_shape):
        self._first = self.data_format == "channels_first"
        sizes = input_shape[2:] if self._first else input_shape[1:-1]
        channels = input_shape[1] if self._first else input_shape[-1]
        if None in (*sizes, channels):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' has a kernel for each place, so it "
                f"needs an input of known size, but received shape {input_shape}."
            )
        self._taps = [self._places(n, axis) for axis, n in enumerate(sizes)]
        self._outputs = tuple(len(taps) for taps in self._taps)
        self._in = (channels, *sizes) if self._first else (*sizes, channels)
        out = (self.filters, *self._outputs) if self._first else (*self._outputs, self.filters)
        self._out = out
        if self.implementation == 1:
            patch = int(np.prod(self.kernel_size)) * channels
            shape = (int(np.prod(self._outputs)), patch, self.filters)
        else:
            self._mask = self._connections(channels)
            if self.implementation == 2:
                shape = (*self._in, *out)
            else:
                shape = (int(self._mask.sum()),)
        self.kernel = self._weight("kernel", shape)
        self.bias = self._weight("bias", (*self._outputs, self.filters)) if self.use_bias else None

    def _places(self, n, axis):
        """For each place of the output the places of the input, -1 outside of it."""
        k, stride = self.kernel_size[axis], self.strides[axis]
        if self.padding == "same":
            count = -(-n // stride)
            before = k // 2
            starts = [i * stride - before for i in range(count)]
        else:
            starts = list(range(0, n - k + 1, stride))
        return [[p if 0 <= p < n else -1 for p in range(s, s + k)] for s in starts]

    def _connections(self, channels):
        """Bool `(output, input)`, both flat: which inputs an output sees."""
        mask = np.zeros((*self._out, *self._in), bool)
        for place in itertools.product(*map(range, self._outputs)):
            seen = [taps[i] for taps, i in zip(self._taps, place, strict=True)]
            for tap in itertools.product(*seen):
                if -1 in tap:
                    continue
                one = (slice(None), *place) if self._first else (*place, slice(None))
                other = (slice(None), *tap) if self._first else (*tap, slice(None))
                mask[(*one, *other)] = True
        return mask.reshape(int(np.prod(self._out)), int(np.prod(self._in)))

    def call(self, inputs):
        if self.implementation == 1:
            outputs = local_convolution(inputs, self.kernel, self._taps, self._first)
        else:
            outputs = self._dense(inputs)
        if self.bias is not None:
            # With channels first, Keras reads the same numbers in another order of axes.
            outputs = outputs + ops.reshape(self.bias, self._out)
        return self.activation(outputs)

    def _dense(self, inputs):
        flat = ops.reshape(inputs, (-1, self._mask.shape[1]))
        if self.implementation == 2:
            kernel = ops.reshape(self.kernel, self._mask.shape[::-1])
            kernel = kernel * ops.cast(self._mask.T, kernel.dtype)
        else:
            where = np.stack(np.nonzero(self._mask), axis=-1)
            kernel = ops.transpose(ops.scatter(where, self.kernel, self._mask.shape))
        return ops.reshape(ops.matmul(flat, kernel), (-1, *self._out))


@publish("keras.layers.LocallyConnected1D")
class LocallyConnected1D(_LocallyConnected):
    """A convolution over time with a kernel of its own at every step.

    Args:
        filters: Int > 0. Channels of the output.
        kernel_size: Int. Steps that a kernel spans.
        strides: Int. Steps between the places of the output.
        padding: `"valid"`; `"same"` with implementations 2 and 3.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        activation: Activation function, or its name.
        use_bias: Bool. Whether there is a bias for each place and channel.
        kernel_initializer: Initializer of the kernels.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Regularizer of the kernels, or None.
        bias_regularizer: Regularizer of the bias, or None.
        activity_regularizer: Regularizer of the output, or None.
        kernel_constraint: Constraint of the kernels, or None.
        bias_constraint: Constraint of the bias, or None.
        implementation: 1: a kernel for each place; 2: one matrix over all inputs, zero where
            nothing connects; 3: its entries that are not zero. The numbers are equal.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, steps, channels)`, with a known number of steps.
    Output shape: `(batch, new_steps, filters)`.

    Example:

    >>> kerajax.legacy.layers.LocallyConnected1D(4, 3)(kerajax.ops.ones((2, 8, 2))).shape
    (2, 6, 4)
    """

    rank = 1


@publish("keras.layers.LocallyConnected2D")
class LocallyConnected2D(_LocallyConnected):
    """A convolution over images with a kernel of its own at every place.

    Args: as `LocallyConnected1D`, with sizes for two axes.

    Input shape: `(batch, height, width, channels)`, with known sizes.
    Output shape: `(batch, new_height, new_width, filters)`.

    Example:

    >>> kerajax.legacy.layers.LocallyConnected2D(4, 3)(kerajax.ops.ones((2, 8, 8, 2))).shape
    (2, 6, 6, 4)
    """

    rank = 2
