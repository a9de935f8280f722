"""Models from their configs: the order of layers in the list, and how much work it makes."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.models import _functional_config as module


def _chain(length):
    x = inputs = kerajax.Input((2,), name="x")
    for i in range(length):
        x = layers.Identity(name=f"layer_{i}")(x)
    return kerajax.Model(inputs, layers.Rescaling(2.0)(x))


def _reversed(config):
    return {**config, "layers": config["layers"][::-1]}


@pytest.mark.parametrize("arrange", [dict, _reversed])
def test_reading_looks_at_each_call_once(monkeypatch, arrange):
    """However the list is sorted: twice the layers are twice the work, not four times."""
    looked_at = []

    def counted(original):
        return lambda *args: looked_at.append(args) or original(*args)

    for name in ("_sources", "_read"):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))
    work = []
    for length in (10, 20):
        looked_at.clear()
        model = kerajax.Model.from_config(arrange(_chain(length).get_config()))
        work.append(len(looked_at))
    assert work[1] <= 2 * work[0]
    np.testing.assert_array_equal(model(np.ones((1, 2))), [[2.0, 2.0]])


def test_layers_shared_and_out_of_order():
    """A later call of a layer waits for the earlier one, wherever its arguments come from."""
    a, b = kerajax.Input((2,), name="a"), kerajax.Input((2,), name="b")
    shared = layers.Rescaling(2.0, name="shared")
    model = kerajax.Model([a, b], layers.Subtract()([shared(layers.ReLU()(a)), shared(b)]))
    again = kerajax.Model.from_config(_reversed(model.get_config()))
    x = [np.full((1, 2), 3.0), np.full((1, 2), 1.0)]
    np.testing.assert_array_equal(again(x), [[4.0, 4.0]])
    assert again.get_config()["output_layers"] == model.get_config()["output_layers"]


def test_calls_that_wait_for_each_other_are_named():
    config = _chain(3).get_config()
    first, last = config["layers"][1], config["layers"][3]
    first["inbound_nodes"] = last["inbound_nodes"]
    with pytest.raises(ValueError, match="loop: the calls of .*'layer_0', 'layer_1', 'layer_2'"):
        kerajax.Model.from_config(config)
    config["layers"] = [entry for entry in config["layers"] if entry["name"] != "layer_1"]
    with pytest.raises(ValueError, match="Missing node: layer_1"):
        kerajax.Model.from_config(config)
