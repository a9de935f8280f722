"""The JAX format: artifacts that a fresh process runs without the model's code."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import kerajax
from kerajax import layers, ops
from kerajax.export import ExportArchive, load

pytest.importorskip("flatbuffers", reason="JAX writes programs with it: pip install flatbuffers")

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


class Scaled(layers.Layer):
    """A layer that the fresh process does not know."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=input_shape[-1:], initializer="random_normal")

    def call(self, x):
        return ops.tanh(x * self.scale)


def network():
    return kerajax.Sequential(
        [kerajax.Input((4,)), Scaled(), layers.BatchNormalization(), layers.Dense(2)]
    )


def export(model, path, **options):
    model.export(path, format="jax", verbose=False, **options)
    return load(path)


def test_a_fresh_process_gives_equal_outputs(tmp_path):
    """For batches of any size; only `kerajax.export.load` is imported."""
    model, path = network(), tmp_path / "model.jax"
    model.export(path, format="jax", verbose=False)
    sizes = (1, 5, 7)
    inputs = {str(n): np.resize(X, (n, 4)) for n in sizes}
    np.savez(tmp_path / "inputs.npz", **inputs)
    code = """
import sys, numpy as np
from kerajax.export import load
folder = sys.argv[1]
artifact = load(f"{folder}/model.jax")
with np.load(f"{folder}/inputs.npz") as inputs:
    np.savez(f"{folder}/outputs.npz", **{n: artifact.serve(inputs[n]) for n in inputs.files})
"""
    env = {**os.environ, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    subprocess.run(command, check=True, env=env, timeout=300)
    with np.load(tmp_path / "outputs.npz") as outputs:
        for name, x in inputs.items():
            np.testing.assert_allclose(outputs[name], model(x), rtol=1e-5, atol=1e-6)


def test_structures_of_inputs_and_outputs_are_kept(tmp_path):
    """Dicts, lists, tuples and None, in and out."""
    a, b = kerajax.Input((4,), name="a"), kerajax.Input((4,), name="b")
    model = kerajax.Model({"a": a, "b": b}, {"sum": a + b, "all": [a * 2, b]})
    outputs = export(model, tmp_path / "m.jax").serve({"a": X, "b": -X})
    assert set(outputs) == {"sum", "all"} and isinstance(outputs["all"], list)
    np.testing.assert_allclose(outputs["all"][0], X * 2)
    np.testing.assert_allclose(outputs["sum"], 0)


def test_sequences_of_any_length_and_subclasses(tmp_path):
    """Unknown sizes other than the batch; shapes that a subclass was called with."""
    inputs = kerajax.Input((None,), dtype="int32")
    x = layers.Embedding(10, 3, mask_zero=True)(inputs)
    model = kerajax.Model(inputs, layers.Dense(2)(layers.GRU(3)(x)))
    artifact = export(model, tmp_path / "rnn.jax")
    for shape in ((2, 5), (3, 8)):
        x = np.random.default_rng(1).integers(0, 10, shape)
        np.testing.assert_allclose(artifact.serve(x), model(x), rtol=1e-4, atol=1e-6)

    inputs = kerajax.Input((6, 4))
    x = layers.MultiHeadAttention(2, 3)(inputs, inputs)
    model = kerajax.Model(inputs, layers.GlobalMaxPooling1D()(layers.Conv1D(3, 2)(x)))
    artifact = export(model, tmp_path / "attention.jax")
    x = np.random.default_rng(1).normal(size=(3, 6, 4))
    np.testing.assert_allclose(artifact.serve(x), model(x), rtol=1e-4, atol=1e-6)

    class Net(kerajax.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x), None

    net = Net()
    with pytest.raises(ValueError, match="not built"):
        net.export(tmp_path / "net.jax", format="jax")
    net(X)
    outputs = export(net, tmp_path / "net.jax").serve(X[:3])
    assert outputs[1] is None
    np.testing.assert_allclose(outputs[0], net(X[:3])[0], rtol=1e-5)


def test_archive_with_endpoints_and_collections(tmp_path, capsys):
    """Dropout of a training endpoint goes on drawing; variables are those of the writing."""
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3), layers.Dropout(0.5)])
    archive = ExportArchive(format="jax", platforms=("cpu",))
    spec = [kerajax.InputSpec("float32", (None, 4))]
    served = archive.track_and_add_endpoint("infer", model, spec)
    archive.add_endpoint("train", lambda x: model(x, training=True), spec)
    archive.add_endpoint("still", lambda x: model(x, training=True), spec, is_static=True)
    archive.add_variable_collection("first", model.layers[0].variables)
    np.testing.assert_allclose(served(X), model(X), rtol=1e-6)
    model.layers[0].bias.assign([1.0, 2.0, 3.0])
    archive.write_out(tmp_path / "a.jax")
    assert "* train(float32 (None, 4))" in capsys.readouterr().out
    artifact = load(tmp_path / "a.jax")
    assert list(artifact.endpoints) == ["infer", "train", "still"]
    assert artifact.platforms["infer"] == ("cpu",) and "infer" in dir(artifact)
    np.testing.assert_allclose(artifact.infer(X), model(X), rtol=1e-5)
    one, two = (np.asarray(artifact.train(X)) for _ in range(2))
    assert (one == 0).any() and (one != two).any()
    np.testing.assert_array_equal(artifact.still(X), artifact.still(X))
    np.testing.assert_array_equal(artifact.first[1], [1, 2, 3])
    assert len(artifact.trainable_variables) == 2 and len(artifact.variables) == 3


def test_weights_in_bfloat16(tmp_path):
    """Plain bytes hold every dtype."""
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(2, dtype="bfloat16")])
    outputs = export(model, tmp_path / "m.jax").serve(X)
    assert outputs.dtype == "bfloat16"
    np.testing.assert_array_equal(np.asarray(outputs, "f"), np.asarray(model(X), "f"))


def test_wrong_inputs_are_refused(tmp_path):
    """The message names the endpoint and the shapes."""
    artifact = export(network(), tmp_path / "m.jax")
    with pytest.raises(ValueError, match=r"shape \(None, 4\).*received shape \(5, 3\)"):
        artifact.serve(X[:, :3])
    with pytest.raises(ValueError, match="takes arguments like"):
        artifact.serve(X, X)
    with pytest.raises(AttributeError, match="no 'predict'.*serve"):
        artifact.predict(X)


def test_wrong_use_of_an_archive_is_refused(tmp_path):
    """The types of Keras; a file that is there stays when writing fails."""
    archive = ExportArchive(format="jax")
    spec = [kerajax.InputSpec("float32", (None, 4))]
    with pytest.raises(ValueError, match="No endpoints"):
        archive.write_out(tmp_path / "m.jax")
    for message, call in (
        ("not yet been built", lambda: archive.track(layers.Dense(2))),
        ("Invalid resource type", lambda: archive.track("model")),
        ("needs an `input_signature`", lambda: archive.add_endpoint("serve", network().call)),
        ("shape and dtype", lambda: archive.add_endpoint("s", abs, [kerajax.InputSpec(ndim=2)])),
        ("Python name", lambda: archive.add_endpoint("a/b", abs, spec)),
        ("to be a list", lambda: archive.add_variable_collection("v", 3)),
        ("to be `keras.Variable`", lambda: archive.add_variable_collection("v", [3])),
        ("jax2tf_kwargs", lambda: archive.add_endpoint("s", abs, spec, jax2tf_kwargs={})),
        ("does not know the arguments", lambda: archive.add_endpoint("s", abs, spec, other=1)),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    archive.add_endpoint("serve", ops.abs, spec)
    with pytest.raises(ValueError, match="already taken"):
        archive.add_endpoint("serve", ops.abs, spec)
    (tmp_path / "m.jax").write_text("old")
    with pytest.raises(ValueError, match="belongs to the format"):
        archive.write_out(tmp_path / "m.jax", options=object())
    assert (tmp_path / "m.jax").read_text() == "old"
    with pytest.raises(ValueError, match="`format` must be one of"):
        ExportArchive(format="neptune")


def rewritten(path, change):
    """The artifact with members changed by `change(dict of their bytes)`."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)


def test_damaged_artifacts_are_refused(tmp_path):
    """A ValueError for whatever is not what was written, before anything runs."""
    path = tmp_path / "m.jax"

    def shape(members):
        metadata = json.loads(members["metadata.json"])
        metadata["variables"][0]["shape"] = [1 << 40]
        members["metadata.json"] = json.dumps(metadata).encode()

    def index(members):
        metadata = json.loads(members["metadata.json"])
        metadata["endpoints"]["serve"]["variables"][0] = 99
        members["metadata.json"] = json.dumps(metadata).encode()

    changes = (
        shape,
        index,
        lambda members: members.pop("variables/0"),
        lambda members: members.update({"metadata.json": b"{}"}),
        lambda members: members.update({"endpoints/serve": b"x" * 100}),
    )
    network().export(path, format="jax", verbose=False)
    whole = path.read_bytes()
    for change in changes:
        path.write_bytes(whole)
        rewritten(path, change)
        with pytest.raises(ValueError):
            load(path)
    path.write_bytes(whole[:200])
    with pytest.raises(ValueError, match="another kind of file, or damaged"):
        load(path)


@pytest.mark.parametrize("target", ["xla_ffi_python_cpu_callback", "cu", "my_library.run"])
def test_programs_that_call_other_code_are_refused(tmp_path, target):
    """Neither written, nor read from an artifact that was made by hand."""
    import jax

    shape = jax.ShapeDtypeStruct((2, 4), "float32")
    archive = ExportArchive(format="jax", platforms=("cpu",))
    spec = [kerajax.InputSpec("float32", (2, 4))]
    with pytest.raises(NotImplementedError, match="callback"):
        archive.add_endpoint("serve", lambda x: jax.pure_callback(abs, shape, x), spec)
    archive.add_endpoint("serve", ops.abs, spec)
    path = tmp_path / "m.jax"
    archive.write_out(path, verbose=False)
    load(path)
    allowed = [jax.export.DisabledSafetyCheck.custom_call(target)]
    spy = jax.jit(lambda values, inputs: ([jax.ffi.ffi_call(target, shape)(inputs[0])], []))
    program = jax.export.export(spy, platforms=("cpu",), disabled_checks=allowed)([], [shape])
    rewritten(path, lambda members: members.update({"endpoints/serve": bytes(program.serialize())}))
    with pytest.raises(ValueError, match=f"calls \\['{target}'\\], which is none"):
        load(path)


def test_linear_algebra_is_what_exported_programs_may_call(tmp_path):
    """LAPACK on a processor, the libraries of the vendors elsewhere."""
    path = tmp_path / "m.jax"
    archive = ExportArchive(format="jax")
    spec = [kerajax.InputSpec("float32", (3, 3))]
    archive.add_endpoint("serve", lambda x: ops.linalg.qr(ops.linalg.svd(x)[0])[1], spec)
    archive.write_out(path, verbose=False)
    x = np.random.default_rng(0).normal(size=(3, 3)).astype("float32")
    expected = np.linalg.qr(np.linalg.svd(x)[0])[1]
    np.testing.assert_allclose(np.abs(load(path).serve(x)), np.abs(expected), atol=1e-5)


def test_formats_that_are_not_written_name_another():
    """Keras' names of formats are told from slips."""
    model = network()
    for name in ("onnx", "openvino", "litert", "torch"):
        with pytest.raises(NotImplementedError, match=f"the format '{name}'. Instead"):
            model.export("nowhere", format=name)
    with pytest.raises(ValueError, match="Unrecognized format='onxn'"):
        model.export("nowhere", format="onxn")


@pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is not None, reason="TensorFlow is installed"
)
def test_saved_model_without_tensorflow_names_the_jax_format():
    """The default of Keras needs TensorFlow, and is not replaced silently."""
    with pytest.raises(ImportError, match="format='jax'"):
        network().export("nowhere")
