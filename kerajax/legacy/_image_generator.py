"""ImageDataGenerator: batches of images, changed at random by numpy on the host.

Today layers such as `RandomRotation` do this as a part of the model.
"""

import warnings

import numpy as np

from kerajax.backend import floatx, image_data_format
from kerajax.legacy._image_iterators import (
    DataFrameIterator,
    DirectoryIterator,
    NumpyArrayIterator,
)
from kerajax.legacy._image_transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    random_zooms,
)
from kerajax.objects import old_spellings

_SMALL = 1e-6  # joins standard deviations, so that flat images do not divide by zero


class ImageDataGenerator:
    """Makes batches of images, changed at random and standardized.

    Args:
        featurewise_center: Bool. Whether the mean that `fit` found is subtracted.
        samplewise_center: Bool. Whether an image's own mean is subtracted.
        featurewise_std_normalization: Bool. Whether images are divided by the standard deviation
            that `fit` found.
        samplewise_std_normalization: Bool. Whether they are divided by their own.
        zca_whitening: Bool. Whether pixels are made uncorrelated, by what `fit` found.
        zca_epsilon: Float. Joins the variances in whitening.
        rotation_range: Float. Largest angle, in degrees.
        width_shift_range: Float: largest shift, as a fraction of the width below 1, in pixels from
            1 on. Or a list of shifts to choose from.
        height_shift_range: As `width_shift_range`, along the height.
        brightness_range: Pair of factors of the brightness, or None.
        shear_range: Float. Largest angle of shear, in degrees.
        zoom_range: Float, for factors in `[1 - zoom_range, 1 + zoom_range]`, or that pair.
        channel_shift_range: Float. Largest number added to the values.
        fill_mode: `"nearest"`, `"constant"`, `"reflect"` or `"wrap"`: what lies outside an image.
        cval: Float. The value outside for `"constant"`.
        horizontal_flip: Bool. Whether half of the images are mirrored.
        vertical_flip: Bool. Whether half of the images are turned upside down.
        rescale: Float or None. Factor of the values.
        preprocessing_function: Function of an image, applied before `rescale`, or None.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        validation_split: Float in (0, 1): the part of the images that `subset="validation"` has.
        interpolation_order: Int. Order of the spline between pixels.
        dtype: String; the default float if None.

    Raises:
        ValueError: If a range or the split is not of this form.

    Example:

    >>> images = ImageDataGenerator(rescale=1 / 255).flow(np.full((5, 8, 8, 3), 255), batch_size=2)
    >>> len(images), images[0].shape, float(images[0].max())
    (3, (2, 8, 8, 3), 1.0)
    """

    @old_spellings("ImageDataGenerator")
    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format=None,
        validation_split=0.0,
        interpolation_order=1,
        dtype=None,
    ):
        data_format = data_format or image_data_format()
        if data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                '`data_format` should be `"channels_last"` or `"channels_first"`. Received: '
                f"{data_format}"
            )
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(
                f"`validation_split` must be strictly between 0 and 1. Received: {validation_split}"
            )
        self.featurewise_center = (
            featurewise_center or featurewise_std_normalization or zca_whitening
        )
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.featurewise_std_normalization = featurewise_std_normalization and not zca_whitening
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = _pair(brightness_range, "brightness_range")
        self.shear_range = shear_range
        self.zoom_range = (
            (1 - zoom_range, 1 + zoom_range)
            if isinstance(zoom_range, (int, float))
            else _pair(zoom_range, "zoom_range")
        )
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = data_format
        last = data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if last else (2, 3, 1)
        self._validation_split = validation_split
        self.interpolation_order = interpolation_order
        self.dtype = dtype or floatx()
        self.mean = self.std = self.zca_whitening_matrix = None

    def flow(
        self,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        ignore_class_split=False,
        subset=None,
    ):
        """Batches of an array of images.

        Args:
            x: Array `(images, height, width, channels)`, or with the channels first; or a pair of
                it and a list of further arrays, which are handed on.
            y: Optional array of labels.
            batch_size: Int.
            shuffle: Bool. Whether the images come in random order.
            sample_weight: Optional array `(images,)`.
            seed: Optional int.
            save_to_dir: Optional folder that the changed images are written to.
            save_prefix: String that names of written files begin with.
            save_format: `"png"` or another suffix.
            ignore_class_split: Bool. Whether a subset may lack classes.
            subset: `"training"`, `"validation"` or None for all.

        Returns:
            A `PyDataset` that goes on without an end as an iterator.
        """
        writing = (save_to_dir, save_prefix, save_format)
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, *writing, subset,
            ignore_class_split,
        )  # fmt: skip

    def flow_from_directory(
        self,
        directory,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
    ):
        """Batches of the image files in a folder with a sub-folder per class.

        Args:
            directory: Path.
            target_size: Pair (height, width), in pixels.
            color_mode: `"grayscale"`, `"rgb"` or `"rgba"`.
            classes: Names of the sub-folders in the order of the classes; sorted if None.
            class_mode: `"categorical"` (one-hot labels), `"binary"` or `"sparse"` (numbers),
                `"input"` (the images themselves) or None (no labels).
            batch_size: Int.
            shuffle: Bool. Whether the images come in random order.
            seed: Optional int.
            save_to_dir: Optional folder that the changed images are written to.
            save_prefix: String that names of written files begin with.
            save_format: `"png"` or another suffix.
            follow_links: Bool. Whether linked folders count.
            subset: `"training"`, `"validation"` or None for all.
            interpolation: Name of a filter, as for `load_img`.
            keep_aspect_ratio: Bool, as for `load_img`.

        Returns:
            A `PyDataset` that goes on without an end as an iterator.
        """
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, shuffle,
            seed, self.data_format, save_to_dir, save_prefix, save_format, follow_links, subset,
            interpolation, keep_aspect_ratio,
        )  # fmt: skip

    def flow_from_dataframe(
        self,
        dataframe,
        directory=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        validate_filenames=True,
        **kwargs,
    ):
        """Batches of the image files that a pandas table names.

        Args:
            dataframe: `pandas.DataFrame`.
            directory: Folder that the names in the table lie in, or None where they are paths.
            x_col: String. Column of the names.
            y_col: String or list of strings. Columns of the labels.
            weight_col: Optional string. Column of the sample weights.
            target_size: Pair (height, width), in pixels.
            color_mode: `"grayscale"`, `"rgb"` or `"rgba"`.
            classes: Optional list of the classes in their order.
            class_mode: As for `flow_from_directory`; `"raw"` or `"multi_output"` for numbers in
                the columns themselves.
            batch_size: Int.
            shuffle: Bool.
            seed: Optional int.
            save_to_dir: Optional folder that the changed images are written to.
            save_prefix: String that names of written files begin with.
            save_format: `"png"` or another suffix.
            subset: `"training"`, `"validation"` or None for all.
            interpolation: Name of a filter, as for `load_img`.
            validate_filenames: Bool. Whether rows without an image file are left out.
            **kwargs: `has_ext`, `sort` and `drop_duplicates` of old, which are ignored.

        Returns:
            A `PyDataset` that goes on without an end as an iterator.
        """
        return DataFrameIterator(
            dataframe, directory, self, x_col, y_col, weight_col, target_size, color_mode, classes,
            class_mode, batch_size, shuffle, seed, self.data_format, save_to_dir, save_prefix,
            save_format, subset, interpolation, validate_filenames=validate_filenames,
        )  # fmt: skip

    def standardize(self, x):
        """One image (or a batch) after `preprocessing_function`, `rescale` and the statistics."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + _SMALL)
        if self.featurewise_center and self._is_fit(self.mean, "featurewise_center"):
            x = x - self.mean
        if self.featurewise_std_normalization and self._is_fit(self.std, "featurewise_std"):
            x = x / (self.std + _SMALL)
        if self.zca_whitening and self._is_fit(self.zca_whitening_matrix, "zca_whitening"):
            flat = x.reshape(-1, np.prod(x.shape[-3:]))
            x = (flat @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _is_fit(self, found, name) -> bool:
        if found is None:
            warnings.warn(
                f"This ImageDataGenerator specifies `{name}`, but it hasn't been fit on any "
                "training data. Fit it first by calling `.fit(numpy_data)`.",
                stacklevel=3,
            )
        return found is not None

    def get_random_transform(self, img_shape, seed=None):
        """What `apply_transform` shall do to an image of a shape, drawn at random."""
        rows, columns = self.row_axis - 1, self.col_axis - 1
        if seed is not None:
            np.random.seed(seed)
        reach = self.rotation_range
        theta = np.random.uniform(-reach, reach) if reach else 0
        tx = _shift(self.height_shift_range, img_shape[rows])
        ty = _shift(self.width_shift_range, img_shape[columns])
        reach = self.shear_range
        shear = np.random.uniform(-reach, reach) if reach else 0
        zx, zy = random_zooms(self.zoom_range)
        horizontal = (np.random.random() < 0.5) * self.horizontal_flip
        vertical = (np.random.random() < 0.5) * self.vertical_flip
        reach, bright = self.channel_shift_range, self.brightness_range
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": horizontal,
            "flip_vertical": vertical,
            "channel_shift_intensity": np.random.uniform(-reach, reach) if reach else None,
            "brightness": np.random.uniform(*bright) if bright else None,
        }

    def apply_transform(self, x, transform_parameters):
        """An image changed by a dict such as `get_random_transform` gives; all keys may lack."""
        what = transform_parameters
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x,
            what.get("theta", 0),
            what.get("tx", 0),
            what.get("ty", 0),
            what.get("shear", 0),
            what.get("zx", 1),
            what.get("zy", 1),
            row_axis=rows,
            col_axis=columns,
            channel_axis=channels,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        if what.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, what["channel_shift_intensity"], channels)
        if what.get("flip_horizontal"):
            x = flip_axis(x, columns)
        if what.get("flip_vertical"):
            x = flip_axis(x, rows)
        if what.get("brightness") is not None:
            x = apply_brightness_shift(x, what["brightness"], False)
        return x

    def random_transform(self, x, seed=None):
        """An image changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Computes the statistics of images that `standardize` uses.

        Args:
            x: Array of four axes.
            augment: Bool. Whether the images are changed at random first.
            rounds: Int. How often, with `augment`.
            seed: Optional int.

        Raises:
            ValueError: If `x` has not four axes.
        """
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(
                f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}. Images "
                "without channels need an axis for them: `x[..., None]`."
            )
        if seed is not None:
            np.random.seed(seed)
        if augment:
            x = np.stack([self.random_transform(image) for _ in range(rounds) for image in x])
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x = x / (self.std + _SMALL)
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            vectors, variances, _ = np.linalg.svd(flat.T @ flat / len(flat))
            scaled = vectors / np.sqrt(variances + self.zca_epsilon)
            self.zca_whitening_matrix = scaled @ vectors.T


def _pair(value, name):
    if value is not None and (not isinstance(value, (tuple, list)) or len(value) != 2):
        raise ValueError(f"`{name}` should be a tuple or list of two floats. Received: {value}")
    return value


def _shift(reach, size):
    """A shift in pixels: drawn within a reach, or chosen from a list with either sign."""
    if not np.any(reach):
        return 0
    if np.ndim(reach):
        shift = np.random.choice(reach) * np.random.choice([-1, 1])
    else:
        shift = np.random.uniform(-reach, reach)
    return shift * size if np.max(reach) < 1 else shift
