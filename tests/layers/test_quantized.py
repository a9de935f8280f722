"""Layers with quantized or adapted kernels beside those of the Keras wheel, and their files.

Both get the same float kernel and are quantized; from then on they have the same variables.
"""

import keras
import numpy as np
import pytest

import kerajax
from kerajax import layers, quantizers

EINSUM = {"equation": "abc,cde->abde", "output_shape": (None, 2, 4), "bias_axes": "de"}
ROWS = [
    ("Dense", {"units": 6}, (2, 9)),
    ("EinsumDense", EINSUM, (2, 3, 8)),
    ("Embedding", {"input_dim": 7, "output_dim": 6}, (2, 3)),
    ("ReversibleEmbedding", {"input_dim": 7, "output_dim": 6}, (2, 3)),
    ("ReversibleEmbedding", {"input_dim": 7, "output_dim": 6, "tie_weights": False}, (2, 3)),
]
MODES = [
    ("int8", "Int8QuantizationConfig", {}),
    ("int8 of weights", "Int8QuantizationConfig", {"activation_quantizer": None}),
    ("int4", "Int4QuantizationConfig", {"block_size": None}),
    ("int4 in blocks", "Int4QuantizationConfig", {"block_size": 4}),
]
IDS = ["dense", "einsum", "table", "tied", "untied"]


def inputs_of(name, shape, rng):
    if "Embedding" in name:
        return rng.integers(0, 7, size=shape, dtype="int32")
    return rng.normal(size=shape).astype("float32")


def pair(name, arguments, shape, rng):
    """The layer here and in the wheel, with the same weights, and inputs."""
    x = inputs_of(name, shape, rng)
    ours, theirs = (
        getattr(package.layers, name)(**arguments, name="row") for package in (kerajax, keras)
    )
    ours.build(shape)
    theirs.build(shape)
    ours.set_weights([rng.normal(size=w.shape).astype("float32") for w in ours.weights])
    theirs.set_weights(ours.get_weights())
    return ours, theirs, x


def same_variables(ours, theirs):
    by_name = [{v.path: v for v in layer.variables} for layer in (ours, theirs)]
    assert sorted(by_name[0]) == sorted(by_name[1])
    for path, variable in by_name[0].items():
        other = by_name[1][path]
        assert (variable.dtype, variable.trainable) == (other.dtype, other.trainable), path
        np.testing.assert_allclose(
            variable.numpy().astype("float32"), other.numpy().astype("float32"), rtol=1e-5
        )


@pytest.mark.parametrize(("mode", "config", "options"), MODES, ids=[m[0] for m in MODES])
@pytest.mark.parametrize(("name", "arguments", "shape"), ROWS, ids=IDS)
def test_quantized_layers_agree(name, arguments, shape, mode, config, options, rng):
    """The same variables, outputs, config and file; the file gives the same layer again."""
    ours, theirs, x = pair(name, arguments, shape, rng)
    before = np.asarray(ours(x))
    ours.quantize(config=getattr(quantizers, config)(**options))
    theirs.quantize(config=getattr(keras.quantizers, config)(**options))
    same_variables(ours, theirs)
    after = np.asarray(ours(x))
    np.testing.assert_allclose(after, theirs(x), rtol=1e-4, atol=1e-5)
    if name == "ReversibleEmbedding":
        logits = rng.normal(size=(2, 6)).astype("float32")
        np.testing.assert_allclose(
            ours(logits, reverse=True), theirs(logits, reverse=True), rtol=1e-4, atol=1e-5
        )
    # No more than the bits explain. Blocks whose values have one sign lose more of them in Keras'
    # scheme, since zero points are clipped.
    assert np.abs(after - before).mean() < (0.05 if "int8" in mode else 0.7)
    described = kerajax.layers.serialize(ours)
    assert described == keras.layers.serialize(theirs)
    again = kerajax.layers.deserialize(described)
    again.build(shape)
    store = {}
    ours.save_own_variables(store)
    again.load_own_variables(store)
    np.testing.assert_array_equal(again(x), after)


@pytest.mark.parametrize(("name", "arguments", "shape"), ROWS[:4], ids=IDS[:4])
@pytest.mark.parametrize("mode", [None, "int8", "int4"])
def test_adapted_layers_agree(name, arguments, shape, mode, rng):
    """Outputs, and files that hold the sum, with an adaptation over floats and over integers."""
    ours, theirs, x = pair(name, arguments, shape, rng)
    if mode is not None:
        ours.quantize(mode)
        theirs.quantize(mode)
    stores = {}, {}
    for layer in (ours, theirs):
        layer.enable_lora(2, lora_alpha=4)
    names = sorted(v.path for v in ours.trainable_variables)
    assert names == sorted(v.path for v in theirs.trainable_variables)
    values = {v.path: rng.normal(size=v.shape).astype("float32") for v in ours.trainable_variables}
    for layer, store in zip((ours, theirs), stores, strict=True):
        for variable in layer.trainable_variables:
            variable.assign(values[variable.path])
        layer.save_own_variables(store)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
    assert stores[0].keys() == stores[1].keys()
    for key, value in stores[0].items():
        np.testing.assert_allclose(value, np.asarray(stores[1][key]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["Conv1D", "Conv2D", "Conv3D"])
def test_adapted_convolutions_agree(name, rng):
    """The kernel is the sum that Keras computes, and gradients go to the adaptation alone."""
    shape = (2, *(4,) * int(name[4]), 3)
    ours, theirs, x = pair(name, {"filters": 2, "kernel_size": 2}, shape, rng)
    for layer in (ours, theirs):
        layer.enable_lora(2, lora_alpha=4)
    values = {v.path: rng.normal(size=v.shape).astype("float32") for v in ours.trainable_variables}
    for layer in (ours, theirs):
        for variable in layer.trainable_variables:
            variable.assign(values[variable.path])
    np.testing.assert_allclose(ours.kernel, theirs.kernel, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
    assert [v.name for v in ours.non_trainable_variables] == ["kernel"]
    config = ours.get_config()
    assert (config["lora_rank"], config["lora_alpha"]) == (2, 4)
    again = type(ours).from_config(config)
    again.build(shape)
    assert again.lora_enabled


@pytest.mark.parametrize("name", ["Dense", "EinsumDense"])
def test_float8_training_step_agrees(name, rng):
    """Outputs, and the scales and histories that the first step leaves."""
    _, arguments, shape = next(row for row in ROWS if row[0] == name)
    ours, theirs, x = pair(name, arguments, shape, rng)
    ours.quantize("float8")
    theirs.quantize("float8")
    same_variables(ours, theirs)
    np.testing.assert_allclose(ours(x, training=True), theirs(x, training=True), rtol=1e-4)
    model = kerajax.Sequential([ours])
    model.compile("sgd", "mse")
    model.fit(x, np.zeros(ours(x).shape, "float32"), verbose=0)
    history = ours.inputs_amax_history.numpy()
    np.testing.assert_allclose(history[0], np.abs(x).max(), rtol=1e-6)
    assert not history[1:].any()


def test_a_model_file_holds_the_integers(rng, tmp_path):
    """A model with int8, int4 and float layers predicts the same once loaded, in Keras too."""
    model = kerajax.Sequential(
        [kerajax.Input((6,)), layers.Dense(8, name="a"), layers.Dense(8, name="b"), layers.Dense(2)]
    )
    model.quantize("int8", filters="^a$")
    model.quantize("int4", filters="^b$")
    x = rng.normal(size=(3, 6)).astype("float32")
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    for package in (kerajax, keras):
        again = package.saving.load_model(tmp_path / "model.keras")
        names = [layer.dtype_policy.name for layer in again.layers]
        assert names == ["int8_from_float32", "int4/128_from_float32", "float32"]
        np.testing.assert_allclose(again.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)


def test_what_cannot_be_quantized_or_adapted():
    """Unbuilt, twice, unknown modes, derived classes, constraints, layers without a form."""
    layer = layers.Dense(2)
    with pytest.raises(ValueError, match="isn't yet built"):
        layer.quantize("int8")
    with pytest.raises(ValueError, match="isn't yet built"):
        layer.enable_lora(2)
    layer.build((None, 3))
    with pytest.raises(ValueError, match="Invalid quantization mode"):
        layer.quantize("int3")
    layer.enable_lora(2)
    with pytest.raises(ValueError, match="already enabled"):
        layer.enable_lora(2)
    layer.quantize("int8")
    with pytest.raises(ValueError, match="already quantized"):
        layer.quantize("int8")
    bounded = layers.Dense(2, kernel_constraint="max_norm")
    bounded.build((None, 3))
    with pytest.raises(ValueError, match="constraint"):
        bounded.enable_lora(2)
    table = layers.Embedding(3, 2)
    table.build()
    with pytest.raises(NotImplementedError, match="Invalid quantization mode"):
        table.quantize("float8")
    norm = layers.LayerNormalization()
    norm.build((None, 3))
    with pytest.raises(NotImplementedError, match="does not have"):
        norm.quantize("int8")

    class Mine(layers.Dense):
        pass

    mine = Mine(2)
    mine.build((None, 3))
    with pytest.raises(NotImplementedError, match="quantize"):
        mine.quantize("int8")
    mine.quantize("int8", type_check=False)
    assert mine.quantization_mode == "int8"
