"""The rows of the layers that preprocess and augment images.

Only layers that Keras can compile, with a config that holds their seed; `tests/layers/image` has
the others.
"""

from tests.layers.row import Row

_FIRST = {"data_format": "channels_first"}
_SEED = {"seed": 9}


def _row(layer, arguments, shape=(2, 6, 5, 3), **options):
    return Row(layer, arguments, shape, kind="image", differentiable=False, **options)


def _drawn(layer, arguments, shape=(2, 6, 5, 3)):
    return _row(layer, {**arguments, **_SEED}, shape, random=True)


IMAGES = [
    _row("Resizing", {"height": 4, "width": 7}),
    _row("Resizing", {"height": 3, "width": 8, "interpolation": "bicubic", **_FIRST}, (2, 3, 6, 5)),
    _row("CenterCrop", {"height": 4, "width": 3}, unknown=False),
    _drawn("RandomFlip", {}),
    _drawn("RandomRotation", {"factor": (0.1, 0.2), "fill_mode": "wrap", **_FIRST}, (2, 3, 6, 5)),
    _drawn("RandomTranslation", {"height_factor": 0.4, "width_factor": (-0.2, 0.1)}),
    _drawn("RandomZoom", {"height_factor": (-0.5, 0.5), "fill_mode": "constant"}),
    _drawn("RandomShear", {"x_factor": (0.1, 0.5), "y_factor": (0.0, 0.3)}),
    _drawn("RandomPerspective", {"scale": 0.4}),
    _drawn("RandomBrightness", {"factor": 0.4}),
    _drawn("RandomContrast", {"factor": (0.2, 0.4), "value_range": (10, 200)}),
    _drawn("RandomColorDegeneration", {"factor": 0.7}),
    _drawn("RandomColorJitter", {"brightness_factor": 0.2, "contrast_factor": 0.4}),
    _drawn("RandomGaussianBlur", {"factor": (0.9, 1.0), "kernel_size": (3, 5)}),
    _drawn("RandomHue", {"factor": 0.5}),
    _drawn("RandomInvert", {"factor": (0.4, 0.6)}),
    _drawn("RandomPosterization", {"factor": 6}),
    _drawn("RandomSaturation", {"factor": (0.1, 0.9)}),
    _drawn("RandomSharpness", {"factor": 0.9, **_FIRST}, (2, 3, 6, 5)),
    _drawn("RandomErasing", {"factor": (0.9, 1.0), "fill_value": 7}),
    _drawn("Solarization", {"addition_factor": 0.2, "threshold_factor": (0.1, 0.8)}),
    _row("AutoContrast", {}),
    _row("MaxNumBoundingBoxes", {"max_number": 4}),
    # The histogram is that of the whole batch.
    _row("Equalization", {"bins": 32}, (1, 6, 5, 2)),
    _row(
        "ContrastLimitedAdaptiveHistogramEqualization",
        {"tile_grid_size": (2, 3)},
        unknown=False,
    ),
]
