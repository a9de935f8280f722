"""Steps of matrices made orthogonal, with Adam for everything else."""

import re
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from kerajax.objects import publish
from kerajax.optimizers._base import Optimizer, shared
from kerajax.optimizers._state import path_of


class MuonState(NamedTuple):
    """Number of updates, momenta, and mean squares of the weights that Adam trains."""

    count: jax.Array
    mu: optax.Updates
    nu: optax.Updates


@publish("keras.optimizers.Muon")
class Muon(Optimizer):
    """Momentum whose step, for a matrix, is replaced by the nearest orthogonal one.

    `m = momentum * m + gradient`; the step is `rate * orthogonal(gradient + momentum * m)` times
    `sqrt(max(rows, columns)) * rms_rate`. The orthogonal matrix comes from a few steps of a
    Newton-Schulz iteration. Weights with another number of axes than two, embeddings and excluded
    layers are trained by `Adam`.

    Args:
        learning_rate: Float, schedule or function.
        adam_beta_1: Float. Decay of Adam's mean of gradients.
        adam_beta_2: Float. Decay of Adam's mean of squares.
        adam_weight_decay: Float or None. Weight decay of what Adam trains.
        epsilon: Float. Adam's.
        weight_decay: Float or None. Weight decay of what Muon trains.
        clipnorm, ..., name: See `Optimizer`.
        exclude_layers: List of regular expressions; a weight whose path one of them finds a match
            in is trained by Adam.
        exclude_embeddings: Bool. Whether weights with "embedding" in their path are.
        muon_a: Float. Coefficient of `x` in the iteration.
        muon_b: Float. Coefficient of `x @ x.T @ x`.
        muon_c: Float. Coefficient of `x @ x.T @ x @ x.T @ x`.
        adam_lr_ratio: Float. Adam's rate over `learning_rate`.
        momentum: Float.
        ns_steps: Int. Steps of the iteration.
        nesterov: Bool. Whether the gradient counts once more in the step.
        rms_rate: Float or None. Size of the steps, which makes rates of Adam fit; None leaves
            orthogonal matrices as they are.
        **kwargs: Arguments of older Keras: `lr`, `decay`.

    Example:

    >>> weight = kerajax.Variable(np.zeros((2, 2)), name="kernel")
    >>> optimizer = kerajax.optimizers.Muon(0.1, rms_rate=None)
    >>> optimizer.apply([np.array([[5.0, 0.0], [0.0, -0.5]])], [weight])
    >>> bool((abs(weight.numpy().diagonal()) > 0.05).all())  # both directions move alike
    True

    Reference:
        Jordan et al., 2024, "Muon: An optimizer for hidden layers in neural networks",
        https://kellerjordan.github.io/posts/muon/; Liu et al., 2025, "Muon is Scalable for LLM
        Training", https://arxiv.org/abs/2502.16982
    """

    slots = {"momentum": "mu", "velocity": "nu"}

    def __init__(
        self,
        learning_rate=0.001,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        adam_weight_decay=0.004,
        epsilon=1e-7,
        weight_decay=0.004,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        exclude_layers=None,
        exclude_embeddings=True,
        muon_a=3.4445,
        muon_b=-4.7750,
        muon_c=2.0315,
        adam_lr_ratio=1,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
        **kwargs,
    ):
        super().__init__(**shared(locals()))
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def transform(self, learning_rate):
        """Both methods side by side: what has a mean of squares is Adam's."""

        def init(params):
            mu = type(params)((path, jnp.zeros_like(w)) for path, w in params.items())
            nu = type(params)(
                (path, jnp.zeros_like(w))
                for path, w in params.items()
                if self._is_adams(path, w.shape)
            )
            return MuonState(jnp.zeros((), "int32"), mu, nu)

        def update(updates, state, params=None):
            t = state.count + 1
            b1, b2 = self.adam_beta_1, self.adam_beta_2
            alpha = self.adam_lr_ratio * jnp.sqrt(1 - b2**t) / (1 - b1**t)
            changes, mu, nu = type(updates)(), type(updates)(), type(updates)()
            for path, g in updates.items():
                m = state.mu[path]
                if path in state.nu:
                    v = state.nu[path]
                    mu[path] = m + (g - m) * (1 - b1)
                    nu[path] = v + (jnp.square(g) - v) * (1 - b2)
                    step = alpha * mu[path] / (jnp.sqrt(nu[path]) + self.epsilon)
                else:
                    mu[path] = self.momentum * m + g
                    ahead = g + self.momentum * mu[path] if self.nesterov else mu[path]
                    step = self.lr_adjust(self.zeropower_via_newtonschulz5(ahead, self.ns_steps))
                changes[path] = -learning_rate * step
            return changes, MuonState(t, mu, nu)

        return optax.GradientTransformation(init, update)

    def zeropower_via_newtonschulz5(self, x, steps):
        """Close to the orthogonal matrix nearest to `x`, up to a scale.

        Args:
            x: Matrix.
            steps: Int. Steps of the iteration.

        Raises:
            ValueError: If `x` has fewer than two axes.
        """
        x = jnp.asarray(x)
        if x.ndim < 2:
            raise ValueError(
                f"Expected gradient or momentum to have at least 2 dimensions. Received: {x.shape}"
            )
        # The smaller side first, for smaller products.
        tall = x.shape[-2] > x.shape[-1]
        x = x.mT if tall else x
        x = x / (jnp.linalg.norm(x, axis=(-2, -1), keepdims=True) + 1e-7)
        for _ in range(steps):
            gram = x @ x.mT
            x = self.muon_a * x + (self.muon_b * gram + self.muon_c * gram @ gram) @ x
        return x.mT if tall else x

    def lr_adjust(self, x):
        """A step of a matrix in the size that Adam's steps have."""
        if self.rms_rate is None:
            return x
        return x * (max(x.shape[0], x.shape[1]) ** 0.5 * self.rms_rate)

    def _weight_decay_of(self, variable):
        adams = self._is_adams(path_of(variable), variable.shape)
        own = self.adam_weight_decay if adams else self.weight_decay
        return None if self._is_excluded(variable) else own

    def _is_adams(self, path, shape):
        return (
            len(shape) != 2
            or (self.exclude_embeddings and "embedding" in path.lower())
            or any(re.search(pattern, path) for pattern in self.exclude_layers)
        )
