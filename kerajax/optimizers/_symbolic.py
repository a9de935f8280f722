"""`get_updates`: a step of an optimizer on a symbolic loss, for `K.function` of old scripts."""

from typing import NamedTuple

from kerajax.backend import KerasTensor


class OptimizerStep(NamedTuple):
    """One step on a loss that has no value yet. `K.function(..., updates=[step])` takes it.

    Attributes:
        optimizer: `Optimizer`.
        variables: List of the variables to train.
        loss: KerasTensor.
    """

    optimizer: object
    variables: list
    loss: KerasTensor


def symbolic_step(optimizer, args, params, loss) -> list:
    """A step that minimizes a symbolic loss, for the `updates` of `K.function`.

    Args:
        optimizer: `Optimizer`.
        args: `(loss, params)` as in Keras 2, or `(params, constraints, loss)` as in Keras 1.
        params: List of variables.
        loss: KerasTensor.

    Returns:
        List of one `OptimizerStep`.

    Raises:
        ValueError: If the loss is no symbolic tensor.
    """
    losses = [x for x in (*args, loss) if isinstance(x, KerasTensor)]
    lists = [x for x in (*args, params) if isinstance(x, (list, tuple)) and len(x)]
    if len(losses) != 1 or not lists:
        raise ValueError(
            f"{type(optimizer).__name__}.get_updates needs a symbolic loss, computed from "
            f"`K.placeholder` or the inputs of a model, and a list of variables, but received: "
            f"{args}, params={params}, loss={loss}. To step by gradients that are computed, "
            "call `optimizer.apply(gradients, variables)`."
        )
    # Keras 1 has the constraints, a dict or an empty list, between the two.
    optimizer.build(list(lists[0]))
    return [OptimizerStep(optimizer, list(lists[0]), losses[0])]
