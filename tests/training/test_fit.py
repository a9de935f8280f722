"""What `fit`, `evaluate` and `predict` do, on models small enough to check."""

import jax
import numpy as np
import optax
import pytest

import kerajax
from kerajax import layers


@pytest.fixture
def data(rng):
    x = rng.normal(size=(50, 3)).astype("float32")
    return x, (x.sum(1, keepdims=True) > 0).astype("float32")


def mlp(optimizer="sgd", loss="mse", metrics=None, **options):
    model = kerajax.Sequential(
        [kerajax.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)]
    )
    model.compile(optimizer, loss, metrics=metrics, **options)
    return model


@pytest.mark.parametrize("eager", [False, True])
def test_a_metric_may_give_its_variable_out(eager, data):
    """`return self.total`, as guides for TensorFlow wrote it; in a dict, too."""

    class Batches(kerajax.metrics.Metric):
        def __init__(self):
            super().__init__(name="batches")
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(1.0)

        def result(self):
            return self.total

    class Twice(Batches):
        def result(self):
            return {"once": self.total, "twice": 2 * self.total}

    model = mlp(metrics=[Batches(), Twice()], run_eagerly=eager)
    history = model.fit(*data, batch_size=10, epochs=2, verbose=0).history
    counts = [history.pop(name) for name in ("batches", "once", "twice")]
    assert counts == [[5.0, 5.0], [5.0, 5.0], [10.0, 10.0]]
    assert model.evaluate(*data, batch_size=25, verbose=0)[1:] == [2.0, 2.0, 4.0]
    assert model.train_on_batch(*data)[1:] == [1.0, 1.0, 2.0]


def test_fit_is_gradient_descent_over_batches_in_order(data):
    """Without shuffling, an epoch equals hand-written steps over consecutive batches."""
    x, y = data
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, use_bias=False)])
    model.compile(kerajax.optimizers.SGD(0.1), "mse")
    w = model.get_weights()[0]
    model.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    for _ in range(2):
        for start in range(0, 50, 16):
            xb, yb = x[start : start + 16], y[start : start + 16]
            w = w - 0.1 * 2 * xb.T @ (xb @ w - yb) / len(xb)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4)


def test_epoch_loss_is_the_mean_over_samples_of_batch_losses(data):
    x, y = data
    model = mlp(kerajax.optimizers.SGD(0.0), metrics=["mae"])
    history = model.fit(x, y, batch_size=16, verbose=0).history
    predictions = model.predict(x, verbose=0)
    np.testing.assert_allclose(history["loss"][0], np.mean((predictions - y) ** 2), rtol=1e-5)
    np.testing.assert_allclose(history["mae"][0], np.mean(np.abs(predictions - y)), rtol=1e-5)


def test_loop_and_single_steps_agree(data):
    """Joined steps give the weights that single steps give."""
    x, y = data
    joined, single = mlp("adam", steps_per_execution=3), mlp("adam")
    single.set_weights(joined.get_weights())

    class EachBatch(kerajax.callbacks.Callback):
        batches = 0

        def on_train_batch_end(self, batch, logs=None):
            self.batches += 1

    watcher = EachBatch()
    options = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
    joined.fit(x, y, **options)
    single.fit(x, y, callbacks=[watcher], **options)
    assert watcher.batches == 3 * 7
    for a, b in zip(joined.get_weights(), single.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_shuffle_visits_every_sample_once(rng):
    """The sum of all targets seen in an epoch does not depend on the order."""
    x = np.arange(40, dtype="float32")[:, None]

    class Collect(kerajax.Model):
        def train_step(self, state, data):
            return {"total": data[0].sum(), "first": data[0][0, 0]}, state

        def call(self, x):
            return x

    class Log(kerajax.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.totals = []

        def on_train_batch_end(self, batch, logs=None):
            self.totals.append(logs["total"])

    model, log = Collect(), Log()
    model.compile("sgd")
    with pytest.warns(UserWarning, match="no trainable variables"):
        model.fit(x, x, batch_size=8, verbose=0, callbacks=[log])
    assert sum(log.totals) == x.sum() and len(log.totals) == 5
    assert log.totals != [28 + 64 * i for i in range(5)]


def test_logs_come_with_the_loss_first(data):
    model = mlp(metrics=["accuracy"])
    history = model.fit(*data, verbose=0, validation_data=data)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert (
        model.evaluate(*data, verbose=0)[0]
        == model.evaluate(*data, verbose=0, return_dict=True)["loss"]
    )


def test_validation_split_takes_the_last_samples(data):
    x, y = data
    model = mlp(kerajax.optimizers.SGD(0.0))
    history = model.fit(x, y, validation_split=0.2, verbose=0).history
    np.testing.assert_allclose(
        history["val_loss"][0], model.evaluate(x[40:], y[40:], verbose=0), rtol=1e-5
    )


def test_sample_and_class_weights_scale_the_loss(data):
    x, y = data
    model = mlp(kerajax.optimizers.SGD(0.0))
    plain = model.evaluate(x, y, verbose=0)
    assert np.isclose(model.evaluate(x, y, sample_weight=np.full(50, 2.0), verbose=0), 2 * plain)
    weighted = model.fit(x, y, class_weight={0: 3.0, 1: 3.0}, verbose=0).history["loss"][0]
    np.testing.assert_allclose(weighted, 3 * plain, rtol=1e-5)


def test_generator_with_steps_trains(data):
    x, y = data

    def batches():
        while True:
            yield x[:8], y[:8]

    model = mlp()
    history = model.fit(batches(), steps_per_epoch=4, epochs=3, verbose=0)
    assert len(history.history["loss"]) == 3 and int(model.optimizer.iterations.value) == 12


def test_generator_that_ends_early_says_so(data):
    x, y = data
    model = mlp()
    with pytest.raises(ValueError, match="ended before epoch 2"):
        model.fit(iter([(x, y)]), epochs=2, verbose=0)


def test_exception_of_a_generator_reaches_the_caller(data):
    x, y = data

    def batches():
        yield x, y
        raise KeyError("lost row")

    with pytest.raises(KeyError, match="lost row"):
        mlp().fit(batches(), steps_per_epoch=3, verbose=0)


def test_several_outputs_with_dicts(data):
    x, y = data
    inputs = kerajax.Input((3,), name="x")
    outputs = {"a": layers.Dense(1)(inputs), "b": layers.Dense(2, activation="softmax")(inputs)}
    model = kerajax.Model({"x": inputs}, outputs)
    model.compile(
        "adam",
        loss={"a": "mse", "b": "sparse_categorical_crossentropy"},
        loss_weights={"a": 1.0, "b": 0.5},
        metrics={"b": ["accuracy"]},
    )
    logs = model.evaluate({"x": x}, {"a": y, "b": y}, verbose=0, return_dict=True)
    assert set(logs) == {"loss", "a_loss", "b_loss", "b_accuracy"}
    np.testing.assert_allclose(logs["loss"], logs["a_loss"] + 0.5 * logs["b_loss"], rtol=1e-5)
    assert set(model.predict({"x": x}, verbose=0)) == {"a", "b"}


def test_output_without_loss_is_left_out(data):
    x, y = data
    inputs = kerajax.Input((3,))
    model = kerajax.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(2)(inputs)])
    model.compile("sgd", loss=["mse", None])
    before = model.get_weights()
    model.fit(x, [y, None], verbose=0)
    after = model.get_weights()
    assert not np.allclose(before[0], after[0]) and np.allclose(before[2], after[2])


def test_added_losses_and_regularizers_count(data):
    x, y = data

    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(7.0 * kerajax.ops.ones(()))
            return x

    plain = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    with_loss = kerajax.Sequential(
        [kerajax.Input((3,)), Penalty(), layers.Dense(1, kernel_regularizer="l2")]
    )
    with_loss.set_weights(plain.get_weights())
    plain.compile("sgd", "mse")
    with_loss.compile("sgd", "mse")
    expected = plain.evaluate(x, y, verbose=0) + 7 + 0.01 * np.sum(plain.get_weights()[0] ** 2)
    np.testing.assert_allclose(with_loss.evaluate(x, y, verbose=0), expected, rtol=1e-5)


def test_trainable_flag_counts_from_the_next_compile(data):
    """As GAN scripts rely on: the discriminator trains alone, and rests in the combined model."""
    x, y = data
    judge = mlp()
    judge.trainable = False
    inputs = kerajax.Input((3,))
    combined = kerajax.Model(inputs, judge(layers.Dense(3)(inputs)))
    combined.compile("sgd", "mse")
    before = judge.get_weights()
    combined.train_on_batch(x, y)
    np.testing.assert_array_equal(before[0], judge.get_weights()[0])
    judge.train_on_batch(x, y)
    assert not np.allclose(before[0], judge.get_weights()[0])


def test_custom_train_step_unpacks_the_state(data):
    x, y = data

    class Custom(kerajax.Model):
        def train_step(self, state, data):
            trainable, non_trainable, optimizer, metrics = state
            x, y = data[0], data[1]

            def loss_fn(values):
                outputs, _ = self.stateless_call(values, non_trainable, x, training=True)
                return ((outputs - y) ** 2).mean()

            loss, gradients = jax.value_and_grad(loss_fn)(trainable)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            return {"my_loss": loss}, (trainable, non_trainable, optimizer, metrics)

    inputs = kerajax.Input((3,))
    model = Custom(inputs, layers.Dense(1)(inputs))
    model.compile(kerajax.optimizers.SGD(0.1))
    losses = model.fit(x, y, epochs=20, verbose=0).history["my_loss"]
    assert losses[-1] < losses[0]


def test_raw_optax_transformation_trains(data):
    model = mlp(optax.chain(optax.clip(1.0), optax.adam(1e-2)))
    losses = model.fit(*data, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_run_eagerly_gives_the_same_step(data):
    x, y = data
    compiled, eager = mlp(), mlp(run_eagerly=True)
    eager.set_weights(compiled.get_weights())
    compiled.train_on_batch(x, y)
    eager.train_on_batch(x, y)
    np.testing.assert_allclose(compiled.get_weights()[0], eager.get_weights()[0], rtol=1e-5)


def test_learning_rate_set_by_a_callback_takes_effect(data):
    x, y = data
    model = mlp(kerajax.optimizers.SGD(0.1))
    before = model.get_weights()

    class Stop(kerajax.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.0

    model.fit(x, y, verbose=0, callbacks=[Stop()])
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


def test_stop_training_ends_the_epoch_loop(data):
    class Stop(kerajax.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    assert mlp().fit(*data, epochs=9, verbose=0, callbacks=[Stop()]).epoch == [0]


def test_mixed_float16_scales_the_loss(data):
    x, y = data
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, dtype="mixed_float16")])
    model.compile("adam", "mse")
    assert type(model.optimizer).__name__ == "LossScaleOptimizer"
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


def test_predict_accepts_one_sample_and_many(data):
    x, _ = data
    model = mlp()
    np.testing.assert_allclose(
        model.predict(x, batch_size=7, verbose=0)[:1], model.predict(x[:1], verbose=0), rtol=1e-5
    )
    assert isinstance(model.predict_on_batch(x), np.ndarray)


@pytest.mark.parametrize("count", [8, 50])
def test_predict_builds_a_model_that_is_not_compiled(count):
    """The layers of a subclass get their weights from the first data; there is no optimizer."""

    class Net(kerajax.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    assert Net().predict(np.ones((count, 3)), verbose=0).shape == (count, 2)


def test_predictions_belong_to_the_caller(data):
    """As in Keras, they may be written to, be they of one batch or of several."""
    x, _ = data
    model = mlp()
    for outputs in (
        model.predict(x[:1], verbose=0),
        model.predict(x[:1], steps=1, verbose=0),
        model.predict(x, batch_size=7, verbose=0),
        model.predict_on_batch(x),
    ):
        outputs[:] = 0.0


def test_one_batch_at_once_predicts_what_callbacks_would_see(data):
    x, _ = data
    model = mlp()
    seen = []
    told = kerajax.callbacks.LambdaCallback(
        on_predict_batch_end=lambda batch, logs: seen.append(np.asarray(logs["outputs"]))
    )
    model.stop_predicting = True
    expected = model.predict(x[:5], verbose=0, callbacks=[told])
    for form in (x[:5], x[:5].astype("float64"), kerajax.ops.array(x[:5])):
        np.testing.assert_array_equal(model.predict(form, verbose=0), expected)
    np.testing.assert_array_equal(seen[0], expected)
    with pytest.raises(ValueError, match="batch_size"):
        model.predict(x[:5], batch_size=0, verbose=0)
    with pytest.raises(ValueError, match="object"):
        model.predict(np.array([[1], [1, 2]], object), verbose=0)


def test_results_of_several_outputs_come_in_the_order_of_keras(data):
    """The loss, the loss of each output, then the metrics by name."""
    x, y = data
    inputs = kerajax.Input((3,))
    outputs = [layers.Dense(1, name="second")(inputs), layers.Dense(1, name="first")(inputs)]
    model = kerajax.Model(inputs, outputs)
    model.compile("sgd", ["mse", "mae"], metrics=[["mae"], ["mse"]])
    logs = model.evaluate(x, [y, y], verbose=0, return_dict=True)
    order = ["loss", "second_loss", "first_loss", "first_mse", "second_mae"]
    assert model.evaluate(x, [y, y], verbose=0) == [logs[name] for name in order]


def test_metrics_of_the_model_come_after_those_of_compile(data):
    """`loss, mae, own = model.evaluate(...)`, as in Keras."""
    model = mlp(metrics=["mae"])
    model.own = kerajax.metrics.Mean(name="own")
    logs = model.evaluate(*data, verbose=0, return_dict=True)
    assert model.evaluate(*data, verbose=0) == [logs["loss"], logs["mae"], 0.0]


def test_metrics_that_make_variables_at_their_first_update(data):
    x, y = data
    model = mlp(loss="mse", metrics=[kerajax.metrics.F1Score(threshold=0.5), "R2Score"])
    model.fit(x, y, verbose=0)
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    metric = kerajax.metrics.F1Score(threshold=0.5)
    metric.update_state(y, model.predict(x, verbose=0))
    np.testing.assert_allclose(logs["f1_score"], metric.result(), rtol=1e-5)


def test_results_that_are_vectors_are_numpy_arrays(data):
    """In what `evaluate` returns, in `History` and in the logs of batches."""
    x, y = data
    model, seen = mlp(metrics=[kerajax.metrics.Precision([0.3, 0.6], name="p")]), []
    tell = kerajax.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: seen.append(logs))
    history = model.fit(x, y, batch_size=50, verbose=0, callbacks=[tell]).history
    results = model.evaluate(x, y, verbose=0), model.test_on_batch(x, y)
    for value in (history["p"][0], seen[0]["p"], results[0][1], results[1][1]):
        assert type(value) is np.ndarray and value.shape == (2,)


def test_what_callbacks_add_to_the_logs_of_an_epoch_stays_there(data):
    """Later callbacks and `History` see it; the logs of the end of training are the model's."""
    at_end = []
    tell = kerajax.callbacks.LambdaCallback(
        on_epoch_end=lambda _, logs: logs.update(extra=1), on_train_end=at_end.append
    )
    history = mlp().fit(*data, verbose=0, callbacks=[tell]).history
    assert history["extra"] == [1]
    assert list(at_end[0]) == ["loss"]
