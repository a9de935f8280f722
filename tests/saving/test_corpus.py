"""Files that real Keras versions wrote give the predictions that those versions recorded.

The fixtures run always; the whole collection beside the repository in `make test-slow`. No entry
loads and gives other numbers.
"""

import warnings
from pathlib import Path

import numpy as np
import pytest

from kerajax.saving import load_model, model_from_json
from tests.saving import corpus

_FIXTURES = Path(__file__).parents[1] / "fixtures"
_ENTRIES = corpus.entries()
# What the error of a file says that is refused or needs a class that kerajax has not.
_REFUSALS = (
    "Could not locate",
    "Could not interpret",
    "this version of kerajax does not",
    "another version of Python",
    "has no attribute",
    "has no setter",
    "could not be loaded",
    "could not be deserialized",
)


def _fixtures():
    return sorted(path.stem for path in _FIXTURES.glob("*.npz"))


@pytest.mark.parametrize("name", _fixtures())
def test_fixture(name):
    """Files that travel with the repository, optimizer state included."""
    recorded = corpus.arrays_of(_FIXTURES / f"{name}.npz")
    architecture = _FIXTURES / f"{name}.json"
    if architecture.exists():
        model = model_from_json(architecture.read_text())
        model.load_weights(_FIXTURES / f"{name}.weights.h5")
    else:
        path = next(p for p in _FIXTURES.glob(f"{name}.*") if p.suffix in (".h5", ".keras"))
        model = load_model(path)
        assert model.compiled
    corpus.compare_predictions(model, recorded)
    corpus.compare_evaluation(model, recorded)
    if "next_w_0" in recorded:
        # Keras 2.2.4 on TensorFlow corrects its moving averages by counters it does not save.
        ignored = (4, 5) if name.startswith("keras-2.2.4") else ()
        count = sum(key.startswith("next_w_") for key in recorded)
        entry = {"id": name, "env": name, "next_w": range(count), "next_w_ignore": ignored}
        entry["file"] = path.name
        corpus.compare_step(model, recorded, entry, _FIXTURES)


@pytest.mark.slow
@pytest.mark.parametrize("entry", _ENTRIES.values(), ids=_ENTRIES.keys())
def test_collection(entry):
    """Recorded predictions to 1e-5, the next training step to 1e-4; or an error that says why."""
    result = corpus.run(entry)
    if result.outputs is None and any(text in result.reason for text in _REFUSALS):
        pytest.skip(f"refused: {result.reason[-200:]}")
    assert result.outputs, result.reason
    assert result.step is not False, result.reason


@pytest.mark.skipif(_ENTRIES != {}, reason="the collection is on this machine")
def test_collection_is_absent():
    """Where the collection is not beside the repository, the fixtures serve alone."""
    pytest.skip(f"needs the recorded files in {corpus.COLLECTION}")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", [name for name in _fixtures() if "weights_only" not in name])
def test_saved_again(name, suffix, tmp_path):
    """A model of an older Keras keeps its numbers, and the state of its optimizer, when saved."""
    recorded = corpus.arrays_of(_FIXTURES / f"{name}.npz")
    path = next(p for p in _FIXTURES.glob(f"{name}.*") if p.suffix in (".h5", ".keras"))
    model = load_model(path)
    with warnings.catch_warnings():
        # Keras does not read what old eras alone had; kerajax does.
        warnings.filterwarnings("ignore", "The file has what Keras 3 does not have")
        model.save(tmp_path / f"m{suffix}")
    again = load_model(tmp_path / f"m{suffix}")
    corpus.compare_predictions(again, recorded)
    corpus.compare_evaluation(again, recorded)
    # An old `decay` becomes a schedule, which has no variable for the rate.
    gone = model.optimizer.learning_rate if model.optimizer.decay else None
    kept = [v for v in model.optimizer.variables if v is not gone]
    for a, b in zip(kept, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)


# Classes of the user's own, of which the file holds the weights, have no config to save.
_WITH_CONFIG = {
    name: entry
    for name, entry in _ENTRIES.items()
    if entry["kind"] in ("full_h5", "keras_v3") or "architecture" in entry
}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("entry", _WITH_CONFIG.values(), ids=_WITH_CONFIG.keys())
def test_collection_saved_again(entry, suffix, tmp_path):
    """What a model computes, it computes after being saved and loaded again, in both formats."""
    recorded = corpus.arrays_of(corpus.COLLECTION / entry["npz"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = corpus.load(entry, recorded)
        corpus.compare_saved_again(model, entry, recorded, tmp_path / f"m{suffix}")
