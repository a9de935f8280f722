"""The one seam between stateful layers and pure functions.

A layer keeps its state in variables and its random numbers in seed generators, which are variables
too. `with_values` runs any code while given variables hold given values, and returns what they
hold afterwards; nothing outside changes. `pure(layer)` is a layer as such a function. The training
step, `stateless_call`, `export` and `interop` all come through here, and no other code opens a
`StatelessScope` to run a layer.
"""

from typing import NamedTuple

from kerajax.backend import (
    StatelessScope,
    Variable,
    call_once,
    infer_as,
    infer_once,
    on_host,
    remat,
    remat_from_host,
)


class Ran(NamedTuple):
    """What a pure run gave.

    Attributes:
        outputs: What the code returned.
        values: What the variables held at the end, in the order they were given.
        losses: What layers added by `add_loss` or activity regularizers, in order.
    """

    outputs: object
    values: list
    losses: list

    def changed_from(self, before) -> dict:
        """Index to new value, of the variables that the code assigned; `before` is what it got."""
        pairs = enumerate(zip(self.values, before, strict=True))
        return {i: new for i, (new, old) in pairs if new is not old}


def with_values(fn, variables, values, *, collect_losses=False) -> Ran:
    """Runs `fn()` while `variables` hold `values`.

    Args:
        fn: Function without arguments.
        variables: List of variables.
        values: List of arrays of the same shapes, or of variables that hold them.
        collect_losses: Bool. Whether to collect the losses that layers find.

    Returns:
        A `Ran`.
    """
    # Lists of variables may be given as they are; their values are read before the scope opens.
    values = [value.value if isinstance(value, Variable) else value for value in values]
    pairs = zip(variables, values, strict=True)
    with StatelessScope(state_mapping=pairs, collect_losses=collect_losses) as scope:
        scope.sealed = True
        outputs = fn()
    values = [scope.get_current_value(variable) for variable in variables]
    return Ran(outputs, values, scope.losses)


def pure(layer, method="__call__"):
    """`layer` as a pure function of its values.

    Returns:
        Function `(trainable_values, non_trainable_values, *args, **kwargs)` that returns
        `(outputs, non_trainable_values, losses)`. `losses` holds the added losses and the weight
        regularizers' values. It can be given to `jax.jit`, `jax.grad` and `jax.vmap`.
    """

    def run(trainable_values, non_trainable_values, *args, **kwargs):
        trainable = layer.trainable_variables
        non_trainable = layer.non_trainable_variables
        _check_count(layer, "trainable", trainable, trainable_values)
        _check_count(layer, "non-trainable", non_trainable, non_trainable_values)
        penalties = []

        def call():
            outputs = getattr(layer, method)(*args, **kwargs)
            penalties.extend(layer._regularization_losses())
            return outputs

        ran = with_values(
            call,
            [*trainable, *non_trainable],
            [*trainable_values, *non_trainable_values],
            collect_losses=True,
        )
        return ran.outputs, ran.values[len(trainable) :], ran.losses + penalties

    return run


def abstract_call(fn, *args, **kwargs):
    """The symbolic outputs of `fn`, which may read and change variables; no change remains."""
    return abstract_call_as(None, fn, *args, **kwargs)


def abstract_call_as(key, fn, /, *args, **kwargs):
    """What `abstract_call` gives, remembered where there is a key that says all `fn` depends on."""

    def run(*args, **kwargs):
        with StatelessScope():
            return fn(*args, **kwargs)

    if key is None:
        return infer_once(run, *args, **kwargs)
    return infer_as(key, run, *args, **kwargs)


def equal_call(layer, call, key):
    """`call` of a layer, traced once for all calls with an equal key in a program.

    Args:
        layer: The layer. It adds no losses in its call.
        call: Its `call`.
        key: Hashable. All that the call depends on besides the variables' values.
    """

    def run(*args, **kwargs):
        variables = layer.variables
        before = [v.uncast_value for v in variables]

        def on_values(values, arguments):
            args, kwargs = arguments
            ran = with_values(lambda: call(*args, **kwargs), variables, values)
            return ran.outputs, ran.changed_from(values)

        outputs, changed = call_once(key, on_values, before, (args, kwargs))
        for i, value in changed.items():
            variables[i].assign(value)
        return outputs

    return run


def remat_call(layer, call, offload=False):
    """`call` of a layer, whose intermediate results are computed again for the gradient.

    What it assigns and the losses it adds are results of the part that is computed again, and take
    effect outside of it.

    Args:
        layer: The layer.
        call: Its `call`.
        offload: Bool. Whether the arguments wait for it in the host's memory.
    """

    def run(*args, **kwargs):
        variables = layer.variables
        before = [v.uncast_value for v in variables]

        def on_values(values, args, kwargs):
            args, kwargs = on_host((args, kwargs)) if offload else (args, kwargs)
            ran = with_values(lambda: call(*args, **kwargs), variables, values, collect_losses=True)
            return ran.outputs, ran.changed_from(values), ran.losses

        recomputed = remat_from_host(on_values) if offload else remat(on_values)
        outputs, changed, losses = recomputed(before, args, kwargs)
        for i, value in changed.items():
            variables[i].assign(value)
        if losses:
            layer.add_loss(losses)
        return outputs

    return run


def _check_count(layer, kind, variables, values):
    if len(variables) != len(values):
        raise ValueError(
            f"A stateless call of '{layer.name}' needs one value for each of its "
            f"{len(variables)} {kind} variables, but received {len(values)}. Pass "
            f"`[v.value for v in layer.{kind.replace('-', '_')}_variables]`."
        )
