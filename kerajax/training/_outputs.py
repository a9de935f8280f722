"""Matching what the user gives per output (losses, metrics, targets, weights) to the outputs."""

from kerajax import tree


def output_names_of(y_pred, names=None) -> list:
    """One name for each output: the model's, the keys of a dict, or `output_0`, `output_1`.

    Args:
        y_pred: Structure of the outputs.
        names: List of names that the model knows, or None.
    """
    if isinstance(y_pred, dict):
        flat = tree.flatten(y_pred)
        keys = [path[0] for path, _ in tree.flatten_with_path(y_pred)]
        return [str(key) for key in keys[: len(flat)]]
    count = len(tree.flatten(y_pred))
    if names is not None and len(names) == count:
        return list(names)
    return [f"output_{i}" for i in range(count)]


def by_output(value, y_pred, names, argument, *, required=False) -> list:
    """`value` as a flat list with one entry for each output.

    A value that is no list, tuple or dict serves all outputs. A dict is looked up by output name;
    outputs that it does not name get None.

    Raises:
        ValueError: If the number of entries differs from the number of outputs, or if a dict names
            an output that does not exist.
    """
    if not isinstance(value, (list, tuple, dict)):
        if required and len(names) > 1 and value is not None:
            raise ValueError(
                f"The model has {len(names)} outputs {names}, but `{argument}` is a single array. "
                f"Pass a list of {len(names)} arrays or a dict by output name."
            )
        return [value] * len(names)
    if isinstance(value, dict):
        if len(names) == 1 and set(value) - set(names) and len(value) == 1 and not required:
            return list(value.values())
        unknown = sorted(set(map(str, value)) - set(names))
        if unknown:
            raise ValueError(
                f"`{argument}` has entries for {unknown}, but the model's outputs are named "
                f"{names}. Name the output layers so, or change the keys."
            )
        return [value.get(name) for name in names]
    if len(value) == len(names):
        return list(value)
    if argument == "metrics" and len(names) == 1:
        return [list(value)]
    raise ValueError(
        f"`{argument}` must have one entry for each of the {len(names)} outputs {names} of the "
        f"model, but received {len(value)}: {_brief(value)}."
    )


def _brief(value):
    return [getattr(v, "shape", v) for v in value]
