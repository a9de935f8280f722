"""Constraints against the Keras wheel: projections, configs, names."""

import keras
import numpy as np
import pytest

from kerajax import backend, constraints, objects

W = np.random.default_rng(0).normal(size=(3, 3, 4, 2)).astype("float32")
ROWS = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": [0, 1, 2]}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 2.0, "max_value": 3.0, "rate": 0.3, "axis": -1}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": (0, 1)}),
]
IDS = [f"{name}-{kwargs}" for name, kwargs in ROWS]


@pytest.mark.parametrize(("name", "kwargs"), ROWS, ids=IDS)
def test_projection_and_config_agree_with_keras(name, kwargs):
    ours = getattr(constraints, name)(**kwargs)
    theirs = getattr(keras.constraints, name)(**kwargs)
    np.testing.assert_allclose(ours(W), theirs(W), rtol=1e-6, atol=1e-7)
    assert ours.get_config() == theirs.get_config()
    config = constraints.serialize(ours)
    assert config == keras.constraints.serialize(theirs)
    again = constraints.deserialize(config)
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()


def test_projection_of_a_variable():
    projected = constraints.NonNeg()(backend.Variable(W))
    np.testing.assert_array_equal(projected, np.maximum(W, 0))


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("max_norm", "MaxNorm"),
        ("MaxNorm", "MaxNorm"),
        ("maxnorm", "MaxNorm"),
        ("nonneg", "NonNeg"),
        ("non_neg", "NonNeg"),
        ("unitnorm", "UnitNorm"),
        ("unit_norm", "UnitNorm"),
        ("min_max_norm", "MinMaxNorm"),
    ],
)
def test_strings_of_all_eras(name, cls):
    assert type(constraints.get(name)).__name__ == cls


def test_aliases_are_the_classes():
    assert constraints.max_norm is constraints.MaxNorm
    assert constraints.min_max_norm is constraints.MinMaxNorm
    assert constraints.non_neg is constraints.NonNeg
    assert constraints.unit_norm is constraints.UnitNorm


def test_config_and_argument_names_of_keras_1():
    with pytest.warns(objects.LegacySpellingWarning):
        assert constraints.get({"name": "MaxNorm", "m": 3}).max_value == 3


def test_get_takes_classes_functions_and_none():
    def project(w):
        return w

    assert constraints.get(project) is project
    assert constraints.get(None) is None
    assert isinstance(constraints.get(constraints.NonNeg), constraints.NonNeg)
    assert constraints.Constraint()(W) is W


@pytest.mark.parametrize("identifier", ["max", 3])
def test_get_names_what_it_cannot_find(identifier):
    with pytest.raises(ValueError, match="Could not interpret constraint identifier"):
        constraints.get(identifier)
