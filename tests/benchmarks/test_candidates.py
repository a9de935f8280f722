"""Every row's candidates can be made, and what the tables say agrees with them."""

import dataclasses
import importlib.util

import jax
import numpy as np
import pytest

from benchmarks import report
from benchmarks.candidates import make_trial_class
from benchmarks.data import make_data
from benchmarks.runner import PACKAGES, Result, _environment
from benchmarks.workloads import EXTENDED, WORKLOADS

# The classic script keeps its old spellings of SGD's arguments, which is what it is there for.
pytestmark = pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
MADE = [name for name, row in WORKLOADS.items() if row.kind != "import"]
HEAVY = {"resnet20", "transformer", "depth_50", "memory_mlp"}
HEAVY |= {name for name, row in WORKLOADS.items() if row.restarted}  # the same models once more
SLOW = [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in MADE]


def _is_installed(candidate):
    # Compiling is what `torch_compile` does first, and another backend needs a process of its own.
    package = PACKAGES.get(candidate)
    if candidate in ("torch_compile", "keras_tf"):
        return False
    return package is None or importlib.util.find_spec(package) is not None


@pytest.mark.parametrize("name", SLOW)
def test_candidates_can_do_the_work_of_their_row(name):
    """Each candidate is made and has the method of the row's kind."""
    row = dataclasses.replace(WORKLOADS[name], samples=33)
    for candidate in filter(_is_installed, row.candidates):
        trial = make_trial_class(row, candidate)()
        assert callable(getattr(trial, "fit" if row.kind == "first_step" else row.kind)), candidate


@pytest.mark.parametrize(
    "model", ["script_mlp", "gru", pytest.param("transformer", marks=pytest.mark.slow)]
)
def test_keras_and_handwritten_models_have_as_many_parameters(model):
    """The rows compare the same model."""
    row = dataclasses.replace(WORKLOADS[model], samples=33)
    params = make_trial_class(row, "jax_loop")().state[0]
    counts = {
        make_trial_class(row, candidate)().model.count_params()
        for candidate in ("kerajax", "keras")
    }
    assert counts == {sum(leaf.size for leaf in jax.tree.leaves(params))}


def test_data_has_a_shorter_last_batch_in_rows_that_train_long():
    """A size that divides would spare the candidates the shorter batch that Keras trains."""
    for row in WORKLOADS.values():
        if row.kind == "fit":
            assert row.samples % row.batch_size, row.name


def test_data_is_the_same_for_every_candidate():
    """Two calls give equal arrays."""
    for first, second in zip(make_data("transformer", 9), make_data("transformer", 9), strict=True):
        np.testing.assert_array_equal(first, second)


def test_verdict_takes_the_slower_part_where_parts_are_compared():
    """The row of streams judges by the slower of loader and step."""
    done = {"kerajax": Result([9.0]), "loader": Result([30.0]), "step": Result([10.0])}
    assert "0.9 of the slower part (asked >= 0.9: reached)" in report.verdict(
        WORKLOADS["streaming"], done
    )


def test_only_kerajax_finds_programs_of_an_earlier_process():
    """What a restart is compared with has no compilation cache."""
    found = _environment("kerajax", "/folder").get("KERAJAX_COMPILATION_CACHE")
    assert found == "/folder"
    assert "KERAJAX_COMPILATION_CACHE" not in _environment("cold", "/folder")


def test_skipped_candidate_says_why():
    """A package that is missing is a line of the table, not a failure."""
    done = {"torch": Result(skipped="torch is not installed")}
    assert report.rows(WORKLOADS["mlp"], done)[0][2] == "skipped: torch is not installed"


def test_extended_candidates_are_candidates():
    """A name that no row has would never run."""
    known = {name for row in WORKLOADS.values() for name in row.candidates}
    assert set(EXTENDED) <= known
