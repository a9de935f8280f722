"""Files that cannot be loaded: the error says what to do, and nothing has changed."""

import json
import zipfile

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.saving import load_model, model_from_json


def _model(units=3):
    model = kerajax.Sequential(
        [kerajax.Input((4,)), layers.Dense(units, name="a"), layers.Dense(2, name="b")]
    )
    model.compile("adam", "mse")
    return model


@pytest.fixture(params=["m.keras", "m.h5", "m.weights.h5", "plain.h5"])
def saved(request, tmp_path):
    """A file of each format, and the model it was made from."""
    model = _model()
    path = tmp_path / request.param
    whole = request.param in ("m.keras", "m.h5")
    (model.save if whole else model.save_weights)(path)
    return model, path


def test_weights_of_another_model(saved):
    """Both shapes are named, and neither weights nor optimizer have changed."""
    _, path = saved
    other = _model(units=5)
    other.optimizer.build(other.trainable_variables)
    variables = other.variables + other.optimizer.variables
    before = [v.numpy() for v in variables]
    with pytest.raises(ValueError, match=r"\(4, 5\)(.|\n)*\(4, 3\)"):
        other.load_weights(path)
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_truncated_file(saved):
    """Half a file is no file, wherever it was cut."""
    model, path = saved
    content = path.read_bytes()
    before = model.get_weights()
    for keep in (0.02, 0.5, 0.98):
        path.write_bytes(content[: int(len(content) * keep)])
        with pytest.raises(ValueError, match="damaged|truncated|starts with"):
            model.load_weights(path)
        if path.name in ("m.keras", "m.h5"):
            with pytest.raises(OSError):
                load_model(path)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_not_a_model_file(tmp_path):
    """A text file with the suffix of a model."""
    path = tmp_path / "m.h5"
    path.write_text("epoch,loss\n1,0.5\n")
    with pytest.raises(ValueError, match="m.h5: should be a Keras model or weights file"):
        load_model(path)


def test_missing_file(tmp_path):
    """The path is named; scripts may catch FileNotFoundError or ValueError."""
    for error in (FileNotFoundError, ValueError):
        with pytest.raises(error, match="nowhere.keras: File not found"):
            load_model(tmp_path / "nowhere.keras")
        with pytest.raises(error, match="nowhere.h5"):
            _model().load_weights(tmp_path / "nowhere.h5")


def test_weights_are_no_model(tmp_path):
    """`load_model` on weights says what to call instead."""
    model = _model()
    for name in ("w.weights.h5", "w.h5"):
        model.save_weights(tmp_path / name)
        with pytest.raises(ValueError, match="No model config found(.|\n)*load_weights"):
            load_model(tmp_path / name)
    (tmp_path / "m.json").write_text(model.to_json())
    with pytest.raises(ValueError, match="model_from_json"):
        load_model(tmp_path / "m.json")
    with pytest.raises(ValueError, match="only an architecture"):
        model.load_weights(tmp_path / "m.json")


class Swish6(kerajax.layers.Layer):
    """A layer of a user."""

    def call(self, x):
        return kerajax.ops.minimum(x * kerajax.ops.sigmoid(x), 6)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_unknown_layer(name, tmp_path):
    """The class is named, and `custom_objects` as the way to pass it."""
    model = kerajax.Sequential([kerajax.Input((3,)), Swish6(), layers.Dense(1)])
    model.save(tmp_path / name)
    with pytest.raises(TypeError, match="'Swish6'(.|\n)*custom_objects"):
        load_model(tmp_path / name)
    loaded = load_model(tmp_path / name, custom_objects={"Swish6": Swish6})
    x = np.ones((2, 3))
    np.testing.assert_array_equal(loaded(x), model(x))


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_code_in_a_file_is_refused(name, tmp_path):
    """Bytecode of a lambda loads when the caller says that the file is trusted."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Lambda(lambda x: x * 2)])
    model.save(tmp_path / name)
    with pytest.raises(ValueError, match="safe_mode=False"):
        load_model(tmp_path / name)
    assert load_model(tmp_path / name, safe_mode=False)(np.ones((1, 3))).tolist() == [[2, 2, 2]]


@pytest.mark.parametrize(
    "entry",
    [
        {"module": "os", "class_name": "function", "config": "system"},
        {"module": "builtins", "class_name": "function", "config": "eval"},
        {"module": "kerajax.saving", "class_name": "function", "config": "load_model"},
        {"module": "subprocess", "class_name": "Popen", "config": {"args": "id"}},
    ],
    ids=lambda entry: entry["module"],
)
def test_import_paths_in_files_lead_nowhere(entry, tmp_path):
    """A config names things of an allow-list, whatever module it gives, trusted or not."""
    path = tmp_path / "m.keras"
    kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)]).save(path)
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    config = json.loads(content["config.json"])
    config["config"]["layers"][1] = {**entry, "registered_name": None}
    content["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)
    with pytest.raises((TypeError, ValueError), match="Could not locate|not a modeling"):
        load_model(path, safe_mode=False)


def test_windows_that_theano_placed_elsewhere_are_refused():
    """Weights that would give other numbers are not loaded in silence."""
    from kerajax.saving.build._backends import check_backend
    from kerajax.saving.read import Writer

    convnet = kerajax.Sequential(
        [kerajax.Input((8, 8, 1)), layers.Conv2D(2, 2, padding="same"), layers.Conv2D(2, 3)]
    )
    with pytest.raises(ValueError, match="theano(.|\n)*Conv2D"):
        check_backend(convnet, Writer("2.2", "2.2.4", "theano"))
    check_backend(_model(), Writer("2.2", "2.2.4", "theano"))


def test_values_of_another_type_are_a_damaged_config():
    """An operation that fails on them says nothing of a file, so the load does; `raise` does."""
    config = json.loads(_model().to_json())
    config["config"]["layers"][1]["class_name"] = ["Dense"]
    with pytest.raises(
        ValueError, match="not of the form that Keras writes.*TypeError: unhashable"
    ):
        model_from_json(json.dumps(config))
    config["config"]["layers"][1]["class_name"] = "Dens"
    with pytest.raises(TypeError, match="'Dens'|Dens "):
        model_from_json(json.dumps(config))


def test_configs_that_are_none():
    """JSON without a model in it."""
    for text in ('{"a": 1}', '{"class_name": "Sequential"}'):
        with pytest.raises(ValueError, match="'class_name' and 'config'"):
            model_from_json(text)
    with pytest.raises(ValueError):
        model_from_json("no json")


def test_wrong_suffixes_and_arguments(tmp_path):
    """Keras' own messages."""
    model = _model()
    with pytest.raises(ValueError, match="Invalid filepath extension"):
        model.save(tmp_path / "m.txt")
    with pytest.raises(ValueError, match="must end in `.weights.h5`"):
        model.save_weights(tmp_path / "w.txt")
    with pytest.raises(ValueError, match="not supported"):
        model.save(tmp_path / "m.keras", colour="red")
    with pytest.raises(ValueError, match="by_name"):
        model.save_weights(tmp_path / "w.weights.h5")
        model.load_weights(tmp_path / "w.weights.h5", by_name=True)
    unbuilt = kerajax.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match="not yet been built"):
        unbuilt.load_weights(tmp_path / "w.weights.h5")
    with pytest.raises(ValueError, match="not yet been built"):
        unbuilt.save_weights(tmp_path / "u.weights.h5")
