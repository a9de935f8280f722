"""Copies and pickles of models, layers and optimizers: all state is there, no file is trusted."""

import copy
import io
import pickle

import cloudpickle
import joblib
import numpy as np
import optax
import pytest

import kerajax
from kerajax import layers, ops
from kerajax.models import _pickled

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


def _compiled(kind):
    """A model and its batches: metrics of several outputs, made in `call`, in lower precision."""
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    y = x[:, :1] - 1
    if kind == "one output":
        model = kerajax.Sequential([kerajax.Input((3,)), layers.Dropout(0.5), layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"], weighted_metrics=[kerajax.metrics.R2Score()])
        return model, x, y
    if kind == "outputs":
        inputs = kerajax.Input((3,))
        outputs = {name: layers.Dense(1, activation="sigmoid")(inputs) for name in ("a", "b")}
        model = kerajax.Model(inputs, outputs)
        model.compile("sgd", {"a": "mse", "b": "mae"}, metrics={"a": ["mae"], "b": ["AUC"]})
        return model, x, {"a": y, "b": (y > -1).astype("float32")}
    if kind == "in call":
        model = _Counting(1)
        model.compile("sgd", "mse", metrics=["mae"])
        return model, x, y
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, dtype="mixed_float16")])
    model.compile("adam", "mse", metrics=["mae"], auto_scale_loss=kind == "scaled")
    return model, x, y


@pytest.mark.parametrize("kind", ["one output", "outputs", "in call", "scaled", "unscaled"])
def test_metrics_go_on_where_they_stood(again, kind):
    """Totals of the loss and of compiled metrics are there before the first batch of the copy."""
    model, x, y = _compiled(kind)
    model.fit(x, y, batch_size=4, verbose=0)
    twin = again(model)
    assert type(twin.optimizer) is type(model.optimizer)
    results = [m.get_metrics_result() for m in (model, twin)]
    assert list(results[0]) == list(results[1]) and len(results[0]) > 1
    np.testing.assert_array_equal(*(list(r.values()) for r in results))
    logs = [m.train_on_batch(x, y, return_dict=True) for m in (model, twin)]
    assert logs[0] == logs[1] and logs[0] != results[0]


@pytest.mark.parametrize("wrapped", [False, True])
def test_transformations_of_optax_travel_along(again, wrapped):
    """Closures as they are: the optimizer goes on with its state, in a model and alone."""
    model, x, y = _compiled("one output")
    transformation = optax.inject_hyperparams(optax.adam)(learning_rate=0.1)
    optimizer = kerajax.optimizers.OptaxOptimizer(transformation)
    model.compile(kerajax.optimizers.LossScaleOptimizer(optimizer) if wrapped else optimizer, "mse")
    model.fit(x, y, batch_size=4, verbose=0)
    twin = again(model)
    alone = again(model.optimizer)
    for each in (model, twin):
        each.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    for a, b in zip(model.optimizer.variables, twin.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert len(alone.variables) == len(model.optimizer.variables)


def test_functions_and_classes_of_users_travel_along(again):
    """Made inside a function, two of one name among them, and not registered anywhere."""

    def scaled(c):
        def loss(y_true, y_pred):
            return ops.mean(c * ops.square(y_true - y_pred))

        return loss

    def doubled(x):
        return 2 * x

    class Shift(layers.Layer):
        def call(self, x):
            return x + 1

    inputs = kerajax.Input((3,))
    x = Shift()(layers.Dense(2, activation=doubled)(inputs))
    model = kerajax.Model(inputs, [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)])
    model.compile("sgd", [scaled(1.0), scaled(3.0)], metrics=[[scaled(0.5)], []])
    x, y = np.ones((4, 3)), [np.zeros((4, 1)), np.ones((4, 1))]
    logs = [m.evaluate(x, y, verbose=0, return_dict=True) for m in (model, again(model))]
    assert logs[0] == logs[1]


def test_without_cloudpickle(monkeypatch, rng):
    """A transformation stays behind with a warning, a local class is refused; both say why."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    model, _, _ = _trained(rng)
    model.compile(optax.sgd(0.1), "mse")
    with pytest.warns(UserWarning, match="pip install cloudpickle.*will not be compiled"):
        content = pickle.dumps(model)
    with pytest.warns(UserWarning, match="is not compiled"):
        assert not pickle.loads(content).compiled
    with pytest.raises(TypeError, match="cannot be pickled.*pip install cloudpickle"):
        pickle.dumps(model.optimizer)

    class Local(layers.Layer):
        pass

    with pytest.raises(TypeError, match="Local.*pip install cloudpickle"):
        pickle.dumps(kerajax.Sequential([kerajax.Input((2,)), Local()]))


def test_the_file_in_a_pickle_is_not_trusted(secrets, tmp_path):
    """What unpickles models is no way around `safe_mode` for who allows that function alone."""
    evil = hostile.sequential(hostile.lambdas(secrets.canary)["3"])
    content = hostile.archive(tmp_path / "m.keras", evil).read_bytes()
    with contained(secrets), pytest.raises(ValueError, match="safe_mode"):
        _pickled._unpickled(content, {}, {}, [], None)


def test_random_numbers_go_on_where_they_were(again, rng):
    """Seeds that nobody chose and how far they are drawn, so that the next step drops the same."""
    x, y = rng.normal(size=(8, 6)), rng.normal(size=(8, 1))
    model = kerajax.Sequential([kerajax.Input((6,)), layers.Dropout(0.5), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    twin = again(model)
    for each in (model, twin):
        each.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_states_of_recurrent_layers_are_kept(again, rng):
    """A stateful layer goes on with the sequence that the other was in."""
    layer = layers.LSTM(2, stateful=True)
    model = kerajax.Sequential([kerajax.Input(batch_shape=(3, 4, 2)), layer])
    first, second = rng.normal(size=(2, 3, 4, 2)).astype("float32")
    fresh = model(first)
    twin = again(model)
    np.testing.assert_allclose(twin(second), model(second), rtol=1e-5)
    layer.reset_state()
    np.testing.assert_allclose(model(first), fresh, rtol=1e-5)


def test_uncompiled_models(again, rng):
    """Functional and subclassed models that were never compiled predict alike."""
    inputs = kerajax.Input((3,))
    graph = kerajax.Model(inputs, layers.Add()([layers.Dense(2)(inputs), layers.Dense(2)(inputs)]))
    own = _Own(2)
    x = rng.normal(size=(4, 3)).astype("float32")
    for model in (graph, own):
        expected = model(x)
        twin = again(model)
        assert type(twin) is type(model) and not twin.compiled
        np.testing.assert_allclose(twin(x), expected, rtol=1e-6)


class _Own(kerajax.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.parts = [layers.Dense(units), layers.Dense(1)]

    def call(self, inputs):
        return self.parts[1](self.parts[0](inputs))


class _Counting(_Own):
    def call(self, inputs):
        self.add_metric(ops.mean(inputs), name="size", aggregation="mean")
        return super().call(inputs)


_Y = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], "float32")
_P = np.array([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2]], "float32")


def test_losses_and_metrics_keep_settings_and_counts(again):
    """A metric goes on counting where the other stood, and apart from it."""
    for loss in (
        kerajax.losses.CategoricalCrossentropy(label_smoothing=0.1, reduction="sum"),
        kerajax.losses.Huber(delta=0.3),
        kerajax.losses.get("mean_squared_error"),
    ):
        np.testing.assert_array_equal(again(loss)(_Y, _P), loss(_Y, _P))
    for metric in (
        kerajax.metrics.AUC(multi_label=True, num_labels=3),
        kerajax.metrics.CategoricalAccuracy(),
        kerajax.metrics.F1Score(threshold=0.5),
        kerajax.metrics.MeanMetricWrapper(kerajax.losses.mean_squared_error),
        kerajax.metrics.RootMeanSquaredError(),
    ):
        metric.update_state(_Y, _P)
        twin = again(metric)
        before = np.asarray(metric.result())
        np.testing.assert_array_equal(twin.result(), before)
        twin.update_state(_P, _Y)
        np.testing.assert_array_equal(metric.result(), before)


def test_optimizers_step_on_with_their_variables(again, rng):
    """An optimizer and what it trains, copied together, take the same next step."""
    o = kerajax.optimizers
    for optimizer in (
        o.Adam(o.schedules.CosineDecay(0.1, 10), amsgrad=True),
        o.SGD(0.1, momentum=0.9, use_ema=True, gradient_accumulation_steps=2),
        o.LossScaleOptimizer(o.Adam(0.1)),
        o.MultiOptimizer(o.OptimizerMap(o.SGD(0.1), {".*bias": o.Nadam(0.1)})),
    ):
        shapes = {"kernel": (3, 2), "bias": (2,)}
        trained = [kerajax.Variable(rng.normal(size=s), name=n) for n, s in shapes.items()]
        gradients = [rng.normal(size=s).astype("float32") for s in shapes.values()]
        optimizer.build(trained)
        optimizer.apply(gradients)
        twin, copies = again((optimizer, trained))
        for each in (optimizer, twin):
            each.apply(gradients)
        theirs = [*copies, *twin.variables]
        for a, b in zip([*trained, *optimizer.variables], theirs, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, err_msg=a.path)
