"""Every loss, metric, optimizer and layer as a pickle: equal configs, states and next results."""

import copy
import inspect
import pickle

import numpy as np
import optax
import pytest

import kerajax
from kerajax import losses, metrics, optimizers
from tests.layers.checks import takes_training
from tests.layers.table import ROWS


def _again(x):
    return pickle.loads(pickle.dumps(x))


def _classes(module, base):
    found = [x for x in vars(module).values() if inspect.isclass(x) and issubclass(x, base)]
    return sorted(set(found) - {base}, key=lambda cls: cls.__name__)


_ARGUMENTS = {
    "BinaryIoU": {},
    "IoU": {"num_classes": 3, "target_class_ids": [0]},
    "LossFunctionWrapper": {"fn": losses.huber, "delta": 2.0},
    "MeanIoU": {"num_classes": 3},
    "MeanMetricWrapper": {"fn": losses.huber, "delta": 2.0},
    "MeanRelativeError": {"normalizer": [1.0, 2.0, 3.0]},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0]},
    "OneHotMeanIoU": {"num_classes": 3},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}


def _batch(name):
    """Targets and predictions that a loss or metric takes."""
    rng = np.random.default_rng(0)
    classes = np.array([0, 1, 2, 1])
    scores = rng.dirichlet(np.ones(3), 4).astype("float32")
    if name == "CTC":
        return np.array([[1, 2], [1, 1]]), rng.normal(size=(2, 6, 4)).astype("float32")
    if name in ("MeanIoU", "IoU"):
        return classes, scores.argmax(-1)
    if name in ("Mean", "Sum"):
        return (scores,)
    sparse = "Sparse" in name or name in ("Circle", "CategoricalGeneralizedCrossEntropy")
    return classes if sparse else np.eye(3, dtype="float32")[classes], scores


@pytest.mark.parametrize("cls", _classes(losses, losses.Loss), ids=lambda cls: cls.__name__)
def test_losses(cls):
    loss = cls(**_ARGUMENTS.get(cls.__name__, {}))
    twin = _again(loss)
    assert twin.get_config() == loss.get_config()
    batch = _batch(cls.__name__)
    np.testing.assert_array_equal(twin(*batch), loss(*batch))


@pytest.mark.parametrize("cls", _classes(metrics, metrics.Metric), ids=lambda cls: cls.__name__)
def test_metrics(cls):
    metric = cls(**_ARGUMENTS.get(cls.__name__, {}))
    batch = _batch(cls.__name__)
    metric.update_state(*batch)
    twin = _again(metric)
    assert twin.get_config() == metric.get_config()
    for _ in range(2):
        _assert_same(metric.variables, twin.variables)
        np.testing.assert_array_equal(twin.result(), metric.result())
        metric.update_state(*batch)
        twin.update_state(*batch)


def _optimizer(cls, options):
    if cls is optimizers.LossScaleOptimizer:
        return cls(optimizers.Adam(0.1), initial_scale=8.0, dynamic_growth_steps=2)
    if cls is optimizers.MultiOptimizer:
        return cls(optimizers.OptimizerMap(optimizers.SGD(0.1), {".*bias": optimizers.Adam(0.1)}))
    if cls is optimizers.OptaxOptimizer:
        return cls(optax.adam(0.1), **options)
    rate = optimizers.schedules.CosineDecay(0.1, 20)
    return cls(learning_rate=rate, weight_decay=0.01, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"use_ema": True, "ema_overwrite_frequency": 2, "gradient_accumulation_steps": 2},
        {"loss_scale_factor": 4.0, "global_clipnorm": 0.5},
    ],
    ids=["averages", "scale"],
)
@pytest.mark.parametrize(
    "cls", _classes(optimizers, optimizers.Optimizer), ids=lambda cls: cls.__name__
)
def test_optimizers(cls, options):
    rng = np.random.default_rng(0)
    shapes = {"kernel": (3, 2), "bias": (2,)}
    trained = [kerajax.Variable(rng.normal(size=s), name=n) for n, s in shapes.items()]
    gradients = [rng.normal(size=s).astype("float32") for s in shapes.values()]
    optimizer = _optimizer(cls, options)
    optimizer.build(trained)
    optimizer.apply(gradients)
    twin, copies = _again((optimizer, trained))
    assert twin.get_config() == optimizer.get_config()
    for _ in range(3):
        _assert_same([*trained, *optimizer.variables], [*copies, *twin.variables])
        optimizer.apply(gradients)
        twin.apply(gradients)


@pytest.mark.slow
@pytest.mark.parametrize("again", [copy.deepcopy, _again], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_layers(row, again):
    """After a call in training, so that states, statistics and seeds have moved."""
    layer = row.make(kerajax)
    options = {"training": True} if takes_training(layer) else {}
    inputs = row.inputs()
    row.run(layer, inputs, **options)
    twin = again(layer)
    assert twin.get_config() == layer.get_config()
    _assert_same(layer.variables, twin.variables)
    outputs = [kerajax.tree.flatten(row.run(x, inputs, **options)) for x in (layer, twin)]
    for a, b in zip(*outputs, strict=True):
        np.testing.assert_array_equal(a, b)
    _assert_same(layer.variables, twin.variables)


def _assert_same(variables, copies):
    for a, b in zip(variables, copies, strict=True):
        assert a is not b and a.path == b.path and a.trainable == b.trainable
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)
