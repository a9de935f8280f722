"""Wrong calls, each with the exception type of the wheel: the table and what runs a row of it.

The table stands in `refused_calls.txt`. A line is `Type | call`, or `Type | setup ;; call` where
something has to be made first; lines that begin with `#` name what follows. The types were recorded
from Keras 3.15.1 on JAX with the same calls; `tests/wrong_input.py` compares with the wheel live.
"""

import builtins
import os
import pathlib
import traceback
import warnings
from typing import NamedTuple

import numpy as np

import kerajax
from kerajax import layers, optimizers

PACKAGE = str(pathlib.Path(kerajax.__file__).parent)


class Row(NamedTuple):
    """One wrong call.

    Attributes:
        kind: Name of an exception.
        setup: Statements that are right.
        call: The statement that is refused.
    """

    kind: str
    setup: str
    call: str

    @property
    def type(self):
        """The exception that the wheel raises."""
        return getattr(builtins, self.kind)


def table() -> list:
    """The rows of `refused_calls.txt`."""
    text = pathlib.Path(__file__).with_name("refused_calls.txt").read_text()
    rows = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            kind, code = line.split(" | ", 1)
            setup, _, call = code.rpartition(" ;; ")
            rows.append(Row(kind, setup.replace("\\n", "\n"), call.replace("\\n", "\n")))
    return rows


def names(folder) -> dict:
    """What the calls of the table can name."""
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(16, n)).astype("float32") for n in (3, 1))
    labels = (np.arange(16) % 3).astype("int32")
    return {
        "k": kerajax,
        "L": layers,
        "O": optimizers,
        "S": optimizers.schedules,
        "M": kerajax.metrics,
        "Lo": kerajax.losses,
        "CB": kerajax.callbacks,
        "I": kerajax.initializers,
        "R": kerajax.regularizers,
        "Co": kerajax.constraints,
        "Dn": kerajax.distribution,
        "ops": kerajax.ops,
        "KT": kerajax.KerasTensor,
        "np": np,
        "os": os,
        "X": x,
        "Y": y,
        "lab": labels,
        "C": np.eye(3, dtype="float32")[labels],
        "D": str(folder),
        "P": lambda *parts: os.path.join(folder, *parts),
        "one": one,
        "clf": clf,
        "two": two,
        "twol": twol,
        "gen": gen,
        "Sub": Sub,
        "PD": Batches,
    }


def one(loss="mse", **options):
    """A compiled model with one output."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile(optimizers.SGD(0.1, momentum=0.9), loss, **options)
    return model


def clf(loss="categorical_crossentropy", **options):
    """A compiled model with three classes."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", loss, **options)
    return model


def two(**options):
    """A compiled model with dicts of inputs and outputs."""
    inputs = kerajax.Input((3,), name="x")
    outputs = {
        "score": layers.Dense(1, name="score")(inputs),
        "kind": layers.Dense(3, activation="softmax", name="kind")(inputs),
    }
    model = kerajax.Model({"x": inputs}, outputs)
    losses = {"score": "mse", "kind": "categorical_crossentropy"}
    model.compile("sgd", **{"loss": losses, **options})
    return model


def twol(**options):
    """A compiled model with lists of inputs and outputs."""
    a, b = kerajax.Input((3,), name="a"), kerajax.Input((2,), name="b")
    both = layers.concatenate([a, b])
    outputs = [layers.Dense(1, name="u")(both), layers.Dense(2, name="v")(both)]
    model = kerajax.Model([a, b], outputs)
    model.compile("sgd", **{"loss": "mse", **options})
    return model


def gen(*batches):
    """A generator of these batches."""
    yield from batches


class Sub(kerajax.Model):
    """A subclassed model."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)


class Batches(kerajax.utils.PyDataset):
    """Batches by index, of a length that need not be theirs."""

    def __init__(self, items, count=None, **options):
        super().__init__(**options)
        self.items, self.count = items, count

    def __len__(self):
        return len(self.items) if self.count is None else self.count

    def __getitem__(self, i):
        return self.items[i]


def error_of(row, folder):
    """The exception of a row's call, and what it changed (a list of names, empty as it should be).

    Weights, layers, state of optimizers, variables, arrays and files are looked at.
    """
    space = names(folder)
    known = set(space)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(row.setup, space)
        before = _states(space, known, folder)
        try:
            exec(row.call, space)
        except Exception as error:  # noqa: BLE001  (its type is compared)
            after = _states(space, before, folder, chosen=True)
            return error, [name for name in before if before[name] != after[name]]
    return None, []


def says_who(error) -> bool:
    """Whether an error comes from kerajax itself, or has a note of it, or names an argument.

    Python's own errors of calls with other arguments than a function has name the function.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1]
    notes = getattr(error, "__notes__", ())
    return (
        frame.filename.startswith(PACKAGE)
        or any(note.startswith("Raised ") for note in notes)
        or "argument" in str(error)
    )


def _states(space, names, folder, chosen=False):
    picked = names if chosen else [name for name in space if name not in names]
    states = {name: _state(space.get(name)) for name in picked if name != "files"}
    states["files"] = {str(p): p.is_file() and p.read_bytes() for p in folder.rglob("*")}
    return states


def _state(value):
    if isinstance(value, layers.Layer):
        inner = [id(layer) for layer in value._flatten_layers()]
        optimizer = getattr(value, "optimizer", None)
        return value.trainable, inner, list(map(_state, value.weights)), _state(optimizer)
    if isinstance(value, optimizers.Optimizer):
        return int(value.iterations.value), _state(value.learning_rate)
    if isinstance(value, kerajax.metrics.Metric):
        return [_state(v) for v in value.variables]
    if isinstance(value, kerajax.Variable):
        return value.name, value.numpy().tobytes()
    return value.tobytes() if isinstance(value, np.ndarray) else None
