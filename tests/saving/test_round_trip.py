"""What kerajax writes it reads back: architecture, weights, settings, state of training."""

import json
import zipfile
from pathlib import Path
from unittest import mock

import h5py
import keras
import numpy as np
import pytest

import kerajax
from kerajax import layers, optimizers
from kerajax.legacy import layers as legacy_layers
from kerajax.objects import EraScope
from kerajax.saving import load_model, model_from_json
from tests.saving.samples import MODELS, inputs_for, outputs_of

_FIXTURES = Path(__file__).parents[1] / "fixtures"
FORMATS = ["m.keras", "m.h5"]


def _dense(optimizer="adam", **options):
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3, activation="relu", **options)])
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def _data(rng):
    return rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 3)).astype("float32")


def _step(model, data):
    model.train_on_batch(*data)
    return model.get_weights()


def _assert_equal(a, b):
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("kind", ["branches", "nested", "operations", "dicts", "frozen"])
@pytest.mark.parametrize("name", [*FORMATS, "m.weights.h5", "plain.h5", "json"])
def test_every_kind_of_graph(kind, name, rng, tmp_path):
    """Equal outputs from every format."""
    model = MODELS[kind](kerajax)
    for variable in model.weights:
        variable.assign(rng.normal(size=variable.shape))
    if name in FORMATS:
        model.save(tmp_path / name)
        loaded = load_model(tmp_path / name)
    else:
        loaded = model_from_json(model.to_json())
        if name == "json":
            name = "m.weights.h5"
        model.save_weights(tmp_path / name)
        loaded.load_weights(tmp_path / name)
    x = inputs_for(model, rng)
    _assert_equal(outputs_of(model, x), outputs_of(loaded, x))
    assert json.dumps(loaded.get_config()) == json.dumps(model.get_config())


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        optimizers.Adam(0.01, amsgrad=True),
        optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
        optimizers.AdamW(0.01, use_ema=True, gradient_accumulation_steps=2),
    ],
    ids=["sgd", "adam", "rmsprop", "schedule", "adamw"],
)
def test_training_goes_on(name, optimizer, rng, tmp_path):
    """The next step after loading is the step the saved model makes."""
    model, data = _dense(type(optimizer).from_config(optimizer.get_config())), _data(rng)
    for _ in range(3):
        _step(model, data)
    model.save(tmp_path / name)
    loaded = load_model(tmp_path / name)
    assert int(loaded.optimizer._iterations) == 3
    _assert_equal(_step(model, data), _step(loaded, data))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_old_decay_is_a_schedule_in_the_file(name, rng, tmp_path):
    """Keras 3 has no `decay`; the file says the same rate in its words."""
    model, data = _dense(optimizers.SGD(lr=0.1, decay=0.5, momentum=0.9)), _data(rng)
    for _ in range(3):
        _step(model, data)
    model.save(tmp_path / name)
    loaded = load_model(tmp_path / name)
    assert type(loaded.optimizer._learning_rate).__name__ == "InverseTimeDecay"
    for a, b in zip(_step(model, data), _step(loaded, data), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_mixed_precision(name, rng, tmp_path):
    """The scale of the loss and the state of the optimizer inside."""
    model, data = _dense("sgd", dtype="mixed_float16"), _data(rng)
    _step(model, data)
    model.save(tmp_path / name)
    loaded = load_model(tmp_path / name)
    before, after = model.optimizer.get_weights(), loaded.optimizer.get_weights()
    _assert_equal(before, after)
    assert loaded.layers[-1].compute_dtype == "float16"


def test_bfloat16_weights(tmp_path):
    """HDF5 has no bfloat16; its bytes and its name are stored."""
    model = _dense(dtype="bfloat16")
    before = model.get_weights()
    model.save(tmp_path / "m.keras")
    _assert_equal(before, load_model(tmp_path / "m.keras").get_weights())


def _blocks_class(k):
    """A subclassed model with layers in lists, in dicts, below private names, and a weight."""

    @k.saving.register_keras_serializable("samples")
    class Blocks(k.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.z_list = [k.layers.Dense(units), [k.layers.Dense(units)]]
            self.by_name = {"first": k.layers.Dense(units), "again": self.z_list[0]}
            self._hidden = k.layers.LayerNormalization()
            self.scale = self.add_weight(shape=(units,), initializer="ones", name="scale")
            self.tracker = k.metrics.Mean(name="tracked")

        def call(self, x):
            x = self.by_name["first"](x)
            for layer in (self.z_list[0], *self.z_list[1]):
                x = layer(x)
            return self._hidden(x) * self.scale

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    return Blocks


Blocks, KerasBlocks = _blocks_class(kerajax), _blocks_class(keras)


def _stirred(model, rng):
    for variable in model.weights:
        variable.assign(rng.normal(size=variable.shape))
    return model


@pytest.mark.parametrize("name", FORMATS)
def test_subclassed_model(name, rng, tmp_path):
    """A registered class is found by its name, and built by the shapes it was built with."""
    model = Blocks(3)
    x = rng.normal(size=(2, 4)).astype("float32")
    model(x)
    _stirred(model, rng)
    model.save(tmp_path / name)
    loaded = load_model(tmp_path / name)
    assert type(loaded) is Blocks
    _assert_equal([model(x)], [loaded(x)])


def test_subclassed_model_in_keras(rng, tmp_path):
    """The wheel finds every array where kerajax puts it: public names first, counters in lists."""
    x = rng.normal(size=(2, 4)).astype("float32")
    ours, theirs = Blocks(3), KerasBlocks(3)
    ours(x), theirs(x)
    _stirred(ours, rng)
    ours.save_weights(tmp_path / "w.weights.h5")
    theirs.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_allclose(ours(x), theirs(x), atol=1e-6)
    ours.save(tmp_path / "m.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "m.keras")(x), ours(x), atol=1e-6)
    # Keras' file holds nothing of the model's own metric.
    theirs.save(tmp_path / "k.keras")
    np.testing.assert_allclose(load_model(tmp_path / "k.keras")(x), ours(x), atol=1e-6)
    with h5py.File(tmp_path / "w.weights.h5") as file:
        found = []
        file.visit(lambda path: found.append(path) if path.endswith("vars/0") else None)
    assert sorted(found) == [
        "by_name/dense/vars/0",
        "by_name/dense_1/vars/0",
        "layers/dense_1/vars/0",
        "layers/layer_normalization/vars/0",
        "tracker/vars/0",
        "vars/0",
    ]


def test_archive_holds_what_keras_expects(tmp_path):
    """Members in Keras' order, nothing compressed, the version of Keras it stands for."""
    _dense().save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as file:
        assert file.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_STORED}
        metadata = json.loads(file.read("metadata.json"))
        assert metadata["keras_version"] == kerajax.__keras_version__
        assert json.loads(file.read("config.json"))["class_name"] == "Sequential"


@pytest.mark.parametrize("name", FORMATS)
def test_old_gates_are_saved_as_such(name, tmp_path):
    """The `hard_sigmoid` of Keras 2 keeps its numbers; Keras 3 refuses it, hence a warning."""
    model = load_model(_FIXTURES / "keras-2.2.4-tf__lstm.h5")
    with np.load(_FIXTURES / "keras-2.2.4-tf__lstm.npz") as file:
        recorded = dict(file)
    with pytest.warns(UserWarning, match="hard_sigmoid"):
        model.save(tmp_path / name)
    outputs = load_model(tmp_path / name).predict_on_batch(recorded["x0"])
    np.testing.assert_allclose(outputs, recorded["y0"], atol=1e-5)


def test_without_optimizer(tmp_path):
    """`include_optimizer=False`, and `compile=False`."""
    model = _dense()
    model.save(tmp_path / "m.h5", include_optimizer=False)
    assert not load_model(tmp_path / "m.h5").compiled
    for name in FORMATS:
        model.save(tmp_path / name)
        assert not load_model(tmp_path / name, compile=False).compiled
        assert load_model(tmp_path / name).compiled


def test_custom_functions(tmp_path):
    """Losses, metrics and activations of the user's by name."""

    def half(y_true, y_pred):
        return kerajax.ops.mean(kerajax.ops.abs(y_true - y_pred), axis=-1) / 2

    def cube(x):
        return x**3

    model = kerajax.Sequential([kerajax.Input((2,)), layers.Dense(1, activation=cube)])
    model.compile("sgd", half, metrics=[half])
    x, y = np.ones((3, 2)), np.ones((3, 1))
    for name in FORMATS:
        model.save(tmp_path / name)
        loaded = load_model(tmp_path / name, custom_objects={"half": half, "cube": cube})
        assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)


def test_skip_mismatch_and_by_name(rng, tmp_path):
    """Parts of a model, where the user asks for that."""

    def make(units):
        return kerajax.Sequential(
            [kerajax.Input((4,)), layers.Dense(3, name="a"), layers.Dense(units, name="b")]
        )

    model, other = _stirred(make(2), rng), make(5)
    for name in ("w.weights.h5", "w.h5"):
        model.save_weights(tmp_path / name)
        before = other.layers[1].get_weights()
        with pytest.warns(UserWarning, match="could not be loaded|Skipping"):
            other.load_weights(tmp_path / name, skip_mismatch=True)
        _assert_equal(other.layers[0].get_weights(), model.layers[0].get_weights())
        _assert_equal(other.layers[1].get_weights(), before)
    renamed = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3, name="a")])
    renamed.load_weights(tmp_path / "w.h5", by_name=True)
    _assert_equal(renamed.get_weights(), model.layers[0].get_weights())
    with pytest.raises(ValueError, match="Layer count mismatch"):
        renamed.load_weights(tmp_path / "w.h5")
    with pytest.warns(UserWarning, match="also holds weights of"):
        renamed.load_weights(tmp_path / "w.weights.h5")


def test_weights_from_whole_models(rng, tmp_path):
    """`load_weights` takes the weights out of a whole model."""
    model = _stirred(_dense(), rng)
    for name in FORMATS:
        model.save(tmp_path / name)
        other = _dense()
        other.load_weights(tmp_path / name)
        _assert_equal(other.get_weights(), model.get_weights())


class Vocabulary(kerajax.layers.Layer):
    """A layer that keeps a file."""

    def __init__(self, words=(), **kwargs):
        super().__init__(**kwargs)
        self.words = list(words)

    def call(self, x):
        return x * len(self.words)

    def get_config(self):
        return kerajax.layers.Layer.get_config(self) | {"words": []}

    def save_assets(self, folder):
        with open(f"{folder}/words.txt", "w") as file:
            file.write("\n".join(self.words))

    def load_assets(self, folder):
        with open(f"{folder}/words.txt") as file:
            self.words = file.read().split("\n")


def test_files_of_layers(tmp_path):
    """`save_assets` and `load_assets` of a layer."""
    model = kerajax.Sequential([kerajax.Input((2,)), Vocabulary(["a", "b", "c"])])
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras", {"Vocabulary": Vocabulary})
    assert loaded.layers[0].words == ["a", "b", "c"]


def test_long_lists_of_layers(tmp_path):
    """HDF5 keeps an attribute below 64 KiB, so names are split."""
    x = inputs = kerajax.Input((2,))
    for i in range(9):
        x = layers.Dense(2, use_bias=False, name=f"{i}_" + "n" * 9000)(x)
    model = kerajax.Model(inputs, x)
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "layer_names1" in file["model_weights"].attrs
    x = np.ones((1, 2))
    np.testing.assert_array_equal(load_model(tmp_path / "m.h5")(x), model(x))


def test_load_while_training(rng, tmp_path):
    """Weights loaded between steps are those the next step starts from."""
    model, data = _dense(optimizers.SGD(0.0)), _data(rng)
    model.save_weights(tmp_path / "w.weights.h5")
    before = model.get_weights()
    _stirred(model, rng)
    _step(model, data)
    model.load_weights(tmp_path / "w.weights.h5")
    _assert_equal(_step(model, data), before)


class _HalfSaved(kerajax.layers.Layer):
    """One variable goes into the file; the other starts anew, as its initializer says."""

    def build(self, input_shape):
        self.kept = self.add_weight(shape=(2,), initializer="zeros", name="kept")
        self.anew = self.add_weight(shape=(2,), initializer="ones", name="anew")

    def call(self, x):
        return x * self.kept + self.anew

    def save_own_variables(self, store):
        store["kept"] = self.kept.numpy()

    def load_own_variables(self, store):
        self.kept.assign(store["kept"])


def test_what_a_file_leaves_out_starts_as_it_should(tmp_path):
    """While a file is read no values are drawn, but for variables that it does not give any."""
    model = kerajax.Sequential([kerajax.Input((2,)), _HalfSaved()])
    model.layers[0].kept.assign([3.0, 4.0])
    model.layers[0].anew.assign([5.0, 5.0])
    model.save(tmp_path / "m.keras")
    loaded = kerajax.saving.load_model(tmp_path / "m.keras", {"_HalfSaved": _HalfSaved})
    assert loaded.layers[0].kept.numpy().tolist() == [3.0, 4.0]
    assert loaded.layers[0].anew.numpy().tolist() == [1.0, 1.0]


def test_model_as_a_folder(rng, tmp_path):
    """`zipped=False`: the files of the archive in a folder, assets too; a link in it is refused."""
    path = tmp_path / "model"
    model = MODELS["branches"](kerajax)
    for _ in range(2):  # over the old one
        model.save(path, zipped=False)
    assert [file.name for file in tmp_path.iterdir()] == ["model"]
    x = inputs_for(model, rng)
    _assert_equal(outputs_of(load_model(path), x), outputs_of(model, x))
    again = keras.saving.load_model(path)
    for a, b in zip(outputs_of(again, x), outputs_of(model, x), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    (path / "link").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="link"):
        load_model(path)
    with pytest.raises(ValueError, match="should not end in"):
        model.save(tmp_path / "m.keras", zipped=False)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_what_keras_cannot_open_is_told_at_save_time(suffix, tmp_path):
    """With the names of the layers, and what reads the file; others are saved in silence."""
    own = kerajax.Sequential(
        [
            kerajax.Input((4,)),
            legacy_layers.Highway(name="way"),
            layers.Dense(2, activation="hard_sigmoid_keras2", name="gate"),
            legacy_layers.ThresholdedReLU(name="threshold"),
        ]
    )
    path = tmp_path / f"m.{suffix}"
    with pytest.warns(UserWarning, match="'way' of class Highway, layer 'gate' with.*kerajax") as w:
        own.save(path)
    assert len(w) == 1 and "threshold" not in str(w[0].message)
    assert load_model(path).layers[0].name == "way"
    with pytest.raises((TypeError, ValueError)):
        keras.saving.load_model(path)
    kerajax.Sequential([kerajax.Input((4,)), own.layers[2]]).save(path)


def test_h5_is_called_legacy_in_the_log_of_keras(tmp_path):
    """Once for a model; weights have no newer format under that suffix to be told of."""
    model = kerajax.Sequential([kerajax.Input((2,)), layers.Dense(1)])
    with mock.patch("absl.logging.warning") as warning:
        model.save_weights(tmp_path / "m.h5")
        model.save(tmp_path / "m.keras")
        warning.assert_not_called()
        model.save(tmp_path / "m.h5")
    warning.assert_called_once()
    assert "considered legacy" in warning.call_args.args[0]


def test_scripts_of_stand_alone_keras_write_hdf5_under_any_name(tmp_path, rng):
    """Its suffix said nothing until Keras 2.3, but for what is a format of its own today."""
    model = _dense()
    x, _ = _data(rng)
    with EraScope("2.3", quiet=True):
        model.save(tmp_path / "model")
        model.save_weights(tmp_path / "weights.best.model")
        model.save(tmp_path / "model.keras")
    assert h5py.is_hdf5(tmp_path / "model") and zipfile.is_zipfile(tmp_path / "model.keras")
    other = load_model(tmp_path / "model")
    other.set_weights([0 * w for w in other.get_weights()])
    other.load_weights(tmp_path / "weights.best.model")
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(ValueError, match="Invalid filepath extension"):
        model.save(tmp_path / "model")
