"""Data sets of numpy batches: of folders, of time series, split in two."""

import wave

import numpy as np
import pytest

from kerajax import utils


def test_sounds_are_padded_to_the_longest(tmp_path):
    """16-bit samples become floats from -1 to 1."""
    for name, count in (("a", 2), ("b", 3)):
        (tmp_path / name).mkdir()
        with wave.open(str(tmp_path / name / "x.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(np.full(count, 16384, "<i2").tobytes())
    ((sounds, labels),) = utils.audio_dataset_from_directory(tmp_path, shuffle=False, verbose=False)
    assert sounds[..., 0].tolist() == [[0.5, 0.5, 0.0], [0.5, 0.5, 0.5]]
    assert labels.tolist() == [0, 1]


def test_windows_of_a_series_and_their_targets():
    """The target of a window stands where the window begins."""
    data = utils.timeseries_dataset_from_array(np.arange(8), np.arange(8) * 10, 3, sampling_rate=2)
    ((windows, targets),) = data
    assert windows.tolist() == [[0, 2, 4], [1, 3, 5], [2, 4, 6], [3, 5, 7]]
    assert targets.tolist() == [0, 10, 20, 30]


def test_split_keeps_every_sample_once():
    """Shuffled or not."""
    left, right = utils.split_dataset(np.arange(10), right_size=0.3, shuffle=True, seed=1)
    assert sorted(int(x) for part in (left, right) for x in part) == list(range(10))
    with pytest.raises(ValueError, match="At least one"):
        utils.split_dataset(np.arange(10))


def test_feature_space_round_trip(tmp_path):
    """A saved space encodes as before."""
    import kerajax

    data = {"age": [20.0, 40.0, 60.0], "city": ["Rome", "Oslo", "Rome"]}
    space = utils.FeatureSpace({"age": "float_normalized", "city": "string_categorical"})
    space.adapt(data)
    space.save(tmp_path / "space.keras")
    loaded = kerajax.models.load_model(tmp_path / "space.keras")
    np.testing.assert_allclose(loaded(data), space(data))
