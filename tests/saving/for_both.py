"""Whole models in `.h5` that Keras 2 and Keras 3 are to read: the table, and who reads what.

`python -m tests.saving.for_both [WORD ...]` writes them with kerajax (those whose names hold one of
the words, or all), has every Keras at hand read them in a process of its own (`keras_reads.py`),
and prints what differs. That of TensorFlow 2.15 is run by the Python that the environment variable
`KERAS2_PYTHON` names.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

import kerajax
from kerajax import layers, losses, metrics, optimizers
from tests.layers.table import ROWS
from tests.saving.samples import MODELS, inputs_for, outputs_of, stir

_READER = Path(__file__).with_name("keras_reads.py")
# Layers that Keras 2 does not have, or that change their inputs at random even without training.
_NOT_TRIED = re.compile(
    "Rand|Solar|.*Mix$|JaxL|FlaxL|Lambda|RMSN|Group|Adaptive|STFT|Mel|Pipel|Spectral|Equal|"
    "Contrast|AutoCon|MaxNum|Reversible|MultiHead"
)
# What only Keras 3 reads, by the beginnings of names, and why.
ONLY_KERAS3 = {
    "operations": "operations that are no layers",
    "attention": "a call with several tensors that are not one list",
    "states": "a call with several tensors that are not one list",
    "ZeroPadding1D(padding=(1,2),data_format=channels_first)": "a setting that is new",
    "Resizing(height=3,width=8,interpolation=bicubic,data_format": "a setting that is new",
    "ConvLSTM": "a seed, which the layers of these rows have, is new",
    "Discretization(bin_boundaries=[-0.5,0.0,0.7],output_mode=one_hot": "a rank that is new",
    "CategoryEncoding(num_tokens=5,output_mode=one_hot": "a rank that is new",
    "train: adamw": "no optimizer that Keras 2 reads from files",
    "train: lion": "no optimizer that Keras 2 reads from files",
    "train: nadam": "takes other steps",
    "train: ema": "a setting that is new",
}


def _attention():
    x = kerajax.Input((5, 4))
    return kerajax.Model(x, layers.MultiHeadAttention(2, 3)(x, x))


def _states():
    x, h = kerajax.Input((5, 4)), kerajax.Input((3,))
    return kerajax.Model([x, h], layers.GRU(3)(x, initial_state=h))


def _shared():
    """A layer shared by inputs and called with a keyword, and a nested model used thrice."""
    a, b = kerajax.Input((4,)), kerajax.Input((4,))
    i = kerajax.Input((3,))
    inner = kerajax.Model(i, [layers.Dense(2)(i), layers.Dense(3)(i)])
    dense, norm = layers.Dense(3), layers.BatchNormalization()
    x, y = norm(dense(a), training=False), norm(dense(b))
    p, q = inner(x)
    r, s = inner(q)
    t, _ = inner(layers.Average()([y, s]))
    return kerajax.Model([a, b], [layers.Concatenate()([p, t]), r])


def _mixed():
    policy = {"dtype": "mixed_bfloat16"}
    stack = [layers.Dense(8, **policy), layers.Dense(2, dtype="float32")]
    return kerajax.Sequential([kerajax.Input((4,)), *stack])


_GRAPHS = {**{name: lambda f=f: f(kerajax) for name, f in MODELS.items()}}
_GRAPHS |= {"attention": _attention, "states": _states, "shared": _shared, "mixed": _mixed}

_LATER = optimizers.schedules
_OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.01),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True, global_clipnorm=0.1),
    # Keras 2 adds epsilon to the root, not under it: small, it does not matter.
    "rmsprop": lambda: optimizers.RMSprop(0.01, epsilon=1e-12),
    "centered": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: optimizers.Adagrad(0.1),
    "adadelta": lambda: optimizers.Adadelta(0.5),
    "adamax": lambda: optimizers.Adamax(0.01, clipnorm=0.1),
    "ftrl": lambda: optimizers.Ftrl(0.1),
    "schedule": lambda: optimizers.Adam(_LATER.ExponentialDecay(0.1, 2, 0.5)),
    "cosine": lambda: optimizers.SGD(_LATER.CosineDecay(0.1, 20), momentum=0.5),
    "adamw": lambda: optimizers.AdamW(0.01),
    "lion": lambda: optimizers.Lion(0.01),
    "nadam": lambda: optimizers.Nadam(0.01),
    "ema": lambda: optimizers.Adam(0.01, use_ema=True),
}
_COMPILED = {
    "classes": {
        "loss": lambda: losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        "metrics": lambda: [metrics.CategoricalAccuracy(name="a"), metrics.AUC(), "accuracy"],
    },
    "numbers": {
        "loss": lambda: losses.SparseCategoricalCrossentropy(from_logits=True),
        "metrics": lambda: ["accuracy", metrics.SparseTopKCategoricalAccuracy(1)],
    },
    "huber": {
        "loss": lambda: [losses.Huber(0.5)],
        "loss_weights": lambda: [0.5],
        "metrics": lambda: [["mae", metrics.RootMeanSquaredError()]],
    },
    "strings": {"loss": lambda: "mse", "metrics": lambda: ["mae"]},
}


def _compiled(optimizer, options):
    hidden, head = layers.Dense(3, activation="tanh"), layers.Dense(2)
    norm = layers.BatchNormalization(trainable=False)
    model = kerajax.Sequential([kerajax.Input((4,)), hidden, norm, head])
    model.compile(optimizer, **{key: make() for key, make in options.items()})
    return model


def _trained(name):
    if name in _OPTIMIZERS:
        return _compiled(_OPTIMIZERS[name](), _COMPILED["strings"])
    return _compiled("adam", _COMPILED[name])


def _layer(row):
    x = row.symbolic(kerajax)
    return kerajax.Model(x, row.run(row.make(kerajax), x))


def table():
    """Names, and functions that write a model to a path."""
    for name, make in _GRAPHS.items():
        yield name, partial(_write, make, None)
    for row in ROWS:
        if not (row.spread or row.states or _NOT_TRIED.match(row.layer)):
            yield row.id, partial(_write, partial(_layer, row), row)
    for name in [*_OPTIMIZERS, *_COMPILED]:
        yield f"train: {name}", partial(_write_trained, name)


def _write(make, row, path, rng):
    model = stir(make(), rng)
    x = row.inputs() if row else inputs_for(model, rng)
    model.save(path)
    _write_arrays(path, x, outputs_of(model, x), {})


def _write_trained(name, path, rng):
    model = _trained(name)
    x = rng.normal(size=(8, 4)).astype("float32")
    t = {
        "classes": np.eye(2, dtype="float32")[rng.integers(0, 2, 8)],
        "numbers": rng.integers(0, 2, 8).astype("int32"),
    }.get(name, rng.normal(size=(8, 2)).astype("float32"))
    for _ in range(3):
        model.train_on_batch(x, t)
    model.save(path)
    y = outputs_of(model, x)
    model.train_on_batch(x, t)
    after = {f"w{i}": weight for i, weight in enumerate(model.get_weights())}
    _write_arrays(path, x, y, {"t0": t, "count": 3, **after})


def _write_arrays(path, x, y, more):
    x = list(x.values()) if isinstance(x, dict) else x if isinstance(x, list) else [x]
    arrays = {f"x{i}": a for i, a in enumerate(x)} | {f"y{i}": a for i, a in enumerate(y)}
    np.savez(path.with_suffix(".npz"), **arrays, **more)


def write_all(folder, chosen=lambda name: True):
    """Writes all models into a folder, under numbers; returns their names in order."""
    rng = np.random.default_rng(0)
    rows = [(name, write) for name, write in table() if chosen(name)]
    for i, (_, write) in enumerate(rows):
        write(Path(folder) / f"{i:03d}.h5", rng)
    return [name for name, _ in rows]


def read_all(folder, names, python):
    """What a Keras finds wrong, by names of models."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [python, _READER, folder],
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        check=False,
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    if len(results) != len(names):
        raise RuntimeError(f"{python} ended after {len(results)} files:\n{done.stderr[-3000:]}")
    return {names[int(r["name"])]: r["error"] for r in results if r["error"]}


def keras2_python():
    """The Python of TensorFlow 2.15, or None."""
    path = os.environ.get("KERAS2_PYTHON", "/root/venv215/bin/python")
    return path if os.access(path, os.X_OK) else None


def expected(name):
    """Whether Keras 2 is to read a model."""
    return not name.startswith(tuple(ONLY_KERAS3))


def main():
    """Prints who reads how many, and what differs."""
    with tempfile.TemporaryDirectory() as folder:
        words = sys.argv[1:] or [""]
        names = write_all(folder, lambda name: any(word in name for word in words))
        keras2 = [name for name in names if expected(name)]
        for python, tried in ((keras2_python(), keras2), (sys.executable, names)):
            if python:
                wrong = read_all(folder, names, python)
                wrong = {name: error for name, error in wrong.items() if name in tried}
                print(f"{python}: {len(tried) - len(wrong)} of {len(tried)}")
                for name, error in wrong.items():
                    print(f"  {name}: {error}")


if __name__ == "__main__":
    main()
