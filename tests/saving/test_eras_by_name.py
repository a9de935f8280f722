"""`by_name` and `skip_mismatch` for files of each era; layers of NVIDIA's library and back."""

import json

import h5py
import numpy as np
import pytest

import kerajax
from kerajax import layers

# Writer -> version, and what weights are called in it.
_WRITERS = {
    "1": ("1.2.2", "{layer}_W:0", "{layer}_b:0"),
    "2": ("2.2.4", "{layer}/kernel:0", "{layer}/bias:0"),
    "tf2": ("2.13.1", "{layer}/kernel:0", "{layer}/bias:0"),
    "3": ("3.15.1", "sequential/{layer}/kernel", "sequential/{layer}/bias"),
}


def _write(path, era, weights, whole):
    """A legacy file of dense layers: layer -> kernel and bias."""
    version, *forms = _WRITERS[era]
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if whole else file
        if whole:
            file.attrs["model_config"] = b'{"class_name": "Sequential", "config": []}'
        for place in (file, root):
            place.attrs["keras_version"], place.attrs["backend"] = version, "tensorflow"
        root.attrs["layer_names"] = np.array([name.encode() for name in weights])
        for layer, arrays in weights.items():
            names = [form.format(layer=layer) for form in forms]
            group = root.create_group(layer)
            group.attrs["weight_names"] = np.array([name.encode() for name in names])
            for name, array in zip(names, arrays, strict=True):
                group[name] = array


def _model(*units):
    names = "abc"[: len(units)]
    stack = [layers.Dense(n, name=name) for n, name in zip(units, names, strict=True)]
    return kerajax.Sequential([kerajax.Input((4,)), *stack])


@pytest.mark.parametrize("whole", [True, False], ids=["model", "weights"])
@pytest.mark.parametrize("era", _WRITERS)
def test_by_name_and_skip_mismatch(era, whole, rng, tmp_path):
    """Layers of the same name are filled, in any order; what does not fit is left, and named."""
    shapes = {"b": (3, 2), "x": (9, 9), "a": (4, 3), "c": (2, 7)}
    weights = {name: (rng.normal(size=s), rng.normal(size=s[1:])) for name, s in shapes.items()}
    _write(tmp_path / "m.h5", era, weights, whole)
    model = _model(3, 2, 5)
    before = model.get_layer("c").get_weights()
    all_before = model.get_weights()
    with pytest.raises(ValueError, match="Shape mismatch"):
        model.load_weights(tmp_path / "m.h5", by_name=True)
    for a, b in zip(all_before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="Layer count mismatch"):
        model.load_weights(tmp_path / "m.h5", skip_mismatch=True)
    with pytest.warns(UserWarning, match="Skipping loading weights"):
        model.load_weights(tmp_path / "m.h5", by_name=True, skip_mismatch=True)
    for name in "ab":
        for a, b in zip(model.get_layer(name).get_weights(), weights[name], strict=True):
            np.testing.assert_array_equal(a, b.astype("float32"))
    for a, b in zip(model.get_layer("c").get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_todays_files_have_no_names(tmp_path):
    """`.weights.h5` pairs by structure: no `by_name`, and `skip_mismatch` leaves what differs."""
    saved, model = _model(3, 2), _model(3, 5)
    saved.save_weights(tmp_path / "m.weights.h5")
    before = model.get_layer("b").get_weights()
    with pytest.raises(ValueError, match="by_name"):
        model.load_weights(tmp_path / "m.weights.h5", by_name=True)
    with pytest.warns(UserWarning, match="could not be loaded"):
        model.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[0], saved.get_weights()[0])
    np.testing.assert_array_equal(model.get_layer("b").get_weights()[0], before[0])


def _body():
    inputs = kerajax.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="conv")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    return kerajax.Model(inputs, layers.GlobalAveragePooling2D(name="pool")(x), name="body")


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("suffix", [".h5", ".weights.h5"])
def test_bodies_inside_a_model(frozen, suffix, rng, tmp_path):
    """A body without classifier as one layer of a model: there and back, frozen or not."""

    def model():
        body = _body()
        body.trainable = not frozen
        return kerajax.Sequential([kerajax.Input((8, 8, 3)), body, layers.Dense(2, name="head")])

    saved, other = model(), model()
    for weight in saved.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    saved.save_weights(tmp_path / f"m{suffix}")
    other.load_weights(tmp_path / f"m{suffix}", **{"by_name": True} if suffix == ".h5" else {})
    x = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(other(x), saved(x), rtol=1e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_layers_of_nvidia_there_and_back(kind, rng, tmp_path):
    """Weights of a CuDNN layer fill a plain one, and those of the plain one a CuDNN layer again."""
    units, size, gates = 3, 2, {"LSTM": 4, "GRU": 3}[kind]
    arrays = {
        "kernel": rng.normal(size=(size, gates * units)),
        "recurrent_kernel": rng.normal(size=(units, gates * units)),
        "bias": rng.normal(size=(2 * gates * units,)),
    }
    with h5py.File(tmp_path / "nvidia.h5", "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.2.4", "tensorflow"
        file.attrs["layer_names"] = np.array([b"r"])
        group = file.create_group("r")
        group.attrs["weight_names"] = np.array([f"r/{name}:0".encode() for name in arrays])
        for name, array in arrays.items():
            group[f"r/{name}:0"] = array
    shape = kerajax.Input((5, size))
    options = {"recurrent_activation": "sigmoid", "name": "r"}
    plain = kerajax.Sequential([shape, getattr(layers, kind)(units, **options)])
    plain.load_weights(tmp_path / "nvidia.h5")
    config = {
        "class_name": "Sequential",
        "keras_version": "2.2.4",
        "backend": "tensorflow",
        "config": [
            {
                "class_name": f"CuDNN{kind}",
                "config": {"name": "r", "units": units, "batch_input_shape": [None, 5, size]},
            }
        ],
    }
    nvidia = kerajax.models.model_from_json(json.dumps(config))
    x = rng.normal(size=(2, 5, size)).astype("float32")
    for name in ("plain.h5", "plain.weights.h5"):
        plain.save_weights(tmp_path / name)
        for weight in nvidia.weights:
            weight.assign(weight * 0)
        nvidia.load_weights(tmp_path / name)
        np.testing.assert_allclose(nvidia(x), plain(x), rtol=1e-5, atol=1e-6)
    if kind == "GRU":
        before = kerajax.Sequential([shape, layers.GRU(units, reset_after=False, name="r")])
        with pytest.raises(ValueError, match="mismatch"):
            before.load_weights(tmp_path / "nvidia.h5")
