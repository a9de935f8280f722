"""Every layer of the table through the check list."""

import pytest

from tests.layers.checks import CHECKS, reproduced
from tests.layers.table import ROWS


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_layer(row, check):
    """The check holds for the row."""
    with reproduced(row):
        check(row)
