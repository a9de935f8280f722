"""The rows of the layers that preprocess numbers and signals.

Layers that look strings and integers up are in `test_lookups.py`: those of Keras need TensorFlow.
"""

from tests.layers.row import Part, Row


def _row(layer, arguments, shape, **options):
    return Row(layer, arguments, shape, differentiable=False, **options)


_GIVEN = {"mean": [0.5, 1.0, -1.0], "variance": [1.0, 4.0, 0.25]}

_SCALES = [
    Row("Rescaling", {"scale": 0.5, "offset": 1.0}, (2, 3)),
    Row("Rescaling", {"scale": [0.5, 2.0], "offset": [1.0, 0.0]}, (2, 3, 2), unknown=False),
    Row("Normalization", _GIVEN, (2, 3)),
    Row("Normalization", {**_GIVEN, "axis": 1, "invert": True}, (2, 3, 4), unknown=False),
    Row("Normalization", {"axis": None, "mean": 0.5, "variance": 4.0}, (2, 3, 4)),
    Row(
        "Pipeline",
        {"layers": [Part("Rescaling", {"scale": 0.5}), Part("Dense", {"units": 2})]},
        (2, 3),
        mixed=False,
        masked=False,
    ),
]

_BOUNDARIES = {"bin_boundaries": [-0.5, 0.0, 0.7]}

_CATEGORIES = [
    _row("Discretization", _BOUNDARIES, (2, 3), mixed=False),
    *(
        _row("Discretization", {**_BOUNDARIES, "output_mode": mode}, (2, 3), masked=False)
        for mode in ("one_hot", "multi_hot", "count")
    ),
    *(
        _row("CategoryEncoding", {"num_tokens": 5, "output_mode": mode}, (2, 3), kind="int")
        for mode in ("one_hot", "multi_hot", "count")
    ),
]

# It has no transform of bfloat16.
_NO_BFLOAT16 = {"mixed": False, "masked": False}

_SIGNALS = [
    Row("STFTSpectrogram", {"mode": "magnitude", "frame_length": 16}, (2, 40, 2), **_NO_BFLOAT16),
    Row(
        "STFTSpectrogram",
        {
            "mode": "stft",
            "frame_length": 10,
            "frame_step": 4,
            "fft_length": 16,
            "window": "hamming",
            "scaling": "spectrum",
            "padding": "same",
            "expand_dims": True,
        },
        (2, 33, 1),
        **_NO_BFLOAT16,
    ),
    _row(
        "MelSpectrogram",
        {
            "fft_length": 32,
            "sequence_stride": 8,
            "num_mel_bins": 5,
            "sampling_rate": 100,
            # Without decibels near 0, which would show the rounding of the transform.
            "top_db": 8.0,
        },
        (2, 64),
        masked=False,
    ),
]

NUMBERS = [*_SCALES, *_CATEGORIES, *_SIGNALS]
