"""Optax states kept in variables.

The state of a chain is a pytree: a field such as `mu` holds a dict from variable to array, `count`
is the number of updates. Files and Keras want a flat list of named variables. `named_slots` makes
these in Keras' order, `raw_slots` makes one of each leaf; `Slots` then reads the pytree from them
and writes it back.

A step may concern some of the variables only, when gradients are missing. The state of those is a
pytree of the same kind with fewer entries, found by the same paths.
"""

import re

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import DictKey, GetAttrKey, SequenceKey, keystr, tree_flatten_with_path

from kerajax.backend import to_host
from kerajax.optimizers._state import Filled

# The key of a weight in a path that `keystr` wrote.
_QUOTED = re.compile(r"""\[('.*?(?<!\\)'|".*?(?<!\\)")\]""")


class Slots:
    """Which variable holds which leaf of a chain's state.

    Args:
        at: Dict from the path of a leaf, as `keystr` writes it, to a variable. Leaves without one
            hold the number of updates.
    """

    def __init__(self, at):
        self._at = at
        self._layouts = {}

    def read(self, chain, params, count):
        """The state for some of the parameters.

        Args:
            chain: The transformation whose state it is.
            params: Dict of arrays by key.
            count: Scalar int, the number of updates so far.
        """
        leaves, treedef = self._layout(chain, params)
        return treedef.unflatten([self._leaf(keystr(path), spec, count) for path, spec in leaves])

    def write(self, state):
        """Assigns what a step made of the state. Counts are not kept: the optimizer counts."""
        for path, value in tree_flatten_with_path(state)[0]:
            variable = self._at.get(keystr(path))
            if variable is not None:
                variable.assign(jax.random.key_data(value) if _is_key(value) else value)

    def of_weights(self, keys) -> dict:
        """Key of a weight to a dict of its slots, by paths that are the same for all weights."""
        found = {repr(key): {} for key in keys}
        for path, variable in self._at.items():
            key = _QUOTED.search(path)
            if key is not None and key[1] in found:
                found[key[1]][path.replace(key[0], "[]")] = variable
        return {key: found[repr(key)] for key in keys}

    def _leaf(self, path, spec, count):
        variable = self._at.get(path)
        if variable is None:
            return jnp.asarray(count, spec.dtype)
        value = variable.value
        return jax.random.wrap_key_data(value) if _is_key(spec) else value

    def _layout(self, chain, params):
        """Leaves of the state with their paths, and the tree they form."""
        keys = tuple(params)
        if keys not in self._layouts:
            self._layouts[keys] = _layout_of(chain.init, params)
        return self._layouts[keys]

    def __getstate__(self):
        # Trees of optax' classes cannot be pickled; they are found again.
        return {"_at": self._at, "_layouts": {}}


def named_slots(optimizer, init, variables):
    """Makes the variables that the optimizer's `slots` name, in Keras' order.

    Args:
        optimizer: The optimizer.
        init: Function of the parameters that gives the state, run abstractly.
        variables: List of the variables to train.

    Raises:
        ValueError: If the state has a field without a name, which would be lost.
    """
    leaves = _leaves_of(optimizer, init, variables)
    places = {_place(path): (keystr(path), spec) for path, spec in leaves}
    at = {}
    groups = optimizer.slots if isinstance(optimizer.slots, tuple) else (optimizer.slots,)
    for group in groups:
        # A field has a leaf for each variable, for some of them, or one for all.
        for variable in (*variables, None):
            for name, field in group.items():
                path, spec = places.pop((field, optimizer._keys.get(variable)), (None, None))
                if path is not None:
                    label = name if variable is None else optimizer._slot_name(variable, name)
                    start = Filled(optimizer.starting_value(name, variable))
                    dtype = str(spec.dtype)
                    # What a variable has for each of its elements is where these are.
                    same = variable is not None and spec.shape == tuple(variable.shape)
                    at[path] = optimizer.add_variable(
                        spec.shape,
                        start,
                        dtype,
                        name=label,
                        layout=getattr(variable, "layout", None) if same else None,
                    )
    unnamed = sorted({str(field) for field, _ in places if field != "count"})
    if unnamed:
        raise ValueError(
            f"The state of optimizer '{optimizer.name}' has fields {unnamed} that `slots` does not "
            f"name, but received: slots={optimizer.slots}. Name each field but `count`."
        )
    return Slots(at)


def raw_slots(optimizer, chain, variables):
    """Makes a variable of every leaf, counts and random keys included, in the order of the tree.

    Only that leaves which differ by the variable are in the order of the variables: that of their
    paths is another one after `dense_9` and `dense_10` have become `dense` and `dense_1`.
    """
    params = as_tree(optimizer, variables, (v.value for v in variables))

    def init(params):
        state = chain.init(params)
        if not optimizer._offloads:
            return state
        return jax.tree.map(lambda x: x if _is_key(x) else to_host(x), state)

    leaves = tree_flatten_with_path(jax.jit(init)(params))[0]
    at = {}
    for path, value in _in_order(leaves, [optimizer._keys[v] for v in variables]):
        data = jax.random.key_data(value) if _is_key(value) else value
        at[keystr(path)] = optimizer.add_variable(
            data.shape,
            Filled(np.asarray(data)),
            str(data.dtype),
            name="_".join(map(_word, path)),
        )
    return Slots(at)


def as_tree(optimizer, variables, values):
    """Values by the keys of variables, in the kind of dict that the optimizer's chain sees."""
    keys = (optimizer._keys[v] for v in variables)
    return optimizer._dict(zip(keys, values, strict=True))


def specs_of(optimizer, variables):
    """Shapes and dtypes of variables, by key."""
    specs = (jax.ShapeDtypeStruct(v.shape, v.dtype) for v in variables)
    return as_tree(optimizer, variables, specs)


def _leaves_of(optimizer, init, variables):
    """The leaves of the state, with their paths.

    Where a weight's state follows from the weight alone, `init` runs for one of each shape.
    """
    groups = [[v] for v in variables]
    if optimizer._takes_weights_alone and len({v.dtype for v in variables}) == 1:
        alike = {}
        for variable in variables:
            alike.setdefault(variable.shape, []).append(variable)
        groups = list(alike.values())
    leaves, _ = _layout_of(init, specs_of(optimizer, [group[0] for group in groups]))
    at = {optimizer._keys[group[0]]: group for group in groups}
    found = []
    for path, spec in leaves:
        key = _place(path)[1]
        for variable in at.get(key, (None,)):
            of_variable = DictKey(optimizer._keys.get(variable))
            own = (of_variable if _is_key_of(entry, (key,)) else entry for entry in path)
            found.append((tuple(own), spec))
    return found


def _layout_of(init, params):
    return tree_flatten_with_path(jax.eval_shape(init, params))


def _in_order(leaves, keys):
    """Leaves with paths, those of one field in the order of the keys in their paths."""
    at = {key: i for i, key in enumerate(keys)}
    first = {}

    def position(i):
        path = leaves[i][0]
        own = [at[entry.key] for entry in path if _is_key_of(entry, at)]
        field = keystr(tuple(entry for entry in path if not _is_key_of(entry, at)))
        return first.setdefault(field, i), own

    return [leaves[i] for i in sorted(range(len(leaves)), key=position)]


def _is_key_of(entry, keys):
    return isinstance(entry, DictKey) and entry.key in keys


def _place(path):
    """`(field, key of the variable or None)` of a leaf."""
    fields = [entry.name for entry in path if isinstance(entry, GetAttrKey)]
    keys = [entry.key for entry in path if isinstance(entry, DictKey)]
    return fields[-1] if fields else None, keys[-1] if keys else None


def _word(entry):
    """One step of a path as a part of a name."""
    if isinstance(entry, SequenceKey):
        return str(entry.idx)
    name = entry.name if isinstance(entry, GetAttrKey) else getattr(entry, "key", entry)
    return str(name).replace("/", "_")


def _is_key(value):
    return jnp.issubdtype(value.dtype, jax.dtypes.prng_key)
