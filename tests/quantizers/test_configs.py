"""Configs of quantization beside those of the Keras wheel, and the rules about mode and config."""

import keras
import pytest

import kerajax
from kerajax import quantizers
from kerajax.quantizers._configs import resolve_config

ROWS = [
    ("Int8QuantizationConfig", {}),
    ("Int8QuantizationConfig", {"activation_quantizer": None}),
    ("Int4QuantizationConfig", {}),
    ("Int4QuantizationConfig", {"block_size": None}),
    ("Int4QuantizationConfig", {"block_size": 32}),
    ("Float8QuantizationConfig", {}),
    ("GPTQConfig", {"dataset": ["a"], "tokenizer": None}),
    ("GPTQConfig", {"dataset": None, "tokenizer": None, "weight_bits": 8, "group_size": -1}),
    ("AWQConfig", {"dataset": ["a"], "tokenizer": None, "group_size": 16}),
]


@pytest.mark.parametrize(("name", "arguments"), ROWS)
def test_configs_agree(name, arguments):
    """Mode, name of the dtype policy and config are Keras'; the config comes back."""
    ours = getattr(quantizers, name)(**arguments)
    theirs = getattr(keras.quantizers, name)(**arguments)
    assert ours.mode == theirs.mode
    if hasattr(theirs, "dtype_policy_string"):
        assert ours.dtype_policy_string() == theirs.dtype_policy_string()
    described = kerajax.saving.serialize_keras_object(ours)
    assert described == keras.saving.serialize_keras_object(theirs)
    again = kerajax.saving.deserialize_keras_object(described)
    assert kerajax.saving.serialize_keras_object(again) == described


def test_int4_of_old_files_has_no_blocks():
    """Files from before there were blocks say nothing of them."""
    described = {"weight_quantizer": None, "activation_quantizer": None}
    assert quantizers.Int4QuantizationConfig.from_config(described).block_size is None


@pytest.mark.parametrize(
    ("name", "arguments", "match"),
    [
        ("Int4QuantizationConfig", {"block_size": 0}, "block_size"),
        (
            "Int4QuantizationConfig",
            {"weight_quantizer": quantizers.AbsMaxQuantizer(value_range=(-8, 7))},
            "sub-channel",
        ),
        (
            "Int4QuantizationConfig",
            {"weight_quantizer": quantizers.AbsMaxQuantizer(), "block_size": None},
            "value_range",
        ),
        (
            "Int8QuantizationConfig",
            {"weight_quantizer": quantizers.AbsMaxQuantizer(output_dtype="int16")},
            "output_dtype",
        ),
        ("GPTQConfig", {"dataset": None, "tokenizer": None, "weight_bits": 5}, "weight_bits"),
        ("GPTQConfig", {"dataset": None, "tokenizer": None, "num_samples": 0}, "num_samples"),
        ("GPTQConfig", {"dataset": None, "tokenizer": None, "hessian_damping": 2}, "damping"),
        ("AWQConfig", {"dataset": None, "tokenizer": None, "weight_bits": 8}, "4-bit"),
        ("AWQConfig", {"dataset": None, "tokenizer": None, "group_size": 0}, "group_size"),
        ("AWQConfig", {"dataset": None, "tokenizer": None, "num_grid_points": 0}, "grid"),
    ],
)
def test_numbers_out_of_range(name, arguments, match):
    """What a mode cannot do is said when its config is made."""
    with pytest.raises(ValueError, match=match):
        getattr(quantizers, name)(**arguments)


def test_mode_and_config_complete_each_other():
    """A mode has a default config, a config names its mode, a string is a mode."""
    config = quantizers.Int8QuantizationConfig()
    assert resolve_config("int4", None).mode == "int4"
    assert resolve_config(None, config) is config
    assert resolve_config(None, "int8").mode == "int8"


@pytest.mark.parametrize(
    ("mode", "config", "match"),
    [
        (None, None, "either"),
        ("int2", None, "Invalid quantization mode"),
        ("int4", quantizers.Int8QuantizationConfig(), "Contradictory"),
        ("int8", {"mode": "int8"}, "instance of"),
        ("gptq", None, "GPTQConfig"),
        ("awq", None, "AWQConfig"),
    ],
)
def test_contradictions(mode, config, match):
    """What leaves the mode open, or says two things, is refused."""
    with pytest.raises(ValueError, match=match):
        resolve_config(mode, config)


def test_the_base_has_no_mode():
    """It is only the base."""
    with pytest.raises(NotImplementedError, match="directly"):
        _ = quantizers.QuantizationConfig().mode
