"""Settings of all tests, and their fixtures: seeds, random numbers, the folder of recorded files.

None of this stands at the root of the repository: a `conftest.py` there would also be read by tests
of packages that are installed in `.venv`.
"""

import gc
import os

# These must stand before JAX or Keras is first imported.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"

import random
import zlib
from pathlib import Path

import jax
import numpy as np
import pytest

from kerajax import config
from kerajax.graph import _loose
from kerajax.random import seed_everything

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="module", autouse=True)
def _old_objects():
    """What earlier modules left, above all in JAX's caches, is no longer searched for garbage.

    Late in a run that is millions of objects, through which each `gc.collect()`, one of them in
    `clear_session`, would go for two seconds.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _seeds(request):
    """Every test starts from seeds made of its own name, whatever ran before it."""
    seed = _seed_of(request)
    random.seed(seed)
    np.random.seed(seed)
    seed_everything(seed)
    # Variables of tests that ran before may be alive still, and no step is to look for them.
    _loose._loose.clear()


@pytest.fixture
def rng(request):
    """A numpy Generator seeded by the test's name."""
    return np.random.default_rng(_seed_of(request))


@pytest.fixture
def jax_cache():
    """Puts JAX's compilation cache back as it was before the test."""
    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: getattr(jax.config, name) for name in names}
    yield
    config.set_compilation_cache(None)
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture(scope="session")
def shared():
    """The folder of recorded files beside the repository; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the recorded files in {SHARED}, which are not on this machine")
    return SHARED


def _seed_of(request):
    return zlib.crc32(request.node.nodeid.encode())
