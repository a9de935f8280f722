"""Every layer of the table through the files of both packages, `.keras`, `.weights.h5` and `.h5`.

One model has a branch for each row, so that a file of each kind holds them all. That equal configs
and weights give equal numbers is what `test_keras_agreement.py` shows; the slow tests here run the
models that were read as well.
"""

import functools
from typing import NamedTuple

import keras
import numpy as np
import pytest

import kerajax
from tests.layers.checks import as_json, listed
from tests.layers.row import Row
from tests.layers.table import ROWS
from tests.layers.test_keras_agreement import _config

# Keras gives the symbolic input of Equalization out again, which its own graphs take for a cycle.
FILED = [row for row in ROWS if row.layer != "Equalization"]
FIRST_OF_EACH = list({row.layer: row for row in reversed(FILED)}.values())
# Keras copies configs for `.h5`, which fails for these: theirs hold a module.
NOT_IN_H5 = frozenset(
    "Solarization RandomSharpness RandomSaturation RandomPosterization RandomColorDegeneration "
    "RandomBrightness".split()
)
# Keras needs TensorFlow to make the parameters of these anew, which it does when it reads a config.
NOT_READ_BY_KERAS = frozenset(("JaxLayer", "FlaxLayer"))

every_way = pytest.mark.parametrize(
    ("write", "read"),
    [(kerajax, keras), (keras, kerajax), (kerajax, kerajax)],
    ids=["written_here", "read_here", "both"],
)
every_kind = pytest.mark.parametrize("suffix", [".keras", ".weights.h5", ".h5"])


class Branch(NamedTuple):
    """A row in a graph: its layer, with symbolic inputs and outputs."""

    row: Row
    layer: object
    inputs: list
    outputs: list


@functools.cache
def branches(package, first_only) -> list:
    """A branch for each row, or each class; with weights that both packages take."""
    rng, made = np.random.default_rng(0), []
    for i, row in enumerate(FIRST_OF_EACH if first_only else FILED):
        inputs, layer = row.symbolic(package), row.make(package, name=f"row_{i}")
        outputs = package.tree.flatten(row.run(layer, inputs))
        layer.set_weights(
            [
                rng.uniform(0.1, 1, v.shape).astype(v.dtype) if "float" in v.dtype else v.numpy()
                for v in layer.weights
            ]
        )
        made.append(Branch(row, layer, listed(inputs), outputs))
    return made


def model_for(package, suffix, first_only, read):
    """All branches that a file of the kind can hold and `read` can read, as one model."""
    left_out = NOT_IN_H5 if suffix == ".h5" else frozenset()
    if read is keras and suffix != ".weights.h5":
        left_out |= NOT_READ_BY_KERAS
    chosen = [b for b in branches(package, first_only) if b.row.layer not in left_out]
    inputs, outputs = (
        [tensor for branch in chosen for tensor in getattr(branch, part)]
        for part in ("inputs", "outputs")
    )
    return package.Model(inputs, outputs), chosen


def through_a_file(write, read, suffix, folder, first_only):
    """The model of the package `write` as the package `read` finds it in a file."""
    model, _ = model_for(write, suffix, first_only, read)
    path = str(folder / f"layers{suffix}")
    if suffix == ".weights.h5":
        model.save_weights(path)
        model, _ = model_for(read, suffix, first_only, read)
        model.set_weights([np.zeros_like(value) for value in model.get_weights()])
        model.load_weights(path)
        return model
    model.save(path)
    return read.saving.load_model(path, compile=False)


@every_way
@every_kind
def test_configs_and_weights_survive_files(tmp_path, write, read, suffix):
    """What one package writes of every layer, the other reads."""
    _, chosen = model_for(write, suffix, True, read)
    expected = [(_config(write, b.layer), b.layer.get_weights()) for b in chosen]
    again = through_a_file(write, read, suffix, tmp_path, True)
    for branch, (config, weights) in zip(chosen, expected, strict=True):
        layer = again.get_layer(branch.layer.name)
        if read is write:
            assert as_json(_config(read, layer)) == as_json(config)
        assert len(layer.weights) == len(weights)
        for a, b in zip(layer.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=branch.row.id)


@pytest.mark.slow
@every_way
@every_kind
def test_outputs_survive_files(tmp_path, write, read, suffix):
    """The model that was read gives the outputs of the one that was written."""
    model, chosen = model_for(write, suffix, False, read)
    data = [x for branch in chosen for x in listed(branch.row.inputs(batch_size=2))]
    expected = model.predict(data, verbose=0)
    again = through_a_file(write, read, suffix, tmp_path, False)
    for a, b in zip(again.predict(data, verbose=0), expected, strict=True):
        # Sums of a few float32 products, in another order.
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
