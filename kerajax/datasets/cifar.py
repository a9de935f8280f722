"""The files of CIFAR-10 and CIFAR-100 (Krizhevsky, 2009): pickles that Python 2 wrote."""

import os

import numpy as np

from kerajax.backend import image_data_format
from kerajax.datasets import _files
from kerajax.utils import get_file

_ORIGIN = "https://www.cs.toronto.edu/~kriz/"


def load_batch(fpath, label_key="labels"):
    """Images and labels of one file.

    Args:
        fpath: Path of the file.
        label_key: String, the key of the labels in it.

    Returns:
        uint8 array `(samples, 3, 32, 32)`, and a list of labels.
    """
    with _files.damage_reported(fpath), open(fpath, "rb") as file:
        batch = _files.unpickled(file, encoding="bytes")
        return batch[b"data"].reshape(-1, 3, 32, 32), batch[label_key.encode()]


def load_parts(archive, folder, file_hash, parts, label_key="labels"):
    """The images and labels of training and test.

    Args:
        archive: Name of the archive without its ending.
        folder: Name of the folder in it.
        file_hash: Hex digest that it must have.
        parts: For training and test, the names of the files.
        label_key: String, the key of the labels in them.

    Returns:
        A pair of images and labels for each. The images have the channels where
        `kerajax.config.image_data_format()` says; the labels are `(samples, 1)`.
    """
    path = get_file(
        fname=f"{folder}-target",
        origin=f"{_ORIGIN}{archive}.tar.gz",
        extract=True,
        file_hash=file_hash,
    )
    loaded = []
    for names in parts:
        batches = [load_batch(os.path.join(path, folder, name), label_key) for name in names]
        images = np.concatenate([images for images, _ in batches])
        labels = np.concatenate([labels for _, labels in batches])
        if image_data_format() == "channels_last":
            images = images.transpose(0, 2, 3, 1)
        loaded.append((images, labels.reshape(-1, 1)))
    return tuple(loaded)
