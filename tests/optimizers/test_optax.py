"""Raw optax transformations as optimizers."""

import collections

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import kerajax
from kerajax.optimizers import OptaxOptimizer
from tests.optimizers import agreement


def _labels(params):
    """Which part of the chain trains a weight, by its name."""
    return type(params)((path, "k" if path.endswith("kernel") else "o") for path in params)


CHAINS = {
    "adam": lambda: optax.adam(1e-2),
    "schedule": lambda: optax.sgd(optax.cosine_decay_schedule(0.1, 10), momentum=0.9),
    "chain": lambda: optax.chain(optax.clip_by_global_norm(1.0), optax.lamb(1e-2)),
    "noise": lambda: optax.chain(optax.add_noise(0.1, 0.5, 0), optax.sgd(0.1)),
    "labels": lambda: optax.partition({"k": optax.adam(0.1), "o": optax.sgd(0.1)}, _labels),
}


@pytest.mark.parametrize("name", CHAINS)
def test_follows_optax(name):
    """The same numbers as a loop written by hand, in place and compiled; counts are kept."""
    variables = agreement.make_variables(kerajax, agreement.start_values())
    optimizer = OptaxOptimizer(CHAINS[name]())
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    values, own = [v.value for v in variables], [v.value for v in optimizer.variables]

    paths = [v.path for v in variables]
    chain = CHAINS[name]()
    params = collections.OrderedDict(zip(paths, values, strict=True))
    state = chain.init(params)
    for grads in agreement.gradients(6):
        tree = collections.OrderedDict(zip(paths, map(jnp.asarray, grads), strict=True))
        updates, state = chain.update(tree, state, params)
        params = optax.apply_updates(params, updates)
        values, own = step(own, grads, values)
        optimizer.apply(grads)
    for path, value, variable in zip(paths, values, variables, strict=True):
        np.testing.assert_allclose(value, params[path], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(variable.numpy(), params[path], rtol=1e-5, atol=1e-6)


def test_state_leaves_are_variables():
    """Counts included, in the order of the tree."""
    optimizer = OptaxOptimizer(optax.adam(1e-2))
    optimizer.build([kerajax.Variable(1.0, name="w")])
    names = [v.name for v in optimizer.variables]
    assert names == ["iteration", "0_count", "0_mu_w", "0_nu_w"]


def test_injected_rate_is_the_learning_rate():
    """`optax.inject_hyperparams` makes the rate readable and assignable."""
    optimizer = OptaxOptimizer(optax.inject_hyperparams(optax.sgd)(learning_rate=0.5))
    weight = kerajax.Variable(1.0)
    optimizer.build([weight])
    optimizer.learning_rate = 0.25
    optimizer.apply([np.array(1.0)])
    assert float(weight) == 0.75


def test_unknown_rate_is_an_attribute_error():
    """So that `hasattr` tells callbacks that there is none."""
    assert not hasattr(OptaxOptimizer(optax.sgd(0.1)), "learning_rate")


def test_only_registered_functions_have_a_config():
    """A transformation holds closures; a registered function that makes it has a name."""
    with pytest.raises(NotImplementedError, match="register_keras_serializable"):
        OptaxOptimizer(optax.sgd(0.1)).get_config()

    @kerajax.objects.register_keras_serializable("tests")
    def half_rate():
        return optax.sgd(0.5)

    config = kerajax.optimizers.serialize(OptaxOptimizer(half_rate, name="o"))
    weight = kerajax.Variable(1.0)
    kerajax.optimizers.deserialize(config).apply([np.array(1.0)], [weight])
    assert float(weight) == 0.5


def test_anything_else_is_an_error():
    """The message names what was given."""
    with pytest.raises(ValueError, match="transformation=3"):
        OptaxOptimizer(3)
