"""A model as a flax.nnx module.

The module holds the model's values as `nnx.Param` and `nnx.Variable` under the names of the layers,
so that `nnx.grad`, `nnx.jit`, `nnx.Optimizer` and `nnx.split` see them.
"""

from flax import nnx

from kerajax.interop._to_jax import JaxModel, nest


class KerasState(nnx.Variable):
    """A value that training changes without a gradient: moving statistics, seeds."""


class Group(nnx.Module):
    """The values of one layer."""

    def __init__(self, entries):
        for name, entry in entries.items():
            setattr(self, name, Group(entry) if isinstance(entry, dict) else entry)


class FlaxModel(nnx.Module):
    """A kerajax model as an nnx module.

    Args:
        model: Built layer or model.
    """

    def __init__(self, model):
        pure = JaxModel(model)
        self._pure = pure
        self.params = Group(_map(nnx.Param, pure.params))
        self.state = Group(_map(KerasState, pure.state))

    def __call__(self, *inputs, training=False, rng=None):
        """The model's outputs. With `training`, moving statistics and seeds advance."""
        pure = self._pure
        params = nest(pure._param_paths, _values(self.params, pure._param_paths))
        state = nest(pure._state_paths, _values(self.state, pure._state_paths))
        outputs, state = pure.apply(params, state, *inputs, training=training, rng=rng)
        for path in pure._state_paths:
            _entry(self.state, path)[...] = _at(state, path)
        return outputs

    def write_back(self) -> None:
        """Assigns the module's values to the model it was made from."""
        pure = self._pure
        pure.write_back(
            nest(pure._param_paths, _values(self.params, pure._param_paths)),
            nest(pure._state_paths, _values(self.state, pure._state_paths)),
        )


def to_flax(model) -> FlaxModel:
    """A model as a `flax.nnx.Module` with the model's values.

    Args:
        model: Built layer or model.

    Returns:
        nnx module; call it on data, train it with `nnx.Optimizer`, and `write_back()` the result.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2, name="dense")])
    >>> module = kerajax.interop.to_flax(model)
    >>> module(np.ones((5, 3))).shape
    (5, 2)
    >>> module.params.dense.kernel.shape
    (3, 2)
    """
    return FlaxModel(model)


def _map(kind, tree):
    return {k: _map(kind, v) if isinstance(v, dict) else kind(v) for k, v in tree.items()}


def _entry(group, path):
    for name in path:
        group = getattr(group, name)
    return group


def _values(group, paths):
    return [_entry(group, path)[...] for path in paths]


def _at(tree, path):
    for name in path:
        tree = tree[name]
    return tree
