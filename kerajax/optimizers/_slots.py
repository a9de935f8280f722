"""Optax states kept in variables.

The state of a chain is a pytree: a field such as `mu` holds a dict from variable to array, `count`
is the number of updates. Files and Keras want a flat list of named variables. `Slots` makes the
variables in Keras' order once, and then reads the pytree from them and writes it back.

A step may concern some of the variables only, when gradients are missing. The state of those is a
pytree of the same kind with fewer entries, found by the same paths.
"""

import collections

import jax
import jax.numpy as jnp
import optax
from jax.tree_util import DictKey, GetAttrKey, keystr, tree_flatten_with_path

from kerajax.optimizers._state import filled


class Slots:
    """The variables behind a chain's state.

    Args:
        optimizer: The optimizer, which gets the variables.
        chain: `optax.GradientTransformation`.
        variables: List of the variables to train.
    """

    def __init__(self, optimizer, chain, variables):
        self._layouts = {}
        self._at = {}
        specs = as_tree(optimizer, variables, (jax.ShapeDtypeStruct(v.shape, v.dtype) for v in variables))
        places = {_place(path): keystr(path) for path, _ in self._layout(chain, specs)[0]}
        groups = optimizer.slots if isinstance(optimizer.slots, tuple) else (optimizer.slots,)
        for group in groups:
            for variable in variables:
                for name, field in group.items():
                    place = places.pop((field, optimizer._keys[variable]), None)
                    if place is not None:
                        start = filled(optimizer.starting_value(name))
                        made = optimizer.add_variable_from_reference(variable, name, start)
                        self._at[place] = made
            for name, field in group.items():
                place = places.pop((field, None), None)
                if place is not None:
                    dtype = variables[0].dtype
                    self._at[place] = optimizer._scalar(optimizer.starting_value(name), dtype, name)
        unnamed = [field for field, _ in places if field != "count"]
        if unnamed:
            raise ValueError(
                f"Optimizer '{optimizer.name}' keeps {sorted(set(unnamed))} in its state, which "
                f"its `slots` do not name. Received: slots={optimizer.slots}."
            )

    def read(self, chain, params, count):
        """The state of `params`, a pytree.

        Args:
            chain: The transformation.
            params: Dict of arrays by key.
            count: Scalar int, the number of updates so far.
        """
        leaves, treedef = self._layout(chain, params)
        return treedef.unflatten(
            self._at[keystr(path)].value if keystr(path) in self._at else jnp.asarray(count, spec.dtype)
            for path, spec in leaves
        )

    def write(self, state):
        """Assigns what a step made of the state. Counts are not kept: the optimizer counts."""
        for path, value in tree_flatten_with_path(state)[0]:
            variable = self._at.get(keystr(path))
            if variable is not None:
                variable.assign(value)

    def _layout(self, chain, params):
        """Paths and specifications of the state's leaves, and their tree."""
        key = tuple(params)
        if key not in self._layouts:
            self._layouts[key] = tree_flatten_with_path(jax.eval_shape(chain.init, params))
        return self._layouts[key]


class RawSlots:
    """The variables behind any chain: every leaf of its state is one, in the order of the tree."""

    def __init__(self, optimizer, chain, variables):
        pass


def as_tree(optimizer, variables, values):
    """Values by the keys of variables. Unlike in a dict, JAX keeps the order of the variables."""
    keys = (optimizer._keys[v] for v in variables)
    return collections.OrderedDict(zip(keys, values, strict=True))


def _place(path):
    """`(field, key of the variable or None)` of a leaf."""
    fields = [entry.name for entry in path if isinstance(entry, GetAttrKey)]
    keys = [entry.key for entry in path if isinstance(entry, DictKey)]
    return fields[-1] if fields else None, keys[-1] if keys else None
