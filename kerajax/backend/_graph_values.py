"""What symbolic tensors stand for while their graph runs.

Losses and layers of users may use a tensor of the model beside their arguments, as the loss of a
variational autoencoder uses the mean and variance of its encoder. Such a tensor is symbolic to the
code that has kept it; while the graph runs, the ops take its value for it.
"""

from contextlib import contextmanager

import jax
import jax.numpy as jnp

from kerajax.backend._scopes import context

# What unknown sizes are filled with while shapes are inferred, one run after the other.
FILLS = (120, 240)


class KeptValues(dict):
    """Values of graphs that have run, by the ids of their tensors.

    Attributes:
        training: What the layers of the graph that ran last were told, or None.
    """

    training = None


@contextmanager
def graph_values(values):
    """While a graph runs, the values of its tensors are known, and those of graphs around it.

    Args:
        values: Dict from the id of a symbolic tensor to its value, which the graph fills.
    """
    outer = context.graph_values
    context.graph_values = (values, outer)
    try:
        yield
    finally:
        context.graph_values = outer
        if context.kept_values is not None:
            context.kept_values.update(values)
            context.kept_values.training = getattr(context.call, "training", None)


@contextmanager
def values_kept():
    """Inside, values of graphs are known after they have run, too."""
    outer = context.graph_values, context.kept_values
    context.kept_values = KeptValues()
    context.graph_values = (context.kept_values, outer[0])
    try:
        yield
    finally:
        context.graph_values, context.kept_values = outer


def value_of_symbol(tensor):
    """The value of a symbolic tensor, None if its graph does not run.

    While shapes are inferred it is an array of zeros of the shape that is tried.
    """
    scope = context.graph_values
    while scope is not None:
        values, scope = scope
        if id(tensor) in values:
            return values[id(tensor)]
    if not context.symbolic:
        return None
    fill = FILLS[0] if context.symbolic is True else context.symbolic
    return jnp.zeros([fill if size is None else size for size in tensor.shape], tensor.dtype)


def with_graph_values(args, is_symbol):
    """Arguments of an op with the values of symbolic tensors; None if one of these has no value.

    Args:
        args: Nested structure.
        is_symbol: Function that tells symbolic tensors.
    """
    if context.graph_values is None and not context.symbolic:
        return None
    leaves, treedef = jax.tree_util.tree_flatten(args)
    if context.graph_values is None and not any(isinstance(x, jax.core.Tracer) for x in leaves):
        # A graph is made while shapes are inferred.
        return None
    leaves = [value_of_symbol(x) if is_symbol(x) else x for x in leaves]
    return None if any(x is None for x in leaves) else treedef.unflatten(leaves)
