import pytest

from .containment import Secrets


@pytest.fixture
def secrets(tmp_path):
    """A folder beside the attack that must stay untouched."""
    return Secrets(tmp_path / "secrets")
