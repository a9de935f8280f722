"""Image ops against the Keras wheel: values of both data formats, shapes, dtypes, bad arguments."""

import keras
import numpy as np
import pytest

import kerajax
from kerajax import ops
from tests.ops.agreement import check_symbolic, check_values

_RNG = np.random.default_rng(0)
UNIT = _RNG.uniform(size=(2, 7, 9, 3)).astype("float32")
PIXELS = UNIT * 255
BYTES = PIXELS.astype("uint8")
VOLUMES = _RNG.normal(size=(2, 5, 6, 7, 2)).astype("float32")
MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
# Moved, turned, stretched, sheared; without the last two numbers, see `differs` below.
TRANSFORMS = np.array(
    [
        [0.913, 0.207, 0.512, -0.117, 1.093, 0.331, 0, 0],
        [1.219, -0.407, 2.03, 0.311, 0.803, -1.07, 0, 0],
    ]
)
TRANSFORMS = TRANSFORMS.astype("float32")
CORNERS = np.tile(np.array([[0, 0], [8, 0], [0, 6], [8, 6]], "float32"), (2, 1, 1))
MOVED = CORNERS + _RNG.uniform(-2, 2, size=CORNERS.shape).astype("float32")
PLACES = _RNG.uniform(-12, 12, size=(3, 5, 6)).astype("float32")
LAST = {"data_format": "channels_last"}
FIRST = {"data_format": "channels_first"}

ROWS = [
    *(
        ("resize", (PIXELS, size), {"interpolation": interpolation, "antialias": antialias})
        for interpolation in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
        for size, antialias in (((4, 12), False), ((4, 5), True))
    ),
    ("resize", (BYTES, (4, 12))),
    ("resize", (BYTES, (12, 12)), {"interpolation": "bicubic"}),
    *(
        ("resize", (x, size), {f"{how}_to_aspect_ratio": True, "fill_value": 1.5})
        for how in ("crop", "pad")
        for x, size in ((PIXELS, (4, 9)), (PIXELS, (12, 5)), (BYTES, (12, 5)), (PIXELS, (7, 9)))
    ),
    *(
        ("affine_transform", (x, TRANSFORMS), {"fill_mode": m, "interpolation": i, "fill_value": 3})
        for x, i in ((PIXELS, "bilinear"), (PIXELS, "nearest"), (BYTES, "bilinear"))
        for m in MODES
    ),
    ("perspective_transform", (PIXELS, CORNERS, MOVED), {"fill_value": 2}),
    ("perspective_transform", (PIXELS, CORNERS, MOVED), {"interpolation": "nearest"}),
    *(
        ("elastic_transform", (x,), {"alpha": 3.0, "sigma": 1.3, "seed": 5, **more})
        for x in (PIXELS, PIXELS[:1])
        for more in ({}, {"interpolation": "nearest", "fill_mode": "constant", "fill_value": 1.0})
    ),
    # Where values are given, the wheel takes None for channels first.
    *(("gaussian_blur", (UNIT, k, (1.0, 0.7)), LAST) for k in ((3, 3), (5, 3), (4, 2))),
    ("rgb_to_hsv", (UNIT,)),
    ("rgb_to_hsv", (np.round(UNIT * 2) / 2,)),
    ("hsv_to_rgb", (UNIT,)),
    ("hsv_to_rgb", (UNIT * 3 - 1,)),
    ("rgb_to_grayscale", (PIXELS,)),
    ("rgb_to_grayscale", (BYTES,)),
    ("rgb_to_grayscale", (PIXELS[..., :1],)),
    ("pad_images", (PIXELS, 1, 2), {"target_height": 12, "target_width": 13}),
    ("pad_images", (BYTES, None, None, 1, 3), {"target_height": 12, "target_width": 13}),
    ("pad_images", (PIXELS, 1, 2, 3, 4)),
    ("crop_images", (PIXELS, 1, 2), {"target_height": 3, "target_width": 4}),
    ("crop_images", (PIXELS, None, None, 1, 2), {"target_height": 3, "target_width": 4}),
    ("crop_images", (BYTES, 1, 2, 2, 3)),
    *(
        ("extract_patches", (PIXELS, size, strides, dilation, padding))
        for size, strides, dilation in ((3, None, 1), ((2, 4), 1, 2), (3, (2, 3), 1))
        for padding in ("valid", "same")
    ),
    ("ssim", (PIXELS, PIXELS + 9, 255.0, 5)),
    ("ssim", (UNIT, UNIT**2), {"filter_size": 7, "filter_sigma": 1.0, "k1": 0.02, "k2": 0.06}),
]
BATCH_ROWS = [
    ("sobel_edges", (PIXELS,)),
    ("sobel_edges", (PIXELS,), FIRST),
    ("extract_patches", (VOLUMES, (2, 3, 2))),
    ("extract_patches", (VOLUMES[0], (2, 3, 2), (1, 2, 1)), {"padding": "same"}),
    ("extract_patches_3d", (VOLUMES, 2)),
    ("extract_patches_3d", (VOLUMES.transpose(0, 4, 1, 2, 3), (2, 3, 2), 1), FIRST),
    *(
        ("map_coordinates", (UNIT[0], PLACES, order), {"fill_mode": mode, "fill_value": 2})
        for order in (0, 1)
        for mode in MODES
    ),
    ("map_coordinates", (BYTES[0], PLACES / 4, 1)),
    ("map_coordinates", (UNIT[0], PLACES.astype("int32"), 1), {"fill_mode": "wrap"}),
    ("rearrange", (UNIT, "b h w c -> b c h w")),
    ("rearrange", (VOLUMES, "b d h w c -> (d b) c (w h)")),
]
MOVE = np.array([0.6, 1.4], "float32"), np.array([0.3, -0.3], "float32"), (1, 2)
VALUE_ROWS = [
    *(
        ("scale_and_translate", (PIXELS, (2, 5, 12, 3), *MOVE, method, antialias))
        for method in ("linear", "cubic", "lanczos3", "lanczos5")
        for antialias in (True, False)
    ),
    ("rearrange", (np.ones((2, 4, 6, 3)), "b (h p) (w q) c -> (b h w) (p q c)"), {"p": 2, "q": 3}),
]


ALL = ROWS + BATCH_ROWS + VALUE_ROWS
# The first row of each op that takes batches and single images.
FIRSTS = {row[0]: row for row in reversed(ROWS)}


def _kwargs(row):
    return row[2] if len(row) > 2 else {}


def _ids(rows):
    return [f"{i}-{row[0]}" for i, row in enumerate(rows)]


def _channels_first(x):
    return np.moveaxis(x, -1, -3) if isinstance(x, np.ndarray) and x.ndim == 4 else x


def _check(name, *args, **kwargs):
    check_values(name, *args, rtol=1e-5, atol=1e-3, **kwargs)


@pytest.mark.parametrize("row", ALL, ids=_ids(ALL))
def test_values(row):
    _check(*(row[0], *row[1]), **_kwargs(row))


@pytest.mark.parametrize("row", FIRSTS.values(), ids=FIRSTS)
def test_single_images_and_channels_first(row):
    name, args = row[:2]
    kwargs = _kwargs(row)
    _check(name, *(x[0] if isinstance(x, np.ndarray) else x for x in args), **kwargs)
    _check(name, *map(_channels_first, args), **{**kwargs, **FIRST})


SYMBOLIC = [row for row in ROWS + BATCH_ROWS if row[1][0].dtype != "uint8"]


@pytest.mark.parametrize("row", SYMBOLIC, ids=_ids(SYMBOLIC))
def test_symbolic(row):
    """With the batch unknown where there is one, and where the wheel's rule takes that."""
    name, args = row[:2]
    has_batch = len(args[0]) == 2 and name not in ("map_coordinates", "rearrange")
    check_symbolic(name, *args, unknown=has_batch, **_kwargs(row))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_stays(dtype):
    x = ops.cast(UNIT, dtype)
    for outputs in (
        ops.image.resize(x, (4, 4)),
        ops.image.affine_transform(x, TRANSFORMS),
        ops.image.gaussian_blur(x),
        ops.image.rgb_to_hsv(x),
        ops.image.elastic_transform(x, seed=1),
        ops.image.extract_patches(x, 3),
        ops.image.ssim(x, x, filter_size=3),
    ):
        assert outputs.dtype == dtype


def test_unknown_sizes_of_images():
    x = kerajax.KerasTensor((None, None, None, 3))
    assert ops.image.resize(x, (5, 6), pad_to_aspect_ratio=True).shape == (None, 5, 6, 3)
    assert ops.image.pad_images(x, 2, 3, 2, 3).shape == (None, None, None, 3)
    assert ops.image.pad_images(x, 2, 3, target_height=9, target_width=9).shape == (None, 9, 9, 3)
    assert ops.image.crop_images(x, 2, 3, target_height=4, target_width=5).shape == (None, 4, 5, 3)
    assert ops.image.extract_patches(x, 4).shape == (None, None, None, 48)
    with pytest.raises(ValueError, match="`target_height` must be specified"):
        ops.image.crop_images(x, 2, 3, 4, 5)


def test_unknown_sizes_go_through_rearrange():
    x = kerajax.KerasTensor((None, 6))
    assert ops.rearrange(x, "(b t) c -> b t c", t=7).shape == (None, 7, 6)
    assert ops.rearrange(x, "b (t c) -> (b t) c", t=2).shape == (None, 3)


def test_one_transform_serves_a_batch():
    each = ops.image.affine_transform(PIXELS, np.stack([TRANSFORMS[0]] * 2))
    np.testing.assert_array_equal(ops.image.affine_transform(PIXELS, TRANSFORMS[0]), each)
    each = ops.image.perspective_transform(PIXELS, CORNERS, np.stack([MOVED[0]] * 2))
    one = ops.image.perspective_transform(PIXELS, CORNERS[0], MOVED[0])
    np.testing.assert_allclose(one, each, rtol=1e-5)


def test_a_projective_transform_divides():
    """The documented `x' = (a0 x + a1 y + a2) / k`: both ways to write a homography agree."""
    half = ops.image.affine_transform(PIXELS, np.array([1, 0, 0, 0, 1, 0, 0.125, 0], "float32"))
    y, x = np.mgrid[:7, :9].astype("float32")
    places = np.stack([y / (1 + x / 8), x / (1 + x / 8)])
    for channel in range(3):
        expected = ops.image.map_coordinates(PIXELS[0, ..., channel], places, 1)
        np.testing.assert_allclose(half[0, ..., channel], expected, rtol=1e-4)


def test_blur_follows_the_configured_format():
    """None is the configured data format, for values as for symbolic images."""
    expected = keras.ops.image.gaussian_blur(UNIT, data_format="channels_last")
    np.testing.assert_allclose(ops.image.gaussian_blur(UNIT), expected, rtol=1e-5)


def test_colors_come_back():
    there = ops.image.rgb_to_hsv(UNIT)
    np.testing.assert_allclose(ops.image.hsv_to_rgb(there), UNIT, atol=1e-6)


def test_patches_of_integers_are_exact():
    x = np.arange(32, dtype="int32").reshape(1, 4, 4, 2)
    patches = ops.image.extract_patches(x, 2)
    assert patches[0, 0, 1].tolist() == x[0, :2, 2:].ravel().tolist()


def test_equal_images_are_similar_in_half_precision():
    """Squares of 255 do not fit into float16, in which the wheel's result is not a number."""
    x = PIXELS.astype("float16")
    np.testing.assert_allclose(ops.image.ssim(x, x, 255.0, filter_size=5), 1.0)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.image.resize(UNIT, (4, 4), "bilinea"), "Did you mean 'bilinear'"),
        (lambda: ops.image.resize(UNIT, (4, 0)), "positive height and width"),
        (lambda: ops.image.resize(UNIT, (4, 4, 4)), "2 integers"),
        (lambda: ops.image.resize(UNIT, (4, 4), fill_mode="reflect"), "constant"),
        (lambda: ops.image.resize(UNIT, (4, 4), "nearest", False, True, True), "Only one of"),
        (lambda: ops.image.resize(UNIT[0, 0], (4, 4)), "Invalid images rank"),
        (lambda: ops.image.affine_transform(UNIT, TRANSFORMS, fill_mode="miror"), "'mirror'"),
        (lambda: ops.image.affine_transform(UNIT, TRANSFORMS[:, :6]), "8 numbers"),
        (lambda: ops.image.affine_transform(UNIT, np.tile(TRANSFORMS, (2, 1))), "one transform"),
        (lambda: ops.image.perspective_transform(UNIT, CORNERS, MOVED[0]), "same shape"),
        (lambda: ops.image.map_coordinates(UNIT[0], PLACES[:2], 1), "rank of `inputs`"),
        (lambda: ops.image.map_coordinates(UNIT[0], PLACES, 2), "order"),
        (lambda: ops.image.rgb_to_hsv(BYTES), "float dtype"),
        (lambda: ops.image.hsv_to_rgb(UNIT[..., :2]), "3 channels"),
        (lambda: ops.image.rgb_to_grayscale(UNIT[..., :2]), "channel size"),
        (lambda: ops.image.pad_images(UNIT, 1, 1, 1, 1, 12), "exactly two of top_padding"),
        (lambda: ops.image.pad_images(UNIT, 9, 0, right_padding=0, target_height=12), "bottom_p"),
        (lambda: ops.image.crop_images(UNIT, 9, 0, 1, 1), "target_height must be >= 0"),
        (lambda: ops.image.crop_images(UNIT, 5, 0, None, 0, 5), "bottom_cropping must be >= 0"),
        (lambda: ops.image.extract_patches(UNIT, (2, 2, 2, 2)), "length 2 or 3"),
        (lambda: ops.image.extract_patches(UNIT[0, 0], 2), "Invalid images rank"),
        (lambda: ops.image.sobel_edges(UNIT[0]), "rank 4"),
        (lambda: ops.image.sobel_edges(BYTES), "sign"),
        (lambda: ops.image.ssim(UNIT, UNIT), "smaller `filter_size`"),
        (lambda: ops.image.scale_and_translate(UNIT, UNIT.shape, *MOVE, "cubik"), "'cubic'"),
        (lambda: ops.rearrange(UNIT, "b h w c"), "one arrow"),
        (lambda: ops.rearrange(UNIT, "b h w c -> b h w"), "same axes"),
        (lambda: ops.rearrange(UNIT, "b h c -> b c h"), "names 3 axes"),
        (lambda: ops.rearrange(UNIT, "b (h p) w c -> b h p w c", p=2), "do not divide"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_sizes_of_patches_that_are_no_tuple():
    with pytest.raises(TypeError, match="an int or a tuple"):
        ops.image.extract_patches(UNIT, "5")
    with pytest.raises(TypeError, match="length 3"):
        ops.image.extract_patches_3d(VOLUMES, (2, 2))
