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
        form: "jax_loop" or "jax_scan", of the epoch; or "written_out" or "layer_scan", of the
            layers of a deep model, whose epoch is a loop.
        workload: Workload.
    """

    def __init__(self, form, workload):
        self.batch_size = workload.batch_size
        self.x, self.y = make_data(workload.model, workload.samples)
        name = f"{workload.model}_scan" if form == "layer_scan" else workload.model
        self.problem = MODELS[name]()
        self.device_x, self.device_y = jax.device_put((self.x, self.y))
        self.rng = np.random.default_rng(1)
        params, stats = self.problem.init(jax.random.key(1))
        self.state = (params, stats, self.problem.tx.init(params), jnp.zeros(2))
        self.epoch = self._scan_epoch if form == "jax_scan" else self._loop_epoch
        self.step = jax.jit(functools.partial(_step, self.problem), donate_argnums=0)
        self.row_step = jax.jit(functools.partial(_row_step, self.problem), donate_argnums=0)
        run = functools.partial(_run_epoch, self.problem, workload.batch_size)
        self.run_epoch = jax.jit(run, donate_argnums=0)
        self.scanned = form == "jax_scan"
        self.judge = jax.jit(functools.partial(_judge, self.problem), donate_argnums=0)
        self.predict = jax.jit(functools.partial(_predict, self.problem))
        size = workload.batch_size
        self.judge_all = jax.jit(functools.partial(_judge_all, self.problem, size))
        self.predict_all = jax.jit(functools.partial(_predict_all, self.problem, size))

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

    def evaluate(self, passes):
        """Loss and accuracy over the data set, `passes` times, read as numbers."""
        starts = range(0, len(self.x), self.batch_size)
        for _ in range(passes):
            if self.scanned:
                totals = self.judge_all(*self.state[:2], self.device_x, self.device_y)
            else:
                totals = jnp.zeros(2)
                for start in starts:
                    rows = slice(start, start + self.batch_size)
                    totals = self.judge(totals, *self.state[:2], self.x[rows], self.y[rows])
            np.asarray(totals)
        return []

    def predict_many(self, passes):
        """Class probabilities for the data set as one numpy array, `passes` times."""
        starts = range(0, len(self.x), self.batch_size)
        for _ in range(passes):
            if self.scanned:
                np.asarray(self.predict_all(*self.state[:2], self.device_x))
                continue
            parts = [
                self.predict(*self.state[:2], self.x[start : start + self.batch_size])
                for start in starts
            ]
            np.concatenate(jax.device_get(parts))
        return []

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
    def body(state, rows):
        return _row_step(problem, state, x, y, rows), None

    batches, rest = _in_batches(order, batch_size)
    state, _ = lax.scan(body, state, batches)
    *kept, totals = _row_step(problem, state, x, y, rest)
    return (*kept, jnp.zeros_like(totals)), totals


def _judge(problem, totals, params, stats, x, y):
    logits = problem.apply(params, stats, x)
    correct = problem.correct(logits, y).astype(jnp.float32)
    return totals + jnp.stack([problem.loss(logits, y) * x.shape[0], correct])


def _judge_all(problem, batch_size, params, stats, x, y):
    def body(totals, batch):
        return _judge(problem, totals, params, stats, *batch), None

    batches, rest = _in_batches((x, y), batch_size)
    totals, _ = lax.scan(body, jnp.zeros(2), batches)
    return _judge(problem, totals, params, stats, *rest)


def _predict(problem, params, stats, x):
    return jax.nn.softmax(problem.apply(params, stats, x))


def _predict_all(problem, batch_size, params, stats, x):
    batches, rest = _in_batches(x, batch_size)
    outputs = lax.map(lambda batch: _predict(problem, params, stats, batch), batches)
    return jnp.concatenate([outputs.reshape(-1, 10), _predict(problem, params, stats, rest)])


def _in_batches(arrays, batch_size):
    """Full batches, stacked, and the rest, which no row's data set lacks."""

    def full(a):
        count = len(a) // batch_size
        return a[: count * batch_size].reshape(count, batch_size, *a.shape[1:])

    rest = jax.tree.map(lambda a: a[len(a) // batch_size * batch_size :], arrays)
    return jax.tree.map(full, arrays), rest
