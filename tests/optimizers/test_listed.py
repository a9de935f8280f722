"""Optimizers of users that list their updates: `get_updates(loss, params)`, as until Keras 2.3."""

import numpy as np
import pytest

import kerajax
from kerajax import layers, optimizers
from kerajax.legacy import _backend as K

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 5)).astype("float32")
Y = X @ RNG.normal(size=(5, 2)).astype("float32")


class OldAdam(optimizers.Optimizer):
    """Adam as it was written with `K`; its rate, its state and its order are its own."""

    def __init__(self, lr=0.01, decay=0.0, **kwargs):
        super().__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.iterations = K.variable(0, dtype="int64", name="iterations")
            self.lr = K.variable(lr, name="lr")
            self.decay = K.variable(decay, name="decay")

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        steps = K.cast(self.iterations, K.floatx())
        rate, t = self.lr / (1.0 + self.decay * steps), steps + 1
        rate = rate * K.sqrt(1.0 - K.pow(0.999, t)) / (1.0 - K.pow(0.9, t))
        ms = [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]
        vs = [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]
        self.weights = [self.iterations, *ms, *vs]
        for p, g, m, v in zip(params, grads, ms, vs, strict=True):
            m_t = 0.9 * m + 0.1 * g
            v_t = 0.999 * v + 0.001 * K.square(g)
            # A pair is an update, too.
            self.updates += [K.update(m, m_t), (v, v_t)]
            new = p - rate * m_t / (K.sqrt(v_t) + K.epsilon())
            self.updates.append(K.update(p, new if p.constraint is None else p.constraint(new)))
        return self.updates

    def get_config(self):
        rates = {"lr": float(K.get_value(self.lr)), "decay": float(K.get_value(self.decay))}
        return {**super().get_config(), **rates}


class Slow(optimizers.Optimizer):
    """Every second step, weights go half of the way to where the inner optimizer took them."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = optimizers.get(inner)

    def get_updates(self, loss, params):
        due = K.equal((self.inner.iterations + 1) % 2, 0)
        slow = {p.name: K.variable(K.get_value(p)) for p in params}
        assert len(slow) == len(params)
        self.updates = self.inner.get_updates(loss, params)
        for p in params:
            new = self.changed(p)
            half = slow[p.name] + 0.5 * (new - slow[p.name])
            self.updates.append(K.update(p, K.switch(due, half, new)))
            self.updates.append(K.update(slow[p.name], K.switch(due, half, slow[p.name])))
        return self.updates

    def changed(self, param):
        params = self.inner._trainable_variables
        return next(x for x, p in zip(self.updates, params, strict=False) if p is param)


def model_of(optimizer, weights=None):
    model = kerajax.Sequential(
        [
            kerajax.Input((5,)),
            layers.Dense(4, "tanh", kernel_constraint="max_norm", name="first"),
            layers.Dense(2, name="second"),
        ]
    )
    if weights is not None:
        model.set_weights(weights)
    model.compile(optimizer, "mse")
    return model


def fit(model, epochs=3):
    model.fit(X, Y, batch_size=32, epochs=epochs, shuffle=False, verbose=0)
    return model.get_weights()


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_it_trains_as_the_same_method_of_keras():
    old = model_of(OldAdam(lr=0.02, decay=0.1, clipnorm=1.0))
    new = model_of(optimizers.Adam(0.02, decay=0.1, clipnorm=1.0), old.get_weights())
    for ours, theirs in zip(fit(old), fit(new), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert int(K.get_value(old.optimizer.iterations)) == 9
    assert [w.shape for w in old.optimizer.get_weights()] == [(), *2 * [(5, 4), (4,), (4, 2), (2,)]]


def test_a_rate_that_is_set_counts_in_the_next_step():
    model = model_of(OldAdam())
    fit(model, 1)
    K.set_value(model.optimizer.lr, 0.0)
    before = model.get_weights()
    for a, b in zip(before, fit(model, 1), strict=True):
        # The constraint holds even so, and a step with it rounds.
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_its_state_is_saved(tmp_path, suffix):
    model = model_of(OldAdam(decay=0.1))
    fit(model, 1)
    model.save(tmp_path / f"m{suffix}")
    again = kerajax.saving.load_model(tmp_path / f"m{suffix}", custom_objects={"OldAdam": OldAdam})
    assert again.optimizer.get_config() == model.optimizer.get_config()
    for a, b in zip(fit(model, 1), fit(again, 1), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_optimizer_may_wrap_one_of_kerajax():
    """Two steps of SGD with the rate r, then half of the way: weights by hand."""
    weight = kerajax.Variable([1.0, 2.0], name="w")
    optimizer = Slow(optimizers.SGD(0.1))
    for _ in range(4):
        optimizer.apply([2 * weight.value], [weight])
    # d(w^2)/dw = 2w: a step multiplies by 0.8; two of them and half the way back by 0.82.
    np.testing.assert_allclose(weight.numpy(), np.array([1.0, 2.0]) * 0.82**2, rtol=1e-6)
    assert int(optimizer.inner.iterations.numpy()) == 4


def test_gradients_of_a_known_method_may_be_changed():
    class Signs(optimizers.SGD):
        def get_gradients(self, loss, params):
            return [K.sign(g) for g in super().get_gradients(loss, params)]

    weight = kerajax.Variable([1.0, -2.0], name="w")
    optimizer = Signs(0.25)
    optimizer.apply([np.array([3.0, -0.1], "float32")], [weight])
    np.testing.assert_allclose(weight.numpy(), [0.75, -1.75])
    assert int(optimizer.iterations.numpy()) == 1


def test_the_order_of_arguments_of_keras_1():
    class Descent(optimizers.Optimizer):
        def get_updates(self, params, constraints, loss):
            grads = self.get_gradients(loss, params)
            return [
                (p, constraints.get(p, lambda w: w)(p - 0.5 * g))
                for p, g in zip(params, grads, strict=True)
            ]

    weight = kerajax.Variable([1.0, 1.0], name="w")
    weight.constraint = kerajax.constraints.NonNeg()
    Descent().apply([np.array([1.0, 4.0], "float32")], [weight])
    np.testing.assert_allclose(weight.numpy(), [0.5, 0.0])


def test_values_are_those_before_the_step():
    class Swap(optimizers.Optimizer):
        def get_updates(self, loss, params):
            a, b = params
            seen = K.update(a, b + 0.0)
            return [K.update(b, a + 0.0), K.update_add(b, seen)]

    a, b = kerajax.Variable(1.0, name="a"), kerajax.Variable(2.0, name="b")
    Swap().apply([np.float32(0), np.float32(0)], [a, b])
    assert (float(a), float(b)) == (2.0, 3.0)


class Errs(optimizers.Optimizer):
    def get_updates(self, loss, params):
        return self.wrong(loss, params)


ELSEWHERE = kerajax.Variable(1.0, name="elsewhere")


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda loss, params: [(ELSEWHERE, params[0] + 0.0)], ValueError, "neither trains nor"),
        (lambda loss, params: K.sqrt(loss), ValueError, "value of the loss is not known"),
        (lambda loss, params: [K.update(params[0] * 2, 0.0)], ValueError, "only variables can be"),
    ],
)
def test_what_cannot_be_said_in_a_list_is_told(wrong, error, message):
    optimizer = Errs()
    optimizer.wrong = wrong
    with pytest.raises(error, match=message):
        optimizer.build([kerajax.Variable(1.0)])


def test_updates_are_asked_for_in_steps_alone():
    with pytest.raises(ValueError, match="needs a symbolic loss"):
        optimizers.SGD(0.1).get_updates(None, [kerajax.Variable(1.0)])
    with pytest.raises(RuntimeError, match="override `train_step`"):
        optimizers.SGD(0.1).get_gradients(None, [kerajax.Variable(1.0)])


def test_what_it_does_not_go_with_is_told():
    with pytest.raises(ValueError, match="use_ema"):
        OldAdam(use_ema=True).build([kerajax.Variable(1.0)])


def test_other_optimizers_need_a_rate():
    with pytest.raises(ValueError, match="learning_rate"):
        optimizers.Optimizer()
