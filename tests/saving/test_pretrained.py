"""Weight files in the layout of the official ones of `keras.applications`, written by hand.

They are HDF5 files of weights alone: a group for each layer, in the order of `layer_names`, also
for layers without weights. Files `..._notop` end before the classifier.
"""

import h5py
import numpy as np
import pytest

from kerajax import Input, Model, layers


def _write(path, groups, suffix=":0"):
    """`groups`: layer -> (weight, array) pairs."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([name.encode() for name in groups])
        file.attrs["backend"] = np.bytes_(b"tensorflow")
        file.attrs["keras_version"] = np.bytes_(b"2.0.8")
        for layer, weights in groups.items():
            group = file.create_group(layer)
            names = [f"{layer}/{weight}{suffix}" for weight, _ in weights]
            group.attrs["weight_names"] = np.array([name.encode() for name in names])
            for name, (_, array) in zip(names, weights, strict=True):
                group.create_dataset(name, data=array)


def _vgg(include_top=True, names=("block1_conv1", "block2_conv1", "fc1", "predictions")):
    x = inputs = Input((8, 8, 3), name="input_1")
    for i, (name, filters) in enumerate(zip(names[:2], (4, 6), strict=True)):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(name=f"block{i + 1}_pool")(x)
    if include_top:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(5, activation="relu", name=names[2])(x)
        x = layers.Dense(3, activation="softmax", name=names[3])(x)
    return Model(inputs, x)


def _vgg_groups(rng, top=True):
    def pair(*shape):
        return [("kernel", rng.normal(size=shape)), ("bias", rng.normal(size=shape[-1:]))]

    groups = {
        "input_1": [],
        "block1_conv1": pair(3, 3, 3, 4),
        "block1_pool": [],
        "block2_conv1": pair(3, 3, 4, 6),
        "block2_pool": [],
    }
    if top:
        groups |= {"flatten": [], "fc1": pair(24, 5), "predictions": pair(5, 3)}
    return groups


def _check(model, groups):
    for layer in model.layers:
        arrays = [array for _, array in groups.get(layer.name, ())]
        for weight, array in zip(layer.weights, arrays, strict=True):
            np.testing.assert_array_equal(weight, array.astype("float32"), err_msg=weight.path)


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("top", [True, False])
def test_vgg(by_name, top, rng, tmp_path):
    """Plain convolutions, with and without the classifier."""
    groups = _vgg_groups(rng, top)
    _write(tmp_path / "vgg.h5", groups)
    model = _vgg(top)
    model.load_weights(tmp_path / "vgg.h5", by_name=by_name)
    _check(model, groups)


def test_vgg_under_other_names(rng, tmp_path):
    """In order, names do not count."""
    groups = _vgg_groups(rng)
    _write(tmp_path / "vgg.h5", groups)
    model = _vgg(names=("convolution2d_1", "convolution2d_2", "dense_1", "dense_2"))
    model.load_weights(tmp_path / "vgg.h5")
    saved = [array for weights in groups.values() for _, array in weights]
    for weight, array in zip(model.weights, saved, strict=True):
        np.testing.assert_array_equal(weight, array.astype("float32"))


def test_body_from_a_whole_file(rng, tmp_path):
    """By name the classifier of the file is left alone; in order it is one layer too many."""
    groups = _vgg_groups(rng)
    _write(tmp_path / "vgg.h5", groups)
    model = _vgg(include_top=False)
    with pytest.raises(ValueError, match="Layer count mismatch"):
        model.load_weights(tmp_path / "vgg.h5")
    model.load_weights(tmp_path / "vgg.h5", by_name=True)
    _check(model, groups)


def test_other_number_of_classes(rng, tmp_path):
    """By name with `skip_mismatch` a new classifier keeps its first values."""
    groups = _vgg_groups(rng)
    groups["predictions"] = [("kernel", np.ones((5, 1000))), ("bias", np.ones(1000))]
    _write(tmp_path / "vgg.h5", groups)
    model = _vgg()
    first = model.get_layer("predictions").kernel.numpy()
    with pytest.raises(ValueError, match="Shape mismatch"):
        model.load_weights(tmp_path / "vgg.h5", by_name=True)
    with pytest.warns(UserWarning, match="Skipping loading weights"):
        model.load_weights(tmp_path / "vgg.h5", by_name=True, skip_mismatch=True)
    np.testing.assert_array_equal(model.get_layer("predictions").kernel, first)
    del groups["predictions"], groups["fc1"]
    _check(Model(model.input, model.get_layer("block2_pool").output), groups)


def _norm(rng, size):
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    return [(name, rng.uniform(0.5, 1.5, size=size)) for name in names]


@pytest.mark.parametrize("by_name", [False, True])
def test_resnet(by_name, rng, tmp_path):
    """Batch normalization keeps gamma, beta, mean, variance; branches join without weights."""
    x = inputs = Input((8, 8, 3), name="input_1")
    x = layers.Conv2D(4, 3, name="conv1")(x)
    x = layers.BatchNormalization(epsilon=1.001e-5, name="bn_conv1")(x)
    y = layers.Conv2D(4, 1, use_bias=False, name="res2a_branch2a")(x)
    y = layers.BatchNormalization(epsilon=1.001e-5, name="bn2a_branch2a")(y)
    x = layers.Add(name="add_1")([y, x])
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    model = Model(inputs, layers.Dense(3, name="fc1000")(x))
    groups = {
        "input_1": [],
        "conv1": [("kernel", rng.normal(size=(3, 3, 3, 4))), ("bias", rng.normal(size=4))],
        "bn_conv1": _norm(rng, 4),
        "res2a_branch2a": [("kernel", rng.normal(size=(1, 1, 4, 4)))],
        "bn2a_branch2a": _norm(rng, 4),
        "add_1": [],
        "avg_pool": [],
        "fc1000": [("kernel", rng.normal(size=(4, 3))), ("bias", rng.normal(size=3))],
    }
    _write(tmp_path / "resnet.h5", groups)
    model.load_weights(tmp_path / "resnet.h5", by_name=by_name)
    _check(model, groups)


@pytest.mark.parametrize("by_name", [False, True])
def test_mobilenet(by_name, rng, tmp_path):
    """Depthwise kernels are `(rows, cols, in, multiplier)`."""
    x = inputs = Input((8, 8, 3), name="input_1")
    x = layers.DepthwiseConv2D(3, use_bias=False, name="conv_dw_1")(x)
    x = layers.BatchNormalization(name="conv_dw_1_bn")(x)
    x = layers.ReLU(6.0, name="conv_dw_1_relu")(x)
    model = Model(inputs, layers.Conv2D(4, 1, use_bias=False, name="conv_pw_1")(x))
    groups = {
        "input_1": [],
        "conv_dw_1": [("depthwise_kernel", rng.normal(size=(3, 3, 3, 1)))],
        "conv_dw_1_bn": _norm(rng, 3),
        "conv_dw_1_relu": [],
        "conv_pw_1": [("kernel", rng.normal(size=(1, 1, 3, 4)))],
    }
    _write(tmp_path / "mobilenet.h5", groups)
    model.load_weights(tmp_path / "mobilenet.h5", by_name=by_name)
    _check(model, groups)


@pytest.mark.parametrize("by_name", [False, True])
def test_efficientnet(by_name, rng, tmp_path):
    """The model begins with `Normalization`, whose mean, variance and count are in the file."""
    x = inputs = Input((8, 8, 3), name="input_1")
    x = layers.Rescaling(1 / 255.0, name="rescaling")(x)
    x = layers.Normalization(axis=-1, name="normalization")(x)
    model = Model(inputs, layers.Conv2D(4, 3, use_bias=False, name="stem_conv")(x))
    mean, variance = rng.normal(size=3), rng.uniform(0.5, 1.5, size=3)
    kernel = rng.normal(size=(3, 3, 3, 4))
    groups = {
        "input_1": [],
        "rescaling": [],
        "normalization": [("mean", mean), ("variance", variance), ("count", np.int64(0))],
        "stem_conv": [("kernel", kernel)],
    }
    _write(tmp_path / "efficientnet.h5", groups)
    model.load_weights(tmp_path / "efficientnet.h5", by_name=by_name)
    x = rng.normal(size=(1, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(
        model.get_layer("normalization")(x), (x - mean) / np.sqrt(variance), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(model.get_layer("stem_conv").kernel, kernel.astype("float32"))
