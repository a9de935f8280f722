"""`image_dataset_from_directory`."""

import numpy as np

from kerajax import ops
from kerajax.backend import standardize_data_format
from kerajax.utils._directory import Folder, datasets_of_folder
from kerajax.utils._images import img_to_array, load_img

_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_COLOR_MODES = ("grayscale", "rgb", "rgba")
_INTERPOLATIONS = (
    "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic",
)  # fmt: skip


def image_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    color_mode="rgb",
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    interpolation="bilinear",
    follow_links=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    data_format=None,
    format="tf",  # noqa: A002 - Keras' name
    verbose=True,
):
    """A data set of the images in a folder, whose subfolders are classes.

    Args:
        directory: Path of the folder.
        labels: `"inferred"` from the subfolders, None for no labels, or a list of ints for the
            files in alphabetical order.
        label_mode: `"int"` (int32), `"binary"` (float32, `(batch, 1)`), `"categorical"` (one-hot,
            float32) or None for no labels.
        class_names: Optional list of subfolders: the classes, in this order.
        color_mode: `"grayscale"`, `"rgb"` or `"rgba"`: 1, 3 or 4 channels.
        batch_size: Int, or None for single images.
        image_size: Int or pair `(height, width)`, in pixels, that images are resized to.
        shuffle: Bool. Whether files come in a random order, in a new one for each pass.
        seed: Optional int.
        validation_split: Optional fraction of the files, for validation.
        subset: With `validation_split`: `"training"`, `"validation"`, or `"both"` for a list of the
            two data sets.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`; other
            methods of TensorFlow are refused when images are read.
        follow_links: Bool. Whether links to folders are followed.
        crop_to_aspect_ratio: Bool. Whether images are cropped, not distorted, to the new shape.
        pad_to_aspect_ratio: Bool. Whether images are padded, not distorted.
        data_format: `"channels_last"` or `"channels_first"`.
        format: `"tf"` for a `BatchedDataset` of numpy arrays, `"grain"` for a data set of the
            package grain.
        verbose: Bool. Whether to print how many files there are.

    Returns:
        A data set of images `(batch, height, width, channels)`, float32 from 0 to 255, or of pairs
        `(images, labels)`. It has `class_names` and `file_paths`.

    Raises:
        ValueError: If arguments contradict each other, or there are no images.
        ImportError: If the package `pillow` is not installed.

    Example:

    ```python
    train, validation = kerajax.utils.image_dataset_from_directory(
        "flowers", image_size=180, validation_split=0.2, subset="both", seed=1
    )
    model.fit(train, validation_data=validation)
    ```
    """
    if color_mode not in _COLOR_MODES:
        raise ValueError(
            f'`color_mode` must be one of {{"rgb", "rgba", "grayscale"}}. Received: '
            f"color_mode={color_mode}"
        )
    size = (image_size, image_size) if isinstance(image_size, int) else image_size
    if not isinstance(size, (list, tuple)) or len(size) != 2:
        raise ValueError(
            "Invalid `image_size` value. Expected a tuple of 2 integers. Received: "
            f"image_size={image_size}"
        )
    interpolation = interpolation.lower()
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"Argument `interpolation` should be one of {_INTERPOLATIONS}. Received: "
            f"interpolation={interpolation}"
        )
    if pad_to_aspect_ratio and crop_to_aspect_ratio:
        raise ValueError(
            "Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`."
        )
    channels_first = standardize_data_format(data_format) == "channels_first"
    folder = Folder(
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split,
        subset, follow_links, verbose, kind="images", suffixes=_SUFFIXES,
    )  # fmt: skip

    def load(path):
        image = img_to_array(load_img(path, color_mode), "channels_last", "float32")
        if interpolation == "bilinear" and not crop_to_aspect_ratio and not pad_to_aspect_ratio:
            image = _bilinear(image, size)
        else:
            image = ops.image.resize(
                image,
                tuple(size),
                interpolation=interpolation,
                crop_to_aspect_ratio=crop_to_aspect_ratio,
                pad_to_aspect_ratio=pad_to_aspect_ratio,
                data_format="channels_last",
            )
        image = np.asarray(image, "float32")
        return image.transpose(2, 0, 1) if channels_first else image

    return datasets_of_folder(folder, load, form=format)


def _bilinear(image, size):
    """`ops.image.resize` in numpy: JAX would compile a program for each size of an image."""
    for axis, length in enumerate(size):
        old = image.shape[axis]
        if old == length:
            continue
        # Pixels are areas: their centers are at half-integers.
        place = np.clip((np.arange(length) + 0.5) * (old / length) - 0.5, 0, old - 1)
        left = place.astype("int64")
        right = np.minimum(left + 1, old - 1)
        share = (place - left).astype("float32").reshape(-1, *[1] * (image.ndim - axis - 1))
        image = np.take(image, left, axis) * (1 - share) + np.take(image, right, axis) * share
    return image
