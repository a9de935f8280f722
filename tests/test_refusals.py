"""Wrong calls raise what Keras raises, say who raised it, and leave everything as it was."""

import pytest

from tests.refusals import error_of, says_who, table

ROWS = table()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.call)
def test_refused(row, tmp_path):
    """The type that was recorded from the wheel; the table says what was called."""
    error, changed = error_of(row, tmp_path)
    assert isinstance(error, row.type), (row, error)
    assert says_who(error), (row, error)
    assert not changed, (row, error)
