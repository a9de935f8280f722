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


class SymbolicSteps:
    """The part of `Optimizer` for scripts that train without `fit`."""

    def get_updates(self, *args, params=None, loss=None, constraints=None):
        """A step that minimizes a symbolic loss, for the `updates` of `K.function`.

        Args:
            *args: `(loss, params)` as in Keras 2, or `(params, constraints, loss)` as in Keras 1.
            params: List of variables.
            loss: KerasTensor.
            constraints: Not looked at: variables have their constraints themselves.

        Returns:
            List of one `OptimizerStep`.

        Raises:
            ValueError: If the loss is no symbolic tensor.

        Example:

        >>> x = kerajax.Input((2,))
        >>> layer = kerajax.layers.Dense(1)
        >>> loss = kerajax.ops.mean(layer(x))
        >>> step = kerajax.optimizers.SGD(0.1).get_updates(loss, layer.trainable_variables)
        >>> len(step[0].variables)
        2
        """
        losses = [x for x in (*args, loss) if isinstance(x, KerasTensor)]
        lists = [x for x in (*args, params) if isinstance(x, (list, tuple)) and len(x)]
        if len(losses) != 1 or not lists:
            raise ValueError(
                f"{type(self).__name__}.get_updates needs a symbolic loss, computed from "
                f"`K.placeholder` or the inputs of a model, and a list of variables, but received: "
                f"{args}, params={params}, loss={loss}. To step by gradients that are computed, "
                "call `optimizer.apply(gradients, variables)`."
            )
        # Keras 1 has the constraints, a dict or an empty list, between the two.
        self.build(list(lists[0]))
        return [OptimizerStep(self, list(lists[0]), losses[0])]
