"""One optimizer for several models, as adversarial networks of old scripts have it."""

import numpy as np
import pytest

import kerajax
from kerajax import layers


def networks(optimizer):
    kerajax.utils.set_random_seed(1)
    critic = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3), layers.Dense(1)])
    critic.compile(optimizer, "mse")
    maker = kerajax.Sequential([kerajax.Input((2,)), layers.Dense(4)])
    critic.trainable = False
    z = kerajax.Input((2,))
    both = kerajax.Model(z, critic(maker(z)))
    both.compile(optimizer, "mse")
    return critic, maker, both


@pytest.mark.parametrize("make", [kerajax.optimizers.SGD, lambda r: kerajax.optimizers.Adam(r)])
def test_models_share_count_and_rate_and_nothing_else(make):
    optimizer = make(0.1)
    critic, maker, both = networks(optimizer)
    x, z = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")
    kept = both.optimizer is optimizer
    for _ in range(2):
        critic.train_on_batch(x, np.ones((8, 1)))
        weights = critic.get_weights()
        both.train_on_batch(z, np.ones((8, 1)))
        for a, b in zip(weights, critic.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    assert kept and critic.optimizer is optimizer is not both.optimizer
    assert int(optimizer.iterations.value) == int(both.optimizer.iterations.value) == 4
    optimizer.learning_rate = 0.0
    weights = maker.get_weights()
    both.train_on_batch(z, np.ones((8, 1)))
    for a, b in zip(weights, maker.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_slots_are_those_of_optimizers_apart():
    x, z = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")

    def trained(one, two):
        critic, maker, both = networks(one)
        both.compile(two, "mse")
        critic.train_on_batch(x, np.ones((8, 1)))
        both.train_on_batch(z, np.ones((8, 1)))
        return critic.get_weights() + maker.get_weights()

    def momentum():
        return kerajax.optimizers.SGD(0.1, momentum=0.9)

    shared = momentum()
    for a, b in zip(trained(shared, shared), trained(momentum(), momentum()), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_a_model_that_is_compiled_again_keeps_its_optimizer():
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(1)])
    optimizer = kerajax.optimizers.Adam()
    for _ in range(2):
        model.compile(optimizer, "mse")
        model.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
    assert model.optimizer is optimizer and int(optimizer.iterations.value) == 2
