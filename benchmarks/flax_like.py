"""The candidate `flax_nnx`: flax.nnx modules and one `nnx.jit` step per batch, references cached.

Losses and the optimizer are those of the hand-written forms.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from .data import (
    BLOCKS,
    HEADS,
    HIDDEN,
    RESNET_WIDTHS,
    TOKEN_VOCABULARY,
    TOKENS,
    WIDTH,
    make_data,
    resnet_plan,
    run_resnet20,
)
from .handwritten_deep import EPSILON, MOMENTUM
from .handwritten_models import MODELS as PROBLEMS
from .handwritten_models import adam, class_correct, class_loss, glorot


class FlaxTrial:
    """Data, module and optimizer.

    Args:
        workload: Workload.
    """

    def __init__(self, workload):
        self.batch_size = workload.batch_size
        self.x, self.y = make_data(workload.model, workload.samples)
        self.device_x, self.device_y = jax.device_put((self.x, self.y))
        self.rng = np.random.default_rng(1)
        self.module = MODELS[workload.model](nnx.Rngs(1))
        tx, loss, correct = adam(), class_loss, class_correct
        if workload.model == "script_mlp":
            problem = PROBLEMS["script_mlp"]()
            tx, loss, correct = problem.tx, problem.loss, problem.correct
        self.optimizer = nnx.Optimizer(self.module, tx, wrt=nnx.Param)
        judge = _make_judge(loss, correct)
        self.step = nnx.cached_partial(_make_step(loss, correct), self.module, self.optimizer)
        self.judge = nnx.cached_partial(judge, nnx.view(self.module, **INFERENCE))
        self.predict = nnx.cached_partial(_predict, nnx.view(self.module, **INFERENCE))

    def fit(self, epochs):
        """Trains `epochs` epochs; returns their losses as floats."""
        totals = [self._epoch() for _ in range(epochs)]
        logs = np.array(jax.device_get(totals)) / len(self.x)
        return logs[:, 0].tolist()

    def _epoch(self):
        order, totals = self.rng.permutation(len(self.x)).astype(np.int32), jnp.zeros(2)
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            totals = self.step(totals, self.device_x, self.device_y, rows)
        return totals

    def evaluate(self, passes):
        """Loss and accuracy over the data set, `passes` times, read as numbers."""
        for _ in range(passes):
            totals = jnp.zeros(2)
            for start in range(0, len(self.x), self.batch_size):
                rows = slice(start, start + self.batch_size)
                totals = self.judge(totals, self.x[rows], self.y[rows])
            np.asarray(totals)
        return []

    def predict_many(self, passes):
        """Class probabilities for the data set as one numpy array, `passes` times."""
        starts = range(0, len(self.x), self.batch_size)
        for _ in range(passes):
            parts = [self.predict(self.x[start : start + self.batch_size]) for start in starts]
            np.concatenate(jax.device_get(parts))
        return []


# How the modules that know a difference run when they do not learn.
INFERENCE = {"use_running_average": True, "raise_if_not_found": False}


def _make_step(loss, correct):
    @nnx.jit
    def step(module, optimizer, totals, all_x, all_y, rows):
        x, y = all_x[rows], all_y[rows]

        def objective(module):
            logits = module(x)
            return loss(logits, y), logits

        (value, logits), gradients = nnx.value_and_grad(objective, has_aux=True)(module)
        optimizer.update(module, gradients)
        right = correct(logits, y).astype(jnp.float32)
        return totals + jnp.stack([value * len(x), right])

    return step


def _make_judge(loss, correct):
    @nnx.jit
    def judge(module, totals, x, y):
        logits = module(x)
        right = correct(logits, y).astype(jnp.float32)
        return totals + jnp.stack([loss(logits, y) * len(x), right])

    return judge


@nnx.jit
def _predict(module, x):
    return jax.nn.softmax(module(x))


def _linear(width_in, width, rngs):
    return nnx.Linear(width_in, width, kernel_init=glorot, rngs=rngs)


def _convolution(width_in, width, size, rngs, **options):
    return nnx.Conv(width_in, width, (size, size), kernel_init=glorot, rngs=rngs, **options)


def _embedding(rows, width, rngs):
    def uniform(key, shape, dtype):
        return jax.random.uniform(key, shape, dtype, minval=-0.05, maxval=0.05)

    return nnx.Embed(rows, width, embedding_init=uniform, rngs=rngs)


def script_mlp(rngs):
    return nnx.Sequential(_linear(8, 10, rngs), jax.nn.relu, _linear(10, 1, rngs))


def mlp(rngs):
    first, second = _linear(784, 1024, rngs), _linear(1024, 1024, rngs)
    return nnx.Sequential(first, jax.nn.relu, second, jax.nn.relu, _linear(1024, 10, rngs))


def convnet(rngs):
    return nnx.Sequential(
        _convolution(1, 32, 3, rngs, padding="VALID"),
        jax.nn.relu,
        _convolution(32, 64, 3, rngs, padding="VALID"),
        jax.nn.relu,
        lambda x: nnx.max_pool(x, (2, 2), strides=(2, 2)),
        lambda x: x.reshape(len(x), -1),
        _linear(12 * 12 * 64, 128, rngs),
        jax.nn.relu,
        _linear(128, 10, rngs),
    )


class ResNet20(nnx.Module):
    """Convolutions and normalizations by the names of `resnet_plan`."""

    def __init__(self, rngs):
        convolutions, norms = {}, {}
        for name, size, width_in, width, stride in resnet_plan():
            convolutions[name] = _convolution(
                width_in, width, size, rngs, strides=stride, padding="SAME", use_bias=False
            )
            norms[name] = nnx.BatchNorm(width, momentum=MOMENTUM, epsilon=EPSILON, rngs=rngs)
        self.convolutions, self.norms = nnx.Dict(convolutions), nnx.Dict(norms)
        self.head = _linear(RESNET_WIDTHS[-1], 10, rngs)

    def __call__(self, x):
        def convolve(name, x):
            return self.norms[name](self.convolutions[name](x))

        return self.head(run_resnet20(convolve, jax.nn.relu, x).mean((1, 2)))


class Block(nnx.Module):
    """Pre-norm attention and two linear layers, each beside its input."""

    def __init__(self, rngs):
        self.norm1 = nnx.LayerNorm(WIDTH, epsilon=EPSILON, rngs=rngs)
        self.norm2 = nnx.LayerNorm(WIDTH, epsilon=EPSILON, rngs=rngs)
        self.attend = nnx.MultiHeadAttention(
            HEADS, WIDTH, kernel_init=glorot, decode=False, rngs=rngs
        )
        self.up, self.down = _linear(WIDTH, HIDDEN, rngs), _linear(HIDDEN, WIDTH, rngs)

    def __call__(self, x):
        x = x + self.attend(self.norm1(x))
        hidden = jax.nn.gelu(self.up(self.norm2(x)), approximate=False)
        return x + self.down(hidden)


class Transformer(nnx.Module):
    """Embeddings, blocks, mean over the tokens, 10 classes."""

    def __init__(self, rngs):
        self.tokens = _embedding(TOKEN_VOCABULARY, WIDTH, rngs)
        self.positions = _embedding(TOKENS, WIDTH, rngs)
        self.blocks = nnx.List([Block(rngs) for _ in range(BLOCKS)])
        self.head = _linear(WIDTH, 10, rngs)

    def __call__(self, tokens):
        x = self.tokens(tokens) + self.positions(jnp.arange(TOKENS))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))


MODELS = {
    "script_mlp": script_mlp,
    "mlp": mlp,
    "convnet": convnet,
    "resnet20": ResNet20,
    "transformer": Transformer,
}
