"""Steps and functions that users override, written as Keras' guides for JAX write them."""

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers, metrics, random

X = np.linspace(-1, 1, 36, dtype="float32").reshape(12, 3)
Y = X.sum(1, keepdims=True)
QUIET = {"verbose": 0, "shuffle": False, "batch_size": 6}


def affine(cls, loss="mse", **options):
    """A model of one layer with known weights."""
    inputs = kerajax.Input((3,))
    model = cls(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))
    model.compile(kerajax.optimizers.SGD(0.1), loss, **options)
    return model


class PlainModel(kerajax.Model):
    """Nothing overridden."""


def weights_after_fit(model, **options):
    model.fit(X, Y, epochs=2, **QUIET, **options)
    return model.get_weights()[0]


def test_train_step_unpacks_two_and_three():
    """`x, y = data` without sample weights, `x, y, w = data` with them, as Keras packs batches."""
    seen = []

    class Model(kerajax.Model):
        def train_step(self, state, data):
            seen.append(len(data))
            return super().train_step(state, data)

    plain, own = affine(PlainModel), affine(Model)
    np.testing.assert_allclose(weights_after_fit(plain), weights_after_fit(own), rtol=1e-6)
    own.fit(X, Y, sample_weight=np.ones(12), **QUIET)
    assert set(seen) == {2, 3}


def test_steps_of_the_guide_train_and_evaluate():
    """Losses, gradients and metrics by hand equal the built-in steps."""

    class Model(kerajax.Model):
        def loss_and_state(self, trainable, non_trainable, x, y, training=False):
            y_pred, non_trainable = self.stateless_call(
                trainable, non_trainable, x, training=training
            )
            return self.compute_loss(x, y, y_pred), (y_pred, non_trainable)

        def updated(self, values, loss, y, y_pred):
            logs, after = {}, []
            for metric in self.metrics:
                own = values[len(after) : len(after) + len(metric.variables)]
                if metric.name == "loss":
                    own = metric.stateless_update_state(own, loss)
                else:
                    own = metric.stateless_update_state(own, y, y_pred)
                logs[metric.name] = metric.stateless_result(own)
                after += own
            return logs, after

        def train_step(self, state, data):
            trainable, non_trainable, optimizer, values = state
            x, y = data
            (loss, (y_pred, non_trainable)), gradients = jax.value_and_grad(
                self.loss_and_state, has_aux=True
            )(trainable, non_trainable, x, y, training=True)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            logs, values = self.updated(values, loss, y, y_pred)
            return logs, (trainable, non_trainable, optimizer, values)

        def test_step(self, state, data):
            trainable, non_trainable, values = state
            x, y = data
            loss, (y_pred, non_trainable) = self.loss_and_state(trainable, non_trainable, x, y)
            logs, values = self.updated(values, loss, y, y_pred)
            return logs, (trainable, non_trainable, values)

    plain, own = affine(PlainModel, metrics=["mae"]), affine(Model, metrics=["mae"])
    options = {"epochs": 2, "validation_data": (X, Y), **QUIET}
    expected, logs = plain.fit(X, Y, **options).history, own.fit(X, Y, **options).history
    assert list(logs) == ["loss", "mae", "val_loss", "val_mae"]
    for name in logs:
        np.testing.assert_allclose(logs[name], expected[name], rtol=1e-5)


def test_what_a_step_assigns_is_kept_and_what_it_reads_is_current():
    class Model(kerajax.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.seen = metrics.Sum(name="seen")

        def train_step(self, state, data):
            logs, state = super().train_step(state, data)
            self.seen.update_state(1.0)
            return {**logs, "rate": self.optimizer.learning_rate * 1.0, "one": 1.0}, state

    model = affine(Model)
    logs = model.fit(X, Y, epochs=3, **QUIET).history
    np.testing.assert_allclose(logs["rate"], 0.1)
    assert logs["one"] == [1.0] * 3 and float(model.seen.result()) == 2.0
    assert int(model.optimizer.iterations.value) == 6


@pytest.mark.parametrize("kind", ["train", "test"])
def test_a_step_that_returns_something_else_is_refused(kind):
    class Model(kerajax.Model):
        def train_step(self, state, data):
            return super().train_step(state, data)[1]

        def test_step(self, state, data):
            return super().test_step(state, data)[1]

    model = affine(Model)
    method = {"train": model.fit, "test": model.evaluate}[kind]
    with pytest.raises(ValueError, match=f"`{kind}_step` of Model must return"):
        method(X, Y, verbose=0)


@pytest.mark.parametrize("kind", ["train", "test", "predict"])
def test_steps_for_tensorflow_are_refused_at_once(kind):
    """`train_step(self, data)` with a tape: refused before anything ran, and the state is kept."""
    model = affine(type("Old", (kerajax.Model,), {f"{kind}_step": lambda self, data: {}}))
    before, begun = model.get_weights(), []
    calls = {
        "train": [lambda: model.fit(X, Y, **QUIET, callbacks=[noted])],
        "test": [
            lambda: model.evaluate(X, Y, verbose=0, callbacks=[noted]),
            lambda: model.fit(X, Y, validation_data=(X, Y), **QUIET, callbacks=[noted]),
        ],
        "predict": [lambda: model.predict(X, verbose=0), lambda: model.predict_on_batch(X)],
    }
    noted = kerajax.callbacks.LambdaCallback(on_train_begin=begun.append)
    for call in calls[kind]:
        with pytest.raises(TypeError, match=rf"def {kind}_step\(self, state, data\)"):
            call()
    assert not begun and int(model.optimizer.iterations) == 0
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_compute_metrics_decides_the_logs():
    class Model(kerajax.Model):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            results = super().compute_metrics(x, y, y_pred, sample_weight)
            return {"largest": kerajax.ops.max(y_pred), "mae": results["mae"]}

    logs = affine(Model, metrics=["mae"]).fit(X, Y, validation_data=(X, Y), **QUIET).history
    assert list(logs) == ["largest", "mae", "val_largest", "val_mae"]


def test_compute_loss_and_updates_is_what_fit_minimizes():
    class Model(kerajax.Model):
        def compute_loss_and_updates(self, *args, **kwargs):
            loss, (unscaled, *rest) = super().compute_loss_and_updates(*args, **kwargs)
            return 0.0 * loss, (unscaled, *rest)

    model = affine(Model)
    before = model.get_weights()[0]
    logs = model.fit(X, Y, **QUIET).history
    np.testing.assert_array_equal(before, model.get_weights()[0])
    np.testing.assert_allclose(logs["loss"], affine(PlainModel).evaluate(X, Y, verbose=0))


def test_compute_loss_and_updates_is_pure():
    model = affine(PlainModel)
    model.fit(X, Y, **QUIET)
    groups = (model.trainable_variables, model.non_trainable_variables, model.metrics_variables)
    values = [[v.value for v in group] for group in groups]
    (loss, (unscaled, y_pred, _, _)), gradients = jax.value_and_grad(
        lambda t: model.compute_loss_and_updates(t, *values[1:], X, Y, None, training=True),
        has_aux=True,
    )(values[0])
    np.testing.assert_allclose(loss, model.evaluate(X, Y, verbose=0), rtol=1e-5)
    np.testing.assert_allclose(gradients[0], 2 * X.T @ (y_pred - Y) / len(X), rtol=1e-4, atol=1e-6)
    assert float(unscaled) == float(loss)


def test_functions_of_a_model_run_a_step():
    """What `make_train_function` makes takes a state and an iterator, as in Keras on JAX."""
    model, twin = affine(PlainModel), affine(PlainModel)
    model.build((None, 3))
    train = model.make_train_function()
    assert train is model.train_function is model.make_train_function()
    model.fit(X[:6], Y[:6], **QUIET)
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    state = tuple([jax.numpy.array(v.value) for v in group] for group in groups)
    logs, state = model.train_function(state, iter([(X[6:], Y[6:])]))
    twin.fit(X, Y, **QUIET)
    np.testing.assert_allclose(state[0][0], twin.get_weights()[0], rtol=1e-5)
    logs, _ = twin.make_test_function()((state[0], state[1], state[3]), iter([(X, Y)]))
    assert np.isfinite(float(logs["loss"]))
    values = [v.value for v in twin.trainable_variables]
    outputs, _ = twin.make_predict_function()((values, []), iter([(X,)]))
    np.testing.assert_allclose(outputs, twin.predict(X, verbose=0), rtol=1e-5)


def test_fit_calls_the_train_function_that_the_user_makes():
    calls = []

    class Model(kerajax.Model):
        def make_train_function(self, force=False):
            function = super().make_train_function(force)

            def counted(state, iterator):
                calls.append(1)
                logs, state = function(state, iterator)
                return {**logs, "calls": len(calls)}, state

            self.train_function = counted

        def make_predict_function(self, force=False):
            function = super().make_predict_function(force)

            def negated(state, iterator):
                outputs, state = function(state, iterator)
                return -outputs, state

            self.predict_function = negated

    plain, own = affine(PlainModel), affine(Model)
    np.testing.assert_allclose(weights_after_fit(plain), weights_after_fit(own), rtol=1e-6)
    assert own.history.history["calls"] == [2, 4]
    np.testing.assert_allclose(own.predict(X, verbose=0), -plain.predict(X, verbose=0), rtol=1e-6)


def test_predict_step_may_return_another_structure():
    class Model(kerajax.Model):
        def predict_step(self, state, data):
            outputs, non_trainable = super().predict_step(state, data)
            return {"once": outputs, "twice": 2 * outputs}, non_trainable

    outputs = affine(Model).predict(X, batch_size=5, verbose=0)
    assert outputs["once"].shape == (12, 1)
    np.testing.assert_allclose(outputs["twice"], 2 * outputs["once"])


def test_predict_keeps_advanced_seeds_and_states():
    """Seeds go on from batch to batch and from call to call, as in Keras."""

    class Noise(layers.Layer):
        def __init__(self):
            super().__init__()
            self.generator = random.SeedGenerator(3)

        def call(self, x):
            return random.dropout(x, 0.5, seed=self.generator)

    inputs = kerajax.Input((32,))
    model = kerajax.Model(inputs, Noise()(inputs))
    ones = np.ones((2, 32), "float32")
    outputs = [*model.predict(ones, batch_size=1, verbose=0), *model.predict_on_batch(ones)]
    assert len({row.tobytes() for row in outputs}) == 4


def test_states_of_layers_go_on_in_predict():
    class Count(layers.Layer):
        def build(self, shape):
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, x):
            self.count.assign_add(1.0)
            return x + self.count

    inputs = kerajax.Input((1,))
    model = kerajax.Model(inputs, Count()(inputs))
    zeros = np.zeros((4, 1), "float32")
    np.testing.assert_array_equal(
        model.predict(zeros, batch_size=2, verbose=0).ravel(), [1.0, 1.0, 2.0, 2.0]
    )
    assert model.predict_on_batch(zeros)[0, 0] == 3.0 and model.get_weights()[0] == 3.0


def test_joined_predictions_tell_callbacks_once():
    told = []

    class Watch(kerajax.callbacks.Callback):
        def on_predict_batch_begin(self, batch, logs=None):
            told.append(batch)

        def on_predict_batch_end(self, batch, logs=None):
            told.append((batch, logs["outputs"].shape[0]))

    model = affine(PlainModel, steps_per_execution=3)
    assert model.predict(X, batch_size=3, callbacks=[Watch()], verbose=0).shape == (12, 1)
    assert told == [0, (2, 9), 3, (5, 3)]


@pytest.mark.parametrize(
    ("source", "form"),
    [
        (lambda: (X,), "array"),
        (lambda: ({"a": X},), "dict"),
        (lambda: ([X],), "tuple of list"),
        (lambda: (X, Y), "tuple of array, array"),
        (lambda: (Batches({"a": X}),), "dict"),
        (lambda: (Batches(X),), "tuple of array"),
        (lambda: (Batches((X, Y)),), "tuple of array, array"),
        (lambda: (Batches((X, Y, None)),), "tuple of array, array, NoneType"),
        (lambda: (iter([(X,)]),), "tuple of array"),
        (lambda: (iter([(X, None)]),), "tuple of array, NoneType"),
        (lambda: (iter([(X, Y, None)]),), "tuple of array, array, NoneType"),
    ],
)
@pytest.mark.filterwarnings("ignore:Model 'seeing.*' has no trainable variables")
def test_steps_get_batches_in_the_form_of_keras(source, form):
    """Inputs that are passed alone come alone; a tuple is made of what is not."""
    seen = []

    class Seeing(kerajax.Model):
        def call(self, inputs):
            return inputs

        def train_step(self, state, data):
            seen.append(form_of(data))
            return {"loss": jax.numpy.zeros(())}, state

        def test_step(self, state, data):
            seen.append(form_of(data))
            return {"loss": jax.numpy.zeros(())}, state

        def predict_step(self, state, data):
            seen.append(form_of(data))
            return jax.tree_util.tree_leaves(data)[0], state[1]

    model = Seeing()
    model.build((None, 3))
    model.compile(kerajax.optimizers.SGD(), "mse")
    model.fit(*source(), verbose=0)
    model.evaluate(*source(), verbose=0)
    if len(source()) == 1:
        model.predict(*source(), verbose=0)
    assert set(seen) == {form}


def test_steps_on_one_batch_get_all_three():
    """`train_on_batch` gives a step the weights even where they are None, as Keras does."""
    seen = []

    class Model(kerajax.Model):
        def train_step(self, state, data):
            seen.append([x is None for x in data])
            return super().train_step(state, data)

    model = affine(Model)
    model.train_on_batch(X, Y)
    model.train_on_batch(X, Y, sample_weight=np.ones(12))
    assert seen == [[False, False, True], [False, False, False]]


class Batches(kerajax.utils.PyDataset):
    """One batch."""

    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.batch


def form_of(data):
    if isinstance(data, tuple):
        return f"tuple of {', '.join(map(form_of, data))}"
    return type(data).__name__ if isinstance(data, (dict, list, type(None))) else "array"
