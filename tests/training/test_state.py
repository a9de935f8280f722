"""Loans: what variables say while a training loop holds their values."""

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.training import TrainState


@pytest.fixture
def model(rng):
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


X, Y = np.ones((16, 3), "float32"), np.ones((16, 1), "float32")


def test_reading_a_variable_during_fit_gives_the_current_value(model):
    seen = []

    class Read(kerajax.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(self.model.layers[0].kernel.numpy())

    model.fit(X, Y, batch_size=4, verbose=0, callbacks=[Read()])
    assert len(seen) == 4
    assert all(not np.allclose(a, b) for a, b in zip(seen, seen[1:], strict=False))
    np.testing.assert_array_equal(seen[-1], model.get_weights()[0])


def test_assigning_during_fit_takes_effect(model):
    class Zero(kerajax.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.set_weights([np.zeros((3, 1)), np.zeros(1)])

    model.fit(X, Y, epochs=3, verbose=0, callbacks=[Zero()])
    np.testing.assert_array_equal(model.get_weights()[0], 0)


def test_an_array_read_before_training_survives_it(model):
    before = model.layers[0].kernel.value
    copy = np.array(before)
    model.fit(X, Y, epochs=2, verbose=0)
    model.train_on_batch(X, Y)
    np.testing.assert_array_equal(before, copy)


def test_two_models_share_a_layer(model):
    other = kerajax.Sequential([kerajax.Input((3,)), model.layers[0]])
    other.compile("sgd", "mse")
    for _ in range(3):
        model.train_on_batch(X, Y)
        other.train_on_batch(X, Y)
    np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])
    assert int(model.optimizer.iterations.value) == int(other.optimizer.iterations.value) == 3


def test_an_exception_in_a_callback_leaves_the_last_finished_step(model):
    class Fail(kerajax.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise RuntimeError("stop here")

    with pytest.raises(RuntimeError, match="stop here"):
        model.fit(X, Y, batch_size=4, verbose=0, callbacks=[Fail()])
    assert int(model.optimizer.iterations.value) == 2
    model.fit(X, Y, verbose=0)
    assert np.isfinite(model.get_weights()[0]).all()


def test_state_is_donated_to_the_step(model):
    """The buffers that go into a step are gone after it: the state exists once."""
    model.train_on_batch(X, Y)
    state = model._loan().borrow()
    model.train_on_batch(X, Y)
    assert all(value.is_deleted() for value in state.trainable)


def test_train_state_is_a_pytree_that_unpacks():
    state = TrainState([1.0], [2.0], [3.0], [4.0])
    doubled = jax.tree_util.tree_map(lambda x: 2 * x, state)
    trainable, non_trainable, optimizer, metrics = doubled
    assert (trainable, non_trainable, optimizer, metrics) == ([2.0], [4.0], [6.0], [8.0])
    assert TrainState.of(tuple(doubled)).metrics == [8.0]


def test_metrics_start_every_epoch_anew(model):
    logs = model.fit(X, 0 * Y, batch_size=16, epochs=3, verbose=0).history["loss"]
    assert logs[0] > logs[1] > logs[2]
    model.reset_metrics()
    assert all(float(v.value) == 0.0 for v in model.metrics_variables)


def test_metrics_are_arrays_of_jax_before_the_first_step_too(model):
    kinds = []

    class Read(kerajax.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            kinds.extend(isinstance(v.value, jax.Array) for v in self.model.metrics_variables)

    model.fit(X, Y, epochs=2, verbose=0, callbacks=[Read()])
    assert kinds and all(kinds)


def test_a_metric_may_keep_something_at_its_reset():
    class Epochs(kerajax.metrics.Metric):
        """Counts its resets."""

        def __init__(self, name="epochs"):
            super().__init__(name=name)
            self.count = self.add_variable((), "zeros", name="count")

        def update_state(self, y_true, y_pred, sample_weight=None):
            """Takes no notice."""

        def result(self):
            return self.count.value

        def reset_state(self):
            self.count.assign(self.count.value + 1)

    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Epochs()])
    assert model.fit(X, Y, epochs=3, verbose=0).history["epochs"] == [1.0, 2.0, 3.0]
