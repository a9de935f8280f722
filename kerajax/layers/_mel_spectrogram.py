"""MelSpectrogram: the loudness of pitches over time."""

import numpy as np

from kerajax import ops
from kerajax._checks import positive_int
from kerajax.backend import convert_to_tensor
from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.MelSpectrogram")
class MelSpectrogram(Layer):
    """Sound as the power in bands of the mel scale, by a short-time Fourier transform.

    `outputs = 10 * log10(|stft(inputs)| ** mag_exp @ mel_weights)`, at most `top_db` below the
    loudest of the batch. Mel bands are about as wide as the ear tells pitches apart.

    Args:
        fft_length: Int. Length of the Fourier transform, in samples.
        sequence_stride: Int. From one frame to the next, in samples.
        sequence_length: Optional int <= `fft_length`: length of a window, in samples;
            `fft_length` if absent.
        window: `"hann"`, `"hamming"`, or a vector of `sequence_length`.
        sampling_rate: Int. In Hz.
        num_mel_bins: Int. Number of bands.
        min_freq: Float. Lower edge of the lowest band, in Hz.
        max_freq: Optional float: upper edge of the highest band, in Hz; half the sampling rate if
            absent.
        power_to_db: Bool. Whether the result is in decibels.
        top_db: Float. The range that is kept, in decibels.
        mag_exp: Float. 1 for magnitude, 2 for power.
        min_power: Float. Smaller powers count as this one.
        ref_power: Float. The power that is 0 decibels.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(samples,)` or `(batch, samples)`, float.
    Output shape: `(..., num_mel_bins, frames)`, dtype `compute_dtype`, with
        `frames = samples // sequence_stride + 1`.

    Raises:
        ValueError: If a length or a number is no positive int, or `fft_length` is below
            `sequence_length`.

    Example:

    >>> layer = kerajax.layers.MelSpectrogram(256, 128, num_mel_bins=16, sampling_rate=8000)
    >>> layer(np.sin(np.arange(8000, dtype="float32"))).shape
    (16, 63)

    Reference:
        Stevens, Volkmann and Newman, 1937, "A Scale for the Measurement of the Psychological
        Magnitude Pitch", https://doi.org/10.1121/1.1915893. The scale is that of HTK,
        `mel = 1127 * log(1 + hertz / 700)`.
    """

    def __init__(
        self,
        fft_length=2048,
        sequence_stride=512,
        sequence_length=None,
        window="hann",
        sampling_rate=16000,
        num_mel_bins=128,
        min_freq=20.0,
        max_freq=None,
        power_to_db=True,
        top_db=80.0,
        mag_exp=2.0,
        min_power=1e-10,
        ref_power=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.fft_length = positive_int(fft_length, "fft_length", self)
        self.sequence_stride = positive_int(sequence_stride, "sequence_stride", self)
        self.sequence_length = sequence_length or fft_length
        if self.fft_length < self.sequence_length:
            raise ValueError(
                "`fft_length` must be greater than or equal to `sequence_length`. Received: "
                f"`sequence_length`={self.sequence_length}, `fft_length`={self.fft_length}."
            )
        self.window = window
        self.sampling_rate = sampling_rate
        self.num_mel_bins = positive_int(num_mel_bins, "num_mel_bins", self)
        self.min_freq = min_freq
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power

    def call(self, inputs):
        # JAX has no Fourier transform of half precision.
        dtype = self.compute_dtype if self.compute_dtype == "float64" else "float32"
        real, imag = ops.stft(
            ops.cast(inputs, dtype),
            self.sequence_length,
            self.sequence_stride,
            self.fft_length,
            window=self.window,
        )
        magnitude = ops.sqrt(ops.add(ops.square(real), ops.square(imag)))
        weights = self.linear_to_mel_weight_matrix(
            self.num_mel_bins,
            self.fft_length // 2 + 1,
            self.sampling_rate,
            self.min_freq,
            self.max_freq,
            dtype=dtype,
        )
        outputs = ops.matmul(ops.power(magnitude, self.mag_exp), weights)
        if self.power_to_db:
            outputs = self._decibels(outputs)
        return ops.cast(ops.swapaxes(outputs, -1, -2), self.compute_dtype)

    def _decibels(self, power):
        reference = 10 * np.log10(max(abs(self.ref_power), self.min_power))
        decibels = 10 * ops.log10(ops.maximum(power, self.min_power)) - reference
        return ops.maximum(decibels, ops.max(decibels, initial=float("-inf")) - self.top_db)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins=20,
        num_spectrogram_bins=129,
        sampling_rate=8000,
        lower_edge_hertz=125.0,
        upper_edge_hertz=3800.0,
        dtype="float32",
    ):
        """The weights of frequencies in mel bands: triangles that are even in mels, of height 1.

        Args:
            num_mel_bins: Int. Number of bands.
            num_spectrogram_bins: Int. Number of frequencies, from 0 to half the sampling rate.
            sampling_rate: Float. In Hz.
            lower_edge_hertz: Float. Where the lowest band begins.
            upper_edge_hertz: Float. Where the highest band ends.
            dtype: String.

        Returns:
            Tensor `(num_spectrogram_bins, num_mel_bins)`. The constant has no weight in any band.

        Example:

        >>> layer = kerajax.layers.MelSpectrogram()
        >>> layer.linear_to_mel_weight_matrix(20, 129).shape
        (129, 20)
        """
        frequencies = _mel(np.linspace(0, sampling_rate / 2, num_spectrogram_bins))[:, None]
        edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), num_mel_bins + 2)
        lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
        rising = (frequencies - lower) / (center - lower)
        falling = (upper - frequencies) / (upper - center)
        weights = np.maximum(0, np.minimum(rising, falling))
        weights[0] = 0
        return convert_to_tensor(weights, dtype)

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for a shape of the inputs."""
        *batch, samples = input_shape
        frames = None
        if samples is not None:
            # An odd length is one longer than the two halves that the ends are padded with.
            frames = (samples - self.fft_length % 2) // self.sequence_stride + 1
        return (*batch, self.num_mel_bins, frames)


def _mel(hertz):
    return 1127 * np.log(1 + np.asarray(hertz) / 700)
