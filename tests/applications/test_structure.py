"""Layers, weights and graphs of all architectures beside those of the wheel."""

import json
import re

import keras
import pytest

import kerajax
from tests.applications import structure
from tests.applications.test_arguments import NAMES

RECORD = json.loads(structure.RECORD.read_text())
ROWS = {row.id: row for row in structure.all_rows(NAMES)}
# The larger ones of a family, which are built by what builds its first.
LARGER = re.compile(
    r"ConvNeXt(Small|Base|X?Large)|DenseNet(169|201)|EfficientNet(B[1-7]|V2(B[1-3]|[SML]))"
    r"|NASNetLarge|ResNet(101|152)(V2)?"
)


def _rows(is_fast):
    slow = pytest.mark.slow
    return [
        pytest.param(row, id=row.id, marks=[] if is_fast(row) else slow) for row in ROWS.values()
    ]


@pytest.mark.parametrize("row", _rows(lambda row: not LARGER.fullmatch(row.id)))
def test_is_what_keras_built(row):
    """The same names in the same order, the same weights, the same config of every layer."""
    found = structure.digests(structure.of_kerajax(kerajax, row))
    assert found == RECORD["rows"][row.id], (
        f"run `pytest -m slow {__file__} -k wheel` for the lines that differ"
    )


@pytest.mark.parametrize("row", _rows(lambda row: row.architecture == "VGG19"))
def test_wheel_builds_what_is_recorded(row):
    """The record is the wheel's, and its lines are ours."""
    ours, theirs = structure.of_kerajax(kerajax, row), structure.of_wheel(keras, row)
    assert ours["names"] == theirs["names"]
    assert ours["weights"] == theirs["weights"]
    assert ours["graph"] == theirs["graph"]
    assert structure.digests(theirs) == RECORD["rows"][row.id]


def test_every_row_is_recorded():
    """And no other."""
    assert RECORD["rows"].keys() == ROWS.keys()
