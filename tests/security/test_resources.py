"""Configs of a few lines that ask for gigabytes, and graphs that compute while they are loaded."""

import json

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.saving import load_model, model_from_json

from . import hostile
from .containment import contained

HUGE = 10**11


def _compiled(**config):
    return {
        **hostile.sequential(hostile.layer("Dense", {"units": 1})),
        "compile_config": {"optimizer": "sgd", "loss": "mse", **config},
    }


def _op(name, args, module="numpy", **config):
    return hostile.functional(hostile.layer(name, config, module=f"keras.src.ops.{module}"), args)


def _array(value, dtype):
    array = {"class_name": "__numpy__", "config": {"value": value, "dtype": dtype}}
    return hostile.sequential(hostile.layer("Discretization", {"bin_boundaries": array}))


CONFIGS = {
    "units": hostile.sequential(hostile.layer("Dense", {"units": HUGE})),
    "vocabulary": hostile.sequential(
        hostile.layer("Embedding", {"input_dim": HUGE, "output_dim": 8})
    ),
    "many layers": hostile.sequential(
        *(hostile.layer("Dense", {"units": 20_000, "name": f"d{i}"}) for i in range(40))
    ),
    "thresholds": _compiled(
        metrics=[hostile.layer("AUC", {"num_thresholds": HUGE}, "keras.metrics")]
    ),
    "classes": _compiled(
        metrics=[hostile.layer("MeanIoU", {"num_classes": 10**6}, "keras.metrics")]
    ),
    "linspace": _op("Linspace", [0, 1], num=HUGE),
    "repeat": _op("Repeat", [[1.0]], repeats=HUGE),
    "tile": _op("Tile", [[1.0]], repeats=[HUGE]),
    "broadcast": _op("BroadcastTo", [[1.0]], shape=[HUGE]),
    "pad": _op("Pad", [[1.0]], pad_width=[[0, HUGE]]),
    "outer": _op("Outer", [list(range(50_000)), list(range(50_000))]),
    "one hot": _op("OneHot", [[1]], "nn", num_classes=HUGE),
    "full": _op("Full", [[HUGE], 1.0]),
    "width of text": _array(["a"] * 1000, "U100000000"),
    "kind of a tensor": _array([1, 2], "V1000000000"),
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_configs_do_not_take_memory(kind, secrets, tmp_path):
    """Refused before the memory is taken, whatever the container."""
    config = CONFIGS[kind]
    for load, file in (
        (load_model, hostile.archive(tmp_path / "m.keras", config)),
        (load_model, hostile.legacy(tmp_path / "m.h5", config)),
        (model_from_json, json.dumps(config)),
    ):
        if kind == "many layers" and load is model_from_json:
            continue  # 64 GB of weights in a description of them are what a large model is
        if kind in ("thresholds", "classes") and file == tmp_path / "m.h5":
            continue  # this container keeps such settings elsewhere
        with contained(secrets), pytest.raises((ValueError, TypeError)):
            load(file)


def test_settings_of_a_model_that_is_larger_than_its_file(tmp_path):
    """What a small file leaves out is no reason to refuse: states that it does not hold."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=[kerajax.metrics.AUC(num_thresholds=5000)])
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_deep_and_wide_json(secrets, tmp_path):
    """Nesting and numbers of items end at the budget, in time and memory."""
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    wide = '{"class_name": "Sequential", "config": [' + "[]," * 6_000_000 + "[]]}"
    for text in (deep, wide):
        with contained(secrets, memory=512 << 20), pytest.raises(ValueError, match="budget allows"):
            model_from_json(text)
        with contained(secrets, memory=512 << 20), pytest.raises(ValueError, match="budget allows"):
            load_model(hostile.archive(tmp_path / "m.keras", text))


def test_errors_of_the_users_own_classes_pass(tmp_path):
    """What looks like a damaged file may be a mistake in a class, which its author must see."""

    class Mistaken(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)

        def build(self, input_shape):
            {}["no such key"]  # noqa: B018

    config = hostile.sequential(
        {**hostile.layer("Mistaken", module=None), "registered_name": "Mistaken"}
    )
    path = hostile.archive(tmp_path / "m.keras", config)
    with pytest.raises(KeyError, match="no such key"):
        load_model(path, custom_objects={"Mistaken": Mistaken})
