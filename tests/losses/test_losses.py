"""Losses: every class against Keras, then masks, weights, reductions, names and gradients.

One table of rows serves all checks; a new loss is one row.
"""

import json

import jax
import keras
import numpy as np
import pytest

import kerajax
from kerajax import losses
from kerajax.losses._reduce import REDUCTIONS
from kerajax.objects import EraScope

RNG = np.random.default_rng(7)


def _scores(*shape):
    return RNG.normal(size=shape).astype("float32")


def _chances(*shape):
    x = np.exp(_scores(*shape))
    return x / x.sum(-1, keepdims=True)


def _unit(*shape):
    return RNG.uniform(0.05, 0.95, size=shape).astype("float32")


def _one_hot(*shape):
    return np.eye(shape[-1], dtype="float32")[RNG.integers(0, shape[-1], size=shape[:-1])]


def _labels(high, *shape):
    return RNG.integers(0, high, size=shape).astype("int32")


def _sphere(*shape):
    x = _scores(*shape)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


# Class, constructor arguments, targets, predictions.
ROWS = [
    ("MeanSquaredError", {}, _scores(4, 3), _scores(4, 3)),
    ("MeanSquaredError", {}, _scores(4), _scores(4, 1)),
    ("CTC", {}, np.array([[1, 2, 0], [2, 2, 1]], "int32"), _scores(2, 6, 4)),
    ("MeanSquaredError", {}, _scores(4, 3, 1), _scores(4, 3)),
    ("MeanAbsoluteError", {}, _scores(4, 5, 3), _scores(4, 5, 3)),
    ("MeanAbsolutePercentageError", {}, _scores(4, 3), _scores(4, 3)),
    ("MeanSquaredLogarithmicError", {}, _scores(4, 3), _scores(4, 3)),
    ("CosineSimilarity", {}, _scores(4, 3), _scores(4, 3)),
    ("CosineSimilarity", {"axis": 1}, _scores(4, 3, 2), _scores(4, 3, 2)),
    ("Huber", {}, _scores(4, 3), 2 * _scores(4, 3)),
    ("Huber", {"delta": 0.5, "name": "h"}, _scores(4, 3), _scores(4, 3)),
    ("LogCosh", {}, _scores(4, 3), _scores(4, 3)),
    ("Hinge", {}, _labels(2, 4, 3), _scores(4, 3)),
    ("Hinge", {}, 2 * _labels(2, 4, 3) - 1, _scores(4, 3)),
    ("SquaredHinge", {}, _labels(2, 4, 3), _scores(4, 3)),
    ("CategoricalHinge", {}, _one_hot(4, 3), _scores(4, 3)),
    ("KLDivergence", {}, _chances(4, 3), _chances(4, 3)),
    ("Poisson", {}, _labels(5, 4, 3), _unit(4, 3)),
    ("BinaryCrossentropy", {}, _labels(2, 4, 1), _unit(4, 1)),
    ("BinaryCrossentropy", {}, _labels(2, 4), _unit(4, 1)),
    ("BinaryCrossentropy", {"from_logits": True}, _labels(2, 4, 3), _scores(4, 3)),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, _labels(2, 4, 3), _unit(4, 3)),
    ("BinaryFocalCrossentropy", {}, _labels(2, 4, 3), _unit(4, 3)),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.0, "from_logits": True},
        _labels(2, 4, 3),
        _scores(4, 3),
    ),
    ("CategoricalCrossentropy", {}, _one_hot(4, 3), _chances(4, 3)),
    ("CategoricalCrossentropy", {"from_logits": True}, _one_hot(4, 5, 3), _scores(4, 5, 3)),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, _one_hot(4, 3), _chances(4, 3)),
    ("CategoricalFocalCrossentropy", {}, _one_hot(4, 3), _chances(4, 3)),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, _one_hot(4, 3), _scores(4, 3)),
    ("SparseCategoricalCrossentropy", {}, _labels(3, 4), _chances(4, 3)),
    ("SparseCategoricalCrossentropy", {}, _labels(3, 4, 1), _chances(4, 3)),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, _labels(3, 4, 5), _scores(4, 5, 3)),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, _labels(3, 4, 5), _chances(4, 5, 3)),
    (
        "SparseCategoricalCrossentropy",
        {"ignore_class": -1, "from_logits": True},
        _labels(3, 4, 5) - 1,
        _scores(4, 5, 3),
    ),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, _labels(3, 4), _chances(4, 3)),
    ("Dice", {}, _labels(2, 4, 3), _unit(4, 3)),
    ("Dice", {"axis": (1, 2)}, _labels(2, 4, 3, 2), _unit(4, 3, 2)),
    ("Tversky", {"alpha": 0.3, "beta": 0.7}, _labels(2, 4, 3), _unit(4, 3)),
    ("Circle", {}, _labels(2, 6), _sphere(6, 3)),
    ("Circle", {"remove_diagonal": False, "gamma": 10.0}, _labels(3, 6, 1), _sphere(6, 3)),
]


def _title(row):
    name, arguments, y_true, y_pred = row
    given = ",".join(f"{key}={value}" for key, value in arguments.items())
    return f"{name}({given})-{'x'.join(map(str, y_true.shape))}"


every_row = pytest.mark.parametrize("row", ROWS, ids=_title)


def _pair(row, **more):
    name, arguments, *_ = row
    arguments = {**arguments, **more}
    return getattr(losses, name)(**arguments), getattr(keras.losses, name)(**arguments)


def _close(ours, theirs):
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=2e-5, atol=1e-6)


@every_row
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_agree_with_keras(row, reduction):
    """Values of every reduction, without weights and with one weight per sample."""
    ours, theirs = _pair(row, reduction=reduction)
    y_true, y_pred = row[2:]
    _close(ours(y_true, y_pred), theirs(y_true, y_pred))
    values = losses.get(type(ours)(**row[1], reduction=None))(y_true, y_pred)
    weights = np.linspace(0.0, 2.0, y_true.shape[0], dtype="float32")
    if values.ndim == 1:
        _close(
            ours(y_true, y_pred, sample_weight=weights),
            theirs(y_true, y_pred, sample_weight=weights),
        )
    if values.ndim:
        weights = RNG.uniform(size=values.shape).astype("float32")
        _close(
            ours(y_true, y_pred, sample_weight=weights),
            theirs(y_true, y_pred, sample_weight=weights),
        )


@every_row
def test_gradients_agree_with_keras(row):
    """Gradients with respect to predictions, under `jit`."""
    ours, theirs = _pair(row)
    y_true, y_pred = row[2:]
    gradient = jax.jit(jax.grad(lambda p: ours(y_true, p)))(y_pred)
    expected = jax.grad(lambda p: theirs(y_true, p))(y_pred)
    assert np.isfinite(np.asarray(gradient)).all()
    np.testing.assert_allclose(gradient, np.asarray(expected), rtol=5e-4, atol=1e-6)


@every_row
def test_masks_agree_with_keras(row):
    """A mask on the predictions leaves out entries, with and without weights."""
    y_true, y_pred = row[2:]
    for reduction in REDUCTIONS:
        ours, theirs = _pair(row, reduction=reduction)
        shape = _pair(row, reduction=None)[0](y_true, y_pred).shape
        if not shape:
            return
        mask = np.arange(np.prod(shape)).reshape(shape) % 3 != 1
        weights = RNG.uniform(size=shape).astype("float32")
        for sample_weight in (None, weights):
            mine, other = jax.numpy.asarray(y_pred), jax.numpy.asarray(y_pred)
            mine._keras_mask, other._keras_mask = jax.numpy.asarray(mask), jax.numpy.asarray(mask)
            _close(
                ours(y_true, mine, sample_weight=sample_weight),
                theirs(y_true, other, sample_weight=sample_weight),
            )


@every_row
def test_configs_agree_with_keras(row):
    """The config is that of Keras and makes an equal loss; Keras reads it, too."""
    ours, theirs = _pair(row)
    config, expected = losses.serialize(ours), keras.losses.serialize(theirs)
    lost = {"delta", "axis"} & (config["config"].keys() - expected["config"].keys())
    # Keras forgets these two; kerajax writes them where they are not the default.
    kept = {key: value for key, value in config["config"].items() if key not in lost}
    assert {**config, "config": kept} == expected
    again = losses.deserialize(json.loads(json.dumps(config)))
    assert again.get_config() == json.loads(json.dumps(ours.get_config())) or row[0] == "Dice"
    _close(again(*row[2:]), ours(*row[2:]))
    _close(keras.saving.deserialize_keras_object(config)(*row[2:]), ours(*row[2:]))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_dtype_of_the_loss_is_that_of_the_result(dtype):
    """Inputs are cast to the loss' dtype first."""
    result = losses.MeanSquaredError(dtype=dtype)(np.ones((2, 3)), np.zeros((2, 3)))
    assert str(result.dtype) == {"float64": "float32"}.get(dtype, dtype)
    assert losses.MeanSquaredError(dtype="mixed_float16").dtype == "float16"


def test_weight_per_sample_applies_to_all_steps():
    """Weights `(batch,)` for values `(batch, time)`, where Keras fails to broadcast."""
    y_true, y_pred = np.zeros((2, 3, 1)), np.ones((2, 3, 1))
    result = losses.MeanSquaredError(reduction=None)(y_true, y_pred, np.array([1.0, 3.0]))
    assert result.tolist() == [[1.0] * 3, [3.0] * 3]


def test_structures_are_taken_leaf_by_leaf():
    """A function of structures gets them with matched ranks."""

    def total(y_true, y_pred):
        return sum(losses.mean_squared_error(y_true[key], y_pred[key]) for key in y_true)

    y_true = {"a": np.zeros(2), "b": np.zeros((2, 1))}
    y_pred = {"a": np.ones((2, 1)), "b": np.ones(2)}
    loss = losses.LossFunctionWrapper(total)
    assert float(loss(y_true, y_pred)) == 2.0


def test_user_loss_without_get_config():
    """A subclass that only has `call` has name, reduction and config."""

    class Farthest(losses.Loss):
        def call(self, y_true, y_pred):
            return kerajax.ops.max(kerajax.ops.abs(y_true - y_pred), axis=-1)

    loss = Farthest(reduction="sum")
    assert float(loss([[0, 0]], [[1.0, 3.0]])) == 3.0
    assert loss.get_config() == {"name": "farthest", "reduction": "sum"}


def test_wrapper_round_trip():
    """The function and its arguments are in the config."""
    loss = losses.LossFunctionWrapper(losses.huber, delta=2.0, name="wide")
    again = losses.deserialize(json.loads(json.dumps(losses.serialize(loss))))
    assert again.fn is losses.huber and again.get_config() == loss.get_config()


@pytest.mark.parametrize("name", sorted(keras.src.losses.ALL_OBJECTS_DICT))
def test_every_name_of_keras_is_known(name):
    """What Keras finds is found: functions for their names, instances for those of classes."""
    if name in ("Loss", "LossFunctionWrapper", "CTC", "ctc"):
        return
    ours, theirs = losses.get(name), keras.losses.get(name)
    named = [getattr(x, "__name__", type(x).__name__) for x in (ours, theirs)]
    assert named[0] == named[1]


@pytest.mark.parametrize(
    "old, new",
    [
        ("logcosh", "log_cosh"),
        ("huber_loss", "huber"),
        ("cosine_proximity", "cosine_similarity"),
        ("kullback_leibler_divergence", "kl_divergence"),
        ("KLD", "kl_divergence"),
    ],
)
def test_old_names(old, new):
    """Strings of older Keras, and the same names as attributes of the module."""
    assert losses.get(old) is getattr(losses, new) is getattr(losses, old)


def test_old_configs():
    """Configs of tf.keras: `auto`, and classes without a module."""
    config = {"class_name": "Huber", "config": {"reduction": "auto", "name": "h", "delta": 2.0}}
    with EraScope("tf2"):
        loss = losses.get(config)
    assert (loss.reduction, loss.delta, loss.name) == ("sum_over_batch_size", 2.0, "h")


def test_unknown_things_are_refused():
    """Errors name the nearest."""
    with pytest.raises(ValueError, match="mean_squared_error"):
        losses.get("mean_square_error")
    with pytest.raises(ValueError, match="sum_over_batch_size"):
        losses.MeanSquaredError(reduction="sum_over_batch")
    with pytest.raises(ValueError, match="interval"):
        losses.CategoricalGeneralizedCrossEntropy(q=1.0)


@pytest.mark.parametrize(
    "shapes, name",
    [
        (((8, 1), (8, 1)), "binary_crossentropy"),
        (((8,), (8, 10)), "sparse_categorical_crossentropy"),
        (((8, 1), (8, 10)), "sparse_categorical_crossentropy"),
        (((8, 10), (8, 10)), "categorical_crossentropy"),
    ],
)
def test_word_crossentropy(shapes, name):
    """`"crossentropy"` means what the shapes say."""
    assert losses.crossentropy_for(*shapes) is getattr(losses, name)


def test_formulas_take_symbolic_tensors():
    """A formula on KerasTensors gives a KerasTensor without the last axis."""
    x = kerajax.KerasTensor((None, 3))
    assert losses.mean_squared_error(x, x).shape == (None,)
    assert losses.categorical_crossentropy(x, x).shape == (None,)


def test_circle_loss_of_a_batch_of_unknown_size():
    """The graph leaves the diagonal out as the eager formula does."""
    labels, embeddings = kerajax.Input((), dtype="int32"), kerajax.Input((3,))
    model = kerajax.Model([labels, embeddings], losses.circle(labels, embeddings))
    y, p = np.array([0, 1, 0, 1, 1], "int32"), _sphere(5, 3)
    assert model.output_shape == (None,)
    np.testing.assert_allclose(model([y, p]), losses.circle(y, p), rtol=1e-5)
