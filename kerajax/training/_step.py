"""The steps: pure functions of (state, data), and how they are compiled.

`train_step` is what one batch does. `Programs` compiles it for a model in two forms: `single`, one
step per call, and `loop`, many steps in one call with the data set on the device, which spares
the dispatch of each. Both take the state's buffers over.
"""

import functools

import jax
import jax.numpy as jnp

from kerajax import tree
from kerajax.backend import (
    canonical_dtype,
    equal_calls_once,
    get_keras_mask,
    set_keras_mask,
    shape_of,
    values_kept,
)
from kerajax.backend._distribution import fetched, in_force, lay_out, spread_batch
from kerajax.backend._stored_programs import jit_step, prepare
from kerajax.graph import with_values
from kerajax.training._state import TrainState


def unpack_batch(data):
    """`(x, y, sample_weight)` from what a batch may be: `x`, `(x,)`, `(x, y)` or all three."""
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3 or not data:
        raise ValueError(
            "A batch must be `x`, `(x, y)` or `(x, y, sample_weight)`, but received a tuple of "
            f"{len(data)} entries. Put several inputs into one tuple or dict inside it."
        )
    return (*data, None, None)[:3]


def train_step(model, state, data, layout=None):
    """One step of gradient descent: forward, loss, gradients, update, metrics.

    Args:
        model: Compiled model.
        state: TrainState.
        data: Batch.
        layout: Optional `LayerScan` in whose form the state is.

    Returns:
        `(logs, state)`. The logs are None where they are computed from the metrics in `state` when
        they are wanted, and not what a `compute_metrics` of the user's returned.
    """
    x, y, sample_weight = unpack_batch(data)
    trainable, non_trainable, optimizer, metrics = state

    def loss_fn(trainable, non_trainable, metrics):
        if model._overrides("compute_loss_and_updates"):
            return model._own_loss((trainable, non_trainable, metrics), optimizer, data)

        def forward():
            with values_kept():
                y_pred = model._call_on_batch(x, training=True)
                loss = model._compute_loss(x, y, y_pred, sample_weight, training=True)
            model._loss_tracker.update_state(loss, sample_weight=batch_size_of(x))
            loss = model.optimizer.scale_loss(loss) if model.optimizer is not None else loss
            return loss, y_pred, tree.map_structure(get_keras_mask, y_pred)

        ran = with_values(
            forward,
            variables_of(model, layout),
            _in_order((trainable, non_trainable, optimizer, metrics)),
            collect_losses=True,
        )
        loss, *predicted = ran.outputs
        return loss, (predicted, _changed(ran.values, trainable, non_trainable, metrics))

    (_, ((y_pred, masks), changed)), gradients = jax.value_and_grad(loss_fn, has_aux=True)(
        trainable, non_trainable, metrics
    )
    non_trainable, metrics = changed
    apply = model.optimizer.stateless_apply if layout is None else layout.apply
    trainable, optimizer = apply(optimizer, gradients, trainable)
    state = TrainState(trainable, non_trainable, optimizer, metrics)
    return _update_metrics(model, state, layout, (x, y, sample_weight), y_pred, masks)


def test_step(model, state, data, layout=None):
    """Forward, loss and metrics of one batch; arguments and results as of `train_step`."""
    x, y, sample_weight = unpack_batch(data)
    trainable, non_trainable, optimizer, metrics = state

    def forward():
        with values_kept():
            y_pred = model._call_on_batch(x, training=False)
            loss = model._compute_loss(x, y, y_pred, sample_weight, training=False)
        model._loss_tracker.update_state(loss, sample_weight=batch_size_of(x))
        return y_pred, tree.map_structure(get_keras_mask, y_pred)

    ran = with_values(
        forward,
        variables_of(model, layout),
        _in_order(state),
        collect_losses=True,
    )
    y_pred, masks = ran.outputs
    non_trainable, metrics = _changed(ran.values, trainable, non_trainable, metrics)
    state = TrainState(trainable, non_trainable, optimizer, metrics)
    return _update_metrics(model, state, layout, (x, y, sample_weight), y_pred, masks)


def check_evaluates(model, batch, trained):
    """Raises what evaluating a batch would raise, before an epoch is spent on training.

    Nothing is looked at where inputs and targets are like those that the model is trained with.

    Args:
        model: Compiled and built model.
        batch: A first batch of the validation.
        trained: A first batch of the training.
    """
    if [_alike(part) for part in batch[:2]] != [_alike(part) for part in trained[:2]]:
        programs = model._programs("test")
        jax.eval_shape(programs.step, programs.state_of_shapes(), batch)


def _alike(part):
    """What batches of one kind share: their structure, and shapes without the first axis."""
    return [
        (path, None if a is None else shape_of(a)[1:]) for path, a in tree.flatten_with_path(part)
    ]


def predict_step(model, state, data):
    """The outputs for one batch. Returns `(outputs, non_trainable_values)`."""
    x, _, _ = unpack_batch(data)
    trainable, non_trainable = state
    return model.stateless_call(trainable, non_trainable, x, training=False)


def variables_of(model, layout=None) -> list:
    """All variables of the state; those of the optimizer, which the loss may read, come last."""
    groups = model._state_variables() if layout is None else layout.groups
    return _in_order(groups)


def _in_order(groups):
    """Four lists in the order of TrainState as one list, in the order of `variables_of`."""
    trainable, non_trainable, optimizer, metrics = groups
    return [*trainable, *non_trainable, *metrics, *optimizer]


def _changed(values, trainable, non_trainable, metrics):
    """The values of the non-trainable and metric variables among those of `variables_of`."""
    start = len(trainable)
    middle = start + len(non_trainable)
    return values[start:middle], values[middle : middle + len(metrics)]


def _update_metrics(model, state, layout, batch, y_pred, masks):
    """The logs, if a `compute_metrics` of the user's returned them, and the state after."""
    x, y, sample_weight = batch

    def update():
        for tensor, mask in zip(tree.flatten(y_pred), tree.flatten(masks), strict=True):
            if mask is not None:
                set_keras_mask(tensor, mask)
        return model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    # A metric may read any of them, such as the rate of the optimizer.
    ran = with_values(update, variables_of(model, layout), _in_order(state))
    _, metrics = _changed(ran.values, state.trainable, state.non_trainable, state.metrics)
    logs = ran.outputs if model._overrides("compute_metrics") else None
    return logs, state.replace(metrics=metrics)


def metric_results(model, metrics) -> dict:
    """The logs that the metric values say."""
    return with_values(model.get_metrics_result, model._state_variables()[3], metrics).outputs


def batch_size_of(x) -> int:
    """Length of the first axis of the first array in `x`."""
    for leaf in tree.flatten(x):
        shape = shape_of(leaf) if leaf is not None else ()
        if shape:
            return shape[0]
    return 1


class Programs:
    """The compiled forms of a step of one model.

    Args:
        step: Pure function `(state, data) -> (logs_or_None, state)`. `None` for the logs means
            that they follow from the metrics in the state.
        results: Function of the metric values that gives the logs.
        fresh: Function of the metric values that gives those from which metrics start.
        variables: The four lists of variables whose values the state holds.
        compiled: Bool. Whether to compile at all (`run_eagerly`).
        account: Function without arguments that gives the account of the step, by which compiled
            programs are kept (`_account.py`), or None.

    Attributes:
        loops: Bool. Whether `loop` may be called. Values that wait in the host's memory would be on
            the device while the loop runs, so these steps are called one by one.
        names: Names of the logs, known once a program has been traced. Programs return the logs as
            a list, since JAX would sort a dict.
        single: `(state, data) -> (logs, state)`.
        alone: The same, with metrics that start anew.
        resident_single: `(state, arrays, order, start, size) -> (logs, state)`: the `size`
            samples of `order` from `start` on.
        loop: `(state, arrays, order, start, stop, size, rest) -> (logs, state)`: the batches of
            `size` samples numbered `start` to `stop - 1`, then one of the next `rest` samples.
    """

    def __init__(self, step, results, fresh, variables, compiled=True, account=None):
        step = equal_calls_once(step) if compiled else step
        on_host = any(variable.on_host for group in variables for variable in group)
        self.step = functools.partial(_placed, step, variables, on_host)
        self.loops = compiled and not on_host
        self.results = results
        self.fresh = fresh
        self.variables = variables
        self.compiled = compiled
        self.paces = {}
        self.names = []

        def compile_(fn, *static):
            return jit_step(fn, account, self.names, static) if compiled else fn

        # The numbers are those of sizes, which are constants, among the arguments after the state.
        self.single = compile_(self._single)
        self.alone = compile_(self._alone)
        self.resident_single = compile_(self._resident_single, 3)
        self.loop = compile_(self._loop, 4, 5)

    def prepare_loop(self, *arguments) -> None:
        """Compiles the loop for arguments like these after the state; later calls find it."""
        if self.compiled:
            prepare(self.loop, self.state_of_shapes(), *arguments)

    def state_of_shapes(self) -> TrainState:
        """Shapes and dtypes of the state, for compiling a program beside the one that runs."""
        return state_of_shapes(self.variables)

    def _single(self, state, data):
        logs, state = self.step(state, data)
        state = TrainState.of(state)
        return self._logs(logs, state), state

    def _alone(self, state, data):
        return self._single(state.replace(metrics=self.fresh(state.metrics)), data)

    def _logs(self, logs, state):
        logs = self.results(state.metrics) if logs is None else logs
        self.names[:] = logs
        return list(logs.values())

    def named(self, values) -> dict:
        """The logs that a program returned, by name."""
        return dict(zip(self.names, values, strict=True))

    def _resident_single(self, state, arrays, order, start, size):
        return self._single(state, take_batch(arrays, order, start, size))

    def _loop(self, state, arrays, order, start, stop, size, rest):
        def take(i):
            return take_batch(arrays, order, i * size, size)

        # The number of steps is a value, not a constant: one compiled loop serves every length.
        logs_shape, _ = jax.eval_shape(lambda s: self.step(s, take(0)), state)
        logs = jax.tree_util.tree_map(lambda x: jnp.zeros(x.shape, x.dtype), logs_shape)

        def body(i, carry):
            _, state = carry
            logs, state = self.step(state, take(i))
            return logs, _like(TrainState.of(state), carry[1])

        logs, state = jax.lax.fori_loop(start, stop, body, (logs, state))
        if rest:
            logs, state = self.step(state, take_batch(arrays, order, stop * size, rest))
            state = TrainState.of(state)
        return self._logs(logs, state), state


def state_of_shapes(variables) -> TrainState:
    """The state of four lists of variables, in shapes and dtypes alone."""

    def described(variable):
        return jax.ShapeDtypeStruct(variable.shape, canonical_dtype(variable._dtype))

    return TrainState(*(list(map(described, group)) for group in variables))


def _placed(step, variables, on_host, state, data):
    """A step whose batch and state are where the distribution in force and the variables have them.

    What waits on the host is brought to the device, and put back if the step changed it.
    """
    if in_force.distribution is None and not on_host:
        return step(state, data)
    before = TrainState.of(state)
    brought = TrainState(*_each(fetched, variables, before))
    logs, after = step(brought, spread_batch(data))

    def put_back(variable, old, had, new):
        return old if new is had and variable.on_host else lay_out(variable, new)

    return logs, TrainState(*_each(put_back, variables, before, brought, TrainState.of(after)))


def _each(fn, *groups):
    """What `fn` gives for the entries of lists of lists."""
    return [[fn(*each) for each in zip(*lists, strict=True)] for lists in zip(*groups, strict=True)]


def take_batch(arrays, order, start, size):
    """`size` samples from `start` on of arrays on the device, in the order of indices `order`."""
    if order is None:
        return jax.tree_util.tree_map(
            lambda a: jax.lax.dynamic_slice_in_dim(a, start, size), arrays
        )
    indices = jax.lax.dynamic_slice_in_dim(order, start, size)
    return jax.tree_util.tree_map(lambda a: a.at[indices].get(mode="promise_in_bounds"), arrays)


def _like(state, reference):
    """`state` in the dtypes of `reference`: a loop's carry must keep its types."""
    return jax.tree_util.tree_map(
        lambda x, r: x if x.dtype == r.dtype else x.astype(r.dtype), state, reference
    )
