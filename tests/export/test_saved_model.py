"""TensorFlow's SavedModel, where TensorFlow is installed."""

import numpy as np
import pytest

import kerajax
from kerajax import layers

tf = pytest.importorskip("tensorflow", reason="needs TensorFlow: pip install tensorflow-cpu")

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def test_tensorflow_gives_equal_outputs(tmp_path):
    """For batches of any size, by name and as the default of a server."""
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    model.export(tmp_path / "saved", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    assert "serving_default" in loaded.signatures
    for n in (1, 5):
        np.testing.assert_allclose(loaded.serve(X[:n]), model(X[:n]), rtol=1e-5, atol=1e-6)


def test_state_and_collections(tmp_path):
    """Seeds of dropout move on; collections are lists of variables."""
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3), layers.Dropout(0.5)])
    archive = kerajax.export.ExportArchive()
    archive.track(model)
    spec = [kerajax.InputSpec("float32", (None, 4))]
    archive.add_endpoint("train", lambda x: model(x, training=True), spec)
    archive.add_variable_collection("first", model.layers[0].variables)
    archive.write_out(tmp_path / "saved", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    one, two = (loaded.train(X).numpy() for _ in range(2))
    assert (one == 0).any() and (one != two).any()
    np.testing.assert_array_equal(loaded.first[0], model.layers[0].kernel)
