"""Regularizers against the Keras wheel: penalties, configs, names."""

import keras
import numpy as np
import pytest

from kerajax import objects, regularizers

W = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], "float32")
ROWS = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L1", {"l1": None}),
    ("L2", {}),
    ("L2", {"l2": 2}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {"l1": None, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
IDS = [f"{name}-{kwargs}" for name, kwargs in ROWS]


@pytest.mark.parametrize(("name", "kwargs"), ROWS, ids=IDS)
def test_penalty_and_config_agree_with_keras(name, kwargs):
    ours = getattr(regularizers, name)(**kwargs)
    theirs = getattr(keras.regularizers, name)(**kwargs)
    np.testing.assert_allclose(ours(W), theirs(keras.ops.array(W)), rtol=1e-6)
    config, expected = regularizers.serialize(ours), keras.regularizers.serialize(theirs)
    # Keras keeps some factors in float32, and writes 0.01 as 0.009999999776482582.
    inner, inner_expected = config.pop("config"), expected.pop("config")
    assert config == expected
    assert inner.pop("mode", None) == inner_expected.pop("mode", None)
    assert inner == pytest.approx(inner_expected, rel=1e-6)
    inner = ours.get_config()
    again = regularizers.deserialize({**config, "config": inner})
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()


def test_penalty_has_the_dtype_of_the_weight():
    for name in ("L1", "L2", "L1L2"):
        assert getattr(regularizers, name)(1.0)(W.astype("float16")).dtype == "float16"


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("l1", "L1"),
        ("L2", "L2"),
        ("l1l2", "L1L2"),
        ("l1_l2", "L1L2"),
        ("L1L2", "L1L2"),
        ("orthogonal_regularizer", "OrthogonalRegularizer"),
        ("activity_l2", "L2"),
    ],
)
def test_strings_of_all_eras(name, cls):
    assert type(regularizers.get(name)).__name__ == cls


def test_aliases_are_the_classes():
    assert regularizers.l1 is regularizers.L1
    assert regularizers.l2 is regularizers.L2
    assert regularizers.l1_l2 is regularizers.L1L2
    assert regularizers.orthogonal_regularizer is regularizers.OrthogonalRegularizer


def test_old_argument_names():
    with pytest.warns(objects.LegacySpellingWarning):
        assert regularizers.l2(l=0.2).l2 == 0.2


def test_get_takes_functions_and_none():
    def penalty(x):
        return 0.0

    assert regularizers.get(penalty) is penalty
    assert regularizers.get(None) is None


@pytest.mark.parametrize("identifier", ["l3", 3])
def test_get_names_what_it_cannot_find(identifier):
    with pytest.raises(ValueError, match="Could not interpret regularizer identifier"):
        regularizers.get(identifier)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "0.1"])
def test_factors_are_checked(value):
    for name in ("L1", "L2", "L1L2", "OrthogonalRegularizer"):
        with pytest.raises(ValueError, match="at least 0"):
            getattr(regularizers, name)(value)


def test_orthogonal_regularizer_wants_a_matrix_and_a_mode():
    with pytest.raises(ValueError, match="rank 2"):
        regularizers.OrthogonalRegularizer()(np.ones(3))
    with pytest.raises(ValueError, match="mode"):
        regularizers.OrthogonalRegularizer(mode="diagonal")
