"""How far layers, losses and metrics are from those of the Keras wheel, over the tables of tests.

`python -m tests.layers.deviations` prints, for each family, the number of rows and the worst
deviation of outputs (with states and added losses) and of gradients: absolute, and relative to the
largest number of the array. Names of families, such as `layers/rnn`, may follow; then only these
run.
"""

import os
import sys

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"

import warnings
from collections import defaultdict

import jax
import keras
import numpy as np

from tests.layers.checks import takes_training
from tests.layers.test_keras_agreement import COMPARED as LAYERS
from tests.layers.test_keras_agreement import layer_pair, run_layer
from tests.losses.test_losses import ROWS as LOSSES
from tests.losses.test_losses import _pair as loss_pair
from tests.metrics.test_metrics import ROWS as METRICS
from tests.metrics.test_metrics import _pair as metric_pair


def family(kind, name):
    """The folder or file that defines the class in the wheel: `layers/rnn`, `losses/losses`."""
    return "/".join(getattr(getattr(keras, kind), name).__module__.split(".")[2:4])


def layer_values(row):
    """Pairs of `(what, here, there)` in inference and training."""
    ours, theirs, inputs = layer_pair(row)
    for training in (False, True) if takes_training(theirs) else (False,):
        here, there = (run_layer(layer, inputs, row, training) for layer in (ours, theirs))
        for name in here:
            yield "gradients" if name == "gradients" else "outputs", here[name], there[name]


def loss_values(row):
    """Values and gradients with respect to predictions."""
    ours, theirs = loss_pair(row)
    y_true, y_pred = row[2:]
    yield "outputs", ours(y_true, y_pred), theirs(y_true, y_pred)
    here, there = (jax.grad(lambda p, f=f: f(y_true, p))(y_pred) for f in (ours, theirs))
    yield "gradients", here, there


def metric_values(row):
    """Results after each batch."""
    ours, theirs = metric_pair(row)
    for y_true, y_pred in row[2]:
        ours.update_state(y_true, y_pred)
        theirs.update_state(y_true, y_pred)
        yield "outputs", ours.result(), theirs.result()


def deviation(here, there):
    """`(absolute, relative)`: the worst of all arrays in two structures."""
    worst = np.zeros(2)
    pairs = zip(*map(jax.tree_util.tree_leaves, (here, there)), strict=True)
    for a, b in pairs:
        a, b = (np.asarray(x, "float64") for x in (a, b))
        if not a.size:
            continue
        off = np.max(np.abs(a - b))  # NaN, also where both are: then the row compares nothing
        worst = np.maximum(worst, [off, off / max(np.max(np.abs(b)), 1e-30) if off else 0.0])
    return worst


def families(chosen=()):
    """`{family: [(values, row)]}` of all tables, or of families whose names begin so."""
    rows = [(family("layers", row.layer), layer_values, row) for row in LAYERS]
    rows += [(family("losses", row[0]), loss_values, row) for row in LOSSES]
    rows += [(family("metrics", row[0]), metric_values, row) for row in METRICS]
    found = defaultdict(list)
    for key, values, row in rows:
        if not chosen or key.startswith(tuple(chosen)):
            found[key].append((values, row))
    return dict(sorted(found.items()))


def worst_of(rows):
    """`{what: (absolute, relative)}`: the worst deviations of a family's rows."""
    worst = {}
    for values, row in rows:
        for what, here, there in values(row):
            worst[what] = np.maximum(worst.get(what, 0), deviation(here, there))
    return worst


def main(chosen):
    """Prints the table, each family when it is done."""
    warnings.simplefilter("ignore")
    columns = "{:28} {:>5}  {:>9} {:>9}  {:>9} {:>9}"
    print(columns.format("family", "rows", "outputs", "relative", "gradients", "relative"))
    found = families(chosen)
    for key, rows in found.items():
        worst = worst_of(rows)
        numbers = [
            f"{number:.1e}" if what in worst else "-"
            for what in ("outputs", "gradients")
            for number in worst.get(what, (0, 0))
        ]
        print(columns.format(key, len(rows), *numbers), flush=True)
    print(f"{sum(map(len, found.values()))} rows in {len(found)} families")


if __name__ == "__main__":
    main(sys.argv[1:])
