"""The table of saving and loading beside h5py."""

import os

import pytest

from benchmarks import files, save_load


def test_rows_run_and_are_compared_with_h5py(tmp_path):
    spent = save_load.seconds("kerajax", str(tmp_path), rounds=1, layers=2, units=8)
    lines = list(save_load.report(spent, {"load_model .keras": 1.0}))
    assert len(lines) == 1 + len(spent) and all(len(values) == 1 for values in spent.values())
    row = next(line for line in lines if line.startswith("load_model .keras")).split()
    assert row[-1] == "1.00" and float(row[-2]) > 0


@pytest.mark.parametrize("candidate", ["h5py", "kerajax"])
def test_every_candidate_of_the_row_flushes_what_it_writes(candidate, monkeypatch):
    """To the disk, or their times would not compare."""
    monkeypatch.setattr(files, "LAYERS", 1)
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda fd: flushed.append(os.fstat(fd).st_size))
    assert files.FilesTrial(candidate).files(1) == []
    assert max(flushed) > 4 << 20
