"""Matching what the user gives per output (losses, metrics, targets, weights) to the outputs.

A model's outputs are one tensor or a nested structure. What is given for them may be laid out like
them, be a flat list, or a dict by output name. An output is found by its path: the keys and indices
that lead to it.
"""

import contextlib

from kerajax import tree
from kerajax.backend import shape_of


def flat_names(y_pred, names=None) -> list:
    """One name for each output tensor: the keys of a flat dict, or the model's names, or None.

    Args:
        y_pred: Structure of the outputs.
        names: List of names that the model knows, or None.
    """
    paths = [path for path, _ in tree.flatten_with_path(y_pred)]
    if isinstance(y_pred, dict) and all(len(path) == 1 for path in paths):
        return [str(path[0]) for path in paths]
    if names is not None and len(names) == len(paths):
        return list(names)
    return [None] * len(paths)


def name_at(path, y_pred, names, otherwise) -> str:
    """The name of what stands at `path`, which may hold several outputs.

    Keys of dicts are joined by slashes. What a list holds is called by the names of the tensors,
    or `otherwise`, where they have none. Outputs of one name, as a layer that is called twice gives
    them, are numbered from the second on.
    """
    parts = [part for part in path if isinstance(part, str)]
    if not path or not isinstance(path[-1], str):
        below = tree.flatten(at(tree.pack_sequence_as(y_pred, _numbered(names)), path))
        parts.append(otherwise if None in below else "_".join(below))
    return "/".join(parts)


def _numbered(names) -> list:
    before = [names[:i].count(name) for i, name in enumerate(names)]
    return [
        f"{name}_{count}" if count and name is not None else name
        for name, count in zip(names, before, strict=True)
    ]


def at(structure, path):
    """What stands at `path`; None below a None."""
    for key in path:
        if structure is None:
            return None
        structure = structure[key]
    return structure


def like_outputs(value, y_pred, names, argument, sole=None):
    """`value` laid out like the outputs, with None where nothing is given.

    Args:
        value: One entry, a flat list, a dict by output name, or a structure like that of the
            outputs.
        y_pred: Structure of the outputs.
        names: What `flat_names` returned.
        argument: What the user calls it.
        sole: Path of the only output that needs an entry; a single value is for this one.

    Raises:
        ValueError: If there are more or fewer entries than outputs, or entries for outputs that
            do not exist.
    """
    if value is None:
        return tree.map_structure(lambda _: None, y_pred)
    if not tree.is_nested(value):
        if len(names) == 1:
            return tree.pack_sequence_as(y_pred, [value])
        if sole is not None:
            paths = [path for path, _ in tree.flatten_with_path(y_pred)]
            return tree.pack_sequence_as(y_pred, [value if p == sole else None for p in paths])
    elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
        if isinstance(y_pred, dict) and set(value) < set(y_pred):
            value = {key: value.get(key) for key in y_pred}
        elif not isinstance(y_pred, dict) and set(value) <= set(names):
            value = [value.get(name) for name in names]
    entries = tree.flatten(value)
    keys_differ = isinstance(value, dict) and (
        not isinstance(y_pred, dict) or set(value) != set(y_pred)
    )
    if len(entries) != len(names) or keys_differ:
        raise ValueError(
            f"`{argument}` and the model's outputs have different structures: the outputs are "
            f"{_described(y_pred, names)}, but received {argument}={_shapes(value)}. Pass one "
            f"entry for each output, in the same structure, as a flat list or as a dict by name."
        )
    return tree.pack_sequence_as(y_pred, entries)


@contextlib.contextmanager
def naming(what, output, target, prediction, weights=None):
    """Makes an exception say for which output something failed, and on which shapes.

    Args:
        what: String: the loss or metric that runs.
        output: Name of the output, or None where the model has one only.
        target: Targets.
        prediction: Predictions.
        weights: Sample weights, or None.
    """
    try:
        yield
    except Exception as error:
        output = f"output '{output}'" if output else "the model's output"
        message = (
            f"{what} failed for {output}: the targets have shape {_shape(target)}, the predictions "
            f"{_shape(prediction)}"
        )
        message += f", the sample weights {_shape(weights)}." if weights is not None else "."
        if type(error) in (ValueError, TypeError):
            raise type(error)(f"{message} {error}") from error
        error.add_note(message)
        raise


def _shape(value):
    shapes = [None if leaf is None else shape_of(leaf) for leaf in tree.flatten(value)]
    return shapes[0] if len(shapes) == 1 else shapes


def per_output(given, y_pred, names, argument) -> list:
    """For each output the flat list of the metrics given for it.

    A list or dict with an entry for each output is taken apart; a list of plain entries of another
    length serves every output.

    Raises:
        ValueError: If there are entries for outputs that do not exist.
    """
    if given is None:
        return [[] for _ in names]
    if isinstance(given, dict):
        return _by_name(given, y_pred, names, argument)
    if not isinstance(given, (list, tuple)):
        return [[given] for _ in names]
    if len(names) == 1:
        return [_flat(given)]
    children = y_pred if isinstance(y_pred, (list, tuple)) else tree.flatten(y_pred)
    if len(given) == len(children):
        starts, lists = 0, []
        for entry, child in zip(given, children, strict=True):
            stop = starts + len(tree.flatten(child))
            lists += per_output(entry, child, names[starts:stop], argument)
            starts = stop
        return lists
    if any(isinstance(entry, (list, tuple, dict, type(None))) for entry in given):
        raise ValueError(
            f"Invalid `{argument}`: it must have one entry for each of the {len(children)} "
            f"outputs {names}, but received {len(given)}: {given}."
        )
    return [list(given) for _ in names]


def _by_name(given, y_pred, names, argument):
    if isinstance(y_pred, dict):
        lists = {
            key: per_output(given.get(key), child, flat_names(child), argument)
            for key, child in y_pred.items()
        }
        known = list(y_pred)
        found = [entry for key in _in_order(y_pred) for entry in lists[key]]
    else:
        known = names
        found = [_flat(given.get(name)) for name in names]
        if len(names) == len(given) == 1:
            return [_flat(next(iter(given.values())))]
    unknown = sorted(set(given) - set(known), key=str)
    if unknown:
        raise ValueError(
            f"Invalid `{argument}`: it has entries for {unknown}, but the model's outputs are "
            f"named {known}. Name the output layers so, or change the keys."
        )
    return found


def _in_order(mapping):
    """The keys of a dict in the order in which `tree` visits it."""
    return dict.fromkeys(path[0] for path, _ in tree.flatten_with_path(mapping))


def _flat(entries) -> list:
    return [] if entries is None else tree.flatten(entries)


def _described(y_pred, names):
    if all(name is not None for name in names):
        return tree.pack_sequence_as(y_pred, names)
    return tree.map_structure(lambda x: f"Tensor{tuple(x.shape)}", y_pred)


def _shapes(value):
    return tree.map_structure(
        lambda x: f"array{tuple(x.shape)}" if hasattr(x, "shape") else x, value
    )
