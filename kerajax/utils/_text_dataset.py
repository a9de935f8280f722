"""`text_dataset_from_directory`."""

from pathlib import Path

import numpy as np

from kerajax.utils._directory import Folder, datasets_of_folder


def text_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    max_length=None,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    format="tf",  # noqa: A002 - Keras' name
    verbose=True,
):
    """A data set of the text files in a folder, whose subfolders are classes.

    Args:
        directory: Path of the folder.
        labels: `"inferred"` from the subfolders, None for no labels, or a list of ints for the
            files in alphabetical order.
        label_mode: `"int"` (int32), `"binary"` (float32, `(batch, 1)`), `"categorical"` (one-hot,
            float32) or None for no labels.
        class_names: Optional list of subfolders: the classes, in this order.
        batch_size: Int, or None for single texts.
        max_length: Optional int: longer texts are cut to so many characters.
        shuffle: Bool. Whether files come in a random order, in a new one for each pass.
        seed: Optional int.
        validation_split: Optional fraction of the files, for validation.
        subset: With `validation_split`: `"training"`, `"validation"`, or `"both"` for a list of the
            two data sets.
        follow_links: Bool. Whether links to folders are followed.
        format: `"tf"` for a `BatchedDataset` of numpy arrays, `"grain"` for a data set of the
            package grain, whose texts are lists of strings.
        verbose: Bool. Whether to print how many files there are.

    Returns:
        A data set of texts `(batch,)`, or of pairs `(texts, labels)`. Its `class_names` are the
        names of the classes.

    Raises:
        ValueError: If arguments contradict each other, or there are no text files.

    Example:

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("bad", "good"):
    ...     (folder / name).mkdir()
    ...     _ = (folder / name / "review.txt").write_text(f"It is {name}.")
    >>> data = text_dataset_from_directory(folder, shuffle=False, verbose=False)
    >>> [(texts.tolist(), classes.tolist()) for texts, classes in data]
    [(['It is bad.', 'It is good.'], [0, 1])]
    """
    folder = Folder(
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split,
        subset, follow_links, verbose, kind="text files", suffixes=(".txt",),
    )  # fmt: skip

    def load(path):
        text = Path(path).read_text("utf-8", "surrogateescape")
        return text if max_length is None else text[:max_length]

    return datasets_of_folder(folder, load, collate=lambda texts: np.array(texts, str), form=format)
