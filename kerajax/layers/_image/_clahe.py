"""Contrast-limited adaptive histogram equalization."""

from kerajax import ops
from kerajax._checks import int_tuple
from kerajax.layers._image._arguments import pair_of_values, rescaled
from kerajax.layers._image._image_layer import ColorLayer
from kerajax.objects import publish

_VALUES = 256


@publish("keras.layers.ContrastLimitedAdaptiveHistogramEqualization")
class ContrastLimitedAdaptiveHistogramEqualization(ColorLayer):
    """Equalizes the histogram around each pixel, always, without raising the contrast too far.

    The image is cut into tiles. In each tile and channel the histogram of 256 values is cut off at
    `clip_limit` times its mean, what is above is spread over all values, and the sum up to a value
    says what becomes of it. A pixel takes the answers of the four nearest tiles, interpolated by
    its distance to their middles.

    Args:
        value_range: Pair of numbers, the least and the greatest value of the images.
        clip_limit: Number, in means of the histogram; 0 or less for no limit.
        tile_grid_size: Pair of ints, how many tiles stand below and beside each other; one int for
            both.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If `value_range` or `tile_grid_size` is no pair.

    Example:

    >>> layer = kerajax.layers.ContrastLimitedAdaptiveHistogramEqualization(
    ...     clip_limit=40.0, tile_grid_size=(2, 2)
    ... )
    >>> images = np.linspace(100, 140, 128).reshape(1, 8, 16, 1)
    >>> bool(np.ptp(layer(images)) > 100)
    True

    Reference:
        Zuiderveld, 1994, "Contrast Limited Adaptive Histogram Equalization",
        https://doi.org/10.1016/B978-0-12-336156-1.50061-6
    """

    _applies_always = True

    def __init__(
        self,
        value_range=(0, 255),
        clip_limit=4.0,
        tile_grid_size=(8, 8),
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        pair_of_values(value_range, self)
        self.value_range = value_range
        self.clip_limit = clip_limit
        self._grid = int_tuple(tile_grid_size, "tile_grid_size", self, 2)
        self.tile_grid_size = tile_grid_size

    def _transform_images(self, images, transformation, interpolation):
        if 0 in images.shape:
            return images
        values = ops.moveaxis(ops.cast(images, "float32"), self._channel_axis, -1)
        values = self._equalized(rescaled(values, self.value_range, (0, 255)))
        values = rescaled(values, (0, 255), self.value_range)
        return ops.cast(ops.moveaxis(values, -1, self._channel_axis), images.dtype)

    def _equalized(self, images):
        height, width = images.shape[1:3]
        grid = self._grid
        tile = tuple(-(-n // tiles) for n, tiles in zip((height, width), grid, strict=True))
        borders = [(0, tile[0] * grid[0] - height), (0, tile[1] * grid[1] - width)]
        padded = ops.pad(images, [(0, 0), *borders, (0, 0)], mode="symmetric")
        pixels = ops.cast(ops.clip(padded, 0, _VALUES - 1), "int32")
        answers = self._answers(pixels, grid, tile)
        rows = _neighbours(tile[0], grid[0])
        columns = _neighbours(tile[1], grid[1])
        batch, channels = pixels.shape[0], pixels.shape[3]
        samples = ops.reshape(ops.arange(batch), (-1, 1, 1, 1))
        flat, result = ops.ravel(answers), 0
        for row, row_weight in rows:
            for column, column_weight in columns:
                place = samples * grid[0] + row[:, None, None]
                place = (place * grid[1] + column[:, None]) * channels + ops.arange(channels)
                answer = ops.take(flat, place * _VALUES + pixels)
                result = result + answer * row_weight[:, None, None] * column_weight[:, None]
        return result[:, :height, :width]

    def _answers(self, pixels, grid, tile):
        """What becomes of each value in each tile: `(batch, rows, columns, channels, values)`."""
        batch, channels = pixels.shape[0], pixels.shape[3]
        tiles = ops.reshape(pixels, (batch, grid[0], tile[0], grid[1], tile[1], channels))
        tiles = ops.reshape(ops.transpose(tiles, (0, 1, 3, 5, 2, 4)), (-1, tile[0] * tile[1]))
        n = tiles.shape[0]
        counted = ops.ravel(tiles + _VALUES * ops.arange(n)[:, None])
        counts = ops.segment_sum(
            ops.ones_like(counted, dtype="float32"), counted, num_segments=n * _VALUES
        )
        counts = ops.reshape(counts, (n, _VALUES))
        size = float(tile[0] * tile[1])
        if self.clip_limit > 0:
            cut = ops.clip(counts, 0, self.clip_limit * size / _VALUES)
            counts = cut + ops.sum(counts - cut, axis=-1, keepdims=True) / _VALUES
        up_to = ops.cumsum(counts, axis=-1)
        # The sums rise, so that the first is the least.
        others = size - up_to[:, :1]
        others = ops.where(others == 0, 1.0, others)
        answers = ops.clip((up_to - up_to[:, :1]) * 255.0 / others, 0, 255)
        return ops.reshape(answers, (batch, *grid, channels, _VALUES))


def _neighbours(tile, tiles):
    """Along one axis, the two nearest tiles of each pixel and their weights."""
    place = (ops.arange(tile * tiles, dtype="float32") - tile / 2) / tile
    before = ops.floor(place)
    weight = place - before
    before = ops.cast(before, "int32")
    return [
        (ops.clip(before, 0, tiles - 1), 1.0 - weight),
        (ops.clip(before + 1, 0, tiles - 1), weight),
    ]
