"""Metrics: every class against Keras over several batches, eager and compiled.

One table of rows serves all checks; a new metric is one row.
"""

import json

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import kerajax
from kerajax import losses, metrics
from kerajax.objects import EraScope

RNG = np.random.default_rng(11)


def _scores(*shape):
    return RNG.normal(size=shape).astype("float32")


def _unit(*shape):
    # Sixteenths lie on thresholds at times, which is where counting errors show.
    return (RNG.integers(0, 17, size=shape) / 16).astype("float32")


def _chances(*shape):
    x = np.exp(_scores(*shape))
    return x / x.sum(-1, keepdims=True)


def _one_hot(*shape):
    return np.eye(shape[-1], dtype="float32")[RNG.integers(0, shape[-1], size=shape[:-1])]


def _labels(high, *shape):
    return RNG.integers(0, high, size=shape).astype("int32")


def _ids(*shape):
    return np.argsort(_scores(*shape), axis=-1).astype("int32")


def _two(make_true, make_pred):
    """Two batches of different sizes."""
    return [(make_true(6), make_pred(6)), (make_true(4), make_pred(4))]


REGRESSION = _two(lambda n: _scores(n, 3), lambda n: _scores(n, 3))
SEQUENCE = _two(lambda n: _scores(n, 5, 3), lambda n: _scores(n, 5, 3))
COLUMN = _two(lambda n: _scores(n), lambda n: _scores(n, 1))
BINARY = _two(lambda n: _labels(2, n, 1), lambda n: _unit(n, 1))
VECTOR = _two(lambda n: _labels(2, n), lambda n: _unit(n))
MULTI = _two(lambda n: _labels(2, n, 3), lambda n: _unit(n, 3))
ONE_HOT = _two(lambda n: _one_hot(n, 7), lambda n: _chances(n, 7))
SPARSE = _two(lambda n: _labels(7, n), lambda n: _chances(n, 7))
SPARSE_COLUMN = _two(lambda n: _labels(7, n, 1), lambda n: _chances(n, 7))
SPARSE_STEPS = _two(lambda n: _labels(7, n, 5), lambda n: _chances(n, 5, 7))
CLASSES = _two(lambda n: _labels(3, n), lambda n: _labels(3, n))
IMAGES = _two(lambda n: _labels(3, n, 2, 2), lambda n: _labels(3, n, 2, 2))
LOGITS = _two(lambda n: _labels(2, n, 3), lambda n: _scores(n, 3))

# Class, constructor arguments, batches.
ROWS = [
    ("MeanSquaredError", {}, REGRESSION),
    ("MeanSquaredError", {"dtype": "float16"}, REGRESSION),
    ("MeanSquaredError", {}, SEQUENCE),
    ("MeanSquaredError", {}, COLUMN),
    ("RootMeanSquaredError", {}, REGRESSION),
    ("RootMeanSquaredError", {}, SEQUENCE),
    ("MeanAbsoluteError", {}, REGRESSION),
    ("MeanAbsolutePercentageError", {}, REGRESSION),
    ("MeanSquaredLogarithmicError", {}, REGRESSION),
    ("CosineSimilarity", {}, REGRESSION),
    ("CosineSimilarity", {"axis": 1}, SEQUENCE),
    ("LogCoshError", {}, REGRESSION),
    ("R2Score", {}, REGRESSION),
    ("R2Score", {"class_aggregation": None}, REGRESSION),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, REGRESSION),
    ("R2Score", {"num_regressors": 2}, REGRESSION),
    ("PearsonCorrelation", {}, REGRESSION),
    ("ConcordanceCorrelation", {}, REGRESSION),
    ("Hinge", {}, MULTI),
    ("SquaredHinge", {}, MULTI),
    ("CategoricalHinge", {}, ONE_HOT),
    ("KLDivergence", {}, ONE_HOT),
    ("Poisson", {}, REGRESSION[:0] + MULTI),
    ("BinaryCrossentropy", {}, BINARY),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, LOGITS),
    ("CategoricalCrossentropy", {}, ONE_HOT),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ONE_HOT),
    ("SparseCategoricalCrossentropy", {}, SPARSE),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, SPARSE_STEPS),
    ("Accuracy", {}, CLASSES),
    ("Accuracy", {}, IMAGES),
    ("BinaryAccuracy", {}, BINARY),
    ("BinaryAccuracy", {"threshold": 0.25}, MULTI),
    ("CategoricalAccuracy", {}, ONE_HOT),
    ("SparseCategoricalAccuracy", {}, SPARSE),
    ("SparseCategoricalAccuracy", {}, SPARSE_COLUMN),
    ("SparseCategoricalAccuracy", {}, SPARSE_STEPS),
    ("TopKCategoricalAccuracy", {"k": 3}, ONE_HOT),
    ("SparseTopKCategoricalAccuracy", {}, SPARSE),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, SPARSE_STEPS),
    (
        "SparseTopKCategoricalAccuracy",
        {"k": 2, "from_sorted_ids": True},
        _two(lambda n: _labels(7, n), lambda n: _ids(n, 7)),
    ),
    ("TruePositives", {}, VECTOR),
    ("FalsePositives", {"thresholds": 0.25}, BINARY),
    ("TrueNegatives", {"thresholds": [0.25, 0.75]}, MULTI),
    ("FalseNegatives", {"thresholds": [0.0, 0.5, 1.0]}, MULTI),
    ("Precision", {}, VECTOR),
    ("Precision", {}, BINARY),
    ("Precision", {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, MULTI),
    ("Precision", {"class_id": 1}, MULTI),
    ("Precision", {"top_k": 3}, ONE_HOT),
    ("Recall", {"thresholds": [0.3, 0.6]}, MULTI),
    ("Recall", {"top_k": 2, "thresholds": 0.25}, ONE_HOT),
    ("Recall", {"top_k": 2, "class_id": 1}, ONE_HOT),
    ("Recall", {"class_id": 2, "thresholds": 0.25}, MULTI),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, BINARY),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 9}, VECTOR),
    ("PrecisionAtRecall", {"recall": 0.4, "num_thresholds": 1}, VECTOR),
    ("RecallAtPrecision", {"precision": 0.6, "class_id": 0}, MULTI),
    ("AUC", {}, BINARY),
    ("AUC", {"curve": "PR"}, VECTOR),
    ("AUC", {"curve": "PRGAIN", "num_thresholds": 17}, VECTOR),
    ("AUC", {"summation_method": "majoring", "curve": "PR"}, VECTOR),
    ("AUC", {"summation_method": "minoring", "num_thresholds": 5}, MULTI),
    ("AUC", {"thresholds": [0.2, 0.7]}, BINARY),
    ("AUC", {"from_logits": True}, LOGITS),
    ("AUC", {"multi_label": True, "num_labels": 3}, MULTI),
    ("AUC", {"multi_label": True, "curve": "PR", "label_weights": [1.0, 2.0, 0.5]}, MULTI),
    ("AUC", {"multi_label": True, "thresholds": [0.2, 0.7], "num_labels": 3}, MULTI),
    ("F1Score", {}, ONE_HOT),
    ("F1Score", {"average": "macro", "threshold": 0.25}, MULTI),
    ("FBetaScore", {"average": "weighted", "beta": 2.0}, MULTI),
    ("FBetaScore", {"average": "micro", "beta": 0.5, "threshold": 0.5}, MULTI),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, IMAGES),
    ("IoU", {"num_classes": 3, "target_class_ids": [1], "ignore_class": 0}, CLASSES),
    ("MeanIoU", {"num_classes": 3, "dtype": "float32"}, IMAGES),
    ("BinaryIoU", {"threshold": 0.25}, VECTOR),
    ("OneHotIoU", {"num_classes": 7, "target_class_ids": [1, 2]}, ONE_HOT),
    ("OneHotMeanIoU", {"num_classes": 7, "sparse_y_pred": False}, ONE_HOT),
]


def _title(row):
    name, arguments, batches = row
    given = ",".join(f"{key}={value}" for key, value in arguments.items())
    return f"{name}({given})-{'x'.join(map(str, batches[0][0].shape[1:]))}"


every_row = pytest.mark.parametrize("row", ROWS, ids=_title)
# Keras asks for int64 while it builds a confusion matrix.
of_the_wheel = pytest.mark.filterwarnings("ignore:Explicitly requested dtype")


def _pair(row):
    name, arguments, _ = row
    return getattr(metrics, name)(**arguments), getattr(keras.metrics, name)(**arguments)


def _close(ours, theirs, tolerance=2e-5):
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=tolerance, atol=1e-6)


def _tolerance(metric):
    return 5e-3 if metric.dtype == "float16" else 2e-5


@of_the_wheel
@every_row
def test_values_and_state_agree_with_keras(row):
    """After each batch the result and all variables, by name, are those of Keras."""
    ours, theirs = _pair(row)
    for y_true, y_pred in row[2]:
        ours.update_state(y_true, y_pred)
        theirs.update_state(y_true, y_pred)
        _close(ours.result(), theirs.result(), _tolerance(ours))
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        assert (mine.shape, mine.dtype) == (tuple(other.shape), other.dtype)
        _close(mine, other.numpy(), _tolerance(ours))
    ours.reset_state()
    assert all((v.numpy() == 0).all() for v in ours.variables)


@of_the_wheel
@every_row
def test_weights_agree_with_keras(row):
    """One weight per sample; where samples are images or have ignored steps, one per entry."""
    ours, theirs = _pair(row)
    for y_true, y_pred in row[2]:
        by_entry = row[0] in ("IoU", "MeanIoU") or "ignore_class" in row[1]
        shape = y_true.shape if by_entry else y_true.shape[:1]
        weights = np.arange(np.prod(shape), dtype="int32").reshape(shape) % 4
        if "IoU" not in row[0]:
            weights = weights.astype("float32") / 2
        ours.update_state(y_true, y_pred, sample_weight=weights)
        theirs.update_state(y_true, y_pred, sample_weight=weights)
    _close(ours.result(), theirs.result(), _tolerance(ours))


@every_row
def test_stateless_and_compiled(row):
    """Updates as pure functions, compiled, give what eager ones do, and leave the metric alone."""
    metric = _pair(row)[0]
    metric.update_state(*row[2][0])
    metric.reset_state()
    update = jax.jit(lambda state, *batch: metric.stateless_update_state(state, *batch))
    state = metric.stateless_reset_state()
    for batch in row[2]:
        state = update(state, *batch)
    result = jax.jit(metric.stateless_result)(state)
    assert all((v.numpy() == 0).all() for v in metric.variables)
    for batch in row[2]:
        metric.update_state(*batch)
    _close(result, metric.result(), _tolerance(metric))


@every_row
def test_configs_agree_with_keras(row):
    """The config is that of Keras and makes an equal metric."""
    ours, theirs = _pair(row)
    # Without names given, both count upwards by themselves.
    ours.name = theirs.name = "m"
    config, expected = metrics.serialize(ours), keras.metrics.serialize(theirs)
    if row[0] == "CosineSimilarity":
        # Keras forgets the axis; kerajax writes it where it is not the default.
        assert config["config"].pop("axis", -1) == row[1].get("axis", -1)
    if "label_weights" in row[1]:
        expected["config"]["label_weights"] = row[1]["label_weights"]
    assert json.loads(json.dumps(config)) == json.loads(json.dumps(expected))
    again = metrics.deserialize(json.loads(json.dumps(config)))
    assert json.dumps(again.get_config()) == json.dumps(config["config"])
    assert getattr(ours, "_direction", None) in (None, "up", "down")


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize("shape", [(), (6,), (6, 3), (6, 3, 2)])
def test_reductions_agree_with_keras(name, shape):
    """Mean and Sum of values of any rank, with weights of any fitting rank."""
    values = _scores(*shape)
    candidates = [None, np.float32(2.0), _scores(6) ** 2, _scores(6, 3) ** 2, _scores(6, 1) ** 2]
    for weights in candidates:
        rank = 0 if weights is None else weights.ndim
        if rank > len(shape) or (len(shape) == 3 and rank == 2 and weights.shape[1] == 1):
            continue
        ours, theirs = getattr(metrics, name)(), getattr(keras.metrics, name)()
        for metric in (ours, theirs):
            metric.update_state(values, sample_weight=weights)
            metric.update_state(values + 1, sample_weight=weights)
        _close(ours.result(), theirs.result())


@pytest.mark.parametrize("name", ["MeanSquaredError", "SparseCategoricalAccuracy"])
def test_masks_agree_with_keras(name):
    """A mask on the predictions leaves out steps, with and without weights."""
    y_true, y_pred = SPARSE_STEPS[0] if "Sparse" in name else SEQUENCE[0]
    mask = np.arange(30).reshape(6, 5) % 3 != 0
    for weights in (None, _scores(6, 5) ** 2):
        results = []
        for module in (metrics, keras.metrics):
            predictions = jnp.asarray(y_pred)
            predictions._keras_mask = jnp.asarray(mask)
            metric = getattr(module, name)()
            metric.update_state(y_true, predictions, sample_weight=weights)
            results.append(metric.result())
        _close(*results)


def test_mean_of_no_values_is_zero():
    """Before the first update, and with weights that are all zero."""
    metric = metrics.Mean()
    assert float(metric.result()) == 0.0
    metric.update_state([1.0, 2.0], sample_weight=[0.0, 0.0])
    assert float(metric.result()) == 0.0


def test_update_of_a_mean_is_small_when_compiled():
    """Without weights an update is a sum and two additions: no ones, no second reduction."""
    metric = metrics.MeanSquaredError()
    zero = jnp.zeros(())
    text = jax.jit(metric.stateless_update_state).lower(
        [zero, zero], jnp.ones((8, 1)), jnp.ones((8, 1))
    )
    reductions = text.as_text().count("stablehlo.reduce(")
    # The mean over the last axis, and the sum over the batch.
    assert reductions <= 2


def test_state_stays_float32_in_mixed_precision():
    """Reading a metric inside a scope of lower precision does not round its sums."""
    metric = metrics.Mean()
    metric.update_state([1.0, 1.0 + 2**-12])
    with kerajax.backend.AutocastScope("float16"):
        assert metric.result().dtype == "float32"


def test_inner_metrics_are_part_of_a_metric():
    """Variables of metrics in attributes and lists are tracked."""

    class Both(metrics.Metric):
        def __init__(self):
            super().__init__(name="both")
            self.parts = [metrics.Mean(), metrics.Sum()]
            self.extra = metrics.Sum(name="extra")

        def update_state(self, y_true, y_pred, sample_weight=None):
            for part in [*self.parts, self.extra]:
                part.update_state(y_pred)

        def result(self):
            return {part.name: part.result() for part in [*self.parts, self.extra]}

    metric = Both()
    assert len(metric.variables) == 4
    result = metric.stateless_result(
        metric.stateless_update_state(metric.stateless_reset_state(), None, np.array([1.0, 3.0]))
    )
    assert {key: float(value) for key, value in result.items()} == {
        "mean": 2.0,
        "sum": 4.0,
        "extra": 4.0,
    }


def test_metrics_of_older_keras():
    """`reset_states`, and `add_weight` with the name first."""

    class Old(metrics.Metric):
        def __init__(self, name="old", **kwargs):
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight("total", (), initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(kerajax.ops.sum(y_pred))

        def result(self):
            return self.total

        def reset_states(self):
            self.total.assign(1.0)

    metric = Old()
    metric.update_state(None, np.ones(3))
    assert (float(metric.result()), metric.total.path) == (3.0, "old/total")
    metric.reset_state()
    assert float(metric.result()) == 1.0
    mean = metrics.Mean()
    mean.update_state(3.0)
    mean.reset_states()
    assert float(mean.result()) == 0.0


def test_wrapper_round_trip():
    """The function and its arguments are in the config, as in Keras."""
    metric = metrics.MeanMetricWrapper(losses.huber, name="wide", delta=2.0)
    config = metrics.serialize(metric)
    theirs = keras.metrics.MeanMetricWrapper(keras.losses.huber, name="wide", delta=2.0)
    assert config == keras.metrics.serialize(theirs)
    again = metrics.deserialize(json.loads(json.dumps(config)))
    assert again._fn is losses.huber and again.get_config() == metric.get_config()
    assert again._direction == "down"


@pytest.mark.parametrize("name", sorted(keras.src.metrics.ALL_OBJECTS_DICT))
def test_every_name_of_keras_is_known(name):
    """What Keras finds is found, as a new metric of the same class."""
    expected = keras.src.metrics.ALL_OBJECTS_DICT[name].__name__
    found = metrics._get.TABLE[name]
    assert found.__name__ == expected
    try:
        theirs = keras.metrics.get(name)
    except TypeError:
        return
    ours = metrics.get(name)
    assert (type(ours).__name__, type(ours)) == (type(theirs).__name__, found)


@pytest.mark.parametrize("old, new", [("logcosh", "LogCoshError"), ("kld", "KLDivergence")])
def test_old_names(old, new):
    """Strings of older Keras."""
    assert type(metrics.get(old)).__name__ == new
    assert metrics.mse is losses.mean_squared_error


def test_gone_names_say_what_to_use():
    """Functions of Keras 1 that counted batch by batch."""
    with pytest.raises(ValueError, match="F1Score"):
        metrics.get("fmeasure")


@pytest.mark.parametrize(
    "shapes, kind",
    [
        (((8, 1), (8, 1)), "Binary"),
        (((8,), (8, 10)), "SparseCategorical"),
        (((8, 1), (8, 10)), "SparseCategorical"),
        (((8, 10), (8, 10)), "Categorical"),
    ],
)
def test_words_that_depend_on_shapes(shapes, kind):
    """`"acc"` and `"ce"` become the metric that the shapes say, under that name."""
    for metric, suffix, name in (
        (metrics.accuracy_for(*shapes, "acc"), "Accuracy", "acc"),
        (metrics.crossentropy_for(*shapes, "ce"), "Crossentropy", "ce"),
    ):
        assert (type(metric).__name__, metric.name) == (kind + suffix, name)


def test_wrong_use_is_refused():
    """Exceptions are those of Keras."""

    class Bare(metrics.Metric):
        def __init__(self):
            pass

    with pytest.raises(RuntimeError, match="super"):
        Bare().add_variable((), "zeros")
    with pytest.raises(ValueError, match="1:1"):
        metrics.Mean().stateless_result([0.0])
    with pytest.raises(ValueError, match="thresholds|Threshold"):
        metrics.Precision(thresholds=1.5)
    with pytest.raises(ValueError, match="curve"):
        metrics.AUC(curve="ROCK")
    with pytest.raises(ValueError, match="2D"):
        metrics.F1Score()(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="beta"):
        metrics.FBetaScore(beta=2)


def test_adjusted_r2_needs_samples():
    """With too few samples the plain score is given, and said to be."""
    metric = metrics.R2Score(num_regressors=5)
    with pytest.warns(UserWarning, match="samples"):
        assert float(metric([[1.0], [2.0]], [[1.0], [2.0]])) == 1.0


def test_old_config():
    """A class without a module, as files before Keras 3 have it."""
    config = {"class_name": "BinaryAccuracy", "config": {"name": "b", "dtype": "float32"}}
    with EraScope("tf2"):
        assert metrics.get(config).name == "b"


def test_state_may_be_given_as_the_variables_themselves():
    """The list `metric.variables` is as good as the list of their values, and stays as it was."""
    metric = metrics.Mean()
    state = metric.stateless_update_state(metric.variables, np.array([1.0, 3.0]))
    assert float(metric.stateless_result(state)) == 2.0
    assert float(metric.variables[0].value) == 0.0


def test_metric_as_an_operation_on_symbolic_tensors():
    """The state that inference would leave behind is dropped."""
    metric = metrics.MeanSquaredError()

    class Measure(kerajax.Operation):
        def call(self, y_true, y_pred):
            return metric(y_true, y_pred)

    x = kerajax.KerasTensor((None, 5))
    assert Measure().compute_output_spec(x, x).shape == ()
    assert float(metric.variables[0].value) == 0.0


def test_metrics_of_keras_1_are_means_of_batches(rng):
    """Its scripts ask for them by name; the numbers are those of its formulas."""
    from kerajax.metrics._batchwise import fbeta_score, matthews_correlation

    x = rng.normal(size=(12, 3)).astype("float32")
    y = np.array([1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0], "float32")[:, None]
    names = ["precision", "recall", "fmeasure", "fbeta_score", "matthews_correlation"]
    with EraScope("1", quiet=True):
        model = kerajax.Sequential(
            [kerajax.Input((3,)), kerajax.layers.Dense(1, activation="sigmoid")]
        )
        model.compile("sgd", "binary_crossentropy", metrics=names)
        found = model.evaluate(x, y, batch_size=6, verbose=0, return_dict=True)
    p = np.round(model.predict(x, verbose=0))
    expected = {name: [] for name in names}
    for part in (slice(0, 6), slice(6, 12)):
        t, q = y[part], p[part]
        both, of_p, of_t = (t * q).sum(), q.sum(), t.sum()
        share, found_share = both / max(of_p, 1), both / of_t
        f = 2 * share * found_share / max(share + found_share, 1e-7)
        table = np.corrcoef(t.ravel(), q.ravel())[0, 1] if 0 < of_p < 6 else 0.0
        for name, value in zip(names, (share, found_share, f, f, table), strict=True):
            expected[name].append(value)
    for name in names:
        assert found[name] == pytest.approx(np.mean(expected[name]), abs=1e-4)
    assert float(fbeta_score(np.zeros(3), np.ones(3))) == 0.0
    opposite = matthews_correlation(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert float(opposite) == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="beta is zero"):
        fbeta_score(np.ones(2), np.ones(2), beta=-1)
