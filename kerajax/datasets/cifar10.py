"""CIFAR-10: small photographs of ten classes (Krizhevsky, 2009)."""

from kerajax.datasets import cifar

_HASH = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


def load_data():
    """50,000 photographs to train on and 10,000 to test, of 32 x 32 in color.

    The classes are airplane, automobile, bird, cat, deer, dog, frog, horse, ship and truck.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: uint8 images `(samples, 32, 32, 3)` of 0 to 255
        (`(samples, 3, 32, 32)` with `"channels_first"`), and uint8 classes `(samples, 1)`.

    Raises:
        OSError: If the files are not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.cifar10.load_data()
    ```
    """
    train = [f"data_batch_{number}" for number in range(1, 6)]
    loaded = cifar.load_parts(
        "cifar-10-python", "cifar-10-batches-py", _HASH, (train, ["test_batch"])
    )
    return tuple((images, labels.astype("uint8")) for images, labels in loaded)
