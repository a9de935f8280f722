"""Random trainings beside the Keras wheel: results, logs of every hook, weights at the end."""

import pytest

from tests.training.scenarios import compared, shown

# `tests/training/scenarios.py` runs any others.
FEW = (0, 1, 7, 42, 43)
MORE = (2, 3, 4, 5, 6, 8, 41, 44, 45, 46, 47, 48, 49, 50, 51)
CASES = [*FEW, *(pytest.param(seed, marks=pytest.mark.slow) for seed in MORE)]


@pytest.mark.parametrize("seed", CASES)
def test_agrees_with_the_wheel(seed):
    draw, lines = compared(seed)
    assert not lines, "\n".join([*lines, *shown(draw)])
