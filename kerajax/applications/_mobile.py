"""What the generations of MobileNet share: sizes of images that have weights, rounded filters."""

import warnings

from kerajax import backend, layers
from kerajax.applications import _build


def sizes(shape):
    """Height and width of a shape without the batch axis; `(None, None)` where it is None."""
    if not shape or len(shape) != 3:
        return (None, None)
    return shape[1:] if backend.image_data_format() == "channels_first" else shape[:2]


def check_tensor(name, tensor, shape):
    """Raises where `input_tensor` and `input_shape` say different widths."""
    if backend.is_keras_tensor(tensor) and shape is not None:
        here, there = sizes(tensor.shape[1:])[1], sizes(shape)[1]
        if here != there:
            raise ValueError(
                f"{name}: `input_tensor` and `input_shape` must agree in width, but received "
                f"{tensor.shape} and {shape}. Leave `input_shape` out."
            )


def default_size(shape, known):
    """Height and width of images where they are needed: those of `shape` if weights know them."""
    rows, columns = sizes(shape)
    return rows if rows == columns and rows in known else 224


def rows_of_weights(shape, known, weights):
    """The rows of images that the weights were trained on; those of `shape` without weights."""
    rows, columns = sizes(shape)
    if weights == "imagenet" and (rows != columns or rows not in known):
        warnings.warn(
            f"`input_shape` is undefined or non-square, or `rows` is not in {list(known)}. "
            "Weights for input shape (224, 224) will be loaded as the default.",
            stacklevel=4,
        )
        return 224
    return rows


def check_alpha(name, alpha, known, weights):
    """Raises if there are no weights for a width."""
    if weights == "imagenet" and alpha not in known:
        raise ValueError(
            f"{name}: weights of ImageNet exist for `alpha` in {list(known)}, but received "
            f"alpha={alpha}. Pass one of them, or `weights=None`."
        )


def normalized(x, name, **options):
    """Batch normalization over the channels."""
    axis = _build.channel_axis(-1)
    return layers.BatchNormalization(axis=axis, name=name, **options)(x)
