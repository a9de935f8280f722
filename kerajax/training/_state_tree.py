"""A model's values as nested dicts by variable path, and back."""

import numpy as np

_GROUPS = (
    "trainable_variables",
    "non_trainable_variables",
    "optimizer_variables",
    "metrics_variables",
)


def get_state_tree(model, value_format="backend_tensor") -> dict:
    """Four nested dicts of values: trainable, non-trainable, optimizer, metrics.

    Args:
        model: Built model.
        value_format: `"backend_tensor"` for `jax.Array`s, `"numpy_array"` for numpy arrays.

    Raises:
        ValueError: If the format is unknown or two variables have the same path.
    """
    convert = {"backend_tensor": lambda v: v.value, "numpy_array": lambda v: np.array(v.value)}
    if value_format not in convert:
        raise ValueError(
            "Invalid `value_format` argument. Expected one of {'numpy_array', 'backend_tensor'}. "
            f"Received: value_format={value_format}"
        )
    return {
        name: _nested(variables, convert[value_format])
        for name, variables in zip(_GROUPS, _variables(model), strict=True)
    }


def set_state_tree(model, state_tree) -> None:
    """Assigns what `get_state_tree` returned; parts that are missing stay as they are.

    Raises:
        ValueError: If the dict names something that the model does not have.
    """
    pairs = []
    for name, branch in state_tree.items():
        if name not in _GROUPS:
            raise ValueError(f"Unknown variable name: {name}")
        by_path = {v.path: v for v in _variables(model)[_GROUPS.index(name)]}
        for path, value in _flat(branch):
            if path not in by_path:
                raise ValueError(
                    f"Unknown variable path '{path}' in `{name}`. The model '{model.name}' has: "
                    f"{sorted(by_path)}."
                )
            pairs.append((by_path[path], value))
    for variable, value in pairs:
        variable.assign(value)


def _variables(model):
    optimizer = getattr(model, "optimizer", None)
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        [] if optimizer is None else optimizer.variables,
        model.metrics_variables,
    )


def _nested(variables, convert) -> dict:
    tree: dict = {}
    for variable in variables:
        *scopes, name = variable.path.split("/")
        branch = tree
        for scope in scopes:
            branch = branch.setdefault(scope, {})
        if name in branch:
            raise ValueError(
                f"The following variable path is found twice in the model: '{variable.path}'. "
                "`get_state_tree()` can only be called when all variable paths are unique. Make "
                "sure to give unique names to your layers (and other objects)."
            )
        branch[name] = convert(variable)
    return tree


def _flat(tree, prefix=""):
    for name, value in tree.items():
        path = f"{prefix}/{name}" if prefix else name
        if isinstance(value, dict):
            yield from _flat(value, path)
        else:
            yield path, value
