"""Damaged files load whole or are refused: no crash, no hang, no half of a model.

The short runs below are part of every test run. The long ones go over the whole collection of files
beside the repository; `python -m tests.security.fuzz --help` tries other cases.
"""

import signal
from pathlib import Path

import pytest

import kerajax

from . import fuzz, mutate, seeds

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


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What kerajax writes of the models in `seeds`, in every format."""
    return seeds.write_models(tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("level", ["load", "convert"])
def test_damaged_folders_and_texts_are_models_or_refused(level, written):
    """Unpacked archives, YAML, files of words beside weights: what Keras' own files above lack."""
    found = [
        path
        for path in written
        if path.name.startswith(("preprocessing", "quantized"))
        and path.suffix in ("", ".yaml", ".keras")
    ]
    _check(fuzz.run(found, 5, start=2000, level=level), 5 * len(found))


def test_damaged_data_sets_are_arrays_or_refused(tmp_path):
    """Arrays, pickles, gzip, and words as JSON."""
    files = seeds.write_data(tmp_path)
    _check(fuzz.run(files, 40, level="data"), 40 * len(files))


def test_damaged_checkpoints_are_models_or_refused(tmp_path):
    """Folders of Orbax."""
    pytest.importorskip("orbax.checkpoint")
    _check(fuzz.run([seeds.write_checkpoint(tmp_path)], 15), 15)


def test_deaths_of_a_worker_are_reported(tmp_path):
    """A file that is no model lets the worker fail, and nobody takes that for a success."""
    (tmp_path / "x.h5").write_bytes(b"nothing")
    with pytest.raises(RuntimeError, match="worker of the fuzzer failed"):
        fuzz.run([tmp_path / "x.h5"], 1)


def test_without_files_those_of_the_level_are_tried_until_the_time_is_over(capsys):
    fuzz.main(["--level", "data", "--cases", "1000", "--minutes", "0.01"])
    said = capsys.readouterr().out
    # It is over when the first case ends.
    assert "1 cases: " in said and "slowest: " in said


def test_what_is_ended_from_outside_tells_what_it_found(monkeypatch, capsys):
    def tried(*_):
        yield fuzz.Case("x.h5", 7, "refused", "damaged", "ValueError", 0.25)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(fuzz, "tried", tried)
    before = signal.getsignal(signal.SIGTERM)
    try:
        fuzz.main(["x.h5"])
    finally:
        signal.signal(signal.SIGTERM, before)
    said = capsys.readouterr().out
    assert "ended from outside" in said and "slowest: 0.25 s, x.h5 case 7" in said


def test_shards_are_tried_with_the_others_of_their_set(tmp_path):
    """A shard is nothing alone: the undamaged others lie beside each damaged copy."""
    model = kerajax.Sequential([kerajax.layers.Dense(40), kerajax.layers.Dense(3)])
    model.build((None, 30))
    (tmp_path / "x.json").write_text(model.to_json())
    model.save_weights(tmp_path / "x.weights.json", max_shard_size=5e-6)
    parts = sorted(tmp_path.glob("x*.weights.*"))
    assert len(parts) > 2
    done = fuzz.run(parts, 6)
    _check(done, 6 * len(parts))
    assert {case.path for case in done if case.outcome == "loaded"} == {str(p) for p in parts}


@pytest.mark.slow
@pytest.mark.parametrize(("level", "cases"), [("read", 200), ("load", 25)])
def test_damaged_files_of_all_versions(level, cases, shared):
    """The files of the collection, of each version and backend."""
    files = sorted(
        path
        for path in (shared / "saved_models").iterdir()
        if path.suffix in (".h5", ".keras", ".yaml", ".json")
        and path.name != "manifest.json"
        and path.stat().st_size < 1 << 17
    )
    _check(fuzz.run(files, cases, start=50_000, level=level), cases * len(files))


@pytest.mark.slow
@pytest.mark.parametrize(("level", "cases"), [("read", 100), ("load", 25), ("convert", 10)])
def test_damaged_files_of_all_formats(level, cases, written):
    """What kerajax writes of each model."""
    files = [path for path in written if level == "load" or "_parts" not in path.name]
    if level == "convert":
        files = [path for path in files if path.suffix in ("", ".keras")]
    _check(fuzz.run(files, cases, start=70_000, level=level), cases * len(files))
