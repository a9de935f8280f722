"""`.weights.h5`: the variables of every object of a model under the path of attributes to it."""

import os
import warnings
from contextlib import nullcontext

import numpy as np

from kerajax.metrics import Metric
from kerajax.models import Model
from kerajax.optimizers import Optimizer

from ._own_state import (
    Assignments,
    LazyStore,
    has_own_state,
    own_state,
    set_own_state,
    unchanged_on_error,
)
from ._walk import walk
from .read import UnreadableFileError, advance

# HDF5 has no such numbers: they are stored as bytes, with the name of the dtype beside them.
_STORED_AS_BYTES = ("bfloat16", "float8_e4m3fn", "float8_e5m2")


def write_weights(model, file, skip=(), write=None) -> None:
    """Writes the state of a model and of what belongs to it into an open HDF5 file.

    Args:
        model: Model, or another object with state.
        file: `h5py.File`, open for writing.
        skip: Objects to leave out.
        write: Optional function of a group, a key and an array, instead of `write_array`.

    Example:

    ```python
    with h5py.File(path, "w") as file:
        write_weights(model, file)
    ```
    """
    for path, x in walk(model, skip):
        if has_own_state(x):
            write_state(file, path, x, write)


def write_state(file, path, x, write=None) -> None:
    """Writes the variables of one object below its path."""
    group = file.require_group(os.path.join(path, "vars").replace(os.sep, "/"))
    if isinstance(getattr(x, "name", None), str):
        group.attrs["name"] = x.name
    for key, value in own_state(x).items():
        (write or write_array)(group, key, value)


def write_array(group, key, value) -> None:
    """Writes one array, of any dtype that variables have, into an HDF5 group."""
    value = np.asarray(value)
    label_array(group.create_dataset(key, data=value), value.dtype)
    advance(value.nbytes)


def label_array(dataset, dtype) -> None:
    """Notes the name of a dtype that HDF5 does not know beside the array."""
    if dtype.name in _STORED_AS_BYTES:
        dataset.attrs["dtype"] = dtype.name


def read_weights(model, record, skip_mismatch=False, skip=(), fresh=False) -> None:
    """Gives a model the values in a weights file; on an error nothing of it has changed.

    Args:
        model: Model that is built, or another object with state.
        record: `WeightsFile`.
        skip_mismatch: Bool. Whether objects that do not fit are left alone, with a warning.
        skip: Objects to leave out.
        fresh: Bool. Whether the caller throws the model away on an error, so that no value is kept
            for it, and reads ahead.

    Raises:
        ValueError: If an object has another number of variables than the file holds for it, or
            variables of other shapes.
    """
    taken, problems = set(), []
    with unchanged_on_error() as keep, nullcontext() if fresh else record.ahead():
        found = [(path, x) for path, x in walk(model, skip) if has_own_state(x)]
        groups, assignments = _groups_by_path(found, record), Assignments()
        if not fresh:
            keep([v for _, x in found for v in getattr(x, "variables", ())])
            keep(model.variables if isinstance(model, Model) else ())
        for path, x in found:
            group = groups.get(path)
            taken.add(path)
            # Keras writes no state of metrics, and optimizers may be left out.
            if isinstance(x, (Metric, Optimizer)) and (group is None or not group.arrays):
                continue
            arrays = {} if group is None else group.arrays
            try:
                _load(x, arrays, model, assignments)
            except UnreadableFileError:
                raise
            except Exception as error:  # the objects of users raise what they like
                problems.append((x, error))
        assignments.flush()
        if problems and not skip_mismatch:
            raise ValueError(_message(problems)) from problems[0][1]
    if problems:
        warnings.warn(_message(problems), stacklevel=4)
    _tell_of_rest(groups, taken, skip)


def _groups_by_path(found, record):
    """The groups of a file by our paths of the objects that were found."""
    groups = dict(record.groups)
    if record.layout == "layers":
        return {**groups, **_of_private_names(found, groups)}
    names = _names_in_file([path for path, x in found if own_state(x)], record)
    return {ours: groups[theirs] for ours, theirs in names.items() if theirs in groups}


def _load(x, arrays, model, assignments):
    if isinstance(x, Optimizer) and not x.built and len(arrays) > len(x.variables):
        x.build(model.trainable_variables)
    set_own_state(x, LazyStore(arrays), assignments)


def _message(problems):
    x, error = problems[0]
    return (
        f"A total of {len(problems)} objects could not be loaded. Example error message for "
        f"object {x}:\n\n{error}\n\nList of objects that could not be loaded:\n"
        f"{[x for x, _ in problems]}"
    )


def _tell_of_rest(groups, taken, skip):
    """Warns of layers in the file that the model does not have; it is probably another model."""
    rest = [
        path
        for path, group in groups.items()
        if group.arrays and path not in taken and path.split("/")[0] not in ("optimizer", "metrics")
    ]
    if rest and not skip:
        warnings.warn(
            f"The file also holds weights of {rest[:5]}{' and others' if len(rest) > 5 else ''}, "
            "which this model does not have. They are not loaded; check that the file belongs to "
            "this model.",
            stacklevel=5,
        )


def _names_in_file(paths, record):
    """Our paths to those of TensorFlow 2.12 and 2.13, whose counters have gaps.

    They counted layers with weights twice, so only the order of equal class names says which is
    which.
    """
    names = {"": ""}
    for path in paths:
        parts = path.split("/") if path else []
        for i in range(len(parts)):
            names.setdefault("/".join(parts[: i + 1]), None)
    parents = {}
    for path in names:
        if path:
            parents.setdefault(path.rpartition("/")[0], []).append(path)
    for parent in list(parents):
        theirs = {}
        for name in record.below(names[parent]):
            theirs.setdefault(_stem(name), []).append(name)
        counts = {}
        for path in parents[parent]:
            stem = _stem(path.rpartition("/")[2])
            counts[stem] = count = counts.get(stem, -1) + 1
            saved = theirs.get(stem) or theirs.get(f"_{stem}", ())
            if count < len(saved):
                prefix = f"{names[parent]}/" if names[parent] else ""
                names[path] = prefix + saved[count]
            else:
                names[path] = path
    return names


def _of_private_names(found, groups):
    """Groups by paths of ours whose last part was a private name until Keras 3.

    The projections of MultiHeadAttention were `_query_dense` and so on.
    """
    renamed = {}
    for path, _ in found:
        parent, _, name = path.rpartition("/")
        private = f"{parent}/_{name}"
        if path not in groups and private in groups:
            renamed[path] = groups.pop(private)
    return renamed


def _stem(name):
    stem, _, counter = name.rpartition("_")
    return stem if stem and counter.isdecimal() else name
