"""Losses, metrics, targets and weights matched to one output, many, and nested ones."""

import numpy as np
import pytest

import kerajax
from kerajax import layers

X = np.ones((4, 3), "float32")
Y = np.zeros((4, 1), "float32")


def functional(structure):
    """A model with the outputs `a` and `b`, in a structure."""
    x = kerajax.Input((3,))
    return kerajax.Model(x, structure(layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)))


class Subclassed(kerajax.Model):
    """Two outputs without names."""

    def __init__(self, structure):
        super().__init__()
        self.structure = structure
        self.a, self.b = layers.Dense(1), layers.Dense(1)

    def call(self, x):
        return self.structure(self.a(x), self.b(x))


def a_list(a, b):
    return [a, b]


def a_tuple(a, b):
    return a, b


def a_dict(a, b):
    return {"p": a, "q": b}


def nested(a, b):
    return {"p": [a, b], "q": b}


def logs(model, y, sample_weight=None, **options):
    model.compile("sgd", **options)
    return model.fit(X, y, sample_weight=sample_weight, verbose=0).history


MSE2 = {"loss": ["mse", "mse"]}


@pytest.mark.parametrize(
    ("structure", "y", "options", "names"),
    [
        (a_list, [Y, Y], {"loss": "mse"}, "a_loss b_loss"),
        (a_tuple, (Y, Y), {"loss": ["mse", "mae"]}, "a_loss b_loss"),
        (a_dict, {"p": Y, "q": Y}, {"loss": "mse"}, "p_loss q_loss"),
        (a_dict, [Y, Y], MSE2, "p_loss q_loss"),
        (a_list, [Y, Y], {"loss": {"a": "mse", "b": ["mae"]}}, "a_loss b_loss"),
        (a_list, [Y, Y], {"loss": ["mse", None]}, ""),
        (a_list, {"a": Y, "b": Y}, MSE2, "a_loss b_loss"),
        (a_dict, {"q": Y}, {"loss": {"q": "mse"}}, ""),
        (nested, {"p": [Y, Y], "q": Y}, {"loss": "mse"}, "p/a_loss p/b_loss q_loss"),
        (a_list, [Y, Y], MSE2 | {"metrics": ["mae", "mae"]}, "a_loss b_loss a_mae b_mae"),
        (a_list, [Y, Y], MSE2 | {"metrics": "mae"}, "a_loss b_loss a_mae b_mae"),
        (a_list, [Y, Y], MSE2 | {"metrics": [["mae", "mse"], None]}, "a_loss b_loss a_mae a_mse"),
        (a_dict, [Y, Y], MSE2 | {"metrics": {"q": ["mae"]}}, "p_loss q_loss q_mae"),
        (
            a_list,
            [Y, Y],
            MSE2 | {"metrics": [["mae"], ["mse"]], "weighted_metrics": [["mae"], ["mae"]]},
            "a_loss b_loss a_mae b_mse a_weighted_mae b_mae",
        ),
        (
            nested,
            {"p": [Y, Y], "q": Y},
            {"loss": {"p": ["mse", "mae"]}, "metrics": {"p": ["mae", "mse"]}},
            "p/a_loss p/b_loss a_mae b_mse",
        ),
    ],
)
def test_names_in_logs(structure, y, options, names):
    assert set(logs(functional(structure), y, **options)) == {"loss", *names.split()}


def test_outputs_without_names_are_called_by_their_losses():
    names = logs(Subclassed(a_list), [Y, Y], loss=["mse", "mae"], metrics=["mse", "mse"])
    assert set(names) == {"loss", "mse_loss", "mae_loss", "mse", "mse_1"}


def test_the_total_is_the_weighted_sum():
    model = functional(a_list)
    history = logs(model, [Y, Y], loss=["mse", "mae"], loss_weights=[2.0, 0.5])
    expected = 2 * history["a_loss"][0] + 0.5 * history["b_loss"][0]
    np.testing.assert_allclose(history["loss"][0], expected, rtol=1e-6)
    by_name = logs(model, [Y, Y], loss=["mse", "mae"], loss_weights={"a": 1.0, "b": 0.0})
    np.testing.assert_allclose(by_name["loss"], by_name["a_loss"], rtol=1e-6)


def test_a_loss_above_a_structure_gets_all_of_it():
    """A list of losses for a dict of outputs: each sees the outputs it stands above."""
    seen = []

    def whole(y_true, y_pred):
        seen.append((type(y_true), type(y_pred)))
        return kerajax.ops.abs(y_true["p"] - y_pred["q"])

    history = logs(functional(a_dict), {"p": Y, "q": Y}, loss=[whole, {"p": "mse"}])
    assert set(history) == {"loss", "p_q_loss", "p_loss"} and seen[0] == (dict, dict)


def test_sample_weights_for_each_output():
    """Weights of one output leave the other's loss alone."""
    model = functional(a_list)
    model.compile(kerajax.optimizers.SGD(0.0), ["mse", "mse"])
    plain = model.evaluate(X, [Y, Y], verbose=0, return_dict=True)
    none, ones = np.zeros(4, "float32"), np.ones(4, "float32")
    for weights in ([none, ones], {"a": none, "b": ones}):
        logs = model.evaluate(X, [Y, Y], sample_weight=weights, verbose=0, return_dict=True)
        assert logs["a_loss"] == 0.0
        np.testing.assert_allclose(logs["b_loss"], plain["b_loss"], rtol=1e-6)


def test_one_target_serves_the_only_loss():
    assert set(logs(functional(a_list), Y, loss=["mse", None])) == {"loss"}


@pytest.mark.parametrize(
    ("structure", "y", "options", "error", "message"),
    [
        (a_list, [Y], MSE2, ValueError, r"`y_true` and the model's outputs have different"),
        (a_list, Y, {"loss": "mse"}, ValueError, r"\['a', 'b'\], but received y_true=array\(4, 1"),
        (a_dict, {"p": Y, "r": Y}, MSE2, ValueError, "different structures"),
        (a_list, [Y, Y], {"loss": {"a": "mse", "c": "mse"}}, ValueError, "Expected keys"),
        (a_dict, [Y, Y], {"loss": {"c": "mse"}}, KeyError, "can't be found in either the model"),
        (a_list, [Y, Y], {"loss": ["mse"] * 3}, KeyError, r"path: \(2,\)"),
        (a_list, [Y, Y], {"loss": [None, None]}, ValueError, "At least one of the outputs"),
        (a_list, [Y, None], MSE2, ValueError, "'b_loss' has a loss but no target"),
        (a_list, [Y, Y], MSE2 | {"metrics": {"c": "mse"}}, ValueError, "Invalid `metrics`.*'c'"),
        (
            a_list,
            [Y, Y],
            MSE2 | {"weighted_metrics": [["mse"], ["mse"], []]},
            ValueError,
            "Invalid `weighted_metrics`",
        ),
        (a_list, [Y, Y], {"loss": ["mse", 3]}, ValueError, "3"),
    ],
)
def test_what_does_not_match_is_refused(structure, y, options, error, message):
    with pytest.raises(error, match=message):
        logs(functional(structure), y, **options)


def test_outputs_of_one_layer_have_logs_of_their_own():
    """A critic that is called twice gives two losses: the second is numbered, as in tf.keras."""
    critic = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)], name="critic")
    inputs = [kerajax.Input((3,)), kerajax.Input((3,))]
    model = kerajax.Model(inputs, [critic(x) for x in inputs])
    model.compile("sgd", ["mse", "mae"])
    total, first, second = model.train_on_batch([X, 2 * X], [Y, Y])
    assert total == pytest.approx(first + second)
    assert first != second
    history = model.fit([X, X], [Y, Y], verbose=0).history
    assert set(history) == {"loss", "critic_loss", "critic_1_loss"}
