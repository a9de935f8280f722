"""Settings of every test process; they must stand before JAX or Keras is first imported."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"

import numpy as np
import pytest

import kerajax


@pytest.fixture(autouse=True)
def _names_of_doctests(doctest_namespace):
    """Examples in docstrings may write `kerajax` and `np`."""
    doctest_namespace.update(kerajax=kerajax, np=np)
