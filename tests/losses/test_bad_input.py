"""Wrong arguments and tensors for losses and metrics: types of the wheel, and what is said."""

import keras
import numpy as np
import pytest

import kerajax
from tests.losses.test_losses import ROWS as LOSSES
from tests.metrics.test_metrics import ROWS as METRICS
from tests.wrong_input import raised, said_where_both_refuse

LOSSES = list({row[0]: row for row in reversed(LOSSES)}.values())
METRICS = list({row[0]: row for row in reversed(METRICS)}.values())

# What a metric refuses in its constructor: class, arguments, and a word of the message.
REFUSED = [
    ("Precision", {"thresholds": 2.0}, "2.0"),
    ("TruePositives", {"thresholds": [0.5, None]}, "None"),
    ("AUC", {"num_thresholds": 1}, "1"),
    ("AUC", {"curve": "nonsense"}, "nonsense"),
    ("AUC", {"summation_method": "nonsense"}, "nonsense"),
    ("SensitivityAtSpecificity", {"specificity": -1}, "-1"),
    ("PrecisionAtRecall", {"recall": 2}, "2"),
    ("F1Score", {"average": "nonsense"}, "nonsense"),
    ("F1Score", {"threshold": "x"}, "x"),
    ("FBetaScore", {"beta": -1.0}, "-1"),
    ("R2Score", {"class_aggregation": "nonsense"}, "nonsense"),
    ("R2Score", {"num_regressors": -1}, "-1"),
    ("IoU", {"num_classes": 2, "target_class_ids": [5]}, "5"),
]


def agree(function, *words):
    """Both raise, the same type, and here with the words in the message or its notes."""
    text = said_where_both_refuse(function)
    for word in words:
        assert word in text, (word, text)


@pytest.mark.parametrize("row", LOSSES, ids=lambda row: row[0])
def test_losses_refuse_unknown_arguments(row):
    """Keywords and reductions that do not exist."""
    name, arguments, *_ = row
    agree(lambda k: getattr(k.losses, name)(**arguments, colour=1), name, "colour")
    agree(lambda k: getattr(k.losses, name)(**arguments, reduction="sun"), name, "sun")


@pytest.mark.parametrize("row", METRICS, ids=lambda row: row[0])
def test_metrics_refuse_unknown_arguments(row):
    """Keywords that do not exist."""
    name, arguments, _ = row
    agree(lambda k: getattr(k.metrics, name)(**arguments, colour=1), name, "colour")


@pytest.mark.parametrize("row", LOSSES, ids=lambda row: row[0])
def test_losses_say_whose_shapes_do_not_fit(row):
    """Targets of another batch, and weights of another batch, where the wheel refuses them."""
    name, arguments, y_true, y_pred = row
    longer = np.concatenate([y_true, y_true])
    weights = np.ones(7, "float32")
    cases = {
        f"y_true={longer.dtype} {longer.shape}": lambda k: getattr(k.losses, name)(**arguments)(
            longer, y_pred
        ),
        "sample_weight=float32 (7,)": lambda k: getattr(k.losses, name)(**arguments)(
            y_true, y_pred, sample_weight=weights
        ),
    }
    for words, call in cases.items():
        if raised(call, keras) is not None:
            agree(call, name, words)


@pytest.mark.parametrize(("name", "arguments", "word"), REFUSED, ids=str)
def test_metrics_refuse_values(name, arguments, word):
    """Thresholds, curves and shares out of range: the value is shown."""
    agree(lambda k: getattr(k.metrics, name)(**arguments), word)


@pytest.mark.parametrize("name", ["TruePositives", "FalseNegatives", "Precision", "Recall"])
def test_counts_say_whose_shapes_do_not_fit(name):
    """Counts of decisions need a prediction for each label."""
    for true, pred in [((4,), (3,)), ((4, 2), (4, 3))]:
        y_true, y_pred = np.ones(true, "float32"), np.ones(pred, "float32")
        agree(lambda k, t=y_true, p=y_pred: getattr(k.metrics, name)()(t, p), name, str(pred))


def test_huber_says_what_no_number_is():
    """Where the line begins is a number, or what converts to one."""
    x = np.ones((2, 3), "float32")
    agree(lambda k: k.losses.Huber(delta="far")(x, x), "far")


def test_circle_says_whose_pairs_do_not_fit():
    """One class number for each embedding, in references too; a size that is unknown may fit."""
    labels, embeddings = np.zeros(4, "int32"), np.ones((4, 2), "float32")
    agree(lambda k: k.losses.circle(labels[:3], embeddings), "(3,)", "(4, 2)")
    agree(lambda k: k.losses.circle(labels, embeddings, ref_labels=labels[:3]), "(4, 3)", "(4, 4)")
    symbolic = kerajax.KerasTensor((None,)), kerajax.KerasTensor((4, 2))
    assert kerajax.losses.circle(*symbolic, remove_diagonal=False).shape == (4,)


def test_metrics_say_whose_shapes_do_not_fit():
    """A metric that is called names itself and what came."""
    metric = kerajax.metrics.MeanSquaredError(name="error")
    with pytest.raises((ValueError, TypeError)) as caught:
        metric(np.zeros((4, 3), "float32"), np.zeros((4, 5), "float32"))
    (note,) = (note for note in caught.value.__notes__ if note.startswith("Raised in a call of"))
    assert "MeanSquaredError 'error'" in note and "y_pred=float32 (4, 5)" in note
