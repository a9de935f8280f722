"""One `get` for all kinds of named things."""

import pytest

from kerajax.objects import CustomObjectScope, EraScope, lookup
from tests.objects.samples import SGD, Dense


def linear(x):
    return x


def old_hard_sigmoid(x):
    return x


ACTIVATIONS = {"linear": linear, "hard_sigmoid": abs, "hard_sigmoid_keras2": old_hard_sigmoid}
LOSSES = {"kl_divergence": linear, "log_cosh": linear, "mean_squared_error": linear}


def test_what_can_be_given():
    """None, names, functions, classes, instances, configs."""
    layer = Dense(3)
    table = {"Dense": Dense, "linear": linear}
    assert lookup(None, table, "things") is None
    assert lookup(None, table, "things", default=linear) is linear
    assert lookup("linear", table, "things") is linear
    assert lookup(linear, table, "things") is linear
    assert lookup(Dense, table, "things", instantiate=False) is Dense
    assert lookup(layer.get_config, table, "things") == layer.get_config


def test_optimizers_are_found_in_any_case():
    """They are instances, which need not be callable."""
    table = {"sgd": SGD}
    for name in ("SGD", "sgd", "Sgd"):
        assert isinstance(lookup(name, table, "optimizers", ignore_case=True), SGD)
    config = {"class_name": "SGD", "config": {"learning_rate": 0.5}}
    assert lookup(config, table, "optimizers", ignore_case=True).learning_rate == 0.5
    config["class_name"] = "Custom>SGD"
    assert lookup(config, table, "optimizers", ignore_case=True).learning_rate == 0.5
    sgd = SGD()
    assert lookup(sgd, table, "optimizers") is sgd


@pytest.mark.parametrize("name", ["kullback_leibler_divergence", "logcosh"])
def test_old_names(name):
    """Names of any era."""
    assert lookup(name, LOSSES, "losses") is linear


def test_names_whose_meaning_changed():
    """The era says which is meant."""
    assert lookup("hard_sigmoid", ACTIVATIONS, "activations") is abs
    with EraScope("2.2"):
        assert lookup("hard_sigmoid", ACTIVATIONS, "activations") is old_hard_sigmoid
        config = {"module": "builtins", "class_name": "function", "config": "hard_sigmoid"}
        assert lookup(config, ACTIVATIONS, "activations") is old_hard_sigmoid


def test_configs_of_keras_1_have_names_not_classes():
    """`{"name": "SGD", ...}` holds the arguments beside the name."""
    found = lookup({"name": "SGD", "momentum": 0.5}, {"SGD": SGD}, "optimizers")
    assert found.momentum == 0.5


def test_custom_names():
    """By scope and by argument."""
    with CustomObjectScope({"mine": linear}):
        assert lookup("mine", {}, "activations") is linear
    assert lookup("mine", {}, "activations", custom_objects={"mine": linear}) is linear


@pytest.mark.parametrize(
    ("identifier", "kind", "text"),
    [
        ("mean_squared_eror", "losses", "loss identifier: mean_squared_eror. Did you mean 'mean"),
        ("qqq", "losses", "Could not interpret loss identifier: qqq."),
        (3, "activations", "activation function identifier: 3"),
        ("fmeasure", "metrics", "older Keras; use `metrics.F1Score()`"),
        ({"units": 3}, "losses", "class_name"),
    ],
)
def test_unknown_names(identifier, kind, text):
    """ValueError, with the nearest name."""
    with pytest.raises(ValueError) as caught:
        lookup(identifier, LOSSES, kind)
    assert text in str(caught.value)
