"""Every public name of Keras 3.15.1 is there with its signature, or listed as missing."""

import inspect

import pytest

from tests.api import inventory

RECORDED = inventory.recorded()


@pytest.fixture(scope="module")
def missing():
    """Recorded paths that do not resolve in kerajax."""
    return set(inventory.missing())


def test_list_of_missing_names_is_exact(missing, record_testsuite_property):
    """What is missing is listed and what is listed is missing, so the list can only shrink."""
    total = sum(len(entry.paths) for entry in RECORDED)
    record_testsuite_property("keras_paths_present", total - len(missing))
    print(f"{total - len(missing)} of {total} public paths of Keras 3.15.1 are present")
    not_yet = set(inventory.listed(inventory.NOT_YET))
    advice = "run `python tests/api/update.py` and look at what it changed"
    assert not missing - not_yet, f"gone, or never listed: {sorted(missing - not_yet)}; {advice}"
    assert not not_yet - missing, f"there by now: {sorted(not_yet - missing)}; {advice}"


def test_signatures_are_those_of_keras():
    """Argument names, their order and their defaults, wherever Keras states them."""
    different = inventory.listed(inventory.DIFFERENCES)
    wrong, same = [], []
    for entry, path, ours in inventory.present():
        signature = inventory.signature_of(ours)
        matches = entry.signature in (None, signature)
        # A method of a base class may leave its arguments to the subclass.
        matches |= entry.kind == "method" and signature == "(self, *args, **kwargs)"
        if matches and path in different:
            same.append(path)
        if not matches and path not in different:
            wrong.append(f"{path}\n    Keras   {entry.signature}\n    kerajax {signature}")
    assert not wrong, f"{len(wrong)} signatures differ:\n" + "\n".join(wrong)
    assert not same, f"no longer different, take them off differences.txt: {same}"


def test_classes_are_classes():
    """What scripts subclass can be subclassed."""
    wrong = [
        path
        for entry, path, ours in inventory.present()
        if inspect.isclass(ours) != (entry.kind == "class")
    ]
    assert not wrong


def test_aliases_are_one_object():
    """`keras.ops.mean` and `keras.ops.numpy.mean` are the same function."""
    wrong = []
    for entry in RECORDED:
        if entry.paths[0].startswith("keras.optimizers.legacy."):
            # Keras has one class that only raises; here the names are the optimizers themselves.
            continue
        first, *others = [o for o in map(inventory.resolve, entry.paths) if o is not None] or [None]
        wrong += [entry.paths] if any(other is not first for other in others) else []
    assert not wrong


def test_no_unlisted_public_names():
    """A name that Keras does not have is private, or an extra with its reason."""
    assert not inventory.unlisted(), "hide these or list them in tests/api/extras.txt"


def test_lists_carry_reasons():
    """Every extra and every difference says why."""
    for path in (inventory.EXTRAS, inventory.DIFFERENCES):
        assert all(inventory.listed(path).values()), f"{path.name}: write `name: reason`"


def test_public_names_have_docstrings():
    """Classes and functions say what they do, methods of the base classes included."""
    bare = [path for _, path, ours in inventory.present() if not inspect.getdoc(ours)]
    assert not bare


def test_inventory_stays_small():
    """It travels with the repository."""
    assert inventory.INVENTORY.stat().st_size < 200_000
