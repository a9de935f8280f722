"""Fourier transforms, windows, frames and complex views.

In the transforms complex tensors are pairs (real, imag), as in Keras.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from kerajax._checks import one_of, positive_int
from kerajax.backend import canonical_dtype, floatx, infer, shape_of
from kerajax.ops._op import op


def _fft_spec(x):
    return _of_known_size(fft, x, "its last dimension", 1)


@op(lists=("x",), spec=_fft_spec)
def fft(x):
    """Discrete Fourier transform along the last axis.

    Args:
        x: Pair (real, imag) of float tensors of one shape.

    Returns:
        Pair (real, imag).

    Example:

    >>> x = np.array([1.0, 2.0]), np.zeros(2)
    >>> [part.tolist() for part in kerajax.ops.fft(x)]
    [[3.0, -1.0], [0.0, 0.0]]
    """
    return _pair(jnp.fft.fft(_complex(x, "fft", rank=1)))


def _fft2_spec(x):
    return _of_known_size(fft2, x, "its (-2, -1) axes", 2)


@op(lists=("x",), spec=_fft2_spec)
def fft2(x):
    """Discrete Fourier transform along the last two axes; `x` is a pair (real, imag).

    Example:

    >>> x = np.eye(2), np.zeros((2, 2))
    >>> kerajax.ops.fft2(x)[0].tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """
    return _pair(jnp.fft.fft2(_complex(x, "fft2", rank=2)))


def _ifft2_spec(x):
    return _of_known_size(ifft2, x, "its (-2, -1) axes", 2)


@op(lists=("x",), spec=_ifft2_spec)
def ifft2(x):
    """Inverse of `fft2`.

    Example:

    >>> x = np.eye(2), np.zeros((2, 2))
    >>> kerajax.ops.ifft2(kerajax.ops.fft2(x))[0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return _pair(jnp.fft.ifft2(_complex(x, "ifft2", rank=2)))


@op
def rfft(x, fft_length=None):
    """Fourier transform of real values along the last axis: the `fft_length // 2 + 1` bins >= 0.

    Args:
        x: Float tensor.
        fft_length: Int. The axis is cut or padded with zeros to this length.

    Returns:
        Pair (real, imag).

    Example:

    >>> [part.tolist() for part in kerajax.ops.rfft([1.0, 2.0])]
    [[3.0, -1.0], [0.0, 0.0]]
    """
    x = jnp.asarray(x)
    _check_rank(x, 1, "rfft")
    return _pair(jnp.fft.rfft(x, n=fft_length, axis=-1))


@op(lists=("x",))
def irfft(x, fft_length=None):
    """Inverse of `rfft`; `x` is a pair (real, imag).

    Example:

    >>> kerajax.ops.irfft(kerajax.ops.rfft([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """
    return jnp.fft.irfft(_complex(x, "irfft", rank=1), n=fft_length, axis=-1)


@op
def extract_sequences(x, sequence_length, sequence_stride):
    """Frames of the last axis, `sequence_stride` apart.

    Args:
        x: Tensor `(..., samples)`.
        sequence_length: Int. Samples in a frame.
        sequence_stride: Int. Samples from frame to frame.

    Returns:
        Tensor `(..., frames, sequence_length)`.

    Example:

    >>> kerajax.ops.extract_sequences([1, 2, 3, 4], 2, 1).tolist()
    [[1, 2], [2, 3], [3, 4]]
    """
    x = jnp.asarray(x)
    _check_rank(x, 1, "extract_sequences")
    sequence_length = positive_int(sequence_length, "sequence_length", "extract_sequences")
    sequence_stride = _stride(sequence_stride, "extract_sequences")
    starts = np.arange(0, x.shape[-1] - sequence_length + 1, sequence_stride)
    return jnp.take(x, starts[:, None] + np.arange(sequence_length), axis=-1)


@op
def stft(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """Short-time Fourier transform: `rfft` of windowed frames of the last axis.

    Args:
        x: Float tensor `(..., samples)`.
        sequence_length: Int. Samples in a frame.
        sequence_stride: Int. Samples from frame to frame.
        fft_length: Int >= `sequence_length`. Length of the transform.
        window: `"hann"`, `"hamming"` (periodic), a vector of `sequence_length`, or None.
        center: Bool. Whether `x` is mirrored at both ends, so that frame t is centered at sample
            `t * sequence_stride`.

    Returns:
        Pair (real, imag) of tensors `(..., frames, fft_length // 2 + 1)`.

    Example:

    >>> kerajax.ops.stft(np.ones(64, "float32"), 16, 8, 16)[0].shape
    (9, 9)
    """
    x = jnp.asarray(x)
    if x.dtype not in ("float32", "float64"):
        raise TypeError(f"stft needs `float32` or `float64` samples. Received: x.dtype={x.dtype}")
    if fft_length < sequence_length:
        raise ValueError(
            "stft: `fft_length` must equal or exceed `sequence_length`. Received: "
            f"sequence_length={sequence_length}, fft_length={fft_length}"
        )
    sequence_length = positive_int(sequence_length, "sequence_length", "stft")
    sequence_stride = _stride(sequence_stride, "stft")
    if center:
        widths = [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)]
        x = jnp.pad(x, widths, mode="reflect")
    frames = extract_sequences(x, fft_length, sequence_stride)
    return _pair(jnp.fft.rfft(frames * _window(window, sequence_length, fft_length, x.dtype)))


@op(lists=("x",))
def istft(x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True):
    """Inverse of `stft`: windowed frames are added and divided by the sum of the squared windows.

    Args:
        x: Pair (real, imag) of tensors `(..., frames, fft_length // 2 + 1)`.
        sequence_length: Int. Samples in a frame.
        sequence_stride: Int. Samples from frame to frame.
        fft_length: Int. Length of the transform.
        length: Int. Samples of the result; all that the frames cover if None.
        window: As given to `stft`.
        center: Bool. As given to `stft`.

    Returns:
        Tensor `(..., samples)`.

    Example:

    >>> x = np.sin(np.arange(64, dtype="float32"))
    >>> y = kerajax.ops.istft(kerajax.ops.stft(x, 16, 4, 16), 16, 4, 16)
    >>> bool(np.abs(y - x).max() < 1e-5)
    True
    """
    sequence_stride = _stride(sequence_stride, "istft")
    spectrum = _complex(x, "istft", rank=2)
    frames = jnp.fft.irfft(spectrum, n=fft_length, axis=-1)
    # As in Keras, frames without a window are added where windowed ones are averaged.
    is_added = window is None
    window = _window(window, sequence_length, fft_length, frames.dtype)
    count = frames.shape[-2]
    total = fft_length + sequence_stride * (count - 1)
    places = np.arange(count)[:, None] * sequence_stride + np.arange(fft_length)
    weights = jnp.zeros(total, frames.dtype).at[places].add(window**2)
    samples = jnp.zeros((*frames.shape[:-2], total), frames.dtype)
    samples = samples.at[..., places].add(frames * window)
    samples = samples / jnp.where(weights > 1e-10, weights, 1)
    if is_added:
        samples = samples * (fft_length / sequence_stride)
    start = fft_length // 2 if center else 0
    if length is not None:
        stop = start + length
    else:
        stop = total - start
    return samples[..., start:stop]


@op(data=("x",))
def view_as_complex(x):
    """A complex tensor from real and imaginary parts in the last axis, of size 2.

    Example:

    >>> kerajax.ops.view_as_complex([[1.0, 2.0]]).tolist()
    [(1+2j)]
    """
    x = jnp.asarray(x)
    if x.ndim < 1 or x.shape[-1] != 2:
        raise ValueError(
            "view_as_complex: Last dimension of input must be size 2 (real, imaginary). Received: "
            f"x.shape={x.shape}"
        )
    return jax.lax.complex(x[..., 0], x[..., 1])


@op
def view_as_real(x):
    """Real and imaginary parts of a complex tensor in a new last axis of size 2.

    Example:

    >>> kerajax.ops.view_as_real(np.array([1 + 2j])).tolist()
    [[1.0, 2.0]]
    """
    x = jnp.asarray(x)
    return jnp.stack([jnp.real(x), jnp.imag(x)], axis=-1)


@op
def bartlett(x):
    """Triangular window of `x` points that starts and ends at 0.

    Example:

    >>> kerajax.ops.bartlett(3).tolist()
    [0.0, 1.0, 0.0]
    """
    return _points(jnp.bartlett, x)


@op
def blackman(x):
    """Blackman window of `x` points: `0.42 - 0.5 cos(t) + 0.08 cos(2 t)`, `t = 2 pi n / (x - 1)`.

    Example:

    >>> print(kerajax.ops.blackman(3).round(3))
    [-0.  1. -0.]
    """
    return _points(jnp.blackman, x)


@op
def hamming(x):
    """Hamming window of `x` points: `0.54 - 0.46 cos(2 pi n / (x - 1))`.

    Example:

    >>> print(kerajax.ops.hamming(3).round(3))
    [0.08000001 1.         0.08000001]
    """
    return _points(jnp.hamming, x)


@op
def hanning(x):
    """Hann window of `x` points: `0.5 - 0.5 cos(2 pi n / (x - 1))`.

    Example:

    >>> print(kerajax.ops.hanning(3).round(3))
    [0. 1. 0.]
    """
    return _points(jnp.hanning, x)


@op
def kaiser(x, beta):
    """Kaiser window of `x` points with the shape parameter `beta`.

    Example:

    >>> print(kerajax.ops.kaiser(3, 2.0).round(3))
    [0.439 1.    0.439]
    """
    return _points(jnp.kaiser, x, beta)


def _points(window, x, *args):
    return window(int(x), *args).astype(canonical_dtype(floatx()))


def _window(window, sequence_length, fft_length, dtype):
    """The window in the middle of `fft_length` points."""
    if window is None:
        return jnp.ones(fft_length, dtype)
    if isinstance(window, str):
        offsets = {"hann": 0.5, "hamming": 0.54}
        one_of(
            window, "window", "If a string is passed to `window`, it must be one of these", offsets
        )
        a = offsets[window]
        n = np.arange(sequence_length)
        window = a - (1 - a) * np.cos(2 * math.pi * n / sequence_length)
    window = jnp.asarray(window, dtype)
    if window.shape != (sequence_length,):
        raise ValueError(
            "The shape of `window` must be equal to [sequence_length]. Received: "
            f"window.shape={window.shape}, sequence_length={sequence_length}"
        )
    before = (fft_length - sequence_length) // 2
    return jnp.pad(window, (before, fft_length - sequence_length - before))


def _of_known_size(transform, x, axes, rank):
    for part in x if isinstance(x, (tuple, list)) else ():
        if None in shape_of(part)[-rank:]:
            raise ValueError(
                f"{transform.__name__}: Input should have {axes} fully-defined. "
                f"Received: shape={shape_of(part)}"
            )
    return infer(transform.operation._fn, x)


def _pair(x):
    return jnp.real(x), jnp.imag(x)


def _complex(x, name, rank):
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"{name}: Input `x` should be a tuple of two tensors, real and imaginary. "
            f"Received: x={x}"
        )
    real, imag = (jnp.asarray(part) for part in x)
    if real.shape != imag.shape:
        raise ValueError(
            f"{name}: Both the real and imaginary parts should have the same shape. Received: "
            f"{real.shape} and {imag.shape}"
        )
    _check_rank(real, rank, name)
    if not all(jnp.issubdtype(part.dtype, jnp.floating) for part in (real, imag)):
        raise ValueError(f"{name} needs float parts. Received: {real.dtype} and {imag.dtype}")
    return jax.lax.complex(real, imag)


def _check_rank(x, rank, name):
    if x.ndim < rank:
        raise ValueError(f"{name}: Input should have rank >= {rank}. Received: shape={x.shape}")


def _stride(sequence_stride, name):
    if not isinstance(sequence_stride, int) or sequence_stride < 1:
        raise ValueError(
            f"{name}: `sequence_stride` must be a positive integer. Received: "
            f"sequence_stride={sequence_stride}"
        )
    return sequence_stride
