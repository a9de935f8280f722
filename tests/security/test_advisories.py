"""Published advisories on model files of Keras, one test or more for each, by number.

Each test makes the file of the advisory and loads it by all ways that could lead to the flaw. That
the load fails is the smaller part: `contained` proves that no code ran, nothing outside was read or
written, and memory stayed small.
"""

import json
import sys
import warnings

import h5py
import numpy as np
import pytest

import kerajax
from kerajax import config as settings
from kerajax import layers
from kerajax.legacy._architectures import model_from_yaml
from kerajax.objects import in_safe_mode
from kerajax.saving import deserialize_keras_object, load_model, model_from_json

from . import hostile
from .containment import contained

# What a refusal may be: Keras' own types, so that scripts which catch them go on working.
REFUSALS = (ValueError, TypeError, NotImplementedError, ImportError)

AS_FILES = {
    "keras": lambda path, config: load_model(hostile.archive(path / "m.keras", config)),
    "h5": lambda path, config: load_model(hostile.legacy(path / "m.h5", config)),
    "h5 of Keras 2.2": lambda path, config: load_model(
        hostile.legacy(path / "m.h5", config, "2.2.4")
    ),
    "h5 of TensorFlow": lambda path, config: load_model(
        hostile.legacy(path / "m.h5", config, "2.15.0")
    ),
    "json": lambda path, config: model_from_json(json.dumps(config)),
    "config": lambda path, config: deserialize_keras_object(config),
}


@pytest.fixture(params=AS_FILES)
def load(request, tmp_path):
    """A function that loads a config, in a file of each kind and in none."""
    return lambda config: AS_FILES[request.param](tmp_path, config)


def _refused(load, config, secrets):
    with warnings.catch_warnings(action="ignore"):
        with contained(secrets), pytest.raises(REFUSALS) as caught:
            load(config)
    return str(caught.value)


def test_cve_2021_37678_yaml_objects(secrets, tmp_path):
    """YAML that names Python objects makes none of them."""
    text = f"!!python/object/apply:os.system ['touch {secrets.canary}']"
    for name in ("m.yaml", "m.json", "m.h5", "m.keras"):
        (tmp_path / name).write_text(text)
        with contained(secrets), pytest.raises(REFUSALS):
            load_model(tmp_path / name)
    with contained(secrets), pytest.raises(REFUSALS):
        model_from_json(text)
    for evil in (
        text,
        f"class_name: !!python/object/apply:os.system ['touch {secrets.canary}']\nconfig: {{}}",
        f"class_name: !!python/object/new:open [{secrets.canary}, w]\nconfig: {{}}",
        "class_name: !!python/module:evil_module\nconfig: {}",
        "class_name: !!python/name:os.system\nconfig: {}",
    ):
        (tmp_path / "m.yaml").write_text(evil)
        with contained(secrets), pytest.raises(REFUSALS):
            load_model(tmp_path / "m.yaml")
        with contained(secrets), pytest.raises(REFUSALS):
            model_from_yaml(evil)


@pytest.mark.parametrize("kind", hostile.lambdas(""))
def test_cve_2024_3660_and_2025_9905_code_of_lambdas(load, kind, secrets):
    """Bytecode, as any Keras wrote it, in any container, is not even unmarshalled."""
    evil = hostile.lambdas(secrets.canary)[kind]
    for config in (
        hostile.sequential(evil),
        {"class_name": "Sequential", "config": [evil], "keras_version": "2.2.4"},
    ):
        _refused(load, config, secrets)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("subprocess", "run"),
        ("builtins", "exec"),
        ("builtins", "__import__"),
        ("evil_module", "run"),
        ("kerajax.saving", "load_model"),
        ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
        ("keras.layers..os", "system"),
        ("keras.layers.core.lambda_layer", "marshal.loads"),
        ("numpy", "load"),
    ],
)
@pytest.mark.parametrize("kind", ["function", "class"])
def test_cve_2025_1550_modules_are_not_imported(
    load, module, name, kind, secrets, tmp_path, monkeypatch
):
    """A module that a config names is part of a published name, or nothing."""
    (tmp_path / "evil_module.py").write_text(f"open({str(secrets.canary)!r}, 'w')\ndef run(x): x")
    monkeypatch.syspath_prepend(str(tmp_path))
    if kind == "function":
        evil = hostile.layer("Lambda", {"function": hostile.function(module, name)})
    else:
        evil = hostile.layer(name, {"args": "id"}, module=module)
    _refused(load, hostile.sequential(evil), secrets)
    assert "evil_module" not in sys.modules


def test_cve_2025_1550_arguments_of_a_call(load, secrets):
    """The call that the advisory makes: a class found by its path, called with a command."""
    evil = hostile.layer("Popen", {"name": "evil"}, module="subprocess")
    config = hostile.functional(evil, [["touch", str(secrets.canary)]])
    _refused(load, config, secrets)


def _gadget(module, name, args, **arguments):
    evil = hostile.layer(
        "Lambda", {"function": hostile.function(module, name), "arguments": arguments}
    )
    return hostile.functional(evil, args)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.utils", "get_file"),
        ("keras.src.utils.file_utils", "get_file"),
        ("keras.utils", "image_dataset_from_directory"),
        ("keras.preprocessing.image", "load_img"),
        ("keras.utils", "save_img"),
        ("keras.utils", "set_random_seed"),
        ("keras.datasets.mnist", "load_data"),
        ("keras.export", "ExportArchive"),
        ("keras.tree", "map_structure"),
        ("keras.ops", "custom_gradient"),
        ("keras.distribution", "initialize"),
    ],
)
def test_cve_2025_8747_functions_of_keras_as_gadgets(load, module, name, secrets):
    """Functions of Keras that read, write or set things cannot be named by a file."""
    config = _gadget(
        module,
        name,
        ["fetched"],
        origin=f"file://{secrets.file}",
        cache_dir=str(secrets.folder),
        cache_subdir="",
    )
    _refused(load, config, secrets)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
        ("keras.src.backend.common.global_state", "set_global_attribute"),
        ("keras.models", "load_model"),
        ("keras.saving", "load_model"),
        ("keras.src.saving.saving_api", "load_model"),
        ("keras.saving", "register_keras_serializable"),
        ("keras.saving", "custom_object_scope"),
        ("keras.config", "set_floatx"),
    ],
)
def test_cve_2025_9906_safe_mode_cannot_be_switched_off(load, module, name, secrets, tmp_path):
    """Neither as a Lambda's function, nor as a layer, nor by loading a second file."""
    second = hostile.archive(
        tmp_path / "second.keras", hostile.sequential(hostile.lambdas(secrets.canary)["3"])
    )
    for config in (
        _gadget(module, name, [str(second)], safe_mode=False),
        hostile.functional(hostile.layer(name, module=module), [str(second)]),
    ):
        _refused(load, config, secrets)
    assert in_safe_mode() is None and settings.floatx() == "float32"


def test_cve_2025_49655_pickled_torch_modules(load, secrets):
    """TorchModuleWrapper holds a pickle; no class of it is looked for."""
    import base64
    import pickle

    class Attack:
        def __reduce__(self):
            return open, (str(secrets.canary), "w")

    content = base64.b64encode(pickle.dumps(Attack())).decode()
    module = {"class_name": "__torch_module__", "config": {"module": content}}
    for inner in (
        {"module": content},
        {"module": module},
        {"module": {"class_name": "__bytes__", "config": {"value": content}}},
    ):
        _refused(load, hostile.sequential(hostile.layer("TorchModuleWrapper", inner)), secrets)


@pytest.mark.parametrize("name", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_cve_2025_12058_vocabularies_are_no_paths(load, name, secrets):
    """A vocabulary in a file is a list; a path or an address in its place is not opened."""
    for place in (str(secrets.file), f"file://{secrets.file}", "http://169.254.169.254/latest"):
        evil = hostile.layer(name, {"vocabulary": place, "dtype": "string"})
        text = _refused(load, hostile.sequential(evil), secrets)
        assert secrets.TEXT not in text


@pytest.mark.parametrize("name", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_cve_2025_12058_without_a_loading_function(name, secrets):
    """`from_config` alone is as careful."""
    for read in (getattr(layers, name).from_config, getattr(layers, name)(name="x").from_config):
        with contained(secrets), pytest.raises(REFUSALS):
            read({"vocabulary": str(secrets.file), "name": "x"})


def test_cve_2026_0897_shapes_beyond_the_file(secrets, tmp_path):
    """A kilobyte that declares gigabytes is refused before anything is allocated."""

    def huge(file, weights=None):
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", (1 << 16, 1 << 16), "float32", chunks=(1, 1 << 16))

    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    config = hostile.sequential(hostile.layer("Dense", {"units": 1}))
    path = hostile.archive(tmp_path / "m.keras", config, huge)
    for load in (load_model, model.load_weights):
        with contained(secrets), pytest.raises(ValueError, match="declares|max_bytes"):
            load(path)
    with h5py.File(tmp_path / "m.weights.h5", "w") as file:
        huge(file)
    with contained(secrets), pytest.raises(ValueError, match="declares|max_bytes"):
        model.load_weights(tmp_path / "m.weights.h5")
    with contained(secrets), pytest.raises(ValueError, match="declares|max_bytes"):
        kerajax.saving.KerasFileEditor(tmp_path / "m.weights.h5")


def test_cve_2026_1462_saved_models_are_not_loaded(load, secrets):
    """TFSMLayer would run what lies in a folder of the file's choice."""
    for path in (str(secrets.folder), f"file://{secrets.folder}"):
        evil = hostile.layer("TFSMLayer", {"filepath": path, "call_endpoint": "serve"})
        _refused(load, hostile.sequential(evil), secrets)


@pytest.mark.parametrize("kind", ["external storage", "external link", "virtual", "link above"])
def test_cve_2026_1669_hdf5_does_not_reach_other_files(kind, secrets, tmp_path):
    """No kind of reference of HDF5 brings numbers of another file into a model."""
    with h5py.File(secrets.folder / "other.h5", "w") as file:
        file["layers/dense/vars/0"] = np.full((3, 1), 7.0, "float32")
        file["0"] = np.full((3, 1), 7.0, "float32")
    other = str(secrets.folder / "other.h5")

    def edit(file):
        if kind == "external storage":
            group = file.create_group("layers/dense/vars")
            group.create_dataset("0", (3, 1), "float32", external=[(str(secrets.file), 0, 12)])
        elif kind == "external link":
            file.create_group("layers/dense/vars")["0"] = h5py.ExternalLink(other, "/0")
        elif kind == "link above":
            file.create_group("layers")["dense"] = h5py.ExternalLink(other, "/layers/dense")
        else:
            layout = h5py.VirtualLayout(shape=(3, 1), dtype="float32")
            layout[:] = h5py.VirtualSource(other, "0", shape=(3, 1))
            file.create_group("layers/dense/vars").create_virtual_dataset("0", layout)
        if kind != "link above":
            file["layers/dense/vars/1"] = np.zeros(1, "float32")

    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    before = model.get_weights()
    config = hostile.sequential(hostile.layer("Dense", {"units": 1}))
    path = hostile.archive(tmp_path / "m.keras", config, edit)
    with h5py.File(tmp_path / "m.weights.h5", "w") as file:
        edit(file)
    secrets.expected = ["other.h5", "secret.txt"]
    for load, file in (
        (load_model, path),
        (model.load_weights, path),
        (model.load_weights, tmp_path / "m.weights.h5"),
    ):
        with contained(secrets), pytest.raises(ValueError, match="link|virtual|another file"):
            load(file)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["../../secrets/canary", "/secrets/canary", "a/../../b", ".."])
def test_cve_2026_12479_names_of_layers_are_no_paths(name, secrets, tmp_path):
    """A layer's name neither leads its assets out of their folder, nor those of the archive."""
    lookup = hostile.layer("StringLookup", {"name": name, "vocabulary": ["a", "b"]})
    config = hostile.sequential(hostile.layer("Dense", {"units": 1, "name": name}))
    for evil in (config, {**config, "config": {**config["config"], "layers": [lookup]}}):
        path = hostile.archive(tmp_path / "m.keras", evil)
        with contained(secrets):
            try:
                model = load_model(path)
            except REFUSALS:
                continue
            model.save(tmp_path / "again.keras")
            load_model(tmp_path / "again.keras")
    assert {p.name for p in tmp_path.iterdir()} <= {"m.keras", "again.keras", "secrets"}


def test_cve_2026_12481_unset_is_not_unsafe(secrets):
    """Where nobody said `safe_mode`, it is on: `from_config`, `deserialize`, `clone_model`."""
    evil = hostile.lambdas(secrets.canary)["3"]
    holder = hostile.layer("TimeDistributed", {"layer": evil})
    for read in (
        lambda: layers.deserialize(evil),
        lambda: layers.Lambda.from_config(evil["config"]),
        lambda: layers.TimeDistributed.from_config(holder["config"]),
        lambda: kerajax.Sequential.from_config(hostile.sequential(evil)["config"]),
        lambda: kerajax.models.Model.from_config(
            hostile.functional(evil, [hostile.keras_tensor()])["config"]
        ),
        lambda: kerajax.activations.deserialize(
            {"class_name": "__lambda__", "config": {"value": hostile.bytecode(secrets.canary)}}
        ),
        lambda: kerajax.losses.get(
            {"class_name": "__lambda__", "config": {"value": hostile.bytecode(secrets.canary)}}
        ),
        lambda: layers.Lambda.from_config(evil["config"], safe_mode=None),
    ):
        with contained(secrets), pytest.raises(REFUSALS):
            read()


def test_cve_2026_12481_a_clone_shares_the_function(secrets):
    """`clone_model` of a model with a lambda goes without bytecode."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Lambda(lambda x: 2 * x)])
    with contained(secrets):
        clone = kerajax.models.clone_model(model)
    np.testing.assert_array_equal(clone(np.ones((1, 3))), [[2, 2, 2]])
