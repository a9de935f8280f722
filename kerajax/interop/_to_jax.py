"""A model as a pure function with its weights beside it, for people who write JAX.

`to_jax(model)` gives what `flax.linen` users know: `apply(params, state, x)`, with `params` and
`state` as nested dicts whose keys read like the layers (`params["dense"]["kernel"]`). Everything of
JAX and optax works on them, and `write_back` puts trained values into the model again.
"""

import jax

from kerajax.graph import with_values
from kerajax.random import SeedGenerator


class JaxModel:
    """A pure view of a model. Unpacks as `apply, params, state`.

    Args:
        model: Built layer or model.

    Attributes:
        params: Nested dict of the trainable values, by layer and weight name.
        state: Nested dict of the other values: moving statistics, seeds of random layers.

    Raises:
        ValueError: If the model is not built yet.
    """

    def __init__(self, model):
        if not model.built:
            raise ValueError(
                f"to_jax needs a built model, but '{model.name}' has no weights yet. Call it on "
                "data once, or give it an input shape."
            )
        self.model = model
        self._trainable = model.trainable_variables
        self._others = model.non_trainable_variables
        paths = paths_of(model)
        self._param_paths = [paths[id(v)] for v in self._trainable]
        self._state_paths = [paths[id(v)] for v in self._others]
        self._seeds = {id(s.state) for s in _seed_generators(model)}
        self.params = nest(self._param_paths, [v.value for v in self._trainable])
        self.state = nest(self._state_paths, [v.value for v in self._others])

    def __iter__(self):
        return iter((self.apply, self.params, self.state))

    def apply(self, params, state, *inputs, training=False, rng=None):
        """Runs the model on values given from outside.

        Args:
            params: Values in the structure of `self.params`.
            state: Values in the structure of `self.state`.
            *inputs: Arguments of the call.
            training: Bool. Whether dropout drops and statistics move.
            rng: Optional JAX key that all random layers draw from. Without it they draw from
                the seeds in `state`, which advance.

        Returns:
            `(outputs, new_state)`.
        """
        others = pick(self._state_paths, state)
        if rng is not None:
            others = [
                _seed_from(rng, i) if id(v) in self._seeds else value
                for i, (v, value) in enumerate(zip(self._others, others, strict=True))
            ]
        variables = [*self._trainable, *self._others]
        values = [*pick(self._param_paths, params), *others]
        ran = with_values(lambda: self.model(*inputs, training=training), variables, values)
        return ran.outputs, nest(self._state_paths, ran.values[len(self._trainable) :])

    def write_back(self, params=None, state=None) -> None:
        """Assigns values to the model's variables.

        Args:
            params: Values in the structure of `self.params`, or None to leave them.
            state: Values in the structure of `self.state`, or None to leave them.

        Raises:
            ValueError: If an entry is missing or has another shape. Nothing is assigned then.
        """
        pairs = []
        for variables, paths, values in (
            (self._trainable, self._param_paths, params),
            (self._others, self._state_paths, state),
        ):
            if values is not None:
                pairs += zip(variables, paths, pick(paths, values), strict=True)
        for variable, path, value in pairs:
            if tuple(value.shape) != variable.shape:
                raise ValueError(
                    f"write_back needs shape {variable.shape} for '{'/'.join(path)}', but received "
                    f"shape {tuple(value.shape)}."
                )
        for variable, _, value in pairs:
            variable.assign(value)


def to_jax(model) -> JaxModel:
    """A model as a pure function, with its weights as nested dicts.

    Args:
        model: Built layer or model.

    Returns:
        `JaxModel`, which unpacks to `(apply, params, state)`.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2, name="dense")])
    >>> apply, params, state = kerajax.interop.to_jax(model)
    >>> params["dense"]["kernel"].shape
    (3, 2)
    >>> outputs, state = jax.jit(apply)(params, state, np.ones((5, 3)))
    >>> outputs.shape
    (5, 2)
    """
    return JaxModel(model)


def paths_of(layer) -> dict:
    """Variable id to its path inside `layer`, a tuple of names; no two are equal."""
    paths, taken = {}, set()
    for variable in layer.variables:
        path = tuple(variable.path.split("/"))
        if path[0] == layer.name and len(path) > 1:
            path = path[1:]
        unique, count = path, 0
        while unique in taken:
            count += 1
            unique = (*path[:-1], f"{path[-1]}_{count}")
        taken.add(unique)
        paths[id(variable)] = unique
    return paths


def nest(paths, values) -> dict:
    """A nested dict with each value at its path."""
    tree: dict = {}
    for path, value in zip(paths, values, strict=True):
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        branch[path[-1]] = value
    return tree


def pick(paths, tree) -> list:
    """The values at the paths of a nested dict.

    Raises:
        ValueError: If one is missing.
    """
    values = []
    for path in paths:
        branch = tree
        for name in path:
            if not isinstance(branch, dict) or name not in branch:
                raise ValueError(
                    f"There is no entry '{'/'.join(path)}' in the given dict. Pass a dict with the "
                    "structure that `to_jax` returned."
                )
            branch = branch[name]
        values.append(branch)
    return values


def _seed_generators(model) -> list:
    found = [g for layer in model._flatten_layers() for g in layer._seed_generators]
    return [g for g in found if isinstance(g, SeedGenerator)]


def _seed_from(rng, index):
    key = jax.random.fold_in(rng, index)
    if jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key):
        key = jax.random.key_data(key)
    return key.reshape(-1)[:2].astype("uint32")
