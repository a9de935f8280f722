"""Configs in the format of Keras 3, written and read; the wheel says what is right."""

import json
import warnings

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import kerajax
from kerajax.objects import (
    CustomObjectScope,
    EraScope,
    ObjectSharingScope,
    SafeModeScope,
    deserialize_keras_object,
    enable_unsafe_deserialization,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    in_safe_mode,
    publish,
    register_keras_serializable,
    serialize_keras_object,
)
from tests.objects.samples import Conv2D, Dense, Layer, TimeDistributed


def cube(x):
    return x**3


PLAIN = [
    None,
    True,
    3,
    2.5,
    "text",
    [1, (2, 3), {"a": (4,)}],
    b"bytes",
    slice(1, None, 2),
    ...,
    np.float32(2),
    np.int64(3),
    np.array(5),
    np.arange(3),
    np.ones((2, 1), "float16"),
    jnp.arange(3.0),
    jnp.ones((2,), "bfloat16"),
    {"nested": [slice(None), ..., np.arange(2)]},
]


@pytest.mark.parametrize("value", PLAIN)
def test_values_are_written_as_keras_writes_them(value):
    """Numbers, containers, arrays, slices, bytes."""
    assert serialize_keras_object(value) == keras.saving.serialize_keras_object(value)


@pytest.mark.parametrize("value", PLAIN)
def test_values_are_read_as_keras_reads_them(value):
    """After a trip through JSON."""
    config = json.loads(json.dumps(serialize_keras_object(value)))
    ours, theirs = deserialize_keras_object(config), keras.saving.deserialize_keras_object(config)
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        ours, theirs = ours["nested"][2], theirs["nested"][2]
    if isinstance(ours, list):
        assert ours == theirs
    else:
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("value", [set(), 1j, object(), np.dtype("float32")])
def test_what_has_no_config_is_refused(value):
    """With Keras' exception type."""
    with pytest.raises(TypeError, match="Cannot serialize object"):
        serialize_keras_object(value)


@pytest.mark.parametrize("value", [len, np.float32, cube])
def test_functions_and_types_are_written_by_name(value):
    """The module of functions is `builtins`, so that their own module never matters."""
    assert serialize_keras_object(value) == keras.saving.serialize_keras_object(value)


def test_symbolic_tensors():
    """Shape, dtype and where the tensor comes from."""
    ours = serialize_keras_object(kerajax.KerasTensor((None, 3), "int32"))
    theirs = keras.saving.serialize_keras_object(keras.KerasTensor((None, 3), "int32"))
    assert ours == theirs
    tensor = deserialize_keras_object(ours)
    assert (tensor.shape, tensor.dtype) == ((None, 3), "int32")
    assert tensor._pre_serialization_keras_history is None


def test_published_classes_are_written_by_public_name():
    """As Keras writes its own."""
    assert serialize_keras_object(Dense(3, name="d")) == {
        "module": "keras.samples",
        "class_name": "Dense",
        "config": Dense(3, name="d").get_config(),
        "registered_name": None,
    }


def test_classes_that_keras_does_not_export():
    """Their registered name is the class name."""

    @publish("keras.src.samples.part.Part")
    class Part(Layer):
        pass

    config = serialize_keras_object(Part())
    assert (config["module"], config["registered_name"]) == ("keras.src.samples.part", "Part")
    assert isinstance(deserialize_keras_object(config), Part)


def test_round_trip_through_json():
    """A nested object comes back with the same config."""
    layer = TimeDistributed(Conv2D(8, (3, 3), padding="same", name="inner"), name="outer")
    config = json.loads(json.dumps(serialize_keras_object(layer)))
    again = deserialize_keras_object(config)
    assert json.loads(json.dumps(serialize_keras_object(again))) == config


def test_build_and_compile_configs_are_used():
    """What an object says about its state is written beside its config, and handed back."""

    @publish("keras.samples.Stateful")
    class Stateful(Layer):
        built = compiled = False

        def get_build_config(self):
            return {"input_shape": (None, 3)}

        def get_compile_config(self):
            return {"loss": "mse"}

        def build_from_config(self, config):
            self.shape = config["input_shape"]

        def compile_from_config(self, config):
            self.loss = config["loss"]

    again = deserialize_keras_object(serialize_keras_object(Stateful()))
    assert (again.built, again.shape, again.compiled, again.loss) == (True, (None, 3), True, "mse")


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Dense", "config": {"units": 3}},
        {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}},
        {"module": "keras.layers.core", "class_name": "Dense", "config": {"units": 3}},
        {"module": "keras.src.layers.core.dense", "class_name": "Dense", "config": {"units": 3}},
        {"class_name": "Dense", "config": {"output_dim": 3, "init": "uniform"}},
    ],
)
def test_classes_are_found_by_the_names_of_any_era(config, as_keras_layer):
    """Old files have no module, or one that is gone."""
    as_keras_layer(Dense)
    with EraScope("1" if "output_dim" in config["config"] else "3"):
        layer = deserialize_keras_object(config)
    assert isinstance(layer, Dense)
    assert layer.units == 3


def test_old_class_names(as_keras_layer):
    """`Convolution2D` with the arguments of its time."""
    as_keras_layer(Conv2D)
    config = {"nb_filter": 8, "nb_row": 3, "nb_col": 5, "border_mode": "same", "subsample": [1, 2]}
    with EraScope("1"):
        layer = deserialize_keras_object({"class_name": "Convolution2D", "config": config})
    assert (layer.filters, layer.kernel_size, layer.strides) == (8, (3, 5), (1, 2))


def test_registration():
    """A registered name is written, and found without further help."""

    @register_keras_serializable("shop", "Special")
    class Mine(Dense):
        pass

    config = serialize_keras_object(Mine(3))
    assert config["registered_name"] == "shop>Special"
    assert config["class_name"] == "Mine"
    assert isinstance(deserialize_keras_object(config), Mine)
    assert get_registered_object("shop>Special") is Mine
    assert get_registered_name(Mine) == "shop>Special"
    assert get_custom_objects()["shop>Special"] is Mine

    fn = register_keras_serializable()(lambda x: x)
    assert get_registered_name(fn) == "Custom><lambda>"
    with pytest.raises(ValueError, match=r"does not have a get_config\(\) method"):
        register_keras_serializable()(type("Bare", (), {}))


def test_custom_objects():
    """By argument and by scope; scopes add up and end."""
    config = {"module": "mine", "class_name": "Mine", "config": {}, "registered_name": "Mine"}
    mine = type("Mine", (Layer,), {})
    assert isinstance(deserialize_keras_object(config, custom_objects={"Mine": mine}), mine)
    with CustomObjectScope({"Mine": mine}), CustomObjectScope({"cube": cube}):
        assert isinstance(deserialize_keras_object(config), mine)
        assert deserialize_keras_object(serialize_keras_object(cube)) is cube
        assert deserialize_keras_object("cube") is cube
    with pytest.raises(TypeError, match="Could not locate class 'Mine'"):
        deserialize_keras_object(config)


def test_custom_objects_reach_nested_configs():
    """An argument given once holds for everything inside."""

    class Inner(Layer):
        pass

    layer = TimeDistributed(Inner())
    config = serialize_keras_object(layer)
    assert isinstance(deserialize_keras_object(config, {"Inner": Inner}).layer, Inner)


def test_shared_objects_stay_one():
    """Inside a sharing scope an object met twice is one, on both ways."""
    part = Dense(3, name="part")
    with ObjectSharingScope():
        configs = serialize_keras_object([part, part, Dense(4)])
    assert configs[0]["shared_object_id"] == configs[1]["shared_object_id"]
    assert "shared_object_id" not in configs[2]
    with ObjectSharingScope():
        first, second, third = deserialize_keras_object(configs)
    assert first is second
    assert third is not first


ATTACKS = [
    {"module": "os", "class_name": "system", "config": {"command": "true"}},
    {"module": "builtins", "class_name": "eval", "config": {}},
    {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "f"},
    {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
    {"module": "kerajax.objects", "class_name": "load_code", "config": {}},
    {"module": "keras.src.saving.saving_lib", "class_name": "load_model", "config": {}},
    {"module": "kerajax.objects._code", "class_name": "function", "config": "load_code"},
    {"module": "subprocess", "class_name": "Popen", "config": {"args": "true"}},
    {"module": "../x", "class_name": "Dense", "config": {}},
    {"module": "keras.activations.relu", "class_name": "__globals__", "config": {}},
    {"module": "keras.layers", "class_name": "Dense.__init__", "config": {}},
    {"class_name": "__typespec__", "spec_name": "x", "module": "os", "config": []},
]


@pytest.mark.parametrize("config", ATTACKS)
def test_files_cannot_name_what_is_not_published(config):
    """Nothing is imported on a file's word."""
    with pytest.raises(TypeError, match="Could not locate"):
        deserialize_keras_object(config)


@pytest.mark.parametrize("name", ["saving.load_model", "utils.get_file", "models.load_model"])
def test_functions_that_act_are_refused(name):
    """Keras has a ValueError for them."""
    module, _, function = f"keras.{name}".rpartition(".")
    for config in (
        {"module": module, "class_name": function, "config": {}},
        {"module": module, "class_name": "function", "config": function},
    ):
        with pytest.raises(ValueError, match="not a modeling function"):
            deserialize_keras_object(config)


def test_a_builtin_has_no_registered_name():
    """A config that claims one is not Keras'."""
    config = serialize_keras_object(Dense(3))
    with pytest.raises(ValueError, match="resolved to a Keras built-in"):
        deserialize_keras_object({**config, "registered_name": "evil>Dense"})


@pytest.mark.parametrize(
    "config",
    [
        object(),
        {"class_name": 3, "config": {}},
        {"module": "keras.samples", "class_name": "Dense", "config": 3},
        {"class_name": "function", "config": 3},
    ],
    ids=["an object", "class 3", "config 3", "function 3"],
)
def test_configs_that_are_none(config):
    """TypeError, as in Keras."""
    with pytest.raises(TypeError):
        deserialize_keras_object(config)


def test_lambdas_are_refused_unless_trusted():
    """By argument, by scope, by the global switch; a scope decides over the argument."""
    with pytest.warns(UserWarning, match="bytecode"):
        config = serialize_keras_object(lambda x, n=3: x * n)
    config = json.loads(json.dumps(config))
    with pytest.raises(ValueError, match="safe_mode=False"):
        deserialize_keras_object(config)
    assert deserialize_keras_object(config, safe_mode=False)(2) == 6
    with SafeModeScope(True), pytest.raises(ValueError, match="lambda"):
        deserialize_keras_object(config, safe_mode=False)
    with SafeModeScope(True):
        enable_unsafe_deserialization()
        assert in_safe_mode() is False
        assert deserialize_keras_object(config)(2) == 6
    assert in_safe_mode() is None


def test_lambdas_of_keras_can_be_read():
    """The same bytecode, closure included."""
    n = 5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = keras.saving.serialize_keras_object(lambda x: x + n)
    assert deserialize_keras_object(config, safe_mode=False)(2) == 7


def test_damaged_lambdas_say_so():
    """Bytecode of another Python cannot be read."""
    config = {"class_name": "__lambda__", "config": {"value": ["AAAA", None, None]}}
    with pytest.raises(ValueError, match="another version of Python"):
        deserialize_keras_object(config, safe_mode=False)


def test_module_objects():
    """A table is asked before the published names; unknown strings come back."""
    table = {"cube": cube, "Dense": Dense}

    def read(config):
        return deserialize_keras_object(config, module_objects=table)

    assert read("cube") is cube
    assert read("nothing") == "nothing"
    assert read({"class_name": "Dense", "config": {"units": 3}}).units == 3
    function = {"module": "builtins", "class_name": "function", "config": "cube"}
    assert read(function) is cube
    with pytest.raises(ValueError, match="class_name"):
        read({"units": 3})
    with pytest.raises(TypeError, match="unexpected keyword"):
        deserialize_keras_object({}, modules=table)


def test_get_config_must_return_a_dict():
    """As in Keras."""
    bad = type("Bad", (), {"get_config": lambda self: 3})()
    with pytest.raises(TypeError, match="should return a dict"):
        serialize_keras_object(bad)
