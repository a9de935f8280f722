"""What a refused file must look like from outside, whichever way it is loaded."""

import numpy as np
import pytest

from kerajax.saving import load_model

from .containment import contained


def assert_refused(make_model, path, secrets, match=None):
    """Loads a file as a model and as weights: an error each time, no harm, a model as it was.

    Args:
        make_model: Function that gives the model which the file claims to hold the weights of.
        path: Path of the file or folder.
        secrets: `Secrets` beside it.
        match: Optional pattern that the message must match.
    """
    model = make_model()
    before = model.get_weights()
    for load in (load_model, model.load_weights):
        with contained(secrets), pytest.raises(ValueError, match=match):
            load(path)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
