"""Files that real Keras versions wrote give the predictions that those versions recorded.

The fixtures run always; the whole collection beside the repository in `make test-slow`. Entries
that need what kerajax has not fail with an error that names it; no entry gives other numbers.
"""

import json
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

import kerajax
from kerajax.saving import load_model, model_from_json

_FIXTURES = Path(__file__).parents[1] / "fixtures"
_COLLECTION = Path(__file__).parents[3] / "shared" / "saved_models"
# What the error of a file says that is refused or needs a class that kerajax has not.
_REFUSALS = (
    "Could not locate",
    "Could not interpret",
    "this version of kerajax does not",
    "another version of Python",
    "has no attribute",
    "could not be loaded",
    "could not be deserialized",
)
# The step after these is not compared: it depends on what the file does not hold, or on arithmetic
# of their time that training here does not follow.
_UNDETERMINED = (
    "keras-2.0.8-tf__stateful",
    "keras-2.0.8-th__stateful",
    # Epsilon stood outside the root, and its part is large where gradients are tiny.
    "keras-2.2.4-tf__opt_08",
    # Stand-alone Keras from 2.1.3 on averaged unbiased variances in BatchNormalization.
    "keras-2.2.4-th__opt_01",
    "keras-2.2.4-th__opt_05",
    # Its graph counted the step before the update read the count.
    "keras-2.2.4-tf__custom",
    # CNTK averages the statistics of BatchNormalization in another way.
    "keras-2.2.4-cntk__opt_01",
    "keras-2.2.4-cntk__shared_nested",
    # A bias in front of BatchNormalization: its gradient is rounding noise.
    "keras-3.15.1-jax__frozen",
)


def _fixtures():
    return sorted(path.stem for path in _FIXTURES.glob("*.npz"))


def _entries():
    manifest = _COLLECTION / "manifest.json"
    if not manifest.exists():
        return {}
    return {entry["id"]: entry for entry in json.loads(manifest.read_text())["entries"]}


_ENTRIES = _entries()


def _numbered(recorded, letter):
    names = [k for k in recorded if k[0] == letter and k[1:].isdecimal()]
    arrays = [recorded[k] for k in sorted(names, key=lambda k: int(k[1:]))]
    return arrays[0] if len(arrays) == 1 else arrays


def _arrays(path):
    with np.load(path) as file:
        return dict(file)


def _predictions(model, x):
    if isinstance(getattr(model, "input", None), dict):
        x = dict(zip(sorted(model.input), x, strict=True))
    return kerajax.tree.flatten(model.predict_on_batch(x))


def _assert_predictions(model, recorded, tolerance=1e-5):
    expected = _numbered(recorded, "y")
    expected = expected if isinstance(expected, list) else [expected]
    for y, outputs in zip(expected, _predictions(model, _numbered(recorded, "x")), strict=True):
        np.testing.assert_allclose(outputs, y, atol=tolerance, rtol=tolerance)


def _assert_next_step(model, recorded, entry):
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_state()
    model.train_on_batch(_numbered(recorded, "x"), _numbered(recorded, "t"))
    weights = model.weights
    if entry.get("env", "").startswith("keras-2"):
        # Stand-alone Keras listed a nested model's frozen weights last.
        weights = [w for x in model.layers for w in x.trainable_weights + x.non_trainable_weights]
    ignored = entry.get("next_w_ignore") or ()
    for i, weight in enumerate(weights):
        if i not in ignored:
            expected = recorded[f"next_w_{i}"]
            np.testing.assert_allclose(
                weight.numpy(), expected, atol=1e-4, rtol=1e-4, err_msg=weight.path
            )


@pytest.mark.parametrize("name", _fixtures())
def test_fixture(name):
    """Files that travel with the repository, optimizer state included."""
    recorded = _arrays(_FIXTURES / f"{name}.npz")
    architecture = _FIXTURES / f"{name}.json"
    if architecture.exists():
        model = model_from_json(architecture.read_text())
        model.load_weights(_FIXTURES / f"{name}.weights.h5")
    else:
        path = next(p for p in _FIXTURES.glob(f"{name}.*") if p.suffix in (".h5", ".keras"))
        model = load_model(path)
        assert model.compiled
    _assert_predictions(model, recorded)
    if "next_w_0" in recorded:
        # Keras 2.2.4 on TensorFlow corrects its moving averages by counters it does not save.
        ignored = (4, 5) if name.startswith("keras-2.2.4") else ()
        _assert_next_step(model, recorded, {"env": name, "next_w_ignore": ignored})


@pytest.mark.slow
@pytest.mark.parametrize("entry", _ENTRIES.values(), ids=_ENTRIES.keys())
def test_collection(entry):
    """Recorded predictions to 1e-5, the next training step to 1e-4; or an error that says why."""
    if "weights" in entry["kind"] and "architecture" not in entry:
        pytest.skip("a subclassed model: its class needs TensorFlow or a Keras of its time")
    recorded = _arrays(_COLLECTION / entry["npz"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = _load(entry)
        except (TypeError, ValueError, AttributeError) as error:
            if not any(text in str(error) for text in _REFUSALS):
                raise
            pytest.skip(f"refused: {str(error)[:200]}")
        loose = any("loose tolerance" in note for note in entry.get("notes") or ())
        _assert_predictions(model, recorded, 1e-2 if loose else 1e-5)
        if entry.get("next_w") and model.compiled and entry["id"] not in _UNDETERMINED:
            _assert_next_step(model, recorded, entry)


def _load(entry):
    custom = _custom_objects(entry.get("custom_objects") or {})
    path = _COLLECTION / entry["file"]
    if entry["kind"] in ("full_h5", "keras_v3"):
        return load_model(path, custom, safe_mode=not entry.get("lambda"))
    model = model_from_json((_COLLECTION / entry["architecture"]).read_text(), custom)
    model.load_weights(path)
    return model


def _custom_objects(sources):
    """The objects that the sources in the manifest define."""
    names = {
        "keras": kerajax,
        "K": kerajax.ops,
        "L": kerajax.layers,
        "ops": kerajax.ops,
        "np": np,
        "tf": types.SimpleNamespace(),
    }
    for source in sources.values():
        exec(source, names)  # noqa: S102  (our own collection)
    return {name: names[name] for name in sources}
