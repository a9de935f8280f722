"""Damaged files load whole or are refused: no crash, no hang, no half of a model.

The short runs below are part of every test run. The long ones go over the whole collection of files
beside the repository; `python -m tests.security.fuzz --help` tries other cases.
"""

from pathlib import Path

import pytest

from . import fuzz, mutate

FIXTURES = sorted(
    path
    for path in (Path(__file__).parents[1] / "fixtures").iterdir()
    if path.suffix in (".h5", ".keras", ".json")
)


def _check(done, count):
    assert len(done) == count
    bad = [f"{c.path} case {c.number}: {c.outcome}\n{c.detail}" for c in done if c.is_bad]
    assert not bad, "\n\n".join(bad[:5]) + "\n" + "\n".join(fuzz.table(done))
    assert {case.outcome for case in done} == {"loaded", "refused"}


def test_damage_is_damage_and_the_same_every_time():
    """What the fuzzer rests on."""
    for path in FIXTURES:
        content = path.read_bytes()
        cases = [mutate.damaged(content, case) for case in range(20)]
        assert cases == [mutate.damaged(content, case) for case in range(20)]
        assert sum(case != content for case in cases) > 12


def test_damaged_files_are_read_or_refused():
    """The reader alone, many cases."""
    _check(fuzz.run(FIXTURES, 150, level="read"), 150 * len(FIXTURES))


def test_damaged_files_become_models_or_are_refused():
    """`load_model`, `load_weights` and `model_from_json`, fewer cases."""
    _check(fuzz.run(FIXTURES, 20, start=1000), 20 * len(FIXTURES))


def test_deaths_of_a_worker_are_reported(tmp_path):
    """A file that is no model lets the worker fail, and nobody takes that for a success."""
    (tmp_path / "x.h5").write_bytes(b"nothing")
    with pytest.raises(RuntimeError, match="worker of the fuzzer failed"):
        fuzz.run([tmp_path / "x.h5"], 1)


@pytest.mark.slow
@pytest.mark.parametrize(("level", "cases"), [("read", 200), ("load", 25)])
def test_damaged_files_of_all_versions(level, cases, shared):
    """The files of the collection, of each version and backend."""
    files = sorted(
        path
        for path in (shared / "saved_models").iterdir()
        if path.suffix in (".h5", ".keras") and path.stat().st_size < 1 << 17
    )
    _check(fuzz.run(files, cases, start=50_000, level=level), cases * len(files))
