"""Settings of the examples in docstrings, which run as tests."""

import os

# This must stand before JAX is first imported.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np
import pytest

import kerajax


@pytest.fixture(autouse=True)
def _names_of_examples(doctest_namespace):
    """Examples in docstrings may write `kerajax` and `np`."""
    doctest_namespace.update(kerajax=kerajax, np=np)
