"""Random boxes inside images, as masks; what RandomErasing and CutMix share."""

from kerajax import ops
from kerajax.layers._image._image_layer import random_uniform


def random_span(n, part, seed, dtype):
    """For each image where a span of `part` of n pixels begins and ends, at a random place."""
    length = ops.cast(part * n, dtype)
    start = random_uniform(part.shape, (0.0, 1.0), seed, dtype) * (n - length)
    return start, start + length


def inside(rows, columns, size, data_format):
    """Bool tensor `(batch, height, width, 1)`, or with the channel first: which pixels are inside.

    Args:
        rows: Pair of tensors `(batch,)`: where the boxes begin and end along the height.
        columns: The same along the width.
        size: Height and width of the images.
        data_format: Where the channels are.
    """
    in_rows, in_columns = (
        (ops.arange(n, dtype=start.dtype) >= start[:, None])
        & (ops.arange(n, dtype=start.dtype) < end[:, None])
        for n, (start, end) in zip(size, (rows, columns), strict=True)
    )
    mask = in_rows[:, :, None] & in_columns[:, None, :]
    return ops.expand_dims(mask, -1 if data_format == "channels_last" else 1)
