"""The data sets that ImageDataGenerator makes: by index for `fit`, without an end for `next`."""

import os
import threading
import warnings

import numpy as np

from kerajax._checks import one_of
from kerajax.backend import floatx, image_data_format
from kerajax.utils import PyDataset
from kerajax.utils._images import array_to_img, img_to_array, load_img

_SUFFIXES = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}


class Iterator(PyDataset):
    """Batches of `n` samples, in an order that is drawn anew for each pass.

    A subclass has `_get_batches_of_transformed_samples(index_array)`.

    Args:
        n: Int. Number of samples.
        batch_size: Int.
        shuffle: Bool.
        seed: Int or None.
    """

    def __init__(self, n, batch_size, shuffle, seed):
        super().__init__()
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array = None

    def _set_index_array(self):
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed(self):
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1

    def _indices(self, index):
        if self.index_array is None:
            self._set_index_array()
        return self.index_array[index * self.batch_size : (index + 1) * self.batch_size]

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise ValueError(
                f"Asked to retrieve element {index}, but the Sequence has length {len(self)}"
            )
        self._seed()
        return self._get_batches_of_transformed_samples(self._indices(index))

    def on_epoch_end(self):
        """Draws the order of the next pass."""
        self._set_index_array()

    def reset(self):
        """`next` begins with the first batch again."""
        self.batch_index = 0

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            self._seed()
            if self.batch_index == 0:
                self._set_index_array()
            indices = self._indices(self.batch_index)
            self.batch_index = (self.batch_index + 1) % len(self)
        return self._get_batches_of_transformed_samples(indices)

    # Python 2's name of it, which scripts call.
    next = __next__

    def __getstate__(self):
        return {key: value for key, value in self.__dict__.items() if key != "lock"}

    def __setstate__(self, state):
        self.__dict__.update(state, lock=threading.Lock())

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError(
            f"{type(self).__name__} has no `_get_batches_of_transformed_samples(index_array)`."
        )


class _Images(Iterator):
    """What iterators over images share: the changes, and writing what came of them."""

    def __init__(self, n, batch_size, shuffle, seed, generator, data_format, saving, dtype):
        self.image_data_generator = generator
        self.data_format = data_format or image_data_format()
        self.save_to_dir, self.save_prefix, self.save_format = saving
        self.dtype = dtype or getattr(generator, "dtype", None) or floatx()
        super().__init__(n, batch_size, shuffle, seed)

    def _changed(self, image):
        generator = self.image_data_generator
        if generator is None:
            return image
        how = generator.get_random_transform(image.shape)
        return generator.standardize(generator.apply_transform(image, how))

    def _written(self, images, index_array):
        if self.save_to_dir:
            for image, index in zip(images, index_array, strict=True):
                number = np.random.randint(10**7)
                name = f"{self.save_prefix}_{index}_{number}.{self.save_format}"
                picture = array_to_img(image, self.data_format, scale=True)
                picture.save(os.path.join(self.save_to_dir, name))
        return images


class NumpyArrayIterator(_Images):
    """Batches of an array of images: see `ImageDataGenerator.flow`."""

    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        ignore_class_split=False,
        data_format=None,
        dtype=None,
    ):
        further = []
        if isinstance(x, (tuple, list)):
            x, further = x[0], x[1] if isinstance(x[1], list) else [x[1]]
        x, further = np.asarray(x), [np.asarray(part) for part in further]
        y = None if y is None else np.asarray(y)
        sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        for other, what in [(y, "`y` (labels)"), (sample_weight, "`sample_weight`")]:
            if other is not None and len(other) != len(x):
                raise ValueError(
                    f"`x` (images tensor) and {what} should have the same length. Found: x.shape = "
                    f"{x.shape}, and {other.shape}"
                )
        if any(len(part) != len(x) for part in further):
            raise ValueError(
                "All of the arrays in `x` should have the same length. Found a pair with: "
                f"len(x[0]) = {len(x)}, len(x[?]) = {[len(part) for part in further]}"
            )
        if x.ndim != 4:
            raise ValueError(
                "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with "
                f"shape {x.shape}. Images without channels need an axis for them: `x[..., None]`."
            )
        if subset is not None:
            part = _part(image_data_generator, subset, "ImageDataGenerator.flow")(len(x))
            rest = np.ones(len(x), bool)
            rest[part] = False
            split = y is not None and not ignore_class_split
            if split and not np.array_equal(np.unique(y[part]), np.unique(y[rest])):
                raise ValueError(
                    "Training and validation subsets have different number of classes after the "
                    "split. If your numpy arrays are sorted by the label, you might want to "
                    "shuffle them."
                )
            x, further = x[part], [array[part] for array in further]
            y = y if y is None else y[part]
            sample_weight = sample_weight if sample_weight is None else sample_weight[part]
        data_format = data_format or getattr(image_data_generator, "data_format", None)
        saving = (save_to_dir, save_prefix, save_format)
        super().__init__(
            len(x), batch_size, shuffle, seed, image_data_generator, data_format, saving, dtype
        )
        self.x = x.astype(self.dtype, copy=False)
        channels = x.shape[3 if self.data_format == "channels_last" else 1]
        if channels not in _CHANNELS.values():
            warnings.warn(
                f"NumpyArrayIterator is set to use the data format `{self.data_format}`, and so "
                f"takes {channels} for the number of channels, of an array of shape {x.shape}. "
                "Images have 1, 3 or 4.",
                stacklevel=3,
            )
        self.x_misc = further
        self.y = y
        self.sample_weight = sample_weight

    def _get_batches_of_transformed_samples(self, index_array):
        images = np.stack([self._changed(self.x[i]) for i in index_array]).astype(self.dtype)
        images = self._written(images, index_array)
        further = [array[index_array] for array in self.x_misc]
        x = [images, *further] if further else images
        if self.y is None:
            return x
        if self.sample_weight is None:
            return x, self.y[index_array]
        return x, self.y[index_array], self.sample_weight[index_array]


class _Files(_Images):
    """Batches of image files; a subclass says `filepaths`, `classes` and labels."""

    def __init__(
        self, generator, target_size, color_mode, batch_size, shuffle, seed, data_format, saving,
        interpolation, keep_aspect_ratio, dtype, n,
    ):  # fmt: skip
        one_of(color_mode, "color_mode", type(self).__name__, tuple(_CHANNELS))
        super().__init__(n, batch_size, shuffle, seed, generator, data_format, saving, dtype)
        self.target_size = tuple(target_size)
        self.color_mode = color_mode
        self.interpolation = interpolation
        self.keep_aspect_ratio = keep_aspect_ratio
        channels, last = _CHANNELS[color_mode], self.data_format == "channels_last"
        size = self.target_size
        self.image_shape = (*size, channels) if last else (channels, *size)

    def _image(self, index):
        image = load_img(
            self.filepaths[index],
            color_mode=self.color_mode,
            target_size=self.target_size,
            interpolation=self.interpolation,
            keep_aspect_ratio=self.keep_aspect_ratio,
        )
        return self._changed(img_to_array(image, self.data_format, self.dtype))

    def _get_batches_of_transformed_samples(self, index_array):
        images = np.stack([self._image(i) for i in index_array]).astype(self.dtype)
        images = self._written(images, index_array)
        if self.class_mode is None:
            return images
        if self.class_mode == "input":
            labels = images.copy()
        elif self.class_mode == "categorical":
            labels = self._one_hot(index_array)
        elif self.class_mode in ("binary", "sparse"):
            labels = np.asarray(self.classes)[index_array].astype(self.dtype)
        else:
            labels = self._values(index_array)
        weights = getattr(self, "_weights", None)
        return (images, labels) if weights is None else (images, labels, weights[index_array])

    def _one_hot(self, index_array):
        labels = np.zeros((len(index_array), len(self.class_indices)), self.dtype)
        for row, index in zip(labels, index_array, strict=True):
            row[self.classes[index]] = 1
        return labels


class DirectoryIterator(_Files):
    """Batches of the files in a folder: see `ImageDataGenerator.flow_from_directory`."""

    def __init__(
        self,
        directory,
        image_data_generator,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype=None,
    ):
        modes = ("categorical", "binary", "sparse", "input", None)
        self.class_mode = one_of(class_mode, "class_mode", "DirectoryIterator", modes)
        self.directory = directory
        part = _part(image_data_generator, subset)
        if not classes:
            inside = sorted(os.listdir(directory))
            classes = [name for name in inside if os.path.isdir(os.path.join(directory, name))]
        self.num_classes = len(classes)
        self.class_indices = {name: number for number, name in enumerate(classes)}
        self.filenames, numbers = [], []
        for name, number in self.class_indices.items():
            files = _image_files(directory, name, follow_links)
            files = files[part(len(files))]
            self.filenames += files
            numbers += [number] * len(files)
        self.samples = len(self.filenames)
        self.classes = np.array(numbers, "int32")
        self.filepaths = [os.path.join(directory, name) for name in self.filenames]
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(
            image_data_generator, target_size, color_mode, batch_size, shuffle, seed, data_format,
            (save_to_dir, save_prefix, save_format), interpolation, keep_aspect_ratio, dtype,
            self.samples,
        )  # fmt: skip

    @property
    def labels(self):
        """The number of each file's class."""
        return self.classes


class DataFrameIterator(_Files):
    """Batches of the files in a table: see `ImageDataGenerator.flow_from_dataframe`."""

    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
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
        data_format="channels_last",
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype=None,
        validate_filenames=True,
    ):
        modes = (
            "categorical", "binary", "sparse", "input", "multi_output", "raw", "other", None,
        )  # fmt: skip
        self.class_mode = one_of(class_mode, "class_mode", "DataFrameIterator", modes)
        self.directory = directory or ""
        part, table = _part(image_data_generator, subset), dataframe
        if validate_filenames:
            paths = [os.path.join(self.directory, name) for name in table[x_col]]
            there = np.array([_is_image(path) and os.path.isfile(path) for path in paths], bool)
            if not there.all():
                warnings.warn(
                    f"Found {(~there).sum()} invalid image filename(s) in x_col='{x_col}'. These "
                    "filename(s) will be ignored.",
                    stacklevel=3,
                )
            table = table[there]
        labelled = class_mode in ("categorical", "binary", "sparse")
        self.class_indices: dict = {}
        if labelled:
            known = {label for entry in table[y_col] for label in _as_labels(entry)}
            names = list(classes) if classes else sorted(known)
            self.class_indices = {name: number for number, name in enumerate(names)}
            if classes:
                kept = [set(_as_labels(entry)) & set(names) for entry in table[y_col]]
                table = table[np.array([bool(labels) for labels in kept], bool)]
        table = table.iloc[part(len(table))]
        if labelled:
            numbers = [
                [
                    self.class_indices[name]
                    for name in _as_labels(entry)
                    if name in self.class_indices
                ]
                for entry in table[y_col]
            ]
            single = class_mode != "categorical" or all(len(entry) == 1 for entry in numbers)
            self.classes = [entry[0] for entry in numbers] if single else numbers
        elif class_mode == "multi_output":
            self._targets = [np.stack(list(table[column])) for column in y_col]
        elif class_mode in ("raw", "other"):
            self._targets = np.asarray(table[y_col].values)
        self._weights = None if weight_col is None else table[weight_col].values
        self.filenames = list(table[x_col])
        self.samples = len(self.filenames)
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        kind = "" if validate_filenames else "non-"
        belonging = f" belonging to {len(self.class_indices)} classes" if labelled else ""
        print(f"Found {self.samples} {kind}validated image filenames{belonging}.")
        super().__init__(
            image_data_generator, target_size, color_mode, batch_size, shuffle, seed, data_format,
            (save_to_dir, save_prefix, save_format), interpolation, keep_aspect_ratio, dtype,
            self.samples,
        )  # fmt: skip

    def _values(self, index_array):
        if self.class_mode == "multi_output":
            return tuple(column[index_array] for column in self._targets)
        return self._targets[index_array]

    @property
    def labels(self):
        """The number of each file's class, or the values of its columns."""
        return self.classes if self.class_indices else self._targets


def _part(generator, subset, owner="ImageDataGenerator"):
    """A function of a number of samples that says which of them a subset has: validation first."""
    if subset is None:
        return lambda count: slice(None)
    one_of(subset, "subset", owner, ("training", "validation"))
    share = generator._validation_split
    if subset == "validation":
        return lambda count: slice(int(count * share))
    return lambda count: slice(int(count * share), None)


def _is_image(name) -> bool:
    return str(name).lower().endswith(tuple(f".{suffix}" for suffix in _SUFFIXES))


def _image_files(directory, name, follow_links) -> list:
    """Paths of the image files below a sub-folder, from `directory` on, sorted."""
    found = []
    top = os.path.join(directory, name)
    for root, _, files in sorted(os.walk(top, followlinks=follow_links)):
        paths = [os.path.join(root, file) for file in sorted(files) if _is_image(file)]
        found += [os.path.relpath(path, directory) for path in paths]
    return found


def _as_labels(entry):
    return list(entry) if isinstance(entry, (list, tuple)) else [entry]
