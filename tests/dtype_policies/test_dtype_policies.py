"""Dtype policies against the Keras wheel: names, dtypes, conversion of inputs, configs."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

from kerajax import backend, config, dtype_policies, mixed_precision
from kerajax.dtype_policies import DTypePolicy, DTypePolicyMap

NAMES = [
    "float32",
    "float16",
    "bfloat16",
    "float64",
    "int32",
    "uint8",
    "mixed_float16",
    "mixed_bfloat16",
]
QUANTIZED = [
    "int8_from_float32",
    "int8_from_mixed_bfloat16",
    "int4_from_bfloat16",
    "int4/128_from_float32",
    "float8_from_mixed_float16",
    "gptq/4/-1_from_mixed_bfloat16",
    "awq/4/128_from_float32",
]


@pytest.fixture(autouse=True)
def _default_policy():
    yield
    config.set_dtype_policy("float32")


@pytest.mark.parametrize("name", NAMES + QUANTIZED)
def test_policy_agrees_with_keras(name):
    ours, theirs = dtype_policies.get(name), keras.dtype_policies.get(name)
    for attribute in ("name", "compute_dtype", "variable_dtype", "quantization_mode"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    assert repr(ours) == repr(theirs)
    described = dtype_policies.serialize(ours)
    assert described == keras.dtype_policies.serialize(theirs)
    again = dtype_policies.deserialize(described)
    assert again == ours
    assert type(again) is type(ours)


INPUTS = {
    "float32": np.ones(2, "float32"),
    "float64": np.ones(2),
    "bfloat16": jnp.ones(2, "bfloat16"),
    "int": np.ones(2, "int32"),
    "bool": np.ones(2, "bool"),
    "scalar": np.float32(2.5),
}


@pytest.mark.parametrize("name", ["mixed_float16", "float32", "mixed_bfloat16"])
@pytest.mark.parametrize("autocast", [True, False])
@pytest.mark.parametrize("kind", INPUTS)
def test_convert_input_agrees_with_keras(name, autocast, kind):
    ours, theirs = DTypePolicy(name), keras.DTypePolicy(name)
    x = ours.convert_input(INPUTS[kind], autocast, ours.compute_dtype)
    y = theirs.convert_input(INPUTS[kind], autocast, theirs.compute_dtype)
    assert backend.is_tensor(x)
    assert x.dtype == y.dtype
    np.testing.assert_array_equal(np.asarray(x, "float32"), np.asarray(y, "float32"))


def test_convert_input_of_symbolic_and_other_things():
    policy = DTypePolicy("mixed_float16")
    x = backend.KerasTensor((None, 2))
    assert policy.convert_input(x, True, "float16").dtype == "float16"
    assert policy.convert_input(x, False, "float16") is x
    assert policy.convert_input("text", True, "float16") == "text"
    assert policy.convert_input(backend.Variable(1.5), True, "float16").dtype == "float16"


def test_convert_input_of_a_column_of_numbers():
    column = np.array([1.0, 2.0], dtype=object)
    assert DTypePolicy("mixed_bfloat16").convert_input(column, True, "bfloat16").tolist() == [1, 2]


def test_equality():
    assert DTypePolicy("float32") == dtype_policies.FloatDTypePolicy("float32")
    assert DTypePolicy("float32") != DTypePolicy("float16")
    assert DTypePolicy("float32") != "float32"
    assert dtype_policies.get("int4/8_from_float32") != dtype_policies.get("int4/16_from_float32")
    assert len({DTypePolicy("float32"), DTypePolicy("float32")}) == 1


def test_global_policy():
    assert config.dtype_policy() == DTypePolicy("float32")
    config.set_dtype_policy("mixed_bfloat16")
    assert config.dtype_policy() == dtype_policies.get(None) == DTypePolicy()
    assert DTypePolicy().name == "mixed_bfloat16"
    config.set_dtype_policy(DTypePolicy("float16"))
    assert config.dtype_policy().name == "float16"
    config.set_dtype_policy("int8_from_bfloat16")
    assert config.dtype_policy().quantization_mode == "int8"
    with pytest.raises(ValueError, match="Invalid `policy`"):
        config.set_dtype_policy(3)


def test_policy_that_was_never_set_follows_floatx():
    backend.context.settings.pop("dtype_policy", None)
    config.set_floatx("bfloat16")
    try:
        assert config.dtype_policy().name == "bfloat16"
    finally:
        config.set_floatx("float32")
    assert config.dtype_policy().name == "float32"


def test_dtypes_of_numpy_and_jax_are_identifiers():
    assert dtype_policies.get(np.float16).name == "float16"
    assert dtype_policies.get(jnp.bfloat16).name == "bfloat16"


def test_old_module_has_the_same_things():
    assert mixed_precision.Policy is mixed_precision.DTypePolicy is DTypePolicy
    assert mixed_precision.global_policy is dtype_policies.dtype_policy
    assert mixed_precision.set_global_policy is dtype_policies.set_dtype_policy


def test_map_looks_up_paths_and_patterns():
    policies = DTypePolicyMap("float32")
    policies["encoder/dense"] = "mixed_bfloat16"
    policies["decoder/.*"] = DTypePolicy("float16")
    assert policies["encoder/dense"].name == "mixed_bfloat16"
    assert policies["decoder/dense"].name == "float16"
    assert policies["my/decoder/dense"].name == "float32"
    assert "decoder/.*" in policies
    assert "decoder/dense" not in policies
    assert list(policies) == ["encoder/dense", "decoder/.*"]
    assert policies.name == "map_float32"
    assert policies.compute_dtype == policies.variable_dtype == "float32"
    policies[".*/dense"] = "float64"
    with pytest.raises(ValueError, match="multiple"):
        policies["decoder/dense"]
    del policies["decoder/.*"]
    assert len(policies) == 2


def test_map_config_agrees_with_keras():
    ours, theirs = (
        DTypePolicyMap("mixed_float16"),
        keras.dtype_policies.DTypePolicyMap("mixed_float16"),
    )
    for policies in (ours, theirs):
        policies["dense"] = "float32"
        policies["head"] = "int8_from_float32"
    described = dtype_policies.serialize(ours)
    assert described == keras.dtype_policies.serialize(theirs)
    again = dtype_policies.deserialize(described)
    assert dict(again) == dict(ours)
    assert again.default_policy == ours.default_policy


def test_map_without_default_follows_the_global_policy():
    policies = DTypePolicyMap()
    config.set_dtype_policy("mixed_bfloat16")
    assert policies["anything"].name == "mixed_bfloat16"
    policies["dense"] = "int8_from_float32"
    described = policies.get_config()
    assert policies["dense"].name == "int8_from_float32"
    theirs = keras.dtype_policies.DTypePolicyMap()
    theirs["dense"] = "int8_from_float32"
    assert described == theirs.get_config()
    assert DTypePolicyMap.from_config(described)["dense"].name == "int8_from_mixed_bfloat16"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: DTypePolicy("mixed_float8"), ValueError),
        (lambda: DTypePolicy(3), TypeError),
        (lambda: dtype_policies.get("int8"), ValueError),
        (lambda: dtype_policies.get("int8_from_"), ValueError),
        (lambda: dtype_policies.get("int8_from_float16"), ValueError),
        (lambda: dtype_policies.get("int9_from_float32"), ValueError),
        (lambda: dtype_policies.get("int4/x_from_float32"), ValueError),
        (lambda: dtype_policies.get("int4/0_from_float32"), ValueError),
        (lambda: dtype_policies.get("gptq_from_float32"), ValueError),
        (lambda: dtype_policies.get("gptq/5/8_from_float32"), ValueError),
        (lambda: dtype_policies.get("awq/8/8_from_float32"), ValueError),
        (lambda: dtype_policies.get(object()), ValueError),
        (lambda: dtype_policies.QuantizedDTypePolicy("int3", "float32"), ValueError),
        (lambda: dtype_policies.QuantizedFloat8DTypePolicy("float8", None, 1.5), TypeError),
        (lambda: DTypePolicyMap(DTypePolicyMap()), ValueError),
        (lambda: DTypePolicyMap(policy_map=[1]), TypeError),
        (lambda: DTypePolicyMap().__setitem__("dense", "float33"), ValueError),
        (lambda: DTypePolicyMap(None, {"a": "float32"}).__setitem__("a", "float32"), ValueError),
    ],
)
def test_mistakes(call, error):
    with pytest.raises(error):
        call()


@pytest.mark.parametrize("given", [{}, {"name": "float32"}])
def test_dicts_that_are_no_configs_are_refused(given):
    with pytest.raises(ValueError, match="config of a policy.*received: dtype={"):
        dtype_policies.get(given)
