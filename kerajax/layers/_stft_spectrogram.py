"""STFTSpectrogram: the frequencies in a signal over time, by a convolution."""

import math
import warnings

from kerajax import initializers, ops
from kerajax._checks import one_of
from kerajax.backend import epsilon, standardize_data_format, standardize_dtype
from kerajax.layers._base import InputSpec, Layer
from kerajax.objects import publish

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@publish("keras.layers.STFTSpectrogram")
class STFTSpectrogram(Layer):
    """Short-time Fourier transform of each channel of a signal.

    The transform is a convolution, whose kernels are weights that training may change.

    Args:
        mode: `"log"` of the magnitude, `"magnitude"`, `"psd"` (power spectral density), `"real"`,
            `"imag"`, `"angle"` in radians, or `"stft"`, real parts and then imaginary ones.
        frame_length: Int. Length of a frame, in samples.
        frame_step: Optional int <= `frame_length`: from one frame to the next, in samples; half a
            frame if absent.
        fft_length: Optional int >= `frame_length`: the transform has `fft_length // 2 + 1`
            frequencies. The next power of two if absent.
        window: Name of a window of `scipy.signal.get_window`, or a vector of `frame_length`.
        periodic: Bool. Whether a named window is periodic.
        scaling: `"density"`, `"spectrum"` or None: how the window is scaled.
        padding: `"valid"`, or `"same"` for a frame at each step of the whole signal.
        expand_dims: Bool. Whether channels keep an axis of their own, as in images.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or `(batch, channels, time)` channels first; float.
    Output shape: `(batch, frames, channels * frequencies)`, with `expand_dims`
        `(batch, frames, frequencies, channels)`; channels first
        `(batch, channels * frequencies, frames)` and `(batch, channels, frames, frequencies)`.

    Raises:
        ValueError: If an option is unknown or lengths contradict each other.
        TypeError: If inputs are no floats.

    Example:

    >>> layer = kerajax.layers.STFTSpectrogram(frame_length=64, mode="magnitude")
    >>> layer(np.ones((2, 256, 1), "float32")).shape
    (2, 7, 33)
    """

    def __init__(
        self,
        mode="log",
        frame_length=256,
        frame_step=None,
        fft_length=None,
        window="hann",
        periodic=False,
        scaling="density",
        padding="valid",
        expand_dims=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            raise ValueError(
                "`frame_step` should be a positive integer not greater than `frame_length`. "
                f"Received frame_step={frame_step}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(
                "`fft_length` should be not less than `frame_length`. Received "
                f"fft_length={fft_length}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length & (fft_length - 1):
            warnings.warn(
                "`fft_length` is recommended to be a power of two. Received "
                f"fft_length={fft_length}",
                stacklevel=4,
            )
        if mode not in _MODES:
            raise ValueError(
                f"Output mode is invalid, it must be one of {', '.join(_MODES)}. Received: "
                f"mode={mode}"
            )
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(
                "Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received "
                f"scaling={scaling}"
            )
        if padding not in ("valid", "same"):
            raise ValueError(
                f"Padding is invalid, it should be 'valid', 'same'. Received: padding={padding}"
            )
        self.mode = mode
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.fft_length = fft_length
        self._step = frame_step or frame_length // 2
        self._frequencies = (fft_length or 2 ** math.ceil(math.log2(frame_length))) // 2 + 1
        self.window = window
        self.periodic = periodic
        self.scaling = scaling
        self.padding = one_of(padding, "padding", self, ("valid", "same"))
        self.expand_dims = expand_dims
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=3)
        # The windows are checked here, where the caller sees them.
        self._sides = {
            side: initializers.STFT(side, window, scaling, periodic) for side in ("real", "imag")
        }

    def build(self, input_shape):
        shape = (self.frame_length, 1, self._frequencies)
        for side, other in (("real", "imag"), ("imag", "real")):
            if self.mode != other:
                kernel = self.add_weight(
                    name=f"{side}_kernel", shape=shape, initializer=self._sides[side]
                )
                setattr(self, f"{side}_kernel", kernel)

    def call(self, inputs):
        dtype = standardize_dtype(inputs.dtype)
        if dtype not in ("float16", "float32", "float64"):
            raise TypeError(
                "Invalid input type. Expected `float16`, `float32` or `float64`. Received: input "
                f"type={dtype}"
            )
        if self.data_format == "channels_last":
            inputs = ops.transpose(inputs, (0, 2, 1))
        _, channels, time = inputs.shape
        signals = ops.reshape(inputs, (-1, time, 1))

        def transformed(kernel):
            frames = ops.conv(
                signals,
                ops.cast(kernel, dtype),
                strides=self._step,
                padding=self.padding,
                data_format="channels_last",
            )
            return ops.reshape(frames, (-1, channels, *frames.shape[1:]))

        real = transformed(self.real_kernel) if self.mode != "imag" else None
        imag = transformed(self.imag_kernel) if self.mode != "real" else None
        return self._arranged(self._combined(real, imag))

    def _combined(self, real, imag):
        """The mode's function of the real and imaginary parts."""
        if self.mode in ("real", "imag"):
            return real if self.mode == "real" else imag
        if self.mode == "angle":
            return ops.arctan2(imag, real)
        if self.mode == "stft":
            return ops.concatenate([real, imag], axis=-1)
        power = ops.square(real) + ops.square(imag)
        if self.mode == "psd":
            # Frequencies that have a negative counterpart count twice.
            return power + ops.pad(power[..., 1:-1], [[0, 0], [0, 0], [0, 0], [1, 1]])
        magnitude = ops.sqrt(ops.maximum(power, epsilon()))
        if self.mode == "magnitude":
            return magnitude
        return ops.log(ops.maximum(magnitude, epsilon()))

    def _arranged(self, x):
        """`(batch, channels, frames, frequencies)` in the layout of the outputs."""
        last = self.data_format == "channels_last"
        if self.expand_dims:
            return ops.transpose(x, (0, 2, 3, 1)) if last else x
        _, channels, frames, frequencies = x.shape
        if last:
            x = ops.transpose(x, (0, 2, 1, 3))
            return ops.reshape(x, (-1, frames, channels * frequencies))
        return ops.reshape(ops.transpose(x, (0, 1, 3, 2)), (-1, channels * frequencies, frames))

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for a shape of the inputs."""
        last = self.data_format == "channels_last"
        batch, time, channels = input_shape if last else (*input_shape[::2], input_shape[1])
        frequencies = self._frequencies * (2 if self.mode == "stft" else 1)
        frames = None
        if time is not None:
            whole = time if self.padding == "same" else time - self.frame_length + 1
            frames = max(-(-whole // self._step), 0)
        if self.expand_dims:
            sizes = (frames, frequencies, channels) if last else (channels, frames, frequencies)
            return (batch, *sizes)
        joined = None if channels is None else channels * frequencies
        return (batch, frames, joined) if last else (batch, joined, frames)
