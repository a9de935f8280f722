"""Runs the tests of attacks and prints which of them stand for which advisory, and how they ended.

    python -m tests.security.table

Each test proves that no code ran, nothing outside was read or written, and memory stayed within its
budget (`containment.py`).
"""

import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Advisory or flaw, what an attacker would do, and the names of its tests.
ROWS = (
    ("CVE-2021-37678", "YAML that makes Python objects", "cve_2021_37678"),
    ("CVE-2024-3660", "bytecode in a Lambda", "cve_2024_3660"),
    ("CVE-2024-55459", "tar that leaves its folder", "members_of_a_tar"),
    ("CVE-2025-1550", "module of a config is imported", "cve_2025_1550"),
    ("CVE-2025-8747", "functions of keras.* as gadgets", "cve_2025_8747"),
    ("CVE-2025-9905", "Lambda in .h5, safe_mode ignored", "2025_9905"),
    ("CVE-2025-9906", "config that switches safe_mode off", "cve_2025_9906"),
    ("CVE-2025-49655", "pickle in TorchModuleWrapper", "cve_2025_49655"),
    ("CVE-2025-12058", "vocabulary that is a path or URL", "cve_2025_12058"),
    ("CVE-2025-12060", "links and paths in archives", "members_of_a_(tar|zip)"),
    ("CVE-2025-12638", "symlinks behind long paths in a tar", r"members_of_a_tar.*deep symlink"),
    ("CVE-2026-0897", "shapes beyond the file", "cve_2026_0897"),
    ("CVE-2026-1462", "TFSMLayer runs a SavedModel", "cve_2026_1462"),
    ("CVE-2026-1669", "HDF5 and folders reach other files", "cve_2026_1669"),
    ("CVE-2026-12479", "names of layers as paths", "cve_2026_12479"),
    ("CVE-2026-12481", "safe_mode unset taken as off", "cve_2026_12481"),
    ("virtual datasets", "values in other HDF5 files", r"cve_2026_1669.*\[virtual"),
    ("links in groups above", "external link on the way", r"cve_2026_1669.*link above"),
    ("npz", "pickled arrays, bombs", "npz"),
    ("zip bombs", "archives to unpack, members of .keras", r"bombs_are_not_unpacked|zip_bomb"),
    ("tar hard links", "and symlinks, devices, pipes", r"members_of_a_tar.*(link|device|pipe)"),
    ("Orbax", "assets, links, bombs, code", "orbax"),
    (
        "pickled data sets",
        "nothing but arrays from pickles",
        r"no_unpickling|pickle_is_not|data_sets",
    ),
    ("HDF5 structures", "circles, false lengths", "circle|lengths_of_texts|inside_an_array"),
    ("HDF5 filters", "a plugin, chunks that inflate", "hdf5_filter|hdf5_chunk"),
    ("configs", "nesting, size, huge layers", "resources|take_memory|deep_and_wide"),
    ("code on trust", "of another Python", "another_python"),
)


class _Outcomes:
    """Notes how each test ended."""

    def __init__(self):
        self.passed = {}

    def pytest_runtest_logreport(self, report):
        # Parameters may hold slashes, so only the folder goes.
        name = report.nodeid.removeprefix("tests/security/")
        if report.when == "call" or report.outcome != "passed":
            self.passed[name] = report.outcome == "passed"


def table(passed):
    """Lines of the table.

    Args:
        passed: Dict of names of tests to whether they passed.
    """
    for advisory, what, pattern in ROWS:
        results = [ok for name, ok in passed.items() if re.search(pattern, name)]
        verdict = "NO TEST" if not results else "holds" if all(results) else "FAILS"
        yield f"{advisory:<22} {what:<40} {sum(results):>4} of {len(results):>4} tests  {verdict}"
    yield f"{sum(passed.values())} of {len(passed)} tests passed"


def main():
    outcomes = _Outcomes()
    files = [str(path) for path in HERE.glob("test_*.py") if path.name != "test_fuzz.py"]
    code = pytest.main([*files, "-q", "--no-header", "-p", "no:cacheprovider"], plugins=[outcomes])
    print("\n".join(table(outcomes.passed)))
    sys.exit(code)


if __name__ == "__main__":
    main()
