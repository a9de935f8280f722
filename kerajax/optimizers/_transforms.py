"""Transformations that optax lacks, or has with another arithmetic than Keras.

Each follows optax: a function returns `(init, update)`, the state is a named tuple, updates are
what is to be multiplied by minus the learning rate.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from kerajax.backend import call_once

_map = jax.tree.map


class AdamState(NamedTuple):
    """Number of updates and moments; `nu_max` is None without amsgrad."""

    count: jax.Array
    mu: optax.Updates
    nu: optax.Updates
    nu_max: optax.Updates | None


def scale_by_adam_hat(beta_1, beta_2, epsilon, amsgrad=False):
    """Adam with epsilon beside the uncorrected root of `nu` ("epsilon hat" in the paper).

    `m * sqrt(1 - beta_2**t) / (1 - beta_1**t) / (sqrt(v) + epsilon)`. `optax.scale_by_adam` adds
    epsilon to the corrected root, which is 4 % away for gradients of 1e-4.

    Args:
        beta_1: Float. Decay of the mean of gradients `m`.
        beta_2: Float. Decay of the mean of squares `v`.
        epsilon: Float.
        amsgrad: Bool. Whether to divide by the largest `v` so far.
    """

    def init(params):
        nu_max = _zeros(params) if amsgrad else None
        return AdamState(jnp.zeros((), "int32"), _zeros(params), _zeros(params), nu_max)

    def update(updates, state, params=None):
        t = state.count + 1
        correction = jnp.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        mu = _towards(updates, state.mu, 1 - beta_1)
        nu = _towards(_square(updates), state.nu, 1 - beta_2)
        nu_max = _map(jnp.maximum, state.nu_max, nu) if amsgrad else None
        scales = nu_max if amsgrad else nu

        def direction(m, v, correction):
            return m * correction / (jnp.sqrt(v) + epsilon)

        changes = _map_once(direction, mu, scales, shared=(correction,))
        return changes, AdamState(t, mu, nu, nu_max)

    return optax.GradientTransformation(init, update)


def scale_by_rss_and_epsilon(initial_accumulator_value, epsilon):
    """Adagrad with epsilon beside the root, `g / (sqrt(sum of squares) + epsilon)`.

    `optax.scale_by_rss` adds epsilon under the root, which is far away for gradients below 1e-4.

    Args:
        initial_accumulator_value: Float. Start of the sum.
        epsilon: Float.
    """

    def init(params):
        start = initial_accumulator_value
        return optax.ScaleByRssState(_map(lambda p: jnp.full_like(p, start), params))

    def update(updates, state, params=None):
        total = _map(jnp.add, _square(updates), state.sum_of_squares)
        changes = _map(lambda g, s: g / (jnp.sqrt(s) + epsilon), updates, total)
        return changes, optax.ScaleByRssState(total)

    return optax.GradientTransformation(init, update)


class NadamState(NamedTuple):
    """Number of updates, moments, and the product of all momenta so far."""

    count: jax.Array
    mu: optax.Updates
    nu: optax.Updates
    product: jax.Array


def scale_by_nadam(beta_1, beta_2, epsilon, schedule_decay=1.0):
    """Adam with Nesterov momentum, which grows as `beta_1 * (1 - 0.96**(t * schedule_decay) / 2)`.

    `optax.nadam` has a constant momentum.
    """

    def init(params):
        product = jnp.ones((), jax.tree.leaves(params)[0].dtype)
        return NadamState(jnp.zeros((), "int32"), _zeros(params), _zeros(params), product)

    def update(updates, state, params=None):
        t = state.count + 1
        momentum = beta_1 * (1 - 0.5 * 0.96 ** (t * schedule_decay))
        next_momentum = beta_1 * (1 - 0.5 * 0.96 ** ((t + 1) * schedule_decay))
        product = state.product * momentum
        mu = _towards(updates, state.mu, 1 - beta_1)
        nu = _towards(_square(updates), state.nu, 1 - beta_2)
        of_mean = next_momentum / (1 - product * next_momentum)
        of_gradient = (1 - momentum) / (1 - product)
        correction = 1 - beta_2**t
        changes = _map(
            lambda g, m, v: (of_mean * m + of_gradient * g) / (jnp.sqrt(v / correction) + epsilon),
            updates,
            mu,
            nu,
        )
        return changes, NadamState(t, mu, nu, product)

    return optax.GradientTransformation(init, update)


class AdamaxState(NamedTuple):
    """Number of updates, mean of gradients, and their decaying maximum."""

    count: jax.Array
    mu: optax.Updates
    nu: optax.Updates


def scale_by_adamax(beta_1, beta_2, epsilon):
    """Adam in the maximum norm, with epsilon in the denominator; optax has it in the maximum."""

    def init(params):
        return AdamaxState(jnp.zeros((), "int32"), _zeros(params), _zeros(params))

    def update(updates, state, params=None):
        t = state.count + 1
        correction = 1 - beta_1**t
        mu = _towards(updates, state.mu, 1 - beta_1)
        nu = _map(lambda g, u: jnp.maximum(beta_2 * u, jnp.abs(g)), updates, state.nu)
        changes = _map(lambda m, u: m / (correction * (u + epsilon)), mu, nu)
        return changes, AdamaxState(t, mu, nu)

    return optax.GradientTransformation(init, update)


class FtrlState(NamedTuple):
    """Sums of squares and of linear terms."""

    accumulator: optax.Updates
    linear: optax.Updates


def ftrl(learning_rate, power, start, l1, l2, l2_shrinkage, beta):
    """Follow the regularized leader: gives complete updates, rate included.

    Args:
        learning_rate: Scalar.
        power: Float <= 0. The rate falls with the sum of squares to this power.
        start: Float. What the sums of squares start with.
        l1: Float. Strength of the L1 penalty.
        l2: Float. Strength of the L2 penalty.
        l2_shrinkage: Float. Strength of an L2 penalty on the gradient alone.
        beta: Float. Added to the L2 penalty as `beta / (2 * learning_rate)`.
    """

    def init(params):
        return FtrlState(optax.tree.full_like(params, start), _zeros(params))

    def update(updates, state, params):
        accumulator = _map(lambda a, g: a + jnp.square(g), state.accumulator, updates)

        def new_linear(z, g, old, new, w):
            slope = (new**-power - old**-power) / learning_rate
            return z + g + 2 * l2_shrinkage * w - slope * w

        linear = _map(new_linear, state.linear, updates, state.accumulator, accumulator, params)

        def minimum(z, a):
            quadratic = a**-power / learning_rate + 2 * (l2 + beta / (2 * learning_rate))
            return (jnp.clip(z, -l1, l1) - z) / quadratic

        changes = _map(lambda z, a, w: minimum(z, a) - w, linear, accumulator, params)
        return changes, FtrlState(accumulator, linear)

    return optax.GradientTransformation(init, update)


def _zeros(params):
    return _map(jnp.zeros_like, params)


def _square(grads):
    return _map(jnp.square, grads)


def _towards(values, means, fraction):
    """Means moved by a fraction of the way to new values."""
    return _map_once(lambda x, m: m + (x - m) * fraction, values, means)


def _map_once(fn, *trees, shared=()):
    """`fn(*leaves, *shared)`; in a compiled step, it is traced once for leaves of equal shapes."""

    def call(_, arguments):
        return fn(*arguments)

    return _map(lambda *leaves: call_once(fn, call, [], (*leaves, *shared)), *trees)
