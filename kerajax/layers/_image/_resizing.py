"""Images of another size: resampled, or cut out of the middle or at random."""

from kerajax import ops
from kerajax._checks import positive_int
from kerajax.layers._image._image_layer import ImageLayer, random_uniform
from kerajax.objects import publish
from kerajax.random import make_default_seed


class _Sized(ImageLayer):
    """Base of the layers whose images come out with `height` and `width`."""

    def _output_size(self, size):
        return self.height, self.width

    def _draw(self, shape, seed):
        return {"input_shape": shape}

    def _cut_out(self, images, top, left):
        """The part of `height` x `width` that begins at `(top, left)`."""
        start, extent = [0] * 4, list(images.shape)
        first = 1 if self.data_format == "channels_last" else 2
        start[first : first + 2] = top, left
        extent[first : first + 2] = self.height, self.width
        return ops.slice(images, start, extent)


@publish("keras.layers.Resizing")
class Resizing(_Sized):
    """Resamples images to `height` x `width`, in training and inference alike.

    Integer images stay integers; masks take the nearest pixel.

    Args:
        height: Int > 0. Rows of the outputs.
        width: Int > 0. Columns of the outputs.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        crop_to_aspect_ratio: Bool. Whether the largest middle part of the right aspect ratio is
            taken, so that nothing is distorted.
        pad_to_aspect_ratio: Bool. Whether borders are added instead, so that nothing is lost.
        fill_mode: Only `"constant"`.
        fill_value: Number. Value of the borders.
        antialias: Bool. Whether the kernel widens where images shrink.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: the same with the new height and width.

    Raises:
        ValueError: If a size is not positive, or a mode is none of these.

    Example:

    >>> kerajax.layers.Resizing(6, 8)(np.ones((2, 3, 4, 1))).shape
    (2, 6, 8, 1)
    """

    _applies_always = True

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height = positive_int(height, "height", self)
        self.width = positive_int(width, "width", self)
        self.interpolation = interpolation
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.antialias = bool(antialias)

    def transform_images(self, images, transformation=None, training=True):
        """The images in the new size; integers stay integers."""
        if "float" in str(images.dtype):
            images = ops.cast(images, self.compute_dtype)
        return self._transform_images(images, transformation, self.interpolation)

    def _transform_images(self, images, transformation, interpolation):
        return ops.image.resize(
            images,
            (self.height, self.width),
            interpolation=interpolation,
            antialias=self.antialias,
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def _move_boxes(self, boxes, transformation, size):
        scales = self.height / size[0], self.width / size[1]
        offsets = (0, 0)
        if self.pad_to_aspect_ratio or self.crop_to_aspect_ratio:
            scale = min(scales) if self.pad_to_aspect_ratio else max(scales)
            scales = scale, scale
            offsets = [
                # Borders and cuts are of whole pixels, the smaller one at the top and left.
                (new - old * scale) // 2
                if self.pad_to_aspect_ratio
                else -((old * scale - new) // 2)
                for old, new in zip(size, (self.height, self.width), strict=True)
            ]
        (y_scale, x_scale), (top, left) = scales, offsets
        factors = ops.convert_to_tensor([x_scale, y_scale] * 2, dtype=boxes.dtype)
        return boxes * factors + ops.convert_to_tensor([left, top] * 2, dtype=boxes.dtype)


@publish("keras.layers.CenterCrop")
class CenterCrop(_Sized):
    """Cuts the middle out of images, in training and inference alike.

    An image that is smaller along an axis is resampled instead: the largest middle part of the
    right aspect ratio, to `height` x `width`.

    Args:
        height: Int > 0. Rows of the outputs.
        width: Int > 0. Columns of the outputs.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: the same with the new height and width, dtype `compute_dtype`.

    Raises:
        ValueError: If a size is not positive.

    Example:

    >>> image = np.arange(4.0).reshape(1, 4, 1)
    >>> kerajax.layers.CenterCrop(1, 2)(image).ravel().tolist()
    [1.0, 2.0]
    """

    _applies_always = True

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.height = positive_int(height, "height", self)
        self.width = positive_int(width, "width", self)

    def _transform_images(self, images, transformation, interpolation):
        height, width = self._size(images.shape)
        if height >= self.height and width >= self.width:
            return self._cut_out(images, (height - self.height) // 2, (width - self.width) // 2)
        return ops.image.resize(
            images,
            (self.height, self.width),
            interpolation=interpolation,
            crop_to_aspect_ratio=True,
            data_format=self.data_format,
        )

    def _move_boxes(self, boxes, transformation, size):
        kept = (self.height, self.width)
        if size[0] < self.height or size[1] < self.width:
            kept = _largest_part(size, kept)
        top, left = ((old - new) // 2 for old, new in zip(size, kept, strict=True))
        scales = [self.width / kept[1], self.height / kept[0]] * 2
        boxes = boxes - ops.convert_to_tensor([left, top] * 2, dtype=boxes.dtype)
        return boxes * ops.convert_to_tensor(scales, dtype=boxes.dtype)


def _largest_part(size, wanted):
    """Height and width of the largest part of an image that has the aspect ratio of `wanted`."""
    height, width = int(size[1] * wanted[0] / wanted[1]), int(size[0] * wanted[1] / wanted[0])
    return max(min(size[0], height), 1), max(min(size[1], width), 1)


@publish("keras.layers.RandomCrop")
class RandomCrop(_Sized):
    """In training, cuts a part of `height` x `width` out of images, at one random place per batch.

    Images that are not larger along both axes are resampled. In inference images pass unchanged,
    as in Keras 3: put a `CenterCrop` or a `Resizing` behind it where all have to be of one size.

    Args:
        height: Int > 0. Rows of the outputs.
        width: Int > 0. Columns of the outputs.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        name: String, unique in a model; generated if absent.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: in training the same with the new height and width, dtype `compute_dtype`.

    Raises:
        ValueError: If a size is not positive.

    Example:

    >>> layer = kerajax.layers.RandomCrop(2, 3)
    >>> layer(np.ones((5, 8, 8, 1)), training=True).shape
    (5, 2, 3, 1)
    """

    def __init__(self, height, width, seed=None, data_format=None, name=None, **kwargs):
        super().__init__(data_format=data_format, name=name, **kwargs)
        self.height = positive_int(height, "height", self)
        self.width = positive_int(width, "width", self)
        self._set_seed(make_default_seed() if seed is None else seed)

    def _draw(self, shape, seed):
        size = self._size(shape)
        wanted = self.height, self.width
        if size[0] > wanted[0] and size[1] > wanted[1]:
            corner = [
                ops.cast(random_uniform((), (0, float(old - new + 1)), seed), "int32")
                for old, new in zip(size, wanted, strict=True)
            ]
        else:
            part = _largest_part(size, wanted)
            corner = [(old - new) // 2 for old, new in zip(size, part, strict=True)]
        return {"corner": corner, "input_shape": shape}

    def _kept(self, size, corner):
        """Height and width of what is cut out at a corner, and whether it is to be resampled."""
        wanted = self.height, self.width
        if size[0] > wanted[0] and size[1] > wanted[1]:
            return wanted
        return tuple(min(n, old - at) for n, old, at in zip(wanted, size, corner, strict=True))

    def _transform_images(self, images, transformation, interpolation):
        top, left = transformation["corner"]
        kept = self._kept(self._size(images.shape), (top, left))
        if kept == (self.height, self.width):
            return self._cut_out(images, top, left)
        window = [slice(None)] * 4
        first = 1 if self.data_format == "channels_last" else 2
        window[first] = slice(top, top + kept[0])
        window[first + 1] = slice(left, left + kept[1])
        return ops.image.resize(
            images[tuple(window)],
            (self.height, self.width),
            interpolation=interpolation,
            data_format=self.data_format,
        )

    def _move_boxes(self, boxes, transformation, size):
        top, left = transformation["corner"]
        kept = self._kept(size, (top, left))
        top, left = (ops.cast(n, boxes.dtype) for n in (top, left))
        scales = [self.width / kept[1], self.height / kept[0]] * 2
        boxes = boxes - ops.stack([left, top, left, top])
        return boxes * ops.convert_to_tensor(scales, dtype=boxes.dtype)
