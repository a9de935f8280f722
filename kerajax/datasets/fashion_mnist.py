"""Fashion-MNIST: pieces of clothing in the form of MNIST (Xiao, Rasul and Vollgraf, 2017)."""

import os

import numpy as np

from kerajax.datasets import _files

_FOLDER = os.path.join("datasets", "fashion-mnist")


def load_data():
    """60,000 images of clothing to train on and 10,000 to test, of 28 x 28 in gray.

    The ten classes are T-shirt/top, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag
    and ankle boot.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: uint8 images `(samples, 28, 28)` of 0 to 255,
        and uint8 classes `(samples,)`.

    Raises:
        OSError: If a file is not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.fashion_mnist.load_data()
    ```
    """
    return _part("train"), _part("t10k")


def _part(name):
    labels = _numbers(f"{name}-labels-idx1-ubyte.gz", header=8)
    images = _numbers(f"{name}-images-idx3-ubyte.gz", header=16)
    return images.reshape(len(labels), 28, 28), labels


def _numbers(name, header):
    content = _files.load_gzip(_files.stored(name, cache_subdir=_FOLDER))
    return np.frombuffer(content, np.uint8, offset=header)
