"""The era of a version string."""

import pytest

from kerajax.saving.read import Budget, writer_of


@pytest.mark.parametrize(
    ("version", "era"),
    [
        ("1.0.8", "1"),
        ("1.2.2", "1"),
        ("2.0.8", "2.2"),
        ("2.2.4", "2.2"),
        ("2.3.1", "2.3"),
        ("2.2.4-tf", "tf2"),
        ("2.3.0-tf", "tf2"),
        ("2.4.0", "tf2"),
        ("2.15.0", "tf2"),
        ("3.0.5", "3"),
        ("3.15.1", "3"),
        (None, None),
        ("unknown", None),
    ],
)
def test_version_names_the_era(version, era):
    """Stand-alone Keras ended with 2.3; what follows up to 2.15 is TensorFlow's."""
    assert writer_of(version).era == era


def test_limits_are_whole_numbers():
    """A limit that cannot be compared is refused when the budget is made."""
    with pytest.raises(ValueError, match="max_bytes"):
        Budget(max_bytes=-1)
    with pytest.raises(ValueError, match="max_depth"):
        Budget(max_depth=2.5)
