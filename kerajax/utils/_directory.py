"""Data sets from the files of a folder: what those of texts, images and sounds share."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kerajax.utils._batched_dataset import BatchedDataset, for_program, stacked
from kerajax.utils._optional import require_grain

_THREADS = 8


class Folder(NamedTuple):
    """The arguments that all functions for folders have, under the same names.

    Attributes:
        kind: String: what the files are, as messages call them.
        suffixes: Tuple of strings in lower case: the files that count.
    """

    directory: object
    labels: object
    label_mode: str | None
    class_names: list | None
    batch_size: int | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    verbose: bool
    kind: str
    suffixes: tuple


def datasets_of_folder(folder, load, collate=stacked, form="tf"):
    """The data set, or with `subset="both"` the two, of a folder.

    Args:
        folder: `Folder`.
        load: Function of a path that returns the content of the file.
        collate: Function of a list of contents that returns the batch.
        form: `"tf"` for a `BatchedDataset`, `"grain"` for a data set of grain.

    Raises:
        ValueError: If arguments contradict each other, or there are no such files.
    """
    folder = _checked(folder, form)
    seed = np.random.randint(int(1e6)) if folder.seed is None else folder.seed
    paths, labels, class_names = _index(folder, seed)
    if folder.label_mode == "binary" and len(class_names) != 2:
        raise ValueError(
            'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: '
            f"class_names={class_names}"
        )
    names = ("training", "validation") if folder.subset == "both" else (folder.subset,)
    made = []
    for name in names:
        part = _part(folder, name, paths, labels)
        if not part[0]:
            word = f"{name} " if folder.subset == "both" else ""
            raise ValueError(
                f"No {word}{folder.kind} found in directory {folder.directory}. Allowed formats: "
                f"{folder.suffixes}"
            )
        # Nobody gains from another order of validation data.
        shuffle = folder.shuffle and not (folder.subset == "both" and name == "validation")
        encoded = _encoded(part[1], folder.label_mode, len(class_names or ()))
        make = _grain_dataset if form == "grain" else _own_dataset
        dataset = make(part[0], encoded, load, collate, folder.batch_size, shuffle, seed)
        dataset.class_names = class_names
        dataset.file_paths = part[0]
        made.append(dataset)
    return made if folder.subset == "both" else made[0]


def _own_dataset(paths, labels, load, collate, batch_size, shuffle, seed):
    def take(index):
        # Reading and decoding files wait for the disk, or leave Python.
        with ThreadPoolExecutor(min(_THREADS, len(index))) as pool:
            contents = collate(list(pool.map(load, [paths[i] for i in index])))
        return contents if labels is None else (contents, labels[index])

    return for_program(BatchedDataset(len(paths), take, batch_size, shuffle, seed))


def _grain_dataset(paths, labels, load, collate, batch_size, shuffle, seed):
    grain = require_grain()
    dataset = grain.MapDataset.source(range(len(paths)))
    if shuffle:
        dataset = dataset.shuffle(seed=seed)

    def sample(i):
        content = load(paths[i])
        return content if labels is None else (content, labels[i])

    def batch(samples):
        if labels is None:
            return _listed(collate(samples))
        contents, of = zip(*samples, strict=True)
        return _listed(collate(list(contents))), np.stack(of)

    dataset = dataset.map(sample).to_iter_dataset()
    return dataset if batch_size is None else dataset.batch(batch_size, batch_fn=batch)


def _listed(contents):
    """Strings as a list, as grain hands them on."""
    return contents.tolist() if contents.dtype.kind == "U" else contents


def _checked(folder, form):
    labels, class_names, kind = folder.labels, folder.class_names, folder.kind
    if not isinstance(labels, str) and labels is not None or isinstance(labels, str):
        if labels != "inferred" and not isinstance(labels, (list, tuple)):
            raise ValueError(
                f"`labels` argument should be a list/tuple of integer labels, of the same size as "
                f"the number of {kind} in the target directory. If you wish to infer the labels "
                'from the subdirectory names in the target directory, pass `labels="inferred"`. If '
                "you wish to get a dataset that only contains samples (no labels), pass "
                f"`labels=None`. Received: labels={labels}"
            )
    if labels != "inferred" and labels is not None and class_names:
        raise ValueError(
            f'You can only pass `class_names` if `labels="inferred"`. Received: labels={labels}, '
            f"and class_names={class_names}"
        )
    if folder.label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. '
            f"Received: label_mode={folder.label_mode}"
        )
    if form not in ("tf", "grain"):
        raise ValueError(f'`format` should be either "tf" or "grain". Received: format={form}')
    _check_split(folder)
    if labels is None or folder.label_mode is None:
        return folder._replace(labels=None, label_mode=None)
    return folder


def _check_split(folder):
    fraction, subset = folder.validation_split, folder.subset
    if fraction and not 0 < fraction < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1, received: {fraction}")
    if bool(fraction) != bool(subset):
        raise ValueError(
            "If `subset` is set, `validation_split` must be set, and inversely. Received: "
            f"subset={subset}, validation_split={fraction}"
        )
    if subset not in ("training", "validation", "both", None):
        raise ValueError(
            f'`subset` must be either "training", "validation" or "both", received: {subset}'
        )
    if fraction and folder.shuffle and folder.seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` "
            "argument, to make sure that there is no overlap between the training and validation "
            "subset."
        )


def _index(folder, seed):
    """Paths of the files, their labels as an int array or None, and the names of the classes."""
    root = os.fspath(folder.directory)
    if folder.labels == "inferred":
        names = _class_folders(root, folder.class_names)
        found = [_files(os.path.join(root, name), folder) for name in names]
        labels = np.repeat(np.arange(len(names), dtype="int32"), [len(files) for files in found])
        paths = [path for files in found for path in files]
    else:
        if folder.class_names is not None:
            raise ValueError(
                "When `labels=None` (no labels), argument `class_names` cannot be specified. "
                f"Received: class_names={folder.class_names}"
            )
        paths, labels, names = _files(root, folder), None, None
        if folder.labels is not None:
            if len(folder.labels) != len(paths):
                raise ValueError(
                    "Expected the lengths of `labels` to match the number of files in the target "
                    f"directory. len(labels) is {len(folder.labels)} while we found {len(paths)} "
                    f"files in directory {root}."
                )
            labels = np.asarray(folder.labels)
            names = [str(label) for label in sorted(set(folder.labels))]
    if folder.verbose:
        classes = "" if labels is None else f" belonging to {len(names)} classes"
        print(f"Found {len(paths)} files{classes}.")
    if folder.shuffle:
        np.random.RandomState(seed).shuffle(paths)
        if labels is not None:
            np.random.RandomState(seed).shuffle(labels)
    return paths, labels, names


def _class_folders(root, class_names):
    names = sorted(p.name for p in Path(root).iterdir() if p.is_dir() and p.name[0] != ".")
    if class_names is None:
        return names
    if not set(class_names) <= set(names):
        raise ValueError(
            "The `class_names` passed did not match the names of the subdirectories of the target "
            f"directory. Expected: {names} (or a subset of it), but received: "
            f"class_names={class_names}"
        )
    return list(class_names)


def _files(root, folder):
    """The files below a folder, folder by folder in alphabetical order."""
    walked = sorted(os.walk(root, followlinks=folder.follow_links), key=lambda found: found[0])
    return [
        os.path.join(where, name)
        for where, _, names in walked
        for name in sorted(names)
        if name.lower().endswith(folder.suffixes)
    ]


def _part(folder, name, paths, labels):
    if not folder.validation_split:
        return paths, labels
    count = int(folder.validation_split * len(paths))
    at = len(paths) - count
    part = slice(at) if name == "training" else slice(at, None)
    if folder.verbose:
        size = at if name == "training" else count
        print(f"Using {size} files for {name}.")
    return paths[part], None if labels is None else labels[part]


def _encoded(labels, mode, classes):
    if labels is None:
        return None
    if mode == "binary":
        return labels.astype("float32")[:, None]
    if mode == "categorical":
        return np.eye(classes, dtype="float32")[labels]
    return labels.astype("int32")
