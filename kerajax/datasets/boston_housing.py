"""Boston housing prices of the 1970s (Harrison and Rubinfeld, 1978)."""

from kerajax.datasets import _files, _splits

_HASH = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """506 districts with 13 numbers each, and the median price of a home in 1000 dollars.

    One of the numbers stands for the share of Black residents, which the authors took for a cause
    of prices. Use `california_housing` where any data set will do.

    Args:
        path: Name of the file in the cache.
        test_split: Float in [0, 1), the share of the tests.
        seed: Int, for the order of the samples.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: float64 arrays `(samples, 13)` and `(samples,)`.

    Raises:
        ValueError: If `test_split` is outside [0, 1).
        OSError: If the file is not there and cannot be downloaded.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = kerajax.datasets.boston_housing.load_data()
    ```
    """
    data = _files.load_npz(_files.stored("boston_housing.npz", path, _HASH))
    return _splits.split(*_splits.shuffled(data["x"], data["y"], _splits.drawing(seed)), test_split)
