"""CIFAR-100: small photographs of a hundred classes (Krizhevsky, 2009)."""

from kerajax.datasets import cifar

_HASH = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


def load_data(label_mode="fine"):
    """50,000 photographs to train on and 10,000 to test, of 32 x 32 in color.

    Args:
        label_mode: `"fine"` for the 100 classes, `"coarse"` for the 20 that they belong to.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: uint8 images `(samples, 32, 32, 3)` of 0 to 255
        (`(samples, 3, 32, 32)` with `"channels_first"`), and integer classes `(samples, 1)`.

    Raises:
        ValueError: If `label_mode` is something else.
        OSError: If the files are not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.cifar100.load_data("coarse")
    ```
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(
            f'`label_mode` must be "fine" or "coarse", but received: label_mode={label_mode!r}.'
        )
    return cifar.load_parts(
        "cifar-100-python", "cifar-100-python", _HASH, (["train"], ["test"]), f"{label_mode}_labels"
    )
