"""Steps that users write: overridden `train_step`, `test_step`, `make_train_function` and the like.

Everything here runs while a step is traced. What users write speaks Keras' language: batches
without what is absent, states as tuples, functions of `(state, iterator)`; `Programs` and `Loan`
speak in `TrainState`s and batches of three. This file translates.
"""

import inspect

import jax
import jax.numpy as jnp

from kerajax import tree
from kerajax.graph import with_values
from kerajax.training._state import TrainState
from kerajax.training._step import batch_size_of, unpack_batch
from kerajax.training.data import InputsAlone, PairAsGiven, ThreeAsGiven


def packed(data):
    """A batch as Keras gives it to a step: without what is absent, inputs alone as they are."""
    if isinstance(data, ThreeAsGiven):
        return tuple(data)
    if isinstance(data, PairAsGiven):
        return data.x, None
    x, y, sample_weight = unpack_batch(data)
    if isinstance(data, InputsAlone):
        return x
    if sample_weight is not None:
        return x, y, sample_weight
    return (x,) if y is None else (x, y)


def own_step(model, kind):
    """The user's `train_step` or `test_step`, as `(state, data) -> (logs, state)`.

    A `test_step` gets the state without the optimizer's part. Variables that the step reads hold
    the values of the state; those that it assigns, instead of returning new values for them, hold
    what they were assigned.
    """
    step = getattr(model, f"{kind}_step")
    check_takes_state(model, kind)

    def run(state, data):
        state = TrainState.of(state)
        given = state if kind == "train" else without_optimizer(state)
        ran = with_values(
            lambda: step(given, packed(data)),
            [variable for group in model._state_variables() for variable in group],
            [value for group in state for value in group],
        )
        logs, after = _returned(model, kind, ran.outputs)
        if len(after) == 3:
            after = after[0], after[1], state.optimizer, after[2]
        assigned = iter(ran.values)
        groups = []
        for old, new in zip(state, after, strict=True):
            held = [next(assigned) for _ in old]
            # As in Keras, values that the step leaves out stay as they are.
            new = [*new, *old[len(new) :]]
            groups.append([h if n is o else n for o, n, h in zip(old, new, held, strict=True)])
        return flat_logs(logs), TrainState(*groups)

    return run


def without_optimizer(state) -> tuple:
    """What Keras gives to a `test_step`: `(trainable, non_trainable, metrics)`."""
    return state[0], state[1], state[3]


def flat_logs(logs) -> dict:
    """Logs as scalars by name: a metric whose result is a dict adds its entries."""
    flat = {}
    for name, value in logs.items():
        if isinstance(value, dict):
            flat.update(flat_logs(value))
        else:
            # An array of its own dtype: the carry of a loop must keep its types.
            flat[name] = value if isinstance(value, jax.Array) else jnp.array(value)
    return flat


def own_loss(model, values, optimizer, batch):
    """The loss and its companions by the user's `compute_loss_and_updates`.

    Returns:
        `(loss, (y_pred, non_trainable, metrics))`, the loss scaled for the optimizer.
    """
    x, y, sample_weight = batch
    loss, (unscaled, y_pred, non_trainable, metrics) = model.compute_loss_and_updates(
        *values, x, y, sample_weight, training=True, optimizer_variables=optimizer
    )
    tracked = with_values(
        lambda: model._loss_tracker.update_state(unscaled, sample_weight=batch_size_of(x)),
        model._state_variables()[3],
        metrics,
    )
    return loss, (y_pred, non_trainable, tracked.values)


def function_of(model, kind):
    """The function that `make_train_function` or `make_test_function` makes.

    `(state, iterator) -> (logs, state)`: it takes the next batch from the iterator, or the next
    `steps_per_execution` of them, and the buffers of the state over. The state of `"test"` is
    without the optimizer's part.
    """
    compiled = model._compiled

    def function(state, iterator):
        batches = [unpack_batch(next(iterator))]
        if not compiled.ready:
            compiled.prepare(batches[0])
        for _, batch in zip(range(1, compiled.config["steps_per_execution"]), iterator):  # noqa: B905
            batches.append(unpack_batch(batch))
        programs = compiled.programs(kind, through_function=False)
        whole = state
        if kind == "test" and len(state) == 3:
            kept = [jnp.array(v.value) for v in compiled.variables[2]]
            whole = TrainState(state[0], state[1], kept, state[2])
        whole = TrainState.of(whole)
        for batch in batches:
            values, whole = programs.single(whole, batch)
        after = without_optimizer(whole) if len(state) == 3 else tuple(whole)
        return programs.named(values), after

    return function


def own_function(model, kind):
    """The step that runs through the function of the user's `make_train_function`.

    Such a function is called for each batch and compiles what it wants to.
    """
    getattr(model, f"make_{kind}_function")()
    function = getattr(model, f"{kind}_function")

    def step(state, data):
        given = tuple(state) if kind == "train" else without_optimizer(state)
        logs, after = _returned(model, kind, function(given, iter([packed(data)])))
        if len(after) == 3:
            after = after[0], after[1], state.optimizer, after[2]
        return flat_logs(logs), TrainState(*map(list, after))

    return step


def check_takes_state(model, kind) -> None:
    """Refuses a step of the user's that is written for TensorFlow.

    Args:
        model: Model.
        kind: `"train"`, `"test"` or `"predict"`.

    Raises:
        TypeError: If the step takes nothing but the data.
    """
    step = getattr(model, f"{kind}_step")
    parameters = list(inspect.signature(step).parameters.values())
    if len(parameters) == 1 and parameters[0].kind is not parameters[0].VAR_POSITIONAL:
        raise TypeError(
            f"`{kind}_step` of {type(model).__name__} takes `{parameters[0].name}` alone, as for "
            f"TensorFlow, where it assigns to variables. On JAX write `def {kind}_step(self, "
            f"state, data)`, a pure function that {_PURE[kind]}"
        )


_PURE = {
    "train": "takes gradients by `jax.value_and_grad`, in place of `tf.GradientTape`, of "
    "`self.compute_loss_and_updates`, and returns `(logs, state)`. Where the loss alone is your "
    "own, override `compute_loss(self, x, y, y_pred, sample_weight, training)` instead: it is "
    "written as for TensorFlow.",
    "test": "returns `(logs, state)`. Where the loss alone is your own, override "
    "`compute_loss(self, x, y, y_pred, sample_weight, training)` instead.",
    "predict": "calls `self.stateless_call(*state, x)` and returns what that does, "
    "`(outputs, non_trainable)`.",
}


def _returned(model, kind, result):
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], dict):
        if len(result[1]) in ((4,) if kind == "train" else (3, 4)):
            return result
    optimizer = "optimizer, " if kind == "train" else ""
    raise ValueError(
        f"`{kind}_step` of {type(model).__name__} must return `(logs, state)`: a dict of scalars "
        f"and the values (trainable, non_trainable, {optimizer}metrics), but returned "
        f"{tree.map_structure(type, result)!r:.300}."
    )
