"""Wrong arguments and wrong inputs: the exception types of the wheel, and what a message says.

Cases are made for every class of the layer table, from its first row.
"""

import inspect
import re

import keras
import numpy as np
import pytest

import kerajax
from tests.layers.table import ROWS
from tests.layers.table_alone import AUGMENTATIONS
from tests.wrong_input import raised, said_where_both_refuse

FIRST = list({row.layer: row for row in reversed(ROWS)}.values())
# Arguments that count or measure something, and cannot be negative.
COUNTS = ("units", "filters", "kernel_size", "pool_size", "rate", "num_heads", "groups", "n")
NAMES = ("activation", "recurrent_activation", "kernel_initializer", "kernel_regularizer")


def parameters(row):
    """The names that the constructor takes."""
    return inspect.signature(getattr(keras.layers, row.layer).__init__).parameters


def made(row, **arguments):
    """A function of a package that makes the row's layer with other arguments."""
    return row._replace(arguments={**row.arguments, **arguments}).make


def agree(function, *words):
    """Where the wheel raises, so does kerajax, the same type, with all `words` in the message."""
    text = said_where_both_refuse(function).lower()
    for word in words:
        assert word.lower() in text, (word, text)


@pytest.mark.parametrize("row", FIRST, ids=lambda row: row.layer)
def test_unknown_arguments(row):
    """An unknown keyword is named with its value, and the class that does not take it."""
    takes_any = "kwargs" in parameters(row)
    error = raised(made(row, colour=1), kerajax)
    # Without `**kwargs` the wheel leaves it to Python, which raises a TypeError.
    assert isinstance(error, ValueError if takes_any else (TypeError, ValueError))
    assert getattr(kerajax.layers, row.layer).__name__ in str(error) and "colour" in str(error)


@pytest.mark.parametrize(
    ("row", "name"),
    [(row, name) for row in FIRST for name in NAMES if name in parameters(row)],
    ids=lambda x: getattr(x, "layer", x),
)
def test_unknown_names(row, name):
    """A name that stands for no function is shown."""
    agree(made(row, **{name: "nonsense"}), "could not interpret", "nonsense")


@pytest.mark.parametrize(
    ("row", "name"),
    [(row, name) for row in FIRST for name in COUNTS if name in parameters(row)],
    ids=lambda x: getattr(x, "layer", x),
)
def test_negative_counts(row, name):
    """Less than nothing: the layer, the argument and the value are named where the wheel raises."""
    if raised(made(row, **{name: -3}), keras) is None:
        # The wheel finds out when it builds, or never; here the constructor may say it.
        here = raised(made(row, **{name: -3}), kerajax)
        assert here is None or isinstance(here, ValueError)
        return
    agree(made(row, **{name: -3}), name, "-3")


# What the wheel refuses as well, then what it takes and computes nonsense or stumbles with.
WRONG = {
    "Dense": [("trainable", "yes"), ("trainable", None), ("trainable", 2)],
    "AdaptiveAveragePooling1D": [("output_size", (1, 2)), ("output_size", "2")],
    "AdaptiveAveragePooling2D": [("output_size", (1, 2, 3)), ("output_size", 1.5)],
    "AdaptiveMaxPooling3D": [("output_size", (1, 2))],
    "EinsumDense": [("equation", 5)],
}
WRONG_HERE = {
    "ConvLSTM1D": [("filters", 0), ("filters", 1.5)],
    "AugMix": [("alpha", 0), ("alpha", None), ("num_chains", 0)],
    "MixUp": [("alpha", -1.0)],
    "MelSpectrogram": [("fft_length", "32"), ("num_mel_bins", 0)],
    "ContrastLimitedAdaptiveHistogramEqualization": [
        ("value_range", 255),
        ("tile_grid_size", (2, 3, 4)),
    ],
}


def _wrong(table):
    rows = {row.layer: row for row in (*FIRST, *AUGMENTATIONS)}
    return [(rows[layer], *case) for layer, cases in table.items() for case in cases]


@pytest.mark.parametrize(
    ("row", "name", "value"), _wrong(WRONG), ids=lambda x: getattr(x, "layer", str(x))
)
def test_wrong_values(row, name, value):
    """The wheel's type of exception, and the argument and the value in the message."""

    def use(package):
        # The wheel finds some only when it builds.
        row.run(made(row, **{name: value})(package), row.symbolic(package))

    agree(use, name, str(value))


@pytest.mark.parametrize(
    ("row", "name", "value"), _wrong(WRONG_HERE), ids=lambda x: getattr(x, "layer", str(x))
)
def test_wrong_values_that_the_wheel_takes(row, name, value):
    """The layer as the user knows it, the argument and the value are named."""
    with pytest.raises(ValueError) as caught:
        made(row, **{name: value})(kerajax)
    for word in (row.layer, name, str(value)):
        assert word in str(caught.value)


# The wheel warns of a layer inside; a symbolic tensor does not say that the batch is the last axis.
_ONE_AXIS = ("Pipeline", "Normalization")


def _ranks():
    for row in FIRST:
        if len(row.shapes) == 1 and row.layer not in _ONE_AXIS:
            yield row


@pytest.mark.parametrize("row", list(_ranks()), ids=lambda row: row.layer)
def test_too_few_axes(row):
    """A layer that needs more axes says how many came; one that does not need them runs."""

    def call(package):
        x = package.KerasTensor(row.shape[:1], dtype=row.dtype)
        row.run(row.make(package), x)

    if raised(call, keras) is None or isinstance(raised(call, keras), (IndexError, TypeError)):
        # The wheel stumbles over an axis that is not there, or defers to the run.
        return
    agree(call, str(row.shape[:1]))


CALLS = {
    "channels of Dense": ("Dense", {"units": 2}, (2, 3), (2, 5), "value 3", "(2, 5)"),
    "channels of Conv1D": (
        "Conv1D",
        {"filters": 2, "kernel_size": 2},
        (2, 4, 3),
        (2, 4, 6),
        "value 3",
        "(2, 4, 6)",
    ),
    "channels of LSTM": ("LSTM", {"units": 2}, (2, 4, 3), (2, 4, 6), "LSTM", "(2, 4, 6)"),
    "channels of GRU": ("GRU", {"units": 2}, (2, 4, 3), (2, 4, 6), "GRU", "(2, 4, 6)"),
    "size of LayerNormalization": (
        "LayerNormalization",
        {},
        (2, 3),
        (2, 5),
        "LayerNormalization",
        "(2, 5)",
    ),
    "channels of BatchNormalization": ("BatchNormalization", {}, (2, 3), (2, 5), "3", "(2, 5)"),
}


@pytest.mark.parametrize("case", CALLS)
def test_other_sizes_than_it_was_built_for(case):
    """A second call with other channels names the layer and the shape that came."""
    name, arguments, first, second, *words = CALLS[case]
    layer = getattr(kerajax.layers, name)(**arguments)
    layer(np.zeros(first, "float32"))
    with pytest.raises((ValueError, TypeError)) as caught:
        layer(np.zeros(second, "float32"))
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    for word in words:
        assert word in text


def test_errors_inside_a_call_name_the_layer_once():
    """The innermost layer says what it was given, those around it add nothing."""

    class Broken(kerajax.layers.Layer):
        def call(self, x):
            raise RuntimeError("broken")

    model = kerajax.Sequential([Broken(name="inner")])
    with pytest.raises(RuntimeError, match="broken") as caught:
        model(np.zeros((2, 3), "float32"))
    notes = [note for note in caught.value.__notes__ if "inner" in note]
    assert len(notes) == 1
    assert re.search(r"Broken 'inner'.*x=float32 \(2, 3\)", notes[0])
