"""TensorBoard: which summaries stand in which files."""

import importlib
import json
import struct

import numpy as np
import pytest

import kerajax
from kerajax import callbacks, layers

pytest.importorskip("tensorboardX")
X, Y = np.ones((10, 4, 4, 1), "float32"), np.ones((10, 1), "float32")
EPOCH = {
    ("train", "epoch_loss"),
    ("train", "epoch_learning_rate"),
    ("validation", "epoch_loss"),
    ("validation", "evaluation_loss_vs_iterations"),
}


def make_model(optimizer="sgd"):
    model = kerajax.Sequential(
        [kerajax.Input((4, 4, 1)), layers.Conv2D(3, 2, name="conv"), layers.Flatten(),
         layers.Dense(1, name="out")]
    )  # fmt: skip
    model.compile(optimizer, "mse")
    return model


def summaries(folder):
    """`(folder, tag, step, value)` of every summary below a folder."""
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for path in sorted(folder.rglob("events.out.*")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            (size,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + size])
            at += 16 + size
            for value in event.summary.value:
                found.append((path.parent.name, value.tag, event.step, value))
    return found


def scalars(folder):
    return {(f, t) for f, t, _, v in summaries(folder) if v.WhichOneof("value") == "simple_value"}


def fit(folder, model=None, epochs=2, validate=True, **options):
    board = callbacks.TensorBoard(folder, **options)
    model = model or make_model()
    data = {"validation_data": (X, Y)} if validate else {}
    history = model.fit(X, Y, batch_size=2, epochs=epochs, verbose=0, callbacks=[board], **data)
    return history.history


def test_epochs_are_written(tmp_path):
    history = fit(tmp_path)
    assert scalars(tmp_path) == EPOCH
    found = [(s, v.simple_value) for f, t, s, v in summaries(tmp_path)
             if (f, t) == ("train", "epoch_loss")]  # fmt: skip
    np.testing.assert_allclose([value for _, value in found], history["loss"], rtol=1e-6)
    assert [step for step, _ in found] == [0, 1]
    evaluated = [s for _, t, s, _ in summaries(tmp_path) if t.startswith("evaluation")]
    assert evaluated == [5, 10]
    (config,) = [v for _, t, _, v in summaries(tmp_path) if t == "keras"]
    assert config.metadata.plugin_data.plugin_name == "graph_keras_model"
    assert json.loads(config.tensor.string_val[0])["class_name"] == "Sequential"


def test_batches_are_written_when_asked_for(tmp_path):
    board = callbacks.TensorBoard(tmp_path)
    assert not board.watches_batches("train")
    fit(tmp_path, update_freq=2, write_steps_per_second=True)
    extra = {"batch_loss", "batch_steps_per_second", "epoch_steps_per_second"}
    assert scalars(tmp_path) == EPOCH | {("train", tag) for tag in extra}
    steps = [step for _, tag, step, _ in summaries(tmp_path) if tag == "batch_loss"]
    assert steps == [2, 4, 6, 8, 10]


def test_weights_as_histograms_and_images(tmp_path):
    model = make_model()
    fit(tmp_path, model, histogram_freq=1, write_images=True, validate=False, write_graph=False)
    kinds = {(t.rpartition("/")[2], v.WhichOneof("value")) for _, t, _, v in summaries(tmp_path)
             if "/" in t}  # fmt: skip
    assert kinds == {("histogram", "histo"), ("image", "image")}
    assert {f for f, *_ in summaries(tmp_path)} == {"train"}
    # Weights that are not numbers any more have no histogram, and stop nothing.
    model.get_layer("out").kernel.assign(np.full((27, 1), np.nan))
    fit(tmp_path, model, epochs=1, histogram_freq=1, write_images=True, validate=False)


def test_projector_finds_tables_and_labels(tmp_path):
    model = kerajax.Sequential(
        [kerajax.Input((3,)), layers.Embedding(5, 2, name="words"), layers.Flatten(),
         layers.Dense(1)]
    )  # fmt: skip
    model.compile("sgd", "mse")
    board = callbacks.TensorBoard(
        tmp_path, embeddings_freq=1, embeddings_metadata={"words": "labels.tsv"}
    )
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0, callbacks=[board])
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "embeddings/words.tsv"' in text
    assert 'metadata_path: "labels.tsv"' in text
    table = np.loadtxt(tmp_path / "embeddings" / "words.tsv")
    np.testing.assert_allclose(table, model.get_layer("words").embeddings, rtol=1e-6)
    with pytest.raises(ValueError, match="The model has \\['words'\\]"):
        callbacks.TensorBoard(
            tmp_path, embeddings_freq=1, embeddings_metadata={"other": "labels.tsv"}
        ).set_model(model)


@pytest.mark.parametrize("bad", [-1, (5, 2), (1, 2, 3), "a", None, 1.5])
def test_wrong_batches_to_profile(tmp_path, bad):
    with pytest.raises(ValueError, match="profile_batch"):
        callbacks.TensorBoard(tmp_path, profile_batch=bad)


@pytest.mark.parametrize("given", [2, (2, 3), "2,3"])
def test_profile_runs_during_its_steps(tmp_path, monkeypatch, given):
    """From the beginning of the first to the end of the last step."""
    seen, model = [], make_model()

    class Profile:
        def __init__(self, folder):
            assert folder == str(tmp_path / "train")

        def __enter__(self):
            seen.append(("begins", int(model.optimizer.iterations)))

        def __exit__(self, *error):
            seen.append(("ends", int(model.optimizer.iterations)))

    monkeypatch.setattr("kerajax.callbacks._tensorboard.profile", Profile)
    fit(tmp_path, model, profile_batch=given, validate=False)
    assert seen == [("begins", 1), ("ends", 2 if given == 2 else 3)]


def test_missing_package_names_the_extra(tmp_path, monkeypatch):
    real = importlib.import_module

    def without(name, *args):
        if name == "tensorboardX":
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ImportError, match=r"kerajax\[tensorboard\]"):
        callbacks.TensorBoard(tmp_path)
