"""Images whose pixels are read at other places: affine, perspective and elastic warps."""

import jax
import jax.numpy as jnp

from kerajax._checks import one_of
from kerajax.backend import is_float_dtype
from kerajax.ops._image_axes import as_batch, check_rank
from kerajax.ops._image_filters import weighted_views
from kerajax.ops._image_sample import FILL_MODES, ORDERS, check_modes, sample
from kerajax.ops._op import op
from kerajax.random import draw_seed


@op(data=("inputs", "coordinates"))
def map_coordinates(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    """Values of a tensor at places between its points.

    Args:
        inputs: Tensor of any rank.
        coordinates: Tensor `(rank of inputs, ...)`: for each place its coordinate along each axis.
        order: 0 for the nearest point, 1 for linear interpolation.
        fill_mode: What stands outside of `a b c d`: `"constant"` (`k k | a b c d | k k`, with k the
            `fill_value`), `"nearest"` (`a a | a b c d | d d`), `"wrap"` (`c d | a b c d | a b`),
            `"mirror"` (`c b | a b c d | c b`) or `"reflect"` (`b a | a b c d | d c`).
        fill_value: Number, for `"constant"`.

    Returns:
        Tensor of `coordinates.shape[1:]` and the dtype of `inputs`; integers are rounded.

    Raises:
        ValueError: If shapes do not fit, or `order` or `fill_mode` is none of these.

    Example:

    >>> x = np.array([[0.0, 1.0], [2.0, 3.0]])
    >>> kerajax.ops.image.map_coordinates(x, [[0.5, 1.0], [0.5, 0.0]], order=1).tolist()
    [1.5, 2.0]
    """
    inputs, coordinates = jnp.asarray(inputs), jnp.asarray(coordinates)
    _check_coordinates(inputs, coordinates)
    one_of(fill_mode, "fill_mode", "map_coordinates", FILL_MODES)
    one_of(order, "order", "map_coordinates", (0, 1))
    return sample(inputs, coordinates, order, fill_mode, fill_value)


def _check_coordinates(inputs, coordinates):
    if coordinates.shape[0] != len(inputs.shape):
        raise ValueError(
            "map_coordinates: First dim of `coordinates` must be the same as the rank of `inputs`. "
            f"Received: inputs.shape={tuple(inputs.shape)}, "
            f"coordinates.shape={tuple(coordinates.shape)}"
        )
    if len(coordinates.shape) < 2:
        raise ValueError(
            "map_coordinates: Invalid coordinates rank: expected at least rank 2. Received: "
            f"coordinates.shape={tuple(coordinates.shape)}"
        )


@op(data=("images", "transform"))
def affine_transform(
    images,
    transform,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
):
    """Images read through a transform: the pixel at `(x, y)` comes from `(x', y')`.

    `x' = (a0 x + a1 y + a2) / k`, `y' = (b0 x + b1 y + b2) / k` and `k = c0 x + c1 y + 1`, with x
    to the right and y downwards, in pixels.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        transform: Tensor `(8,)` or `(batch, 8)`: `a0, a1, a2, b0, b1, b2, c0, c1`. One transform
            serves a whole batch.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What stands outside of the images, as in `map_coordinates`.
        fill_value: Number, for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor of the shape and dtype of `images`.

    Raises:
        ValueError: If shapes do not fit or a mode is none of these.

    Example:

    >>> image = np.arange(3.0).reshape(1, 3, 1)
    >>> one_to_the_right = np.array([1.0, 0, 1, 0, 1, 0, 0, 0])
    >>> kerajax.ops.image.affine_transform(image, one_to_the_right).ravel().tolist()
    [1.0, 2.0, 0.0]
    """
    images, transform = jnp.asarray(images), jnp.asarray(transform)
    check_modes(interpolation, fill_mode, "affine_transform")
    check_rank(images, "affine_transform")
    if transform.ndim not in (1, 2):
        raise ValueError(
            "affine_transform: Invalid transform rank: expected rank 1 (single transform) or rank "
            f"2 (batch of transforms). Received: transform.shape={transform.shape}"
        )
    if transform.shape[-1] != 8:
        raise ValueError(
            "affine_transform: `transform` needs 8 numbers for each image, a0 to c1. Received: "
            f"transform.shape={transform.shape}"
        )
    return _warp(
        images, transform.reshape(-1, 8), interpolation, fill_mode, fill_value, data_format
    )


@op(data=("images", "start_points", "end_points"))
def perspective_transform(
    images,
    start_points,
    end_points,
    interpolation="bilinear",
    fill_value=0,
    data_format=None,
):
    """Images seen in perspective: what was at the four start points comes to the end points.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        start_points: Tensor `(4, 2)` or `(batch, 4, 2)`: four points (x, y), in pixels.
        end_points: Tensor of the same shape: where they go.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_value: Number: what stands outside of the images.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor of the shape and dtype of `images`.

    Raises:
        ValueError: If shapes do not fit or `interpolation` is none of these.

    Example:

    >>> corners = np.array([[0.0, 0], [4, 0], [0, 4], [4, 4]])
    >>> image = np.ones((5, 5, 1))
    >>> half = kerajax.ops.image.perspective_transform(image, corners, corners / 2)
    >>> print(half.sum())
    9.0
    """
    images = jnp.asarray(images)
    start_points, end_points = jnp.asarray(start_points), jnp.asarray(end_points)
    check_modes(interpolation, "constant", "perspective_transform")
    check_rank(images, "perspective_transform")
    for name, points in (("start_points", start_points), ("end_points", end_points)):
        if points.ndim not in (2, 3) or points.shape[-2:] != (4, 2):
            raise ValueError(
                f"perspective_transform: Invalid {name} shape: expected (4,2) for a single image "
                f"or (N,4,2) for a batch. Received: {name}.shape={points.shape}"
            )
    if start_points.shape != end_points.shape:
        raise ValueError(
            "perspective_transform: start_points and end_points must have the same shape. "
            f"Received: start_points.shape={start_points.shape}, "
            f"end_points.shape={end_points.shape}"
        )
    transform = homography(start_points.reshape(-1, 4, 2), end_points.reshape(-1, 4, 2))
    return _warp(images, transform, interpolation, "constant", fill_value, data_format)


def homography(start, end):
    """The transforms, as in `affine_transform`, that read the end points from the start points.

    Each pair of points gives two linear equations: `x' (c0 x + c1 y + 1) = a0 x + a1 y + a2`.
    """
    start, end = start.astype(jnp.float32), end.astype(jnp.float32)
    rows = jnp.concatenate([end, jnp.ones_like(end[..., :1])], axis=-1)
    none = jnp.zeros_like(rows)
    equations = [
        jnp.concatenate([*sides, -start[..., i : i + 1] * end], axis=-1)
        for i, sides in enumerate([(rows, none), (none, rows)])
    ]
    known = jnp.concatenate([start[..., 0], start[..., 1]], axis=-1)
    return jnp.linalg.solve(jnp.concatenate(equations, axis=-2), known[..., None])[..., 0]


def _warp(images, transform, interpolation, fill_mode, fill_value, data_format):
    batch, restore = as_batch(images, data_format)
    # float16 knows no odd numbers above 2048, the places in a larger image.
    transform = transform.astype(jnp.promote_types(transform.dtype, jnp.float32))
    y, x = jnp.indices(batch.shape[1:3], sparse=True)
    numbers = transform.T[..., None, None]
    scale = numbers[6] * x + numbers[7] * y + 1
    from_x = (numbers[0] * x + numbers[1] * y + numbers[2]) / scale
    from_y = (numbers[3] * x + numbers[4] * y + numbers[5]) / scale
    coordinates = jnp.stack([from_y, from_x], axis=1)
    return restore(_sample_each(batch, coordinates, interpolation, fill_mode, fill_value))


def _sample_each(batch, coordinates, interpolation, fill_mode, fill_value):
    """Each image of a batch at its own places, or all at the same ones."""
    if len(coordinates) not in (1, len(batch)):
        raise ValueError(
            f"A batch of {len(batch)} images needs one transform for each image, or a single one. "
            f"Received {len(coordinates)}."
        )
    places = jnp.broadcast_to(coordinates, (len(batch), *coordinates.shape[1:]))
    return jax.vmap(
        lambda image, where: sample(image, where, ORDERS[interpolation], fill_mode, fill_value)
    )(batch, places)


@op
def elastic_transform(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    """Images bent by a smooth random field.

    Each pixel is moved by `alpha` times normal noise of deviation `sigma`, blurred by a Gaussian
    of the same `sigma`; as in Keras, one draw moves both x and y.

    Args:
        images: Tensor `(height, width, channels)` or `(batch, height, width, channels)`, or with
            the channels first.
        alpha: Number. How far pixels move.
        sigma: Number > 0, in pixels. How smooth the field is.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What stands outside of the images, as in `map_coordinates`.
        fill_value: Number, for `"constant"`.
        seed: Int, `SeedGenerator` or None, as for the functions of `kerajax.random`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Returns:
        Tensor of the shape and dtype of `images`.

    Raises:
        ValueError: If the rank or a mode is none of these.

    Example:

    >>> kerajax.ops.image.elastic_transform(np.ones((2, 8, 8, 3)), seed=1).shape
    (2, 8, 8, 3)

    Reference:
        Simard, Steinkraus and Platt, 2003, "Best Practices for Convolutional Neural Networks
        Applied to Visual Document Analysis", https://doi.org/10.1109/ICDAR.2003.1227801
    """
    return bend(
        images,
        alpha,
        sigma,
        largest_sigma=sigma,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
        seed=seed,
        data_format=data_format,
    )


def bend(
    images, alpha, sigma, *, largest_sigma, interpolation, fill_mode, fill_value, seed, data_format
):
    """`elastic_transform` for an `alpha` and a `sigma` that may be traced.

    The kernel of the blur reaches `3 sigma` far. Its size in compiled code, which must be known,
    comes from `largest_sigma`; the weights that are too far away are zero.
    """
    images = jnp.asarray(images)
    check_modes(interpolation, fill_mode, "elastic_transform")
    check_rank(images, "elastic_transform")
    batch, restore = as_batch(images, data_format)
    dtype = images.dtype if is_float_dtype(images.dtype) else jnp.float32
    noise = jax.random.normal(draw_seed(seed), batch.shape[:3], dtype).astype(jnp.float32) * sigma
    reach = int(3 * largest_sigma)
    weights = _reaching(jnp.arange(-reach, reach + 1, dtype=jnp.float32), sigma)
    for axis in (1, 2):
        noise = weighted_views(noise, weights, axis, "same")
    coordinates = jnp.indices(batch.shape[1:3])[None] + (alpha * noise)[:, None]
    return restore(_sample_each(batch, coordinates, interpolation, fill_mode, fill_value))


def _reaching(x, sigma):
    sigma = jnp.maximum(jnp.asarray(sigma, x.dtype), jnp.finfo(x.dtype).eps)
    weights = jnp.where(jnp.abs(x) <= 3 * sigma, jnp.exp(-0.5 * (x / sigma) ** 2), 0)
    return weights / jnp.sum(weights)
