"""What models of ImageNet have in common: pixels before them, class names after them.

`obtain_input_shape`, `validate_activation` and `correct_pad` serve the architectures here and those
that libraries define in the same way.
"""

import functools
import json
import warnings

import numpy as np

from kerajax import activations, backend, ops, utils
from kerajax.objects import old_spellings as _old_spellings

_CLASSES_URL = (
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
)
_CLASSES_MD5 = "c2c37ea517e94d9795004a39431a14cb"

# Mean and deviation of the channels: of pixels from 0 to 255 in the order BGR, with deviations left
# alone, for Caffe; of values from 0 to 1 in the order RGB for Torch.
_STATISTICS = {
    "caffe": ((103.939, 116.779, 123.68), None),
    "torch": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


@_old_spellings("preprocess_input")
def preprocess_input(x, data_format=None, mode="caffe"):
    """Brings pixels from 0 to 255 into the range that a family of models was trained on.

    `"caffe"` turns RGB into BGR and subtracts the mean of ImageNet from each channel; `"tf"` is
    `x / 127.5 - 1`, from -1 to 1; `"torch"` is `(x / 255 - mean) / deviation`, by channel.
    A numpy array of floats is changed in place, as Keras does.

    Args:
        x: Array or tensor `(batch, height, width, channels)`, or one image without `batch`; with
            the channels first under `"channels_first"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the global setting.
        mode: `"caffe"`, `"tf"` or `"torch"`.

    Returns:
        Array or tensor of the shape of `x`; floats keep their dtype, integers become `floatx()`.

    Raises:
        ValueError: If `mode` or `data_format` is unknown.

    Example:

    >>> x = kerajax.ops.full((1, 2, 2, 3), 255.0)
    >>> float(preprocess_input(x, mode="tf")[0, 0, 0, 0])
    1.0
    """
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(
            f"Expected mode to be one of `caffe`, `tf` or `torch`. Received: mode={mode}"
        )
    if data_format not in (None, "channels_first", "channels_last"):
        raise ValueError(
            "Expected data_format to be one of `channels_first` or `channels_last`. "
            f"Received: data_format={data_format}"
        )
    first = (data_format or backend.image_data_format()) == "channels_first"
    axis = (0 if len(x.shape) == 3 else 1) if first else len(x.shape) - 1
    if not backend.is_float_dtype(backend.standardize_dtype(x.dtype)):
        x = (
            x.astype(backend.floatx())
            if isinstance(x, np.ndarray)
            else ops.cast(x, backend.floatx())
        )
    change = _change_array if isinstance(x, np.ndarray) else _change_tensor
    return change(x, axis, mode)


def _change_array(x, axis, mode):
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    x = np.flip(x, axis) if mode == "caffe" else np.divide(x, 255.0, out=x)
    means, deviations = _STATISTICS[mode]
    # A fourth channel, as of transparency, stays as it is.
    planes = np.moveaxis(x, axis, 0)[: len(means)]
    column = (-1,) + (1,) * (x.ndim - 1)
    planes -= np.reshape(means, column).astype(x.dtype)
    if deviations:
        planes /= np.reshape(deviations, column).astype(x.dtype)
    return x


def _change_tensor(x, axis, mode):
    if mode == "tf":
        return x / 127.5 - 1.0
    x = ops.take(x, [2, 1, 0], axis=axis) if mode == "caffe" else x / 255.0
    means, deviations = _STATISTICS[mode]
    column = [1] * len(x.shape)
    column[axis] = -1
    x = x - ops.reshape(ops.convert_to_tensor(means, dtype=x.dtype), column)
    if deviations:
        x = x / ops.reshape(ops.convert_to_tensor(deviations, dtype=x.dtype), column)
    return x


def decode_predictions(preds, top=5):
    """Names the most probable of the 1000 classes of ImageNet. Downloads their names once.

    Args:
        preds: Array or tensor `(batch, 1000)`, as models with `include_top=True` predict.
        top: Int. How many classes to name for each image.

    Returns:
        A list for each image, of tuples `(WordNet id, name, score)`, the best first.

    Raises:
        ValueError: If `preds` has another shape.

    Example:

    ```python
    model = kerajax.applications.ResNet50()
    decode_predictions(model.predict(images))  # [[("n02504458", "African_elephant", 0.82), ...]]
    ```
    """
    if len(preds.shape) != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape "
            f"(samples, 1000)). Received array with shape: {preds.shape}"
        )
    classes = _classes()
    rows = backend.convert_to_numpy(preds)
    return [[(*classes[i], row[i]) for i in np.argsort(row)[-top:][::-1]] for row in rows]


@functools.cache
def _classes():
    """`(WordNet id, name)` of each class."""
    path = utils.get_file(
        "imagenet_class_index.json", _CLASSES_URL, cache_subdir="models", file_hash=_CLASSES_MD5
    )
    with open(path) as file:
        index = json.load(file)
    return [tuple(index[str(i)]) for i in range(len(index))]


def obtain_input_shape(
    input_shape, default_size, min_size, data_format, require_flatten, weights=None
):
    """The input shape of a model of images, without the batch axis, from what the user passed.

    Args:
        input_shape: Tuple of three sizes, None for those left open, or None.
        default_size: Int. Height and width where they are needed and not given.
        min_size: Int. Least height and width.
        data_format: `"channels_last"` or `"channels_first"`.
        require_flatten: Bool. Whether the sizes must be known, as for a classifier.
        weights: `"imagenet"` asks for three channels, and for the default size with a classifier.

    Returns:
        Tuple of three sizes or None.

    Raises:
        ValueError: If the shape does not suit.

    Example:

    >>> obtain_input_shape(None, 224, 32, "channels_last", require_flatten=True)
    (224, 224, 3)
    """
    first = data_format == "channels_first"
    channels = 3
    if weights != "imagenet" and input_shape and len(input_shape) == 3:
        channels = input_shape[0 if first else -1]
        if channels not in (1, 3):
            warnings.warn(
                "This model usually expects 1 or 3 input channels. However, it was passed an "
                f"input_shape with {channels} input channels.",
                stacklevel=4,
            )
    sizes = (default_size, default_size)
    default = (channels, *sizes) if first else (*sizes, channels)
    if weights == "imagenet" and require_flatten:
        if input_shape is not None and tuple(input_shape) != default:
            raise ValueError(
                "When setting `include_top=True` and loading `imagenet` weights, `input_shape` "
                f"should be {default}. Received: input_shape={input_shape}"
            )
        return default
    if input_shape:
        shape = tuple(input_shape)
        _check_shape(shape, min_size, first, weights)
    elif require_flatten:
        shape = default
    else:
        shape = (3, None, None) if first else (None, None, 3)
    if require_flatten and None in shape:
        raise ValueError(
            "If `include_top` is True, you should specify a static `input_shape`. "
            f"Received: input_shape={shape}"
        )
    return shape


def _check_shape(shape, min_size, first, weights):
    if len(shape) != 3:
        raise ValueError(
            f"`input_shape` must be a tuple of three integers. Received: input_shape={shape}"
        )
    if weights == "imagenet" and shape[0 if first else -1] != 3:
        raise ValueError(f"The input must have 3 channels; Received `input_shape={shape}`")
    if any(size is not None and size < min_size for size in (shape[1:] if first else shape[:2])):
        raise ValueError(
            f"Input size must be at least {min_size}x{min_size}; Received: input_shape={shape}"
        )


def validate_activation(classifier_activation, weights):
    """Raises if a classifier with weights from a file would end in another activation than theirs.

    Args:
        classifier_activation: Name, function or None.
        weights: None for a model that starts from random weights.

    Raises:
        ValueError: If there are weights, and the activation is neither softmax nor None.

    Example:

    >>> validate_activation("softmax", "imagenet")
    """
    if weights is None:
        return
    known = (activations.get("softmax"), activations.get(None))
    if activations.get(classifier_activation) not in known:
        raise ValueError(
            "Only `None` and `softmax` activations are allowed for the `classifier_activation` "
            "argument when using pretrained weights, with `include_top=True`; Received: "
            f"classifier_activation={classifier_activation}"
        )


def correct_pad(inputs, kernel_size):
    """The padding before a convolution of stride 2 that puts its windows where TensorFlow does.

    Args:
        inputs: Tensor of images.
        kernel_size: Int or pair of ints, odd.

    Returns:
        `((top, bottom), (left, right))` for `ZeroPadding2D`.

    Example:

    >>> correct_pad(kerajax.Input((224, 225, 3)), 3)
    ((0, 1), (1, 1))
    """
    first = backend.image_data_format() == "channels_first"
    sizes = inputs.shape[2:4] if first else inputs.shape[1:3]
    kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    # Of sizes that are not known, most are even.
    missing = [1 if size is None else 1 - size % 2 for size in sizes]
    return tuple((k // 2 - less, k // 2) for k, less in zip(kernel, missing, strict=True))
