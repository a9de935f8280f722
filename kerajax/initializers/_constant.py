"""Initializers that draw nothing: constants, the identity, the kernel of a Fourier transform."""

import numpy as np

from kerajax import ops
from kerajax._checks import one_of
from kerajax.backend import convert_to_tensor, filled, standardize_dtype
from kerajax.backend._filling import Filling
from kerajax.initializers._base import Initializer
from kerajax.objects import publish


@publish("keras.initializers.Zeros", "keras.initializers.zeros")
class Zeros(Initializer):
    """All zeros, the usual start of biases.

    Example:

    >>> kerajax.initializers.Zeros()((2,)).tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape, dtype=None):
        """Zeros of `shape` and `dtype`."""
        return filled(shape, 0, standardize_dtype(dtype))

    def _later(self, shape, dtype):
        return Filling(shape, 0, dtype)


@publish("keras.initializers.Ones", "keras.initializers.ones")
class Ones(Initializer):
    """All ones, the usual start of scales.

    Example:

    >>> kerajax.initializers.Ones()((2,)).tolist()
    [1.0, 1.0]
    """

    def __call__(self, shape, dtype=None):
        """Ones of `shape` and `dtype`."""
        return filled(shape, 1, standardize_dtype(dtype))

    def _later(self, shape, dtype):
        return Filling(shape, 1, dtype)


@publish("keras.initializers.Constant", "keras.initializers.constant")
class Constant(Initializer):
    """One given value everywhere, or given values that broadcast to the shape.

    Args:
        value: Number, or array (or nested lists) that broadcasts to the shape asked for.

    Example:

    >>> kerajax.initializers.Constant(3.0)((2,)).tolist()
    [3.0, 3.0]
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        """`value` in `dtype`, broadcast to `shape`."""
        if np.ndim(self.value) == 0:
            return filled(shape, self.value, standardize_dtype(dtype))
        return ops.broadcast_to(convert_to_tensor(self.value, standardize_dtype(dtype)), shape)

    def _later(self, shape, dtype):
        return Filling(shape, self.value, dtype) if isinstance(self.value, (int, float)) else None


@publish(
    "keras.initializers.Identity",
    "keras.initializers.IdentityInitializer",
    "keras.initializers.identity",
)
class Identity(Initializer):
    """`gain` on the main diagonal, zeros elsewhere.

    Args:
        gain: Float. What stands on the diagonal.

    Raises:
        ValueError: When called, if the shape has not two axes.

    Example:

    >>> kerajax.initializers.Identity(2.0)((2, 2)).tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        """The scaled identity matrix, cut or padded with zeros to `shape`."""
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. Received: "
                f"shape={shape} of rank {len(shape)}. Use Orthogonal for more axes."
            )
        return self.gain * ops.eye(*shape, dtype=standardize_dtype(dtype))


@publish("keras.initializers.STFT", "keras.initializers.STFTInitializer", "keras.initializers.stft")
class STFT(Initializer):
    """The kernel with which a 1D convolution computes a short-time Fourier transform.

    `kernel[t, 0, k] = window[t] * cos(2 pi t k / n) / scale`, with `-sin` for the imaginary part,
    where `n = 2 * (number of frequencies - 1)`.

    Args:
        side: `"real"` or `"imag"`: the part of the transform.
        window: Name of a window of `scipy.signal.get_window`, tensor of the frame's length, or
            None for no window and no scaling.
        scaling: `"density"` divides by `sqrt(sum(window**2))`, `"spectrum"` by `sum(abs(window))`;
            None does not divide.
        periodic: Bool. Whether a named window is periodic (for spectral analysis), not symmetric.
            As in Keras, True gives scipy's `fftbins=True`.

    Raises:
        ValueError: If an option or the window's name is unknown, or, when called, if the window's
            length is not the frame's.

    Example:

    >>> kerajax.initializers.STFT("real", "hann", None)((4, 1, 3)).shape
    (4, 1, 3)
    """

    def __init__(self, side="real", window="hann", scaling="density", periodic=False):
        one_of(side, "side", "STFT", ("real", "imag"))
        one_of(scaling, "scaling", "STFT", (None, "density", "spectrum"))
        if isinstance(window, str):
            _named_window(window, 1, periodic)
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape, dtype=None):
        """The kernel of shape `(frame length, input channels, frequencies)`."""
        frame_length, _, frequencies = shape
        period = 2 * (frequencies - 1)
        # Phases are reduced in integers and run in float64: float32 phases of a thousand turns
        # would be off in the fourth digit.
        steps = np.arange(frame_length)[:, None, None] * np.arange(frequencies)
        turns = (steps % period if period else steps) / max(period, 1)
        kernel = np.cos(2 * np.pi * turns) if self.side == "real" else -np.sin(2 * np.pi * turns)
        if self.window is not None:
            window = self._window(frame_length)
            kernel = kernel * window[:, None, None] / self._scale(window)
        return convert_to_tensor(kernel, standardize_dtype(dtype))

    def _window(self, frame_length):
        if isinstance(self.window, str):
            return _named_window(self.window, frame_length, self.periodic)
        window = np.asarray(self.window, dtype="float64")
        if window.shape != (frame_length,):
            raise ValueError(
                f"STFT needs a `window` of shape ({frame_length},), the frame's length, but "
                f"received shape {window.shape}."
            )
        return window

    def _scale(self, window):
        if self.scaling == "density":
            return np.sqrt(np.sum(window**2))
        return np.sum(np.abs(window)) if self.scaling == "spectrum" else 1.0


def _named_window(name, length, periodic):
    from scipy.signal import get_window

    return get_window(name, length, periodic)
