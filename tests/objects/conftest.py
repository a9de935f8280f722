"""Every test of this folder reports old spellings anew, and leaves no names behind."""

import pytest

from kerajax.objects import _registry, _spellings, find


@pytest.fixture(autouse=True)
def _fresh_run(monkeypatch):
    monkeypatch.setattr(_spellings, "_reported", set())
    monkeypatch.setattr(_registry, "_custom", dict(_registry._custom))
    monkeypatch.setattr(_registry, "_custom_names", dict(_registry._custom_names))


@pytest.fixture
def as_keras_layer(monkeypatch):
    """Lets a sample stand for the layer of its name."""
    find("keras.layers.NoSuchLayer")  # loads the real layers, so that they do not come later

    def stand_in(cls):
        monkeypatch.setitem(_registry._public, f"keras.layers.{cls.__name__}", cls)

    return stand_in
