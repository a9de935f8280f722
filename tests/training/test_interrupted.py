"""After an exception or Ctrl-C the model has the weights of the last finished step and goes on."""

import os
import signal

import numpy as np
import pytest

import kerajax
from kerajax import layers

X = np.linspace(-1, 1, 120, dtype="float32").reshape(40, 3)
Y = X.sum(1, keepdims=True)
BATCH = 8


class Broken(Exception):
    """What the tests raise."""


def new_model(**options):
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(kerajax.optimizers.SGD(0.1, momentum=0.9), "mse", **options)
    return model


def after_steps(count):
    """The weights and the optimizer's variables after so many steps."""
    model = new_model()
    for i in range(count):
        part = slice(i * BATCH, (i + 1) * BATCH)
        model.train_on_batch(X[part], Y[part])
    return values_of(model)


def values_of(model):
    return [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]


def check(model, steps):
    """The values are those after `steps` steps, and the model can be trained and asked."""
    # The optimizer has variables from the first step on.
    for a, b in zip(values_of(model), after_steps(steps), strict=steps > 0):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    model.fit(X, Y, batch_size=BATCH, verbose=0)
    assert np.isfinite(model.evaluate(X, Y, verbose=0))
    assert model.predict(X, verbose=0).shape == Y.shape


def raising(hook, when, error=Broken):
    """A callback whose hook raises at its call number `when`."""

    class Raising(kerajax.callbacks.Callback):
        calls = 0

    def method(self, *args, **kwargs):
        type(self).calls += 1
        if type(self).calls == when:
            raise error

    setattr(Raising, hook, method)
    return Raising()


@pytest.mark.parametrize(
    "hook, when, steps",
    [
        ("on_train_begin", 1, 0),
        ("on_epoch_begin", 2, 5),
        ("on_train_batch_begin", 3, 2),
        ("on_train_batch_end", 3, 3),
        ("on_epoch_end", 1, 5),
        ("on_train_end", 1, 10),
    ],
)
@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt])
def test_exception_in_a_callback(hook, when, steps, error):
    model = new_model()
    callbacks = [raising(hook, when, error)]
    with pytest.raises(error):
        model.fit(X, Y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
    if steps == 10:
        # Two epochs: the second pass continues the first.
        twin = new_model()
        twin.fit(X, Y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
        for a, b in zip(values_of(model), values_of(twin), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    else:
        check(model, steps)


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_exception_in_the_data(options):
    def batches():
        for i in range(3):
            yield X[i * BATCH : (i + 1) * BATCH], Y[i * BATCH : (i + 1) * BATCH]
        raise Broken("lost")

    model = new_model(**options)
    with pytest.raises(Broken, match="lost"):
        model.fit(batches(), steps_per_epoch=5, verbose=0)
    check(model, 3)


def test_exception_in_the_validation_data():
    def batches():
        yield X, Y
        raise Broken("lost")

    model = new_model()
    with pytest.raises(Broken, match="lost"):
        model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, validation_data=batches())
    check(model, 5)


@pytest.fixture
def python_handles_interrupts():
    """A shell that starts the tests in the background turns the signal off."""
    outer = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, outer)


def test_interrupt_waits_for_the_running_step(python_handles_interrupts):
    """Ctrl-C between two steps: the step that ran is kept."""

    class Press(kerajax.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 1:
                os.kill(os.getpid(), signal.SIGINT)

    model = new_model()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[Press()])
    check(model, 2)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_exception_in_evaluation_and_prediction(method):
    model = new_model()
    model.train_on_batch(X[:BATCH], Y[:BATCH])
    hook = "on_test_batch_end" if method == "evaluate" else "on_predict_batch_end"
    arguments = (X, Y) if method == "evaluate" else (X,)
    with pytest.raises(Broken):
        getattr(model, method)(
            *arguments, batch_size=BATCH, verbose=0, callbacks=[raising(hook, 2)]
        )
    check(model, 1)


def test_exception_while_the_first_step_is_traced():
    """The state has not been given away yet."""

    class Model(kerajax.Model):
        broken = True

        def train_step(self, state, data):
            if self.broken:
                raise Broken
            return super().train_step(state, data)

    inputs = kerajax.Input((3,))
    model = Model(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))
    model.compile(kerajax.optimizers.SGD(0.1, momentum=0.9), "mse")
    with pytest.raises(Broken):
        model.fit(X, Y, verbose=0)
    model.broken = False
    check(model, 0)
