"""Small pieces of a step: clipping, missing gradients, and doing something only where it is due."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np

from kerajax.graph._pure import with_values
from kerajax.optimizers._state import path_of


def clip(grads, clipnorm=None, global_clipnorm=None, clipvalue=None):
    """Gradients within a limit; the first limit above zero holds.

    Args:
        grads: List of arrays.
        clipnorm: Largest L2 norm of each.
        global_clipnorm: Largest L2 norm of all together.
        clipvalue: Largest absolute value.

    Example:

    >>> [g.tolist() for g in clip([np.array([3.0, 4.0])], clipnorm=1.0)]
    [[0.6..., 0.8...]]
    """
    if clipnorm and clipnorm > 0:
        return [g * clipnorm / jnp.maximum(_norm([g]), clipnorm) for g in grads]
    if global_clipnorm and global_clipnorm > 0:
        norm = _norm(grads)
        # The difference is 0, and NaN for a norm without limit: such a step must not look normal.
        scale = global_clipnorm / jnp.maximum(norm, global_clipnorm) + (norm - norm)
        return [g * scale for g in grads]
    if clipvalue and clipvalue > 0:
        return [jnp.clip(g, -clipvalue, clipvalue) for g in grads]
    return grads


def when(condition, run, variables):
    """Calls `run`, which assigns to `variables` and to nothing else, where `condition` is true.

    Args:
        condition: Scalar bool array. Known, it is asked; traced, it becomes a `jax.lax.cond`.
        run: Function without arguments.
        variables: List of all variables that `run` reads or assigns to.
    """
    if not isinstance(condition, jax.core.Tracer):
        if condition:
            run()
        return
    before = [variable.value for variable in variables]

    def after():
        return with_values(run, variables, before).values

    if any(variable.on_host for variable in variables):
        # A branch would have all of them on the device at once.
        chosen = [_either(condition, *pair) for pair in zip(after(), before, strict=True)]
    else:
        chosen = jax.lax.cond(condition, after, lambda: before)
    for variable, value in zip(variables, chosen, strict=True):
        variable.assign(value)


def _either(condition, new, old):
    # The compiler may not join what computes `new` with the choice: last bits would be others than
    # those of a branch.
    return old if new is old else jnp.where(condition, jax.lax.optimization_barrier(new), old)


class GradientShapeError(TypeError, ValueError):
    """A gradient that does not fit its variable. Keras raises one of these, by the shapes."""


def check_gradients(optimizer, grads, variables):
    """Looks that there is a gradient for each variable, of a shape that fits it, or None.

    Raises:
        ValueError: If not. Nothing has been updated then. For a shape it is a TypeError as well.
    """
    if len(grads) != len(variables):
        raise ValueError(
            f"Optimizer '{optimizer.name}' needs one gradient for each of its {len(variables)} "
            f"variables, but received {len(grads)} gradients."
        )
    for gradient, variable in zip(grads, variables, strict=True):
        shape, wanted = np.shape(gradient), np.shape(variable)
        # A gradient may be one number for all, so what broadcasts to the variable fits.
        pairs = zip(reversed(shape), reversed(wanted), strict=False)
        if len(shape) > len(wanted) or any(size not in (1, other) for size, other in pairs):
            raise GradientShapeError(
                f"Optimizer '{optimizer.name}': the gradient of '{path_of(variable)}' must have "
                f"its shape {wanted}, but received a gradient of shape {shape}. Pass gradients in "
                "the order of the variables."
            )


def without_missing(grads, variables):
    """Gradients and variables of the pairs that have a gradient; warns of the others.

    Raises:
        ValueError: If none has.
    """
    pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
    if not pairs:
        raise ValueError("No gradients provided for any variable.")
    missing = [path_of(v) for g, v in zip(grads, variables, strict=True) if g is None]
    if missing:
        warnings.warn(
            f"Gradients do not exist for variables {missing} when minimizing the loss. If using "
            "`model.compile()`, did you forget to provide a `loss` argument?",
            stacklevel=3,
        )
    return [jnp.asarray(g) for g, _ in pairs], [v for _, v in pairs]


def _norm(arrays):
    return jnp.sqrt(sum(jnp.sum(jnp.square(a)) for a in arrays))
