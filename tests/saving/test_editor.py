"""KerasFileEditor and sharded weights."""

import json

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.saving import KerasFileEditor


def _model(*units):
    return kerajax.Sequential([kerajax.Input((2,)), *map(layers.Dense, units)])


def test_weights_for_a_changed_model(tmp_path):
    """A layer goes in between: renamed, added and saved, the file fits."""
    _model(3, 3).save(tmp_path / "m.keras")
    target = _model(3, 3, 3)
    editor = KerasFileEditor(f"{tmp_path}/m.keras")
    assert editor.compare(target)["error_count"] == 1
    editor.add_object("layers/dense_2", {"0": np.eye(3), "1": np.zeros((7,))})
    assert editor.compare(target) == {"status": "error", "error_count": 1, "match_count": 5}
    editor.delete_weight("dense_2", "1")
    editor.add_weights("dense_2", {"1": np.zeros((3,))})
    assert editor.compare(target)["status"] == "success"
    editor.save(tmp_path / "new.weights.h5")
    target.load_weights(tmp_path / "new.weights.h5")
    np.testing.assert_array_equal(target.layers[2].kernel, np.eye(3))


def test_names_that_are_not_there(tmp_path):
    """Errors say what is missing, and nothing changes."""
    _model(3).save_weights(tmp_path / "m.weights.h5")
    editor = KerasFileEditor(f"{tmp_path}/m.weights.h5")
    with pytest.raises(ValueError, match="'dense_9' does not appear"):
        editor.delete_object("dense_9")
    with pytest.raises(ValueError, match="not found"):
        editor.rename_object("layers/dense_9", "a")
    with pytest.raises(ValueError, match="leaf name"):
        editor.rename_object("dense", "a/b")
    with pytest.raises(ValueError, match=r"expected a `\.keras`"):
        KerasFileEditor(f"{tmp_path}/m.h5")
    assert list(editor.weights_dict["layers"]) == ["dense"]


def test_shards(tmp_path):
    """Weights in several files come back; one object larger than a file is refused."""
    model, other = _model(64, 64, 64), _model(64, 64, 64)
    size = 20_000 / 2**30
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=size)
    names = sorted(p.name for p in tmp_path.glob("*.weights.h5"))
    assert names == ["m_00000.weights.h5", "m_00001.weights.h5"]
    index = json.loads((tmp_path / "m.weights.json").read_text())
    assert index["weight_map"]["/layers/dense_2/vars"] == ["m_00001.weights.h5"]
    other.load_weights(tmp_path / "m.weights.json")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="max_shard_size"):
        model.save_weights(tmp_path / "m.weights.json", max_shard_size=100 / 2**30)
