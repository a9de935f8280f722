"""Settings: every public name, the switches, and the limits."""

import keras
import pytest

from kerajax import backend, config, objects


@pytest.mark.parametrize("name", [name for name in vars(keras.config) if not name.startswith("_")])
def test_every_name_of_keras_is_there(name):
    assert callable(getattr(config, name))
    assert name in dir(config)


@pytest.mark.parametrize("switch", ["interactive_logging", "traceback_filtering"])
def test_switches(switch):
    is_enabled = getattr(config, f"is_{switch}_enabled")
    assert is_enabled()
    getattr(config, f"disable_{switch}")()
    assert not is_enabled()
    getattr(config, f"enable_{switch}")()
    assert is_enabled()


def test_flash_attention_is_undecided_at_first():
    backend.context.settings.pop("flash_attention", None)
    assert config.is_flash_attention_enabled() is None
    config.disable_flash_attention()
    assert config.is_flash_attention_enabled() is False
    backend.context.settings.pop("flash_attention")


@pytest.mark.parametrize("name", ["max_epochs", "max_steps_per_epoch"])
def test_limits_come_from_the_setter_before_the_environment(name, monkeypatch):
    monkeypatch.setattr("kerajax.config._limits._limits", {})
    assert getattr(config, name)() is None
    monkeypatch.setenv(f"KERAS_{name.upper()}", "3")
    assert getattr(config, name)() == 3
    getattr(config, f"set_{name}")(5)
    assert getattr(config, name)() == 5
    getattr(config, f"set_{name}")(None)
    assert getattr(config, name)() is None


def test_there_is_one_backend():
    config.set_backend("jax")
    with pytest.raises(ValueError, match="JAX alone"):
        config.set_backend("torch")


def test_unsafe_deserialization():
    with objects.SafeModeScope(True):
        config.enable_unsafe_deserialization()
        assert objects.in_safe_mode() is False
