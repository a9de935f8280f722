"""Every layer of the table through the check list."""

import pytest

from tests.layers.checks import (
    CHECKS,
    HOST_CHECKS,
    lowers_for_every_platform,
    mixed_bfloat16_gives_bfloat16_outputs,
    reproduced,
)
from tests.layers.table import ROWS
from tests.layers.table_alone import AUGMENTATIONS, CELLS, LOOKUPS

# They compile all the layers that they choose from.
_LONG = ("AugMix", "RandAugment")


def _cases():
    seen = set()
    for row in (*ROWS, *CELLS, *AUGMENTATIONS, *LOOKUPS):
        for check in HOST_CHECKS if row in LOOKUPS else CHECKS:
            # Three platforms are worth the time for one row of each class.
            slow = check is lowers_for_every_platform and (
                row.layer in seen or not row.differentiable
            )
            # The other rows of a class give half outputs by the same lines, which float16 tries.
            slow = slow or (check is mixed_bfloat16_gives_bfloat16_outputs and row.layer in seen)
            slow = slow or row.layer in _LONG
            marks = [pytest.mark.slow] if slow else []
            yield pytest.param(row, check, marks=marks, id=f"{row.id}-{check.__name__}")
        seen.add(row.layer)


@pytest.mark.parametrize(("row", "check"), list(_cases()))
def test_layer(row, check):
    """The check holds for the row."""
    with reproduced(row):
        check(row)
