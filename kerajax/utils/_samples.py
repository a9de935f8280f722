"""Batches as tuples of inputs, targets and weights."""


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """`(x, y, sample_weight)` without what is None at the end.

    Example:

    >>> kerajax.utils.pack_x_y_sample_weight([1, 2], "y")
    ([1, 2], 'y')
    """
    if y is None:
        # A bare tuple would read as several parts of a batch.
        return x if not isinstance(x, (list, tuple)) else (x,)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data):
    """`(x, y, sample_weight)` of a batch, with None for what it does not have.

    Args:
        data: What a data source yields: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        ValueError: If it has more than three parts.

    Example:

    >>> kerajax.utils.unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    parts = tuple(data) if isinstance(data, (list, tuple)) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, "
            f"found {len(parts)} parts: {data!r:.200}"
        )
    return (*parts, None, None)[:3]
