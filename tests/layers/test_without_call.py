"""Layers that compute nothing themselves: their configs beside those of the wheel, and calls."""

import keras
import numpy as np
import pytest

import kerajax
from tests.layers.checks import as_json
from tests.layers.row import Part, Row
from tests.layers.test_keras_agreement import _config
from tests.wrong_input import said_where_both_refuse

INPUTS = [
    Row("InputLayer", {"shape": (3, None), "dtype": "int32"}, (2, 3)),
    Row("InputLayer", {"batch_shape": (4, 2), "sparse": True}, (2, 3)),
    Row("InputLayer", {"shape": (), "batch_size": 2, "optional": True}, (2, 3)),
]
BASES = [
    Row("Layer", {"trainable": False, "dtype": "mixed_bfloat16"}, (2, 3)),
    Row("Wrapper", {"layer": Part("Dense", {"units": 3})}, (2, 3)),
]


@pytest.mark.parametrize("row", [*INPUTS, *BASES], ids=lambda row: row.id)
def test_configs_are_interchangeable(row):
    """Both packages write the same config, and each makes the same layer of the other's."""
    ours, theirs = row.make(kerajax, name="row"), row.make(keras, name="row")
    assert as_json(_config(kerajax, ours)) == as_json(_config(keras, theirs))
    assert ours.built == theirs.built and ours.supports_masking == theirs.supports_masking
    here = type(ours).from_config(theirs.get_config())
    there = type(theirs).from_config(ours.get_config())
    assert as_json(_config(kerajax, here)) == as_json(_config(keras, there))


@pytest.mark.parametrize("row", INPUTS, ids=lambda row: row.id)
def test_inputs_promise_the_same_tensor(row):
    """Shape, dtype and kind of the output of an InputLayer."""
    here, there = (row.make(package).output for package in (kerajax, keras))
    assert (here.shape, here.dtype, here.sparse) == (there.shape, there.dtype, there.sparse)


def test_the_base_has_no_call():
    """A subclass must write it, as the message says."""
    x = np.ones((2, 3), "float32")
    assert "call()" in said_where_both_refuse(lambda package: BASES[0].make(package)(x))


def test_a_wrapper_builds_what_it_holds():
    """`build` gives the layer inside the shape, so that both have the weights of the wheel."""
    layers = [BASES[1].make(package) for package in (kerajax, keras)]
    for layer in layers:
        layer.build((None, 5))
    here, there = ([(v.name, tuple(v.shape)) for v in layer.weights] for layer in layers)
    assert here == there and len(here) == 2
