"""Quantizing functions and quantizers beside those of the Keras wheel, and what they refuse."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import kerajax
from kerajax import quantizers

X = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
FLAT = np.repeat(X[:1], 6, axis=0)


def agree(ours, theirs):
    """The same arrays, in number, dtype and value."""
    ours, theirs = map(jax.tree_util.tree_leaves, (ours, theirs))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        # Scales are quotients in float32; integers have to be equal.
        exact = np.asarray(a).dtype.kind in "iu"
        np.testing.assert_allclose(a, b, rtol=0 if exact else 1e-6)


CALLS = [
    ("abs_max_quantize", {"axis": -1}),
    ("abs_max_quantize", {"axis": [0, 1], "value_range": (-8, 7)}),
    ("abs_max_quantize", {"axis": 0, "to_numpy": True, "epsilon": 1e-3}),
    ("abs_max_quantize_grouped_with_zero_point", {"block_size": 2}),
    ("abs_max_quantize_grouped_with_zero_point", {"block_size": 4}),
    ("abs_max_quantize_grouped_with_zero_point", {"block_size": 8}),
]


@pytest.mark.parametrize("x", [X, FLAT, 0 * X], ids=["normal", "flat", "zero"])
@pytest.mark.parametrize(("name", "options"), CALLS)
def test_quantizing_agrees(name, options, x):
    """Integers, scales and zero points are those of Keras."""
    agree(getattr(quantizers, name)(x, **options), getattr(keras.quantizers, name)(x, **options))


@pytest.mark.parametrize("x", [X, FLAT], ids=["normal", "flat"])
def test_groups_on_the_host_are_those_of_the_device(x):
    """Also for groups of equal values, which Keras loses on the host: its scale is 1e-7 / 15."""
    quantize = quantizers.abs_max_quantize_grouped_with_zero_point
    agree(quantize(x, 4, to_numpy=True), quantize(x, 4))


@pytest.mark.parametrize("to_numpy", [False, True])
def test_scales_keep_half_precision(to_numpy):
    """The scale has the dtype of the inputs, wherever it was computed."""
    _, scale = quantizers.abs_max_quantize(jnp.asarray(X, "bfloat16"), -1, to_numpy=to_numpy)
    assert scale.dtype == "bfloat16"


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize(("shape", "axis"), [((5, 3), 0), ((5, 3), -1), ((2, 3, 4), 1)])
def test_packing_agrees_and_comes_back(shape, axis, dtype, rng):
    """Two integers share a byte as in Keras' files, on any axis, and come out again."""
    low = -8 if dtype == "int8" else 0
    x = rng.integers(low, low + 16, size=shape).astype(dtype)
    packed, packed_shape, size = quantizers.pack_int4(x, axis=axis, dtype=dtype)
    theirs, their_shape, _ = keras.quantizers.pack_int4(x, axis=axis, dtype=dtype)
    agree(packed, theirs)
    assert tuple(packed_shape) == tuple(their_shape)
    assert size == shape[axis]
    np.testing.assert_array_equal(quantizers.unpack_int4(packed, size, axis, dtype), x)


@pytest.mark.parametrize(
    ("function", "arguments", "error"),
    [
        ("pack_int4", (X,), TypeError),
        ("pack_int4", (X, 0, "int16"), ValueError),
        ("unpack_int4", (X, 6), TypeError),
        ("unpack_int4", (np.zeros(2, "int8"), 3, 0, "int4"), ValueError),
    ],
)
def test_other_dtypes_cannot_be_packed(function, arguments, error):
    """Only bytes are packed and unpacked."""
    with pytest.raises(error, match="Expected"):
        getattr(quantizers, function)(*arguments)


def test_float8_arithmetic_agrees():
    """Scale, history and rounding follow Keras; a scale stays where nothing was seen."""
    history = np.array([3.0, 2.0, 0.5], "float32")
    for amax in (np.float32(3.0), np.float32(0.0), np.float32(np.inf)):
        arguments = amax, np.float32(0.25), 448.0
        agree(
            quantizers.compute_float8_scale(*arguments),
            keras.quantizers.compute_float8_scale(*arguments),
        )
    agree(
        quantizers.compute_float8_amax_history(X, history),
        keras.quantizers.compute_float8_amax_history(X, history),
    )
    for dtype in ("float8_e4m3fn", "float8_e5m2"):
        arguments = X, np.float32(0.01), jnp.dtype(dtype), "float32"
        agree(
            quantizers.quantize_and_dequantize(X, np.float32(0.01), dtype, "float32"),
            keras.quantizers.quantize_and_dequantize(*arguments),
        )


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("axis", [None, -1])
def test_fake_quantization_agrees(axis, narrow):
    """Values, and gradients of inputs and of both ends of the range."""
    size = 1 if axis is None else X.shape[axis]
    low = np.linspace(-1.0, -0.5, size).astype("float32")
    high = np.linspace(0.7, 1.2, size).astype("float32")
    low, high = (low[0], high[0]) if axis is None else (low, high)

    def values_and_gradients(package):
        def total(x, low, high):
            y = package.quantizers.fake_quant_with_min_max_vars(
                x, low, high, num_bits=3, narrow_range=narrow, axis=axis
            )
            return jnp.sum(y * jnp.cos(jnp.asarray(X))), y

        return jax.grad(total, argnums=(0, 1, 2), has_aux=True)(X, low, high)

    ours, theirs = values_and_gradients(kerajax), values_and_gradients(keras)
    for a, b in zip(*map(jax.tree_util.tree_leaves, (ours, theirs)), strict=True):
        # Sums of a few float32 numbers, in another order.
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_fake_quantization_on_another_axis():
    """Ranges along the first axis are those along the last one of the transposed inputs."""
    low, high = np.linspace(-1, -0.5, 6, dtype="float32"), np.linspace(0.7, 1.2, 6, dtype="float32")
    fake = quantizers.fake_quant_with_min_max_vars
    np.testing.assert_allclose(fake(X, low, high, axis=0), fake(X.T, low, high, axis=1).T)


def test_fake_quantization_in_a_graph():
    """A symbolic call is a node, which a saved model reads back."""
    x = kerajax.Input((4,))
    y = quantizers.fake_quant_with_min_max_vars(x, -1.0, 1.0, num_bits=4)
    model = kerajax.Model(x, y)
    again = kerajax.Model.from_config(model.get_config())
    np.testing.assert_allclose(again(X), model(X))
    assert len(np.unique(model(X))) <= 16


def test_get_knows_every_spelling():
    """Names, configs, classes, quantizers and None."""
    quantizer = quantizers.AbsMaxQuantizer(axis=[0, 1], value_range=(-8, 7))
    config = quantizers.serialize(quantizer)
    assert (
        config["config"]
        == keras.quantizers.serialize(
            keras.quantizers.AbsMaxQuantizer(axis=[0, 1], value_range=(-8, 7))
        )["config"]
    )
    again = quantizers.deserialize(config)
    assert again.get_config() == quantizer.get_config()
    for spelling in ("abs_max_quantizer", "AbsMaxQuantizer", quantizers.AbsMaxQuantizer, config):
        assert isinstance(quantizers.get(spelling), quantizers.AbsMaxQuantizer)
    assert quantizers.get(quantizer) is quantizer
    assert quantizers.get(None) is None
    with pytest.raises(ValueError, match="typo"):
        quantizers.get("typo")


def test_range_has_to_fit():
    """A range beyond int8 would wrap."""
    with pytest.raises(ValueError, match="value_range"):
        quantizers.AbsMaxQuantizer(value_range=(-256, 256))
