"""Layers, weights and graphs of all architectures beside those of the wheel."""

import keras
import pytest

import kerajax
from tests.applications import structure
from tests.applications.test_arguments import NAMES

# Rows that use the arguments, small ones of them in every run, and every architecture.
ROWS = [
    pytest.param(row, id=row.id, marks=[] if row.fast else [pytest.mark.slow])
    for row in structure.all_rows(NAMES)
]


@pytest.mark.parametrize("row", ROWS)
def test_is_what_keras_builds(row):
    """The same names in the same order, the same weights, the same config of every layer."""
    ours, theirs = structure.of_kerajax(kerajax, row), structure.of_wheel(keras, row)
    assert ours["names"] == theirs["names"]
    assert ours["weights"] == theirs["weights"]
    assert ours["graph"] == theirs["graph"]
