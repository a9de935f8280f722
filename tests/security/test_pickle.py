"""Copies and pickles of models, layers and optimizers: all state is there, no file is trusted."""

import copy
import io
import pickle

import cloudpickle
import joblib
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.models import _model

from . import hostile
from .containment import contained


def _joblib(x):
    stream = io.BytesIO()
    joblib.dump(x, stream)
    stream.seek(0)
    return joblib.load(stream)


WAYS = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "cloudpickle": lambda x: cloudpickle.loads(cloudpickle.dumps(x)),
    "joblib": _joblib,
}


@pytest.fixture(params=WAYS)
def again(request):
    """A function that returns a copy, for each way to make one."""
    return WAYS[request.param]


def _trained(rng):
    model = kerajax.Sequential(
        [kerajax.Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(1)]
    )
    model.compile(kerajax.optimizers.Adam(0.05), "mse")
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    model.fit(x, y, epochs=2, batch_size=4, verbose=0)
    return model, x, y


def test_models_train_on_alike(again, rng):
    """Weights, moving averages and the optimizer's slots are there: the next steps are the same."""
    model, x, y = _trained(rng)
    twin = again(model)
    assert twin is not model
    assert len(twin.optimizer.variables) == len(model.optimizer.variables) > 2
    for a, b in zip(model.optimizer.variables, twin.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for each in (model, twin):
        each.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_layers_and_optimizers_keep_their_variables(again, rng):
    """Alone, outside of a model."""
    model, _, _ = _trained(rng)
    layer = again(model.layers[0])
    for a, b in zip(model.layers[0].get_weights(), layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    layer.kernel.assign(layer.kernel * 0)
    assert np.any(model.layers[0].kernel.numpy())
    optimizer = again(model.optimizer)
    assert int(optimizer.iterations) == int(model.optimizer.iterations) == 4
    for a, b in zip(model.optimizer.variables, optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_functions_travel_beside_the_file(again):
    """A Lambda is there after all ways; two of the same code keep what is different about them."""

    def times(n):
        return layers.Lambda(lambda x: n * x)

    model = kerajax.Sequential([kerajax.Input((2,)), times(2), times(5)])
    np.testing.assert_array_equal(again(model)(np.ones((1, 2))), [[10, 10]])


def test_a_copy_has_the_function_itself():
    """Not another one made of its bytecode."""
    model = kerajax.Sequential([kerajax.Input((2,)), layers.Lambda(lambda x: 2 * x)])
    assert copy.deepcopy(model).layers[0].function is model.layers[0].function


def test_the_file_in_a_pickle_is_not_trusted(secrets, tmp_path):
    """What unpickles models is no way around `safe_mode` for who allows that function alone."""
    evil = hostile.sequential(hostile.lambdas(secrets.canary)["3"])
    content = hostile.archive(tmp_path / "m.keras", evil).read_bytes()
    with contained(secrets), pytest.raises(ValueError, match="safe_mode"):
        _model._unpickled(content, {})
