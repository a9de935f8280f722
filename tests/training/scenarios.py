"""Random valid trainings, each of which runs the same way here and in the Keras wheel.

A scenario is a model, what it is compiled with, data, callbacks, and a few calls such as `fit` and
`evaluate`. Everything in it is decided by `Draw`: a decision depends on the seed and on its own
name alone, so any can be replaced while all others stay. `run` writes down what a package did:
results, logs of every hook, exceptions, and weights at the end.

`python -m tests.training.scenarios FIRST LAST` runs a range of seeds in both packages and prints
what differs; with `--small`, also the fewest decisions that show it.
"""

import os

# Before JAX or Keras is first imported.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"

import functools
import sys
import traceback
import warnings
import zlib

import keras
import numpy as np

import kerajax
from tests.training.scenario_data import callbacks, data_of, source
from tests.training.scenario_models import compiled_with, model_of


class Draw:
    """Decisions, by name. The first choice of each is the plainest.

    Args:
        seed: Int.
        fixed: Dict of names to the numbers of choices that are to be taken.

    Attributes:
        drawn: Dict of names to the numbers of the choices taken.
        values: Dict of names to these choices.
    """

    def __init__(self, seed, fixed=()):
        self.seed = seed
        self.fixed = dict(fixed)
        self.drawn = {}
        self.values = {}

    def __call__(self, name, *choices):
        """One of the choices; that which was taken before where this has been decided."""
        if name not in self.drawn:
            number = self.fixed.get(name)
            if number is None or number >= len(choices):
                number = int(self.rng(name).integers(len(choices)))
            self.drawn[name] = number
            self.values[name] = choices[number]
        return self.values[name]

    def rng(self, name):
        """A numpy Generator that depends on the seed and the name."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


def run(package, draw):
    """What a package does in a scenario: a list of `(what, value)`."""
    record = []
    package.utils.clear_session()
    package.utils.set_random_seed(draw.seed)
    outer = package.config.dtype_policy()
    policy = draw("policy", *["float32"] * 6, "mixed_bfloat16", "mixed_float16")
    package.config.set_dtype_policy(policy)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            _run(package, draw, record)
    finally:
        package.config.set_dtype_policy(outer)
    return record


def _run(package, draw, record):
    model = model_of(package, draw)
    x, targets = data_of(draw, "data")
    model(_first(x, 2))
    rng = draw.rng("weights")
    # Those that are not trained are variances, counters and seeds.
    for v in model.trainable_variables:
        v.assign(rng.normal(size=v.shape).astype("float32") * 0.4)
    model.compile(**compiled_with(package, draw, "compile"))
    for i in range(draw("calls", 2, 3, 4)):
        name = draw(f"call {i}", "fit", "fit", *_CALLS)
        try:
            record.append((f"{i}: {name}", _CALLS[name](package, draw, model, record, str(i))))
        except Exception as error:  # noqa: BLE001 - compared with what the other package raises
            # What it leaves behind is another matter: variables of Keras then have no values.
            record.append((f"{i}: {name}", error))
            return
    record.append(("metrics_names", list(model.metrics_names)))
    record.append(("metrics", [m.name for m in model.metrics]))
    record.append(("iterations", int(model.optimizer.iterations)))
    record.append(("rate", float(np.asarray(model.optimizer.learning_rate))))
    record.append(("weights", [np.asarray(v, "float32") for v in model.trainable_variables]))
    state = [v for v in model.non_trainable_variables if "seed" not in v.path]
    record.append(("state", [np.asarray(v, "float32") for v in state]))


def _first(x, count):
    if isinstance(x, dict):
        return {name: _first(part, count) for name, part in x.items()}
    return [_first(part, count) for part in x] if isinstance(x, list) else x[:count]


def _fit(package, draw, model, record, i):
    """Keyword arguments from all that `fit` takes."""
    epochs = draw(f"epochs {i}", 1, 2, 3)
    arguments = {"epochs": epochs, "verbose": 0, "shuffle": False}
    arguments |= source(package, draw, f"data {i}", training=True, epochs=epochs)
    arrays = "y" in arguments
    held_out = draw(f"held out {i}", None, "split", "data", "data", "generator")
    if held_out == "split" and arrays:
        arguments["validation_split"] = draw(f"fraction {i}", 0.25, 0.4)
    elif held_out == "data":
        given = source(package, draw, f"held out data {i}", forms=("arrays", "jax"))
        pair = given["x"], given["y"]
        weights = given.get("sample_weight")
        arguments["validation_data"] = pair if weights is None else (*pair, weights)
        arguments["validation_batch_size"] = draw(f"held out batch {i}", None, 5, 64)
        arguments["validation_steps"] = _steps(draw, i)
    elif held_out == "generator":
        given = source(package, draw, f"held out data {i}", forms=("PyDataset",))
        arguments["validation_data"] = given["x"]
        arguments["validation_steps"] = _steps(draw, i)
    if held_out:
        arguments["validation_freq"] = draw(f"frequency {i}", 1, 1, 2, [1, 3])
    if draw(f"late {i}", False, False, False, True):
        arguments["initial_epoch"] = draw(f"initial epoch {i}", 0, 1)
    arguments["callbacks"] = callbacks(package, draw, i, record)
    history = model.fit(**arguments)
    return {"epoch": history.epoch, "history": history.history, "params": history.params}


def _steps(draw, i):
    steps = draw(f"held out steps {i}", None, None, 1, 2)
    return None if draw("how") == "joined" else steps


def _evaluate(package, draw, model, record, i):
    arguments = source(package, draw, f"data {i}")
    if "steps_per_epoch" in arguments:
        arguments["steps"] = arguments.pop("steps_per_epoch")
    arguments["callbacks"] = callbacks(package, draw, i, record, hooks_only=True)
    return_dict = draw(f"return_dict {i}", False, True)
    return model.evaluate(**arguments, verbose=0, return_dict=return_dict)


def _predict(package, draw, model, record, i):
    arguments = source(package, draw, f"data {i}", targets=False)
    if "steps_per_epoch" in arguments:
        arguments["steps"] = arguments.pop("steps_per_epoch")
    arguments["callbacks"] = callbacks(package, draw, i, record, hooks_only=True)
    return model.predict(**arguments, verbose=0)


def _on_batch(method, package, draw, model, record, i):
    arguments = source(package, draw, f"data {i}", training=method[:2] == "tr", forms=("arrays",))
    arguments.pop("batch_size")
    if draw(f"return_dict {i}", False, True):
        arguments["return_dict"] = True
    return [getattr(model, method)(**arguments) for _ in range(draw(f"times {i}", 1, 2))]


def _predict_on_batch(package, draw, model, record, i):
    x, _ = data_of(draw, f"data {i}")
    return model.predict_on_batch(x)


def _compile(package, draw, model, record, i):
    """Compiles again, perhaps with other layers frozen."""
    if draw(f"freeze {i}", False, True):
        layer = model.layers[draw(f"frozen {i}", -1, 1)]
        layer.trainable = not layer.trainable
    model.compile(**compiled_with(package, draw, f"compile {i}"))


def _change(package, draw, model, record, i):
    """What scripts do between two calls."""
    change = draw(f"change {i}", "rate", "weights", "reset", "result", "save")
    if change == "rate":
        model.optimizer.learning_rate = 0.005
    elif change == "weights":
        model.set_weights([0.5 * np.asarray(w) for w in model.get_weights()])
    elif change == "reset":
        model.reset_metrics()
        return {m.name: m.result() for m in model.metrics if m.name == "loss"}
    elif change == "result":
        return {name: float(np.max(v)) for name, v in model.get_metrics_result().items()}
    return None


_CALLS = {
    "evaluate": _evaluate,
    "predict": _predict,
    "train_on_batch": functools.partial(_on_batch, "train_on_batch"),
    "test_on_batch": functools.partial(_on_batch, "test_on_batch"),
    "predict_on_batch": _predict_on_batch,
    "compile": _compile,
    "change": _change,
    "fit": _fit,
}


def differences(ours, theirs, half=False):
    """Lines that say where two records differ."""
    found = []
    for (what, here), (wanted, there) in zip(ours, theirs, strict=False):
        if what != wanted:
            return [*found, f"{what!r}: {here!r:.300}\n    expected {wanted!r}: {there!r:.300}"]
        found += _compare(what, here, there, half)
    if len(ours) != len(theirs):
        found.append(f"{len(ours)} events, expected {len(theirs)}")
    return found


def _compare(what, here, there, half):
    if isinstance(here, Exception) or isinstance(there, Exception):
        if type(here) is type(there):
            return []
        return [f"{what}: {here!r:.400}\n    expected {there!r:.400}"]
    if isinstance(there, dict):
        # The order of logs differs on purpose.
        if not isinstance(here, dict) or set(here) != set(there):
            return [f"{what}: {_keys(here)}\n    expected {_keys(there)}"]
        pairs = [(f"{what}/{k}", here[k], there[k]) for k in there]
    elif isinstance(there, (list, tuple)):
        if type(here) is not type(there) or len(here) != len(there):
            return [f"{what}: {here!r:.300}\n    expected {there!r:.300}"]
        pairs = [(f"{what}[{i}]", *pair) for i, pair in enumerate(zip(here, there, strict=True))]
    else:
        return _compare_leaf(what, here, there, half)
    return [line for pair in pairs for line in _compare(*pair, half)]


def _compare_leaf(what, here, there, half):
    if type(here).__name__ != type(there).__name__:
        return [f"{what}: {type(here)} {here!r:.100}\n    expected {type(there)} {there!r:.100}"]
    if there is None or isinstance(there, (str, bool, int)):
        return [] if here == there else [f"{what}: {here!r}\n    expected {there!r}"]
    a, b = np.asarray(here), np.asarray(there)
    if a.shape != b.shape or a.dtype != b.dtype:
        return [f"{what}: {a.dtype}{a.shape}\n    expected {b.dtype}{b.shape}"]
    a, b = a.astype("float32"), b.astype("float32")
    tolerance = (8e-2, 8e-2) if half else (2e-3, 2e-4)
    if np.allclose(a, b, *tolerance, equal_nan=True):
        return []
    return [f"{what}: {np.ravel(a)[:4]}\n    expected {np.ravel(b)[:4]}"]


def _keys(value):
    return list(value) if isinstance(value, dict) else f"{type(value).__name__} {value!r:.200}"


def compared(seed, fixed=()):
    """`(draw, lines)`: the decisions of a scenario and what differs in it."""
    records = []
    for package in (kerajax, keras):
        draw = Draw(seed, fixed)
        records.append(run(package, draw))
    half = draw.drawn["policy"] > 5
    return draw, differences(*records, half)


def shown(draw) -> list:
    """The decisions, one in a line."""
    values = draw.values.items()
    return [f"{k} = {v.__qualname__ if callable(v) else v!r} ({draw.drawn[k]})" for k, v in values]


def smallest(seed, fixed=()):
    """The decisions that are not the plainest and that are needed to see a difference."""
    draw, lines = compared(seed, fixed)
    if not lines:
        return {}, lines
    fixed = dict(draw.drawn)
    for name in list(fixed):
        if fixed.get(name):
            tried = {**fixed, name: 0}
            try:
                draw, less = compared(seed, tried)
            except Exception:  # noqa: BLE001 - such a scenario is not valid
                continue
            if less:
                fixed, lines = dict(draw.drawn), less
    return {name: number for name, number in fixed.items() if number}, lines


def main():
    """Runs a range of seeds."""
    first, last = map(int, sys.argv[1:3])
    for seed in range(first, last):
        try:
            _, lines = compared(seed)
            needed = {}
            if lines and "--small" in sys.argv:
                needed, lines = smallest(seed)
        except Exception as error:  # noqa: BLE001
            lines, needed = [f"INVALID {error!r}", traceback.format_exc()[-1500:]], {}
        print(seed, "ok" if not lines else "DIFFERS", needed or "", flush=True)
        for line in lines[:6]:
            print("   ", line, flush=True)


if __name__ == "__main__":
    main()
