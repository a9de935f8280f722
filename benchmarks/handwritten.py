"""The yardstick: two training loops over the same jitted step, and bare compiled calls.

`jax_loop` dispatches one jitted step per batch, asynchronously, state donated. `jax_scan` runs an
epoch as one compiled `lax.scan` over data that lives on the device. Both draw a numpy permutation
per epoch (on a CPU `jax.random.permutation` of 10,000 takes three times as long as training the
small MLP for an epoch), train the shorter last batch, and total loss and accuracy on the device;
the totals are read when the call ends.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from . import handwritten_deep, handwritten_models
from .data import make_data

MODELS = {**handwritten_models.MODELS, **handwritten_deep.MODELS}


class HandwrittenTrial:
    """Data, state and compiled functions of one hand-written form.

    Args:
        form: "jax_loop" or "jax_scan".
        workload: Workload.
    """

    def __init__(self, form, workload):
        self.batch_size = workload.batch_size
        self.x, self.y = make_data(workload.model, workload.samples)
        self.problem = MODELS[workload.model]()
        self.device_x, self.device_y = jax.device_put((self.x, self.y))
        self.rng = np.random.default_rng(1)
        params, stats = self.problem.init(jax.random.key(1))
        self.state = (params, stats, self.problem.tx.init(params), jnp.zeros(2))
        self.epoch = {"jax_loop": self._loop_epoch, "jax_scan": self._scan_epoch}[form]
        self.step = jax.jit(functools.partial(_step, self.problem), donate_argnums=0)
        self.row_step = jax.jit(functools.partial(_row_step, self.problem), donate_argnums=0)
        run = functools.partial(_run_epoch, self.problem, workload.batch_size)
        self.run_epoch = jax.jit(run, donate_argnums=0)

    def fit(self, epochs):
        """Trains `epochs` epochs; returns their losses as floats."""
        totals = [self.epoch() for _ in range(epochs)]
        # One metric row per epoch: mean loss, accuracy.
        logs = np.array(jax.device_get(totals)) / len(self.x)
        jax.block_until_ready(self.state)
        return logs[:, 0].tolist()

    def _loop_epoch(self):
        order = self.rng.permutation(len(self.x)).astype(np.int32)
        state = self.state
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            state = self.row_step(state, self.device_x, self.device_y, rows)
        *kept, totals = state
        self.state = (*kept, jnp.zeros(2))
        return totals

    def _scan_epoch(self):
        order = self.rng.permutation(len(self.x)).astype(np.int32)
        self.state, totals = self.run_epoch(self.state, self.device_x, self.device_y, order)
        return totals

    def train_on_batch(self, calls):
        """One jitted step per call on host data, loss and accuracy read as numbers."""
        x, y = self.x[: self.batch_size], self.y[: self.batch_size]
        losses = []
        for _ in range(calls):
            *kept, totals = self.step(self.state, x, y)
            losses.append(float(np.asarray(totals)[0]) / len(x))
            self.state = (*kept, np.zeros(2, np.float32))
        return losses

    def predict_one(self, calls):
        """One compiled call per prediction on host data, the result read as a numpy array."""
        sample = self.x[:1]
        params, stats = self.state[:2]
        predict = jax.jit(lambda *arguments: jax.nn.sigmoid(self.problem.apply(*arguments)))
        predict = predict.lower(params, stats, sample).compile()
        for _ in range(calls):
            np.asarray(predict(params, stats, sample))
        return []

    def memory(self, epochs):
        """The script from end to end: training, then loss and accuracy over the data set."""
        losses = self.fit(epochs)
        logits = jax.jit(self.problem.apply)(*self.state[:2], self.device_x)
        float(self.problem.loss(logits, self.device_y))
        float(self.problem.correct(logits, self.device_y))
        return losses


def _step(problem, state, x, y):
    params, stats, slots, totals = state

    def objective(params):
        logits, kept = problem.train(params, stats, x)
        return problem.loss(logits, y), (logits, kept)

    (loss, (logits, stats)), gradients = jax.value_and_grad(objective, has_aux=True)(params)
    updates, slots = problem.tx.update(gradients, slots, params)
    params = optax.apply_updates(params, updates)
    correct = problem.correct(logits, y).astype(jnp.float32)
    # One packed vector: every separate scalar is one more buffer to dispatch and one more kernel.
    return params, stats, slots, totals + jnp.stack([loss * x.shape[0], correct])


def _row_step(problem, state, x, y, rows):
    return _step(problem, state, x[rows], y[rows])


def _run_epoch(problem, batch_size, state, x, y, order):
    full = len(order) // batch_size

    def body(state, rows):
        return _row_step(problem, state, x, y, rows), None

    state, _ = lax.scan(body, state, order[: full * batch_size].reshape(full, batch_size))
    if full * batch_size < len(order):
        state = _row_step(problem, state, x, y, order[full * batch_size :])
    *kept, totals = state
    return (*kept, jnp.zeros_like(totals)), totals
