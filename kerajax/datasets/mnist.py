"""MNIST: handwritten digits (LeCun, Cortes and Burges, 1998)."""

from kerajax.datasets import _files

_HASH = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path="mnist.npz"):
    """60,000 digits to train on and 10,000 to test, as gray images of 28 x 28.

    Args:
        path: Name of the file in the cache.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: uint8 images `(samples, 28, 28)` of 0 to 255,
        and uint8 digits `(samples,)`.

    Raises:
        OSError: If the file is not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.mnist.load_data()
    ```
    """
    data = _files.load_npz(_files.stored("mnist.npz", path, _HASH))
    return (data["x_train"], data["y_train"]), (data["x_test"], data["y_test"])
