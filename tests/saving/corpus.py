"""Files that real Keras versions wrote, run one by one: what loads, and with whose numbers.

Beside each file lie what its Keras predicted, and the weights after one more training step. Run as
a script, `python -m tests.saving.corpus [WORD ...]` prints a table of versions and kinds of files;
words choose entries by parts of their names.
"""

import dataclasses
import json
import sys
import time
import types
import warnings
from pathlib import Path

import numpy as np

import kerajax
from kerajax.legacy import _backend
from kerajax.saving import load_model, model_from_json
from kerajax.saving.build import load_legacy_weights
from kerajax.saving.read import open_model_file

COLLECTION = Path(__file__).parents[3] / "shared" / "saved_models"
# Reduced precision: the sums of float16 are rounded in another order.
_LOOSE = 1e-2
# TensorFlow's bicubic resampling takes its weights from a table of 1,024 places between pixels.
_ROUNDED = {"keras-3.15.1-tensorflow__preprocess_image": 5e-5}
# The step after these is not compared: it depends on what the file does not hold.
UNDETERMINED = {
    "keras-2.0.8-tf__stateful": "the states of its layers at that time were not recorded",
    "keras-2.0.8-th__stateful": "the states of its layers at that time were not recorded",
    "tfkeras-2.13__add_loss": "Nadam multiplied its product once for each weight, and read it "
    "meanwhile: weights 3 and 4 are as for powers 3 and 4, within the first they differ",
}
# The evaluation of these is not compared.
EVALUATED_OTHERWISE = {
    "keras-1.0.8-th__lstm": "Keras 1.0 left weight regularizers out of evaluations",
    "keras-1.2.2-tf__reshape": "Keras 1 did not divide activity regularizers by the batch size",
    "keras-2.2.4-th__regularizers_metrics": "nor did Keras 2 without TensorFlow's",
    "keras-2.2.4-cntk__mlp_bn": "nor did CNTK's",
    "keras-3.0.5-jax__lstm": "Keras 3.0 on JAX counted weight regularizers twice",
}
_NOISE = "the gradient of what BatchNormalization takes off again is rounding noise"
_TIES = "Theano gave the gradient of a maximum to each of the places that are tied"
_UNBIASED = "Theano averaged unbiased variances"
_CNTK = "CNTK averages the statistics of BatchNormalization differently"
# Weights, by the ends of their paths, that are not compared after a step, and why; all others are.
UNDETERMINED_WEIGHTS = {
    "keras-1.2.2-tf__nested": (("shared/bias", "dense_2/bias"), _NOISE),
    # The updates of the second call of a shared layer were lost as well.
    "keras-1.2.2-th__nested": (
        ("shared/bias", "dense_49/bias", "12/moving_mean", "12/moving_variance"),
        _NOISE,
    ),
    "keras-1.2.2-th__cnn2d": (
        ("convolution2d_2/kernel", "convolution2d_2/bias", "11/gamma", "11/beta"),
        _TIES,
    ),
    "keras-2.2.4-th__opt_01": (("moving_variance",), _UNBIASED),
    "keras-2.2.4-th__opt_05": (("moving_variance",), _UNBIASED),
    "keras-2.2.4-cntk__opt_01": (("moving_mean", "moving_variance"), _CNTK),
    "keras-2.2.4-cntk__shared_nested": (("moving_mean", "moving_variance"), _CNTK),
    "keras-3.15.1-jax__frozen": (("batch_normalization/beta", "dense/bias"), _NOISE),
}
# JAX 0.4 compiled roundings away: what is recorded is what the model computes without them.
WITHOUT_ROUNDING = frozenset(["keras-3.6.0-jax__quant_float8"])
# TensorFlow 1 ran the count of steps before the update that reads it, in some graphs.
COUNTED_FIRST = frozenset(
    "keras-1.2.2-tf__activations keras-1.2.2-tf__cnn2d keras-1.2.2-tf__convlstm "
    "keras-1.2.2-tf__lstm_gpu keras-1.2.2-tf__opt_adamax keras-1.2.2-tf__opt_nadam "
    "keras-1.2.2-tf__seq_merge keras-1.2.2-tf__stateful keras-2.2.4-tf__custom "
    "keras-2.2.4-tf__opt_08".split()
)
# What the user gives for bytecode that this Python cannot read, by the name of the layer.
GIVEN = {"keras-2.2.4-tf__lambda": {"lambda_1": lambda x: x * 2.0 + 1.0}}


@dataclasses.dataclass
class Result:
    """How one entry went.

    Args:
        outputs: Bool, or None if the file did not load. Whether the predictions are the recorded.
        step: Bool, or None if no step is compared.
        reason: String. Why something is not as recorded.
        seconds: Float.
    """

    outputs: bool | None
    step: bool | None
    reason: str = ""
    seconds: float = 0.0


def entries():
    """The entries of the collection by name; none where it is not on this machine."""
    manifest = COLLECTION / "manifest.json"
    if not manifest.exists():
        return {}
    return {entry["id"]: entry for entry in json.loads(manifest.read_text())["entries"]}


def run(entry, folder=COLLECTION):
    """Loads an entry and compares what it computes with what is recorded."""
    start = time.perf_counter()
    recorded = arrays_of(folder / entry["npz"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = load(entry, recorded, folder)
            if entry["id"] in WITHOUT_ROUNDING:
                model = without_rounding(model)
        except Exception as error:  # whatever it is, it is what the table shows
            return _result(None, None, error, start)
        try:
            compare_predictions(model, recorded, tolerance(entry))
            if entry["id"] not in EVALUATED_OTHERWISE:
                compare_evaluation(model, recorded, tolerance(entry))
        except Exception as error:
            return _result(False, None, error, start)
        if not has_step(entry, model):
            return _result(True, None, "", start)
        try:
            compare_step(model, recorded, entry, folder)
        except Exception as error:
            return _result(True, False, error, start)
    return _result(True, True, "", start)


def _result(outputs, step, error, start):
    reason = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else error
    return Result(outputs, step, " ".join(reason.split()), time.perf_counter() - start)


def tolerance(entry):
    """How far predictions may be from the recorded ones."""
    loose = any("loose tolerance" in note for note in entry.get("notes") or ())
    if entry["id"] in _ROUNDED:
        return _ROUNDED[entry["id"]]
    return _LOOSE if loose else 1e-5


def has_step(entry, model):
    """Whether a further training step was recorded that the file determines."""
    return bool(entry.get("next_w")) and model.compiled and entry["id"] not in UNDETERMINED


def load(entry, recorded, folder=COLLECTION):
    """The model of an entry, built from its architecture or its classes where weights are alone."""
    custom = custom_objects(entry.get("custom_objects") or {}) | GIVEN.get(entry["id"], {})
    path = folder / entry["file"]
    if entry["kind"] in ("full_h5", "keras_v3"):
        return load_model(path, custom, safe_mode=not entry.get("lambda"))
    if "architecture" in entry:
        model = model_from_json((folder / entry["architecture"]).read_text(), custom)
    else:
        model = custom["Net"]()
        model(_numbered(recorded, "x"))
    model.load_weights(path)
    return model


def without_rounding(model):
    """A quantized model as one that computes with its kernels as they are."""
    plain = kerajax.models.clone_model(model, clone_function=_plain)
    values = {weight.path: weight for weight in model.weights}
    for weight in plain.weights:
        weight.assign(values[weight.path])
    return plain


def _plain(layer):
    return type(layer).from_config(layer.get_config() | {"dtype": "float32"})


def custom_objects(sources):
    """The objects that the sources in the manifest define."""
    ops = kerajax.ops
    tensorflow = types.SimpleNamespace(
        concat=ops.concatenate, reduce_mean=ops.mean, Variable=kerajax.Variable
    )
    names = {
        "keras": kerajax,
        "K": _backend,
        "L": kerajax.layers,
        "ops": ops,
        "np": np,
        "tf": tensorflow,
    }
    for source in sources.values():
        exec(source, names)  # noqa: S102  (our own collection)
    return {name: names[name] for name in sources}


def arrays_of(path):
    """The recorded arrays of an entry by name."""
    with np.load(path) as file:
        return dict(file)


def _numbered(recorded, letter):
    names = [k for k in recorded if k[0] == letter and k[1:].isdecimal()]
    arrays = [recorded[k] for k in sorted(names, key=lambda k: int(k[1:]))]
    return arrays[0] if len(arrays) == 1 else arrays


def _inputs(model, recorded):
    x = _numbered(recorded, "x")
    if isinstance(getattr(model, "input", None), dict):
        return dict(zip(sorted(model.input), x, strict=True))
    return x


def compare_saved_again(model, entry, recorded, path):
    """Raises AssertionError if a model computes otherwise after being saved and loaded."""
    expected = _predictions(model, recorded)
    model.save(path)
    custom = custom_objects(entry.get("custom_objects") or {}) | GIVEN.get(entry["id"], {})
    found = _predictions(load_model(path, custom, safe_mode=False), recorded)
    for y, output in zip(expected, found, strict=True):
        np.testing.assert_allclose(output, y, atol=1e-6, rtol=1e-6)


def _predictions(model, recorded):
    """Outputs from the states at the start, a list."""
    _reset_states(model)
    return kerajax.tree.flatten(model.predict_on_batch(_inputs(model, recorded)))


def _reset_states(model):
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def compare_predictions(model, recorded, tolerance=1e-5):
    """Raises AssertionError if the model predicts something else than is recorded."""
    expected = _numbered(recorded, "y")
    expected = expected if isinstance(expected, list) else [expected]
    outputs = kerajax.tree.flatten(model.predict_on_batch(_inputs(model, recorded)))
    for y, output in zip(expected, outputs, strict=True):
        np.testing.assert_allclose(output, y, atol=tolerance, rtol=tolerance)


def compare_evaluation(model, recorded, tolerance=1e-5):
    """Raises AssertionError if loss and metrics are not the recorded ones, where there are any."""
    if "eval" in recorded and model.compiled:
        _reset_states(model)
        found = model.test_on_batch(_inputs(model, recorded), _numbered(recorded, "t"))
        np.testing.assert_allclose(
            np.ravel(found), np.ravel(recorded["eval"]), atol=tolerance, rtol=10 * tolerance
        )


def compare_step(model, recorded, entry, folder=COLLECTION):
    """Raises AssertionError if a training step does not lead to the recorded weights."""
    _reset_states(model)
    if entry["id"] in COUNTED_FIRST:
        model.optimizer.iterations.assign(int(model.optimizer.iterations) + 1)
    model.train_on_batch(_inputs(model, recorded), _numbered(recorded, "t"))
    found = [(weight.path, weight.numpy()) for weight in model.weights]
    expected = [recorded[f"next_w_{i}"] for i in range(len(entry["next_w"]))]
    if entry.get("env", "").startswith(("keras-1", "keras-2")):
        found, expected = _as_in_file(model, expected, folder / entry["file"])
    ignored = entry.get("next_w_ignore") or ()
    ends, _ = UNDETERMINED_WEIGHTS.get(entry["id"], ((), None))
    for i, ((path, value), other) in enumerate(zip(found, expected, strict=True)):
        if i not in ignored and not path.endswith(ends):
            np.testing.assert_allclose(value, other, atol=1e-4, rtol=1e-4, err_msg=path)


def _as_in_file(model, expected, path):
    """Weights in the order of the file; and the expected ones in the layout of today.

    Stand-alone Keras recorded them in the layouts of its files, so they are read as a file is.
    """
    weights = [w for x in model.layers for w in x.trainable_weights + x.non_trainable_weights]
    found = [(weight.path, weight.numpy()) for weight in weights]
    arrays = iter(expected)
    with open_model_file(path) as record:
        layers = tuple(
            dataclasses.replace(
                layer, weights=tuple([(name, _Array(next(arrays))) for name, _ in layer.weights])
            )
            for layer in record.layers
        )
        load_legacy_weights(model, dataclasses.replace(record, layers=layers), own_file=True)
    return found, [weight.numpy() for weight in weights]


class _Array:
    """A recorded array where a file has a `LazyArray`."""

    def __init__(self, value):
        self.value, self.shape, self.dtype = value, value.shape, str(value.dtype)

    def read(self):
        return self.value


def table(results):
    """Lines that say, for each version and kind of file, how many entries agree."""
    rows = {}
    for entry, result in results:
        row = rows.setdefault((entry["env"], entry["kind"]), [0, 0, 0, 0])
        row[0] += 1
        row[1] += result.outputs is True
        row[2] += result.step is not None
        row[3] += result.step is True
    yield f"{'version and backend':26}{'kind':16}{'outputs':>10}{'next step':>12}"
    for (env, kind), (count, outputs, steps, good) in sorted(rows.items()):
        yield f"{env:26}{kind:16}{outputs:>6}/{count:<3}{good:>8}/{steps:<3}"
    total = [sum(row[i] for row in rows.values()) for i in range(4)]
    yield f"{'':26}{'all':16}{total[1]:>6}/{total[0]:<3}{total[3]:>8}/{total[2]:<3}"


def _short(reason):
    """The start of a message and its end, where the innermost cause is."""
    return reason if len(reason) <= 400 else f"{reason[:120]} ... {reason[-280:]}"


def main(words):
    """Prints what does not agree, then the table."""
    results = []
    for name, entry in entries().items():
        if words and not any(word in name for word in words):
            continue
        result = run(entry)
        results.append((entry, result))
        if not result.outputs or result.step is False:
            what = "load" if result.outputs is None else "step" if result.outputs else "outputs"
            print(f"{name} [{what}] {_short(result.reason)}", flush=True)
    print(*table(results), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
