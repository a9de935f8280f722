"""`H5IOStore`: files of named arrays that Keras reads, and those that Keras writes."""

import keras
import numpy as np
import pytest

from kerajax.saving._entries import H5IOStore

THEIRS = keras.src.saving.saving_lib.H5IOStore
ARRAY = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.mark.parametrize(("writer", "reader"), [(H5IOStore, THEIRS), (THEIRS, H5IOStore)])
def test_entries_are_read_by_keras_and_from_keras(tmp_path, writer, reader):
    path = str(tmp_path / "own.lora.h5")
    store = writer(path, mode="w")
    store.make("lora")["rank"] = 4
    store.make("lora/0")["kernel"] = ARRAY
    store.close()
    store = reader(path, mode="r")
    assert int(store.get("lora")["rank"][()]) == 4
    np.testing.assert_array_equal(store.get("lora/0")["kernel"], ARRAY)
    store.close()


def test_modes_and_archives_are_checked(tmp_path):
    with pytest.raises(ValueError, match="either 'w' or 'r'"):
        H5IOStore(tmp_path / "a.h5", mode="a")
    with pytest.raises(ValueError, match="by their path"):
        H5IOStore(tmp_path / "a.h5", archive=object(), mode="w")
    store = H5IOStore(tmp_path / "a.h5", mode="w")
    with pytest.raises(ValueError, match="`get` needs mode='r'"):
        store.get("x")
    store.close()
