"""California housing prices of the census of 1990 (Pace and Barry, 1997)."""

from kerajax.datasets import _files, _splits

_HASH = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
_SMALL = 600


def load_data(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """20,640 districts with 8 numbers each, and the median price of a home in dollars.

    The numbers are longitude, latitude, age of the homes, rooms, bedrooms, people, households and
    median income.

    Args:
        version: `"large"` for all districts, `"small"` for the first 600.
        path: Name of the file in the cache.
        test_split: Float in [0, 1), the share of the tests.
        seed: Int, for the order of the samples.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: float arrays `(samples, 8)` and `(samples,)`.

    Raises:
        ValueError: If `version` is something else, or `test_split` is outside [0, 1).
        OSError: If the file is not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.california_housing.load_data("small")
    ```
    """
    if version not in ("large", "small"):
        raise ValueError(
            f'`version` must be "large" or "small", but received: version={version!r}.'
        )
    data = _files.load_npz(_files.stored("california_housing.npz", path, _HASH))
    count = _SMALL if version == "small" else None
    return _splits.split(
        *_splits.shuffled(data["x"][:count], data["y"][:count], _splits.drawing(seed)), test_split
    )
